internal import CCurl
internal import Core

/// A request that is safe to hand to libcurl: its URL is one we may call, and nothing in it can start a second header.
struct CheckedRequest: Sendable {
    enum Scheme: String, Sendable {
        case https
        /// Loopback only.
        case http
    }

    let method: String
    let url: String
    let scheme: Scheme
    /// Host and port, for messages.
    let host: String
    let headers: [HTTPHeader]
    let body: [UInt8]

    init(_ request: HTTPRequest) throws(HTTPTransportError) {
        // libcurl takes C strings: a NUL would hide the rest of a URL from the checks below.
        guard !request.url.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) else {
            throw CheckedRequest.refusal("the URL holds a blank or a control character")
        }
        let parts = try URLParts(request.url)
        let host = parts.host + (parts.port.map { ":\($0)" } ?? "")
        guard let scheme = Scheme(rawValue: parts.scheme) else {
            throw CheckedRequest.refusal("the scheme \(parts.scheme) is not allowed", host: host)
        }
        guard scheme == .https || CheckedRequest.isLoopback(parts.host) else {
            throw CheckedRequest.refusal("plain HTTP is only allowed to this machine itself", host: host)
        }
        guard !parts.hasUser else { throw CheckedRequest.refusal("the URL holds a user name", host: host) }
        guard CheckedRequest.isToken(request.method) else {
            throw CheckedRequest.refusal("the method is not a word", host: host)
        }
        for header in request.headers {
            guard CheckedRequest.isToken(header.name) else {
                throw CheckedRequest.refusal("a header's name holds characters that are not allowed", host: host)
            }
            guard !header.value.utf8.contains(where: { $0 == 0x0D || $0 == 0x0A || $0 == 0 }) else {
                throw CheckedRequest.refusal("the header \(header.name) holds a line end", host: host)
            }
        }
        self.method = request.method
        self.url = request.url
        self.scheme = scheme
        self.host = host
        self.headers = request.headers
        self.body = request.body ?? []
    }

    private static func refusal(_ reason: String, host: String = "") -> HTTPTransportError {
        HTTPTransportError(kind: .refused, certainty: .notSent, host: host, reason: reason)
    }

    /// RFC 9110 §5.6.2.
    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }

    /// - Parameter host: As ``URLParts`` gives it: IPv4 in four decimal numbers, IPv6 in brackets.
    static func isLoopback(_ host: String) -> Bool {
        if host.lowercased() == "localhost" || host == "[::1]" { return true }
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 4 && numbers[0] == "127" && numbers.allSatisfy { UInt8($0) != nil }
    }
}

/// A URL as libcurl itself reads it, so that the check and the connection cannot disagree about the host.
private struct URLParts {
    let scheme: String
    /// IPv4 in four decimal numbers whatever the spelling, IPv6 in brackets.
    let host: String
    let port: String?
    let hasUser: Bool

    init(_ url: String) throws(HTTPTransportError) {
        guard let handle = curl_url() else {
            throw HTTPTransportError(kind: .refused, certainty: .notSent, host: "", reason: "out of memory")
        }
        defer { curl_url_cleanup(handle) }
        let code = curl_url_set(handle, CURLUPART_URL, url, UInt32(CURLU_NON_SUPPORT_SCHEME))
        guard code == CURLUE_OK, let scheme = URLParts.part(CURLUPART_SCHEME, of: handle),
            let host = URLParts.part(CURLUPART_HOST, of: handle)
        else {
            throw HTTPTransportError(
                kind: .refused, certainty: .notSent, host: "",
                reason: "the URL is malformed: \(String(cString: curl_url_strerror(code)))")
        }
        self.scheme = scheme
        self.host = host
        self.port = URLParts.part(CURLUPART_PORT, of: handle)
        self.hasUser =
            URLParts.part(CURLUPART_USER, of: handle) != nil || URLParts.part(CURLUPART_PASSWORD, of: handle) != nil
    }

    private static func part(_ part: CURLUPart, of handle: OpaquePointer) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(handle, part, &text, 0) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }
}
