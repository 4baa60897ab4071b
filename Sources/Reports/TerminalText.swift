/// Text from outside made safe for a terminal: control characters cannot move the cursor or change colours.
package enum TerminalText {
    /// The lines of a report, each made safe as a whole, so that no part of one can be forgotten: also names of manifests,
    /// files and runs come from outside. Empty if there are none.
    static func joined(_ lines: [String]) -> String { lines.map { safe($0) + "\n" }.joined() }

    package static func safe(_ text: String) -> String {
        var output = ""
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator:
                output += "\\u{\(String(scalar.value, radix: 16))}"
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output
    }
}
