import CCurl
import Core
import Testing

@testable import CurlTransport

@Suite("Requests that are not sent") struct RefusalTests {
    @Test(arguments: [
        "http://example.com/", "http://127.0.0.1.example.com/", "http://10.0.0.1/", "http://[::2]/",
        "http://localhost.example.com/", "http://127.0.0.1@example.com/", "http://0x7f000001.example.com",
        "ftp://127.0.0.1/", "file:///etc/hosts", "gopher://127.0.0.1/", "https://user:password@example.com/",
        "https://", "", "/sites/root", "https://example.com/a b", "https://example.com/\r\nX: y",
        "https://example.com\u{0}.evil.example/", "https://exa\u{7F}mple.com/",
    ])
    func addresses(url: String) {
        #expect { try CheckedRequest(HTTPRequest("GET", url)) } throws: { error in
            let error = error as? HTTPTransportError
            return error?.kind == .refused && error?.certainty == .notSent
                && error?.description.contains("password") == false
        }
    }

    @Test(arguments: [
        "http://127.0.0.1:8080/x", "http://127.9.9.9/", "http://localhost:1/", "http://LOCALHOST/", "http://[::1]:80/",
        "http://2130706433/", "https://graph.microsoft.com/v1.0/sites/root?$select=id",
    ])
    func addressesThatAreFine(url: String) throws {
        _ = try CheckedRequest(HTTPRequest("GET", url))
    }

    @Test(arguments: [
        HTTPHeader("X", "a\r\nY: b"), HTTPHeader("X", "a\nb"), HTTPHeader("X", "a\rb"), HTTPHeader("X", "a\u{0}b"),
        HTTPHeader("X\r\nY", "a"), HTTPHeader("X:", "a"), HTTPHeader("", "a"), HTTPHeader("X Y", "a"),
    ])
    func headers(header: HTTPHeader) {
        #expect { try CheckedRequest(HTTPRequest("GET", "https://example.com/", headers: [header])) } throws: {
            ($0 as? HTTPTransportError)?.kind == .refused
        }
    }

    @Test(arguments: ["", "GET /", "G\r\n"]) func methods(method: String) {
        #expect { try CheckedRequest(HTTPRequest(method, "https://example.com/")) } throws: {
            ($0 as? HTTPTransportError)?.kind == .refused
        }
    }
}

@Suite("How transfers end") struct TransferEndTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var code: CURLcode
        var acted = false
        var connected = false
        var kind: HTTPTransportError.Kind
        var certainty: HTTPTransportError.Certainty
        var testDescription: String { name }
    }

    @Test(arguments: [
        Case(name: "no such host", code: CURLE_COULDNT_RESOLVE_HOST, kind: .unknownHost, certainty: .notSent),
        Case(name: "no such proxy", code: CURLE_COULDNT_RESOLVE_PROXY, kind: .unknownHost, certainty: .notSent),
        Case(name: "refused", code: CURLE_COULDNT_CONNECT, kind: .notConnected, certainty: .notSent),
        Case(name: "bad certificate", code: CURLE_PEER_FAILED_VERIFICATION, kind: .notConnected, certainty: .notSent),
        Case(name: "no TLS", code: CURLE_SSL_CONNECT_ERROR, kind: .notConnected, certainty: .notSent),
        Case(name: "no time to connect", code: CURLE_OPERATION_TIMEDOUT, kind: .notConnected, certainty: .notSent),
        Case(
            name: "no answer in time", code: CURLE_OPERATION_TIMEDOUT, acted: true, connected: true, kind: .timedOut,
            certainty: .unknown),
        Case(
            name: "connected, nothing sent", code: CURLE_OPERATION_TIMEDOUT, connected: true, kind: .timedOut,
            certainty: .notSent),
        Case(
            name: "HTTP/2 stream", code: CURLE_HTTP2_STREAM, acted: true, connected: true, kind: .interrupted,
            certainty: .unknown),
        Case(
            name: "rewind", code: CURLE_SEND_FAIL_REWIND, acted: true, connected: true, kind: .interrupted,
            certainty: .unknown),
        Case(
            name: "broken before the body", code: CURLE_SEND_ERROR, connected: true, kind: .interrupted,
            certainty: .notSent),
        Case(
            name: "cancelled while waiting", code: CURLE_ABORTED_BY_CALLBACK, kind: .cancelled, certainty: .notSent),
    ])
    func classes(_ c: Case) {
        let end = TransferEnd(
            code: c.code, host: "h:1", mayHaveActed: c.acted, wasConnected: c.connected, answerExceeded: false,
            detail: "")
        #expect(end.error.kind == c.kind)
        #expect(end.error.certainty == c.certainty)
        #expect(!end.error.reason.isEmpty)
    }
}
