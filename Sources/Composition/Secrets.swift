internal import Core

/// Resolves references and settings. What comes out goes to the one place that needs it and is never printed.
enum Secrets {
    /// - Returns: `nil` for a reference that nobody wrote and that does not resolve: its side is not configured.
    /// - Throws: `auth`, with the place, for a written one that does not resolve.
    static func resolve(_ reference: SecretReference, for purpose: String) throws(Failure) -> String? {
        let value: String?
        switch reference.location {
        case .environment(let name): value = ProcessSurroundings.variable(name)
        case .file(let path):
            value = ProcessSurroundings.file(path).flatMap { bytes in
                String(validating: bytes, as: UTF8.self).map { text in
                    String(text.reversed().drop { $0.isNewline }.reversed())
                }
            }
        }
        if let value, !value.isEmpty { return value }
        if reference.isDefault { return nil }
        throw Failure(
            .auth, while: "resolving \(purpose)", source: reference.place,
            because: "the \(reference.text) has no value", help: "set it for this process; it is never printed")
    }

    static func value(_ setting: Setting?) -> String? {
        switch setting {
        case .literal(let text): text.isEmpty ? nil : text
        case .environment(let name): ProcessSurroundings.variable(name)
        case nil: nil
        }
    }
}

extension Setting {
    /// What to set, for messages.
    var name: String {
        switch self {
        case .literal: "a value in the profile"
        case .environment(let name): name
        }
    }
}
