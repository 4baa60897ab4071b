internal import Core

/// The ids that an answer carries for support.
struct RequestIDs {
    var request: String
    var client: String
    /// The second of the answer, without zone, as error bodies have it.
    var echoesClient: Bool

    init(request: HTTPRequest, random: inout SeededRandom) {
        self.request = random.guid()
        client = request.header("client-request-id") ?? self.request
        echoesClient = request.header("return-client-request-id")?.lowercased() == "true"
    }
}

extension Tenant {
    static let jsonType =
        "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"

    /// An error in the service's own form.
    func answer(_ error: GraphError, _ ids: RequestIDs) -> GraphAnswer {
        var inner: [JSON.Member] = []
        if let code = error.innerCode { inner.append(.init("code", .string(code))) }
        if let code = error.innermostCode { inner.append(.init("innerError", ["code": .string(code)])) }
        inner += [
            .init("date", .string(String(Moment.text(now).dropLast()))), .init("request-id", .string(ids.request)),
            .init("client-request-id", .string(ids.client)),
        ]
        return GraphAnswer(
            error.status,
            [
                "error": [
                    "code": .string(error.code), "message": .string(error.message), "innerError": .object(inner),
                ]
            ], headers: error.headers)
    }

    func response(_ error: GraphError, _ ids: RequestIDs) -> HTTPResponse { response(answer(error, ids), ids) }

    func response(_ answer: GraphAnswer, _ ids: RequestIDs) -> HTTPResponse {
        var headers = answer.headers
        var body = answer.rawBody ?? []
        if let json = answer.body {
            headers.append(HTTPHeader("Content-Type", Tenant.jsonType))
            headers.append(HTTPHeader("OData-Version", "4.0"))
            body = json.serialized()
        } else if answer.rawBody != nil, headers.value(of: "Content-Type") == nil {
            headers.append(HTTPHeader("Content-Type", "text/html"))
        }
        headers.append(HTTPHeader("Cache-Control", "no-store, no-cache"))
        headers.append(HTTPHeader("request-id", ids.request))
        if ids.echoesClient { headers.append(HTTPHeader("client-request-id", ids.client)) }
        headers.append(
            HTTPHeader("x-ms-ags-diagnostic", "{\"ServerInfo\":{\"DataCenter\":\"Simulator\",\"Slice\":\"E\"}}"))
        headers.append(HTTPHeader("Date", Moment.httpText(now)))
        return HTTPResponse(status: answer.status, headers: headers, body: body)
    }
}
