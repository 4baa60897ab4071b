import Core

/// A text with variables in it: `${name}`, `${name:-default}`, and `$${` for a literal `${`.
struct VariableTemplate {
    enum Piece: Equatable {
        case literal(String)
        case variable(name: String, fallback: String?)
    }

    /// Why a text is no template.
    struct Malformed: Error {
        var reason: String
    }

    var pieces: [Piece]

    /// Texts without `$` are the rule: they are not taken apart.
    static func mayHoldVariables(_ text: String) -> Bool { text.utf8.contains(UInt8(ascii: "$")) }

    init(_ text: String) throws(Malformed) {
        var pieces: [Piece] = []
        var literal = ""
        var rest = Substring(text)
        while let first = rest.first {
            if rest.hasPrefix("$${") {
                literal += "${"
                rest = rest.dropFirst(3)
            } else if rest.hasPrefix("${") {
                if !literal.isEmpty { pieces.append(.literal(literal)) }
                literal = ""
                pieces.append(try VariableTemplate.variable(&rest))
            } else {
                literal.append(first)
                rest = rest.dropFirst()
            }
        }
        if !literal.isEmpty || pieces.isEmpty { pieces.append(.literal(literal)) }
        self.pieces = pieces
    }

    private static func variable(_ rest: inout Substring) throws(Malformed) -> Piece {
        let body = rest.dropFirst(2)
        guard let end = body.firstIndex(of: "}") else { throw Malformed(reason: "A variable is not closed with }.") }
        let inner = body[..<end]
        rest = body[body.index(after: end)...]
        var name = String(inner)
        var fallback: String?
        if let colon = inner.firstIndex(of: ":") {
            guard inner[colon...].hasPrefix(":-") else {
                throw Malformed(reason: "After a variable's name comes :- and a default, or }.")
            }
            name = String(inner[..<colon])
            fallback = String(inner[colon...].dropFirst(2))
        }
        guard TextForm.variableName.accepts(name) else {
            throw Malformed(reason: "\(quoted(name)) cannot be a variable's name.")
        }
        if fallback?.contains("${") == true { throw Malformed(reason: "A default cannot hold a variable.") }
        return .variable(name: name, fallback: fallback)
    }

    /// The variable that the whole text is, without anything around it.
    var single: (name: String, fallback: String?)? {
        guard pieces.count == 1, case .variable(let name, let fallback) = pieces[0] else { return nil }
        return (name, fallback)
    }

    var hasVariables: Bool {
        pieces.contains { piece in
            if case .variable = piece { true } else { false }
        }
    }
}
