import Core
import GraphSimulator
import Testing

@Suite("Tokens and rights") struct TokenTests {
    @Test func aTokenSaysHowLongItLives() throws {
        let answer = try Session().token()
        #expect(answer.status == 200)
        #expect(answer["token_type"] == "Bearer")
        #expect(answer["expires_in"] == 3599)
        #expect(answer["ext_expires_in"] == 3599)
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        var tenant = "contoso.onmicrosoft.com"
        var client = Session.clientID
        var secret = "simulator-secret"
        var scope = "https%3A%2F%2Fgraph.microsoft.com%2F.default"
        var status: Int
        var error: String
        var number: Int

        var testDescription: String { "AADSTS\(number)" }
    }

    @Test(arguments: [
        Refusal(secret: "wrong", status: 401, error: "invalid_client", number: 7_000_215),
        Refusal(client: "22222222", status: 400, error: "unauthorized_client", number: 700016),
        Refusal(tenant: "fabrikam", status: 400, error: "invalid_request", number: 90002),
        Refusal(scope: "Sites.Read.All", status: 400, error: "invalid_scope", number: 1_002_012),
    ])
    func refusals(_ refusal: Refusal) throws {
        let answer = try Session().token(
            tenant: refusal.tenant, client: refusal.client, secret: refusal.secret, scope: refusal.scope)
        #expect(answer.status == refusal.status)
        #expect(answer["error"]?.string == refusal.error)
        #expect(answer["error_codes"] == [.number(refusal.number)])
        #expect(answer["error_description"]?.string?.hasPrefix("AADSTS\(refusal.number): ") == true)
    }

    @Test func callsNeedAToken() throws {
        var session = try Session()
        session.headers = [HTTPHeader("User-Agent", "NONISV|A|B/1")]
        let answer = session.get("/sites/root")
        #expect(answer.status == 401)
        #expect(answer.code == "InvalidAuthenticationToken")
        #expect(session.counter("manners", "withoutAuthorization") == 1)
        #expect(session.get("/sites/root", ["Authorization": "Bearer nonsense"]).status == 401)
    }

    @Test func tokensExpireByTheVirtualClock() throws {
        let session = try Session { $0.tokenLifetimeSeconds = 100 }
        session.graph.advance(seconds: 99)
        #expect(session.get("/sites/root").status == 200)
        session.graph.advance(seconds: 1)
        #expect(session.get("/sites/root").status == 401)
    }

    @Test func tokensCanBeRevoked() throws {
        let session = try Session()
        #expect(session.admin("DELETE", "/tokens").status == 204)
        #expect(session.get("/sites/root").status == 401)
    }

    @Test func anApplicationMayBeLimited() throws {
        let session = try Session()
        let list = try session.list()
        func setRights(_ rights: String) {
            #expect(
                session.admin("PUT", "/applications/\(Session.clientID)", ["rights": .string(rights)]).status == 200)
        }
        setRights("read")
        #expect(session.get("\(list)/items").status == 200)
        #expect(session.createItem(list, ["Title": "x"]).code == "accessDenied")
        setRights("write")
        #expect(session.createItem(list, ["Title": "x"]).status == 201)
        #expect(session.post("\(list)/columns", ["name": "A", "text": [:]]).status == 403)
        setRights("none")
        #expect(session.get("\(list)/items").status == 403)
    }

    @Test func rightsOnOneSiteGoFirst() throws {
        let session = try Session()
        let change: JSON = ["rights": "none", "siteRights": ["/sites/Operations": "read"]]
        #expect(session.admin("PUT", "/applications/\(Session.clientID)", change).status == 200)
        #expect(session.get("\(Session.site)/lists").status == 200)
        #expect(session.get("/sites/root").status == 403)
        #expect(session.post("\(Session.site)/lists", ["displayName": "A"]).status == 403)
    }

    @Test func aSecondApplicationCanSignIn() throws {
        let session = try Session()
        _ = session.admin("PUT", "/applications/other", ["secret": "s2", "name": "Other"])
        #expect(session.token(client: "other", secret: "s2").status == 200)
    }
}
