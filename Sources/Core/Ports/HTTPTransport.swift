/// Carries HTTP requests. The one way by which anything in this program reaches SharePoint or a token service.
package protocol HTTPTransport: Sendable {
    /// Sends one request and returns its whole answer, whatever its status.
    /// - Throws: ``HTTPTransportError`` if no complete answer arrived. Its ``HTTPTransportError/Certainty`` says whether
    ///   the server can have acted on the request.
    func send(_ request: HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse
}

package struct HTTPRequest: Hashable, Sendable {
    package var method: String
    /// Absolute, `https` or (to loopback only) `http`.
    package var url: String
    package var headers: [HTTPHeader]
    package var body: [UInt8]?

    package init(_ method: String, _ url: String, headers: [HTTPHeader] = [], body: [UInt8]? = nil) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }
}

package struct HTTPHeader: Hashable, Sendable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// Without regard to case; nothing is copied. Names are ASCII (RFC 9110 §5.1).
    package func isNamed(_ name: String) -> Bool {
        self.name.utf8.elementsEqual(name.utf8) { Self.lowered($0) == Self.lowered($1) }
    }

    private static func lowered(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}

extension [HTTPHeader] {
    /// The value of the first header of this name, without regard to case.
    package func value(of name: String) -> String? { first { $0.isNamed(name) }?.value }
}

package struct HTTPResponse: Hashable, Sendable {
    package var status: Int
    package var headers: [HTTPHeader]
    package var body: [UInt8]

    package init(status: Int, headers: [HTTPHeader] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The value of the first header of this name, without regard to case.
    package func header(_ name: String) -> String? {
        headers.value(of: name)
    }
}

/// A request without a complete answer.
package struct HTTPTransportError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Kind: Hashable, Sendable {
        /// The host name does not resolve.
        case unknownHost
        /// No connection: refused, unreachable, timed out while connecting, TLS or certificate refused.
        case notConnected
        /// The connection broke, or the answer was cut short.
        case interrupted
        /// The time for the whole request ran out.
        case timedOut
        /// The answer is larger than the limit.
        case tooLarge
        /// The task was cancelled, or the transport stopped.
        case cancelled
        /// The request cannot be sent: bad URL, a scheme or host that is not allowed.
        case refused
    }

    package enum Certainty: Hashable, Sendable {
        /// Nothing of the request reached the server: safe to send again.
        case notSent
        /// The server may have acted: look before sending again.
        case unknown
    }

    package var kind: Kind
    package var certainty: Certainty
    /// Host and port of the request, never its path or query.
    package var host: String
    /// The reason in the words of the library below, without secrets.
    package var reason: String

    package init(kind: Kind, certainty: Certainty, host: String, reason: String) {
        self.kind = kind
        self.certainty = certainty
        self.host = host
        self.reason = reason
    }

    package var description: String { "\(host): \(reason)" }
}
