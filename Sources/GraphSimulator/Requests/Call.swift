package import Core

/// One request below the version root, alone or as a part of a batch.
struct Call {
    var method: String
    /// Percent-encoded, beginning with a slash, without the query.
    var path: String
    /// Percent-encoded, without the question mark.
    var query: String
    var headers: [HTTPHeader]
    var body: [UInt8]?
    /// A batch part's body, which is JSON already.
    var jsonBody: JSON?
    /// The version root as the client wrote it, `http://127.0.0.1:8080/v1.0`.
    var root: String
    var caller: Caller
    var isBatchPart = false

    func header(_ name: String) -> String? { headers.value(of: name) }

    /// The body as JSON.
    func json() throws(GraphError) -> JSON {
        guard isJSON else { throw GraphError(415, "UnsupportedMediaType", "The content type is not application/json") }
        if let jsonBody { return jsonBody }
        guard let body, !body.isEmpty else { throw .malformed("The body is empty") }
        do {
            return try JSON.parse(body)
        } catch {
            throw .malformed("Unable to read JSON request payload")
        }
    }

    private var isJSON: Bool {
        guard let type = header("Content-Type")?.lowercased() else { return false }
        return type == "application/json" || type.hasPrefix("application/json;")
    }

    /// Whether a `Prefer` header names this.
    func prefers(_ preference: String) -> Bool {
        headers.contains { header in
            header.isNamed("Prefer")
                && header.value.split(separator: ",").contains {
                    $0.drop { $0 == " " }.lowercased().hasPrefix(preference.lowercased())
                }
        }
    }
}

/// Who sends a request.
enum Caller {
    case application(RegisteredApplication)
    /// Somebody at a browser: no token, no quota, no faults.
    case person(Identity)

    var identity: Identity {
        switch self {
        case .application(let application): application.identity
        case .person(let identity): identity
        }
    }

    var application: RegisteredApplication? {
        if case .application(let application) = self { application } else { nil }
    }
}

/// What becomes of a request.
package enum Outcome: Hashable, Sendable {
    case answer(HTTPResponse)
    /// The connection closes without an answer.
    case dropped
    /// The head and this many bytes of the body, then the connection closes.
    case cut(HTTPResponse, after: Int)
}

/// What a slow answer waits for.
package struct Hold: Hashable, Sendable {
    /// The fault's rule: without it nothing is held any more.
    var rule: Int
    /// At most, in real time.
    package var milliseconds: Int
}

/// A request under way, from its arrival until its answer is sent.
package struct Exchange: Sendable {
    package var outcome: Outcome
    /// How long to hold the answer back, in real time.
    package var latencyMilliseconds = 0
    /// And how long a fault holds it back.
    package var hold: Hold?
    /// Lists whose schema this request occupies.
    var schemaHolds: [String] = []
    /// The application that is told to wait, and for how long.
    var wait: (clientID: String, milliseconds: Int64)?
}
