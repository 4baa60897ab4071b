import Core
import Testing

@testable import MicrosoftGraph

@Suite("Classes of answers") struct AnswerClassTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var status: Int
        var codes: [String] = []
        var operation = GraphOperation(.change, .item, words: "")
        var kind: SiteFailure.Kind
        var testDescription: String { "\(status) \(codes) \(operation.verb) \(operation.target)" }
    }

    private static let creation = GraphOperation(.create, .items, words: "")

    @Test(arguments: [
        Case(status: 400, codes: ["invalidRequest"], kind: .refused),
        Case(status: 400, codes: ["generalException"], kind: .refused),
        Case(status: 400, codes: ["invalidRequest", "malformedEntityTag"], kind: .refused),
        Case(status: 401, kind: .unauthenticated),
        // An answer about one item never speaks for its list.
        Case(status: 403, codes: ["accessDenied"], kind: .forbidden),
        Case(status: 403, codes: ["accessDenied", "ResourceLocked"], kind: .itemLocked),
        Case(status: 403, codes: ["accessDenied"], operation: creation, kind: .forbidden),
        Case(status: 403, codes: ["accessDenied", "ResourceLocked"], operation: creation, kind: .locked),
        Case(status: 403, codes: ["notAllowed"], operation: creation, kind: .locked),
        // A code that nobody has described says nothing about a value that exists.
        Case(status: 409, codes: ["somethingNew"], operation: creation, kind: .transient),
        Case(status: 423, operation: creation, kind: .locked),
        Case(status: 404, kind: .gone),
        Case(status: 404, operation: GraphOperation(.create, .items, words: ""), kind: .missing),
        Case(status: 404, operation: GraphOperation(.read, .columns, words: ""), kind: .missing),
        Case(status: 404, operation: GraphOperation(.read, .site, words: ""), kind: .missing),
        Case(status: 405, kind: .refused),
        Case(status: 408, kind: .transient),
        Case(status: 409, codes: ["nameAlreadyExists"], kind: .conflict),
        Case(status: 409, operation: GraphOperation(.create, .items, words: ""), kind: .conflict),
        Case(status: 409, codes: ["ResourceModified"], kind: .stale),
        Case(status: 409, codes: ["conflict", "entityTagDoesNotMatch"], kind: .stale),
        Case(status: 410, codes: ["resyncRequired"], kind: .gone),
        Case(status: 412, kind: .stale),
        Case(status: 413, kind: .refused),
        Case(status: 422, kind: .refused),
        Case(status: 423, kind: .itemLocked),
        Case(status: 424, kind: .transient),
        Case(status: 429, kind: .throttled),
        Case(status: 500, codes: ["generalException"], kind: .transient),
        Case(status: 500, codes: ["activityLimitReached"], kind: .throttled),
        Case(status: 501, kind: .refused),
        Case(status: 502, kind: .transient),
        Case(status: 503, kind: .throttled),
        Case(status: 504, kind: .transient),
        // Full is the site, not the row.
        Case(status: 507, codes: ["quotaLimitReached"], kind: .locked),
        Case(status: 507, operation: creation, kind: .locked),
        Case(status: 509, kind: .throttled),
        Case(status: 302, kind: .malformed),
        Case(status: 0, kind: .malformed),
    ])
    func kind(_ c: Case) {
        var error = GraphError(.null)
        error.codes = c.codes
        #expect(AnswerClass.classify(status: c.status, error: error, operation: c.operation) == c.kind)
    }
}

