/// What a key looks like, without a value of it.
package enum KeyKind {
    /// - Parameter parts: The canonical texts of its columns.
    package static func words(_ parts: [String]) -> String {
        parts.map { part in names.first { isOf($0.form, part) }?.name ?? "text" }.joined(separator: " and ")
    }

    /// The narrowest first.
    private static let names: [(form: KeyForm, name: String)] = [
        (.integer, "a whole number"), (.boolean, "a truth value"), (.uuid, "a UUID"), (.date, "a date"),
        (.timestamp, "a time"), (.timestamptz, "a time with zone"), (.numeric, "a number"),
    ]

    private static func isOf(_ form: KeyForm, _ text: String) -> Bool {
        // Its form takes any text.
        if form == .numeric { return DecimalNumber(text) != nil }
        var bytes: [UInt8] = []
        return form.append(canonical: text, to: &bytes)
    }
}
