package import Core

/// A failure as people and programs read it: what was being done, where, why, and what to do next.
package enum FailureText {
    package static func render(_ failure: Failure) -> String {
        let name = ExitStatus(failure.code).name.uppercased()
        var lines = ["error \(name): \(failure.operation)"]
        let places = [failure.address?.text, failure.source?.text].compactMap { $0 }
        if !places.isEmpty { lines.append("  at \(places.joined(separator: ", "))") }
        lines.append("  \(failure.reason)")
        if !failure.facts.isEmpty {
            let facts = failure.facts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            lines.append("  (\(facts.joined(separator: ", ")))")
        }
        if let help = failure.help { lines.append("  help: \(help)") }
        return TerminalText.joined(lines)
    }

    /// - Parameter status: What the program ends with because of it.
    package static func json(_ failure: Failure, _ status: ExitStatus) -> JSON {
        [
            "type": "error", "code": .number(Int(status.rawValue)), "name": .string(status.name),
            "operation": .string(failure.operation), "address": failure.address.map { .string($0.text) } ?? .null,
            "position": failure.source?.json ?? .null, "reason": .string(failure.reason),
            "help": failure.help.map(JSON.string) ?? .null,
            "facts": .object(failure.facts.sorted { $0.key < $1.key }.map { JSON.Member($0.key, .string($0.value)) }),
        ]
    }
}
