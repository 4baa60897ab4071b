package import Core

/// A file of the tree with what it held when it was found.
package struct ManifestFile: Hashable, Sendable {
    /// The path as it was found, for messages.
    package var path: String
    /// `nil`: it could not be read, which was reported when it was found.
    package var content: [UInt8]?

    package init(path: String, content: [UInt8]?) {
        self.path = path
        self.content = content
    }

    package init(path: String, text: String) { self.init(path: path, content: Array(text.utf8)) }
}

/// What is decided outside the tree.
package struct LoadOptions: Sendable {
    /// The environment that was named by `--env` or `SYNCBRIDGE_ENV`.
    package var environment: String?
    /// Whether a tree that has environments needs one of them: yes for every verb that touches a side.
    package var environmentRequired: Bool
    /// Values of `--set`, the strongest.
    package var set: [String: String]
    /// The file of `--vars`: a mapping of scalars.
    package var variablesFile: ManifestFile?
    /// The process environment. Only names that begin with `SYNCBRIDGE_VAR_` are looked at.
    package var processEnvironment: [String: String]
    /// Whether a zone of this name is known; `nil` leaves the question to whoever opens the site.
    package var knowsTimeZone: (@Sendable (String) -> Bool)?

    package init(
        environment: String? = nil, environmentRequired: Bool = true, set: [String: String] = [:],
        variablesFile: ManifestFile? = nil, processEnvironment: [String: String] = [:],
        knowsTimeZone: (@Sendable (String) -> Bool)? = nil
    ) {
        self.environment = environment
        self.environmentRequired = environmentRequired
        self.set = set
        self.variablesFile = variablesFile
        self.processEnvironment = processEnvironment
        self.knowsTimeZone = knowsTimeZone
    }
}

/// What a tree of manifests says.
package struct LoadResult: Sendable {
    /// `nil` if there is any error: half a tree must not read as "delete the rest".
    package var desired: DesiredState?
    /// Sorted by place, each with its line unless that could show a secret.
    package var diagnostics: Diagnostics
    /// The documents with their variables replaced, in the order of files and documents.
    package var documents: [ManifestDocument]
}