@Suite("Errors of Graph") struct GraphErrorTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var body: String
        var code: String?
        var field: String?
        var isUnknown = false
        var testDescription: String { name }
    }

    @Test(arguments: [
        Case(name: "one code", body: #"{"error":{"code":"itemNotFound","message":"m"}}"#, code: "itemNotFound"),
        Case(
            name: "deepest known, both spellings of inner",
            body: #"{"error":{"code":"notAllowed","innerError":{"code":"x","innererror":{"code":"resourceLocked"}}}}"#,
            code: "resourceLocked"),
        Case(
            name: "deepest unknown gives way", code: "invalidRequest"
        ) { #"{"error":{"code":"invalidRequest","innerError":{"code":"someNewThing"}}}"# },
        Case(name: "only unknown", body: #"{"error":{"code":"","innerError":{"code":"new"}}}"#, code: "new"),
        Case(name: "empty code", body: #"{"error":{"code":"","message":"m"}}"#, code: nil),
        Case(name: "null", body: "null", code: nil),
        Case(name: "text", body: #""error""#, code: nil),
        Case(name: "code no text", body: #"{"error":{"code":7,"innerError":[1]}}"#, code: nil),
        Case(
            name: "unknown field", code: "invalidRequest", field: "Colour", isUnknown: true
        ) { #"{"error":{"code":"invalidRequest","message":"Field 'Colour' is not recognized"}}"# },
        Case(
            name: "unindexed field", code: "invalidRequest", field: "Colour"
        ) { #"{"error":{"code":"invalidRequest","message":"Field 'Colour' cannot be referenced in filter"}}"# },
        Case(
            name: "duplicate value", code: "conflict", field: "PartNo"
        ) {
            #"{"error":{"code":"conflict","message":"duplicate values in the following field(s) in the list: [PartNo]."}}"#
        },
        Case(
            name: "a value in the field's place", code: "invalidRequest"
        ) { #"{"error":{"code":"invalidRequest","message":"Field 'Jane Doe, born 1970' is not recognized"}}"# },
    ])
    func decodes(_ c: Case) throws {
        let error = GraphError(try JSON.parse(c.body))
        #expect(error.code == c.code)
        #expect(error.field == c.field)
        #expect(error.isFieldUnknown == c.isUnknown)
    }

    @Test func findsTheRequestID() throws {
        let body = try JSON.parse(#"{"error":{"code":"a","innerError":{"request-id":"r1","client-request-id":"c"}}}"#)
        #expect(GraphError(body).requestID == "r1")
    }
}

extension GraphErrorTests.Case {
    init(name: String, code: String?, field: String? = nil, isUnknown: Bool = false, _ body: () -> String) {
        self.init(name: name, body: body(), code: code, field: field, isUnknown: isUnknown)
    }
}

@Suite("Retry-After") struct RetryAfterTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var headers: [String: String]
        var seconds: Double?
        var testDescription: String { "\(headers)" }
    }

    @Test(arguments: [
        Case(headers: ["retry-after": "17"], seconds: 17),
        Case(headers: ["retry-after": "2.128"], seconds: 3),
        Case(headers: ["retry-after": "0"], seconds: 0),
        Case(headers: ["retry-after": "Sun, 06 Nov 1994 08:49:37 GMT"], seconds: 37),
        Case(headers: ["retry-after": "Sun, 06 Nov 1994 08:40:37 GMT"], seconds: 0),
        Case(headers: ["retry-after": "Sun, 31 Feb 1994 08:49:37 GMT"], seconds: nil),
        Case(headers: ["retry-after": "Sun, 06 Nov 1994 28:49:37 GMT"], seconds: nil),
        Case(headers: ["retry-after": "-5"], seconds: nil),
        Case(headers: ["retry-after": "inf"], seconds: nil),
        Case(headers: ["retry-after": "soon"], seconds: nil),
        Case(headers: ["retry-after": ""], seconds: nil),
        Case(headers: ["x-ms-retry-after-ms": "1500"], seconds: 2),
        Case(headers: ["retry-after": "4", "x-ms-retry-after-ms": "90000"], seconds: 4),
        Case(headers: ["retry-after": "4", "ratelimit-remaining": "0", "ratelimit-reset": "9"], seconds: 9),
        Case(headers: ["retry-after": "4", "ratelimit-remaining": "3", "ratelimit-reset": "9"], seconds: 4),
        Case(headers: [:], seconds: nil),
    ])
    func parses(_ c: Case) {
        // 1994-11-06T08:49:00Z
        let wait = RetryAfter.parse(now: 784_111_740) { c.headers[$0.lowercased()] }
        #expect(wait == c.seconds)
    }
}

@Suite("Repeating") struct RetryMachineTests {
    typealias Event = RetryMachine.Event
    typealias Action = RetryMachine.Action

    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var mayRepeat = true
        var events: [Event]
        var actions: [Action]
        var testDescription: String { name }
    }

    @Test(arguments: [
        Case(name: "final", events: [.final], actions: [.giveUp]),
        Case(
            name: "back-off doubles and ends",
            events: [
                .failed(mayHaveActed: true), .failed(mayHaveActed: true), .failed(mayHaveActed: true),
                .failed(mayHaveActed: true),
            ],
            actions: [
                .sendAgain(afterSeconds: 1.5), .sendAgain(afterSeconds: 3), .sendAgain(afterSeconds: 6), .giveUp,
            ]),
        Case(
            name: "a creation that may have happened", mayRepeat: false, events: [.failed(mayHaveActed: true)],
            actions: [.giveUp]),
        Case(
            name: "a creation that did not leave", mayRepeat: false,
            events: [.failed(mayHaveActed: false), .failed(mayHaveActed: true)],
            actions: [.sendAgain(afterSeconds: 1.5), .giveUp]),
        Case(
            name: "throttling is no attempt", mayRepeat: false,
            events: [
                .throttled(seconds: 7), .throttled(seconds: 7), .throttled(seconds: 7), .throttled(seconds: 7),
                .throttled(seconds: 7), .failed(mayHaveActed: false),
            ],
            actions: [
                .pause(seconds: 7), .pause(seconds: 7), .pause(seconds: 7), .pause(seconds: 7), .pause(seconds: 7),
                .sendAgain(afterSeconds: 1.5),
            ]),
        Case(
            name: "throttling without a word backs off",
            events: [.throttled(seconds: nil), .throttled(seconds: nil), .throttled(seconds: 0)],
            actions: [.pause(seconds: 1.5), .pause(seconds: 3), .pause(seconds: 1)]),
        Case(name: "throttled past the deadline", events: [.throttled(seconds: 101)], actions: [.giveUp]),
        Case(
            name: "one new token", events: [.unauthenticated, .failed(mayHaveActed: true), .unauthenticated],
            actions: [.refreshToken, .sendAgain(afterSeconds: 1.5), .giveUp]),
        Case(
            name: "young within its bound",
            events: [.young(until: 1010), .young(until: 1010), .young(until: 1002)],
            actions: [.sendAgain(afterSeconds: 1.5), .sendAgain(afterSeconds: 3), .giveUp]),
    ])
    func decides(_ c: Case) {
        var machine = RetryMachine(RetryMachine.Policy(throttledMax: 100), mayRepeat: c.mayRepeat, now: 1000)
        #expect(c.events.map { machine.next($0, now: 1000, random: 0.5) } == c.actions)
    }

    @Test func backOffStaysInItsBounds() {
        let policy = RetryMachine.Policy()
        for failures in 1...40 {
            for random in [0, 0.3, 0.999] {
                let wait = policy.backOff(failures: failures, random: random)
                #expect(wait >= 1 && wait <= 300)
            }
        }
        #expect(policy.backOff(failures: 40, random: 0) == 150)
    }
}

@Suite("Endpoints and encoding") struct EndpointTests {
    @Test(arguments: [
        ("https://graph.microsoft.com/v1.0/next?$skiptoken=x", true), ("https://GRAPH.microsoft.com:443/x", true),
        ("https://graph.microsoft.com", true), ("http://graph.microsoft.com/x", false),
        ("https://graph.microsoft.com:8443/x", false), ("https://graph.microsoft.com.evil.example/x", false),
        ("https://graph.microsoft.com@evil.example/x", false),
        ("https://evil.example/https://graph.microsoft.com", false),
        ("https://graph.microsoft.com\\@evil.example/", false), ("//graph.microsoft.com/x", false),
        ("/v1.0/x", false), ("", false), ("https://graph.microsoft.com\u{9}.evil.example/", false),
    ])
    func ownLinks(link: String, isOwn: Bool) throws {
        let endpoints = try #require(GraphEndpoints(cloud: .global))
        #expect(endpoints.isOwn(link) == isOwn)
    }

    @Test func rootsAreChecked() {
        #expect(GraphEndpoints(graph: "graph.microsoft.com", authority: "https://login.example") == nil)
        #expect(GraphEndpoints(graph: "https://g.example?x", authority: "https://login.example") == nil)
        let local = GraphEndpoints(cloud: .global, graph: "http://127.0.0.1:8080/", authority: "")
        #expect(local?.serviceRoot == "http://127.0.0.1:8080/v1.0")
        #expect(local?.authority == "https://login.microsoftonline.com")
        #expect(local?.tokenURL(tenant: "a/b") == "https://login.microsoftonline.com/a%2Fb/oauth2/v2.0/token")
        #expect(GraphEndpoints(cloud: .china)?.scope == "https://microsoftgraph.chinacloudapi.cn/.default")
    }

    @Test func encodes() {
        #expect(PercentEncoding.segment("contoso,1 2/ü") == "contoso,1%202%2F%C3%BC")
        #expect(PercentEncoding.query("fields/K eq 'a''b%2f&+#'") == "fields/K%20eq%20%27a%27%27b%252f%26%2B%23%27")
        #expect(PercentEncoding.form("a b&c=d+é") == "a%20b%26c%3Dd%2B%C3%A9")
    }

    @Test func identifiersAreGUIDs() {
        let text = GraphRandomness.system.identifier()
        #expect(text.count == 36)
        #expect(text.split(separator: "-").map(\.count) == [8, 4, 4, 4, 12])
    }
}
