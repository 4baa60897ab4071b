internal import Core

/// A refusal in the service's own words: a status, a code for programs and a message for people.
struct GraphError: Error, Hashable {
    var status: Int
    var code: String
    var message: String
    /// The more exact code inside `innerError`, if there is one.
    var innerCode: String?
    /// The code inside the `innerError` of that, if there is one.
    var innermostCode: String?
    var headers: [HTTPHeader] = []

    init(_ status: Int, _ code: String, _ message: String, innerCode: String? = nil, headers: [HTTPHeader] = []) {
        self.status = status
        self.code = code
        self.message = message
        self.innerCode = innerCode
        self.headers = headers
    }

    static func invalid(_ message: String, inner: String? = nil) -> GraphError {
        GraphError(400, "invalidRequest", message, innerCode: inner)
    }

    static func malformed(_ message: String) -> GraphError { GraphError(400, "BadRequest", message) }

    static func general(status: Int = 400) -> GraphError {
        GraphError(status, "generalException", "General exception while processing")
    }

    static func notFound(_ what: String) -> GraphError { GraphError(404, "itemNotFound", "\(what) could not be found") }

    static func unknownField(_ name: String) -> GraphError { invalid("Field '\(name)' is not recognized") }

    static let denied = GraphError(403, "accessDenied", "Access denied")

    static let saveConflict = GraphError(
        409, "resourceModified", "The resource has changed since the caller last read it; usually an eTag mismatch")

    static let threshold = invalid(
        "The attempted operation is prohibited because it exceeds the list view threshold.")

    static let full = GraphError(
        507, "quotaLimitReached", "The site has reached its storage limit", innerCode: "insufficientStorage")

    static func notBuilt(_ what: String) -> GraphError {
        GraphError(501, "notSupported", "The simulator does not have \(what)")
    }
}

/// An answer before it becomes bytes, so that `$batch` can nest it.
struct GraphAnswer {
    var status: Int
    var headers: [HTTPHeader] = []
    var body: JSON?
    /// Sent instead of `body`, for gateways that answer without JSON.
    var rawBody: [UInt8]?

    init(_ status: Int, _ body: JSON? = nil, headers: [HTTPHeader] = []) {
        self.status = status
        self.body = body
        self.headers = headers
    }

    var succeeded: Bool { status < 400 }
}
