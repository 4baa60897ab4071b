/// Why something could not be done. The one error that crosses a port; made once, at the border to a service.
///
/// Every failure says what was being done, at which address, why it failed, and what to do next (SPEC §4).
package struct Failure: Error, Hashable, Sendable {
    package var code: Code
    /// What was being done, as a gerund phrase: `reading table public.projects`.
    package var operation: String
    /// The object concerned.
    package var address: Address?
    /// The place in the manifests that asked for it.
    package var source: SourceRange?
    /// Why, without row values, tokens or secrets.
    package var reason: String
    /// The next step.
    package var help: String?
    /// Codes of the services: `SQLSTATE`, `HTTP status`, `request-id`. Sorted by name when shown.
    package var facts: [String: String]

    package init(
        _ code: Code, while operation: String, address: Address? = nil, source: SourceRange? = nil,
        because reason: String, help: String? = nil, facts: [String: String] = [:]
    ) {
        self.code = code
        self.operation = operation
        self.address = address
        self.source = source
        self.reason = reason
        self.help = help
        self.facts = facts
    }
}
