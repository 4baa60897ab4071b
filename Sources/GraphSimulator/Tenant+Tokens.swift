internal import Core

/// A refusal of the token service.
private struct TokenError: Error {
    var status: Int
    var error: String
    var number: Int
    var text: String
}

extension Tenant {
    /// `POST /{tenant}/oauth2/v2.0/token` with a client secret.
    func issueToken(_ request: HTTPRequest, _ url: RequestURL, _ ids: RequestIDs) -> Outcome {
        counters.operations[.token, default: 0] += 1
        if let fault = faults.strike(
            FaultSubject(operation: .token, method: request.method, path: url.path, query: ""), &random)
        {
            counters.struck(fault.kind)
            return suffer(fault, request, url, ids)
        }
        let answer: GraphAnswer
        do throws(TokenError) {
            answer = GraphAnswer(200, try grant(request, url))
        } catch {
            answer = refusal(error, ids)
        }
        counters.statuses[answer.status, default: 0] += 1
        return .answer(response(answer, ids))
    }

    private func suffer(_ fault: FaultRule, _ request: HTTPRequest, _ url: RequestURL, _ ids: RequestIDs) -> Outcome {
        switch fault.kind {
        case .resetBeforeWrite, .resetAfterWrite, .resetThenWrite: return .dropped
        case .cutBody:
            let response = response(GraphAnswer(200, ["token_type": "Bearer", "expires_in": 3599]), ids)
            return .cut(response, after: response.body.count / 2)
        case .throttled, .emptyUnavailable, .unavailable:
            var answer = GraphAnswer(fault.kind == .throttled ? 429 : 503)
            if let value = fault.retryAfter { answer.headers.append(HTTPHeader("Retry-After", value)) }
            return .answer(response(answer, ids))
        default:
            let error = TokenError(
                status: 503, error: "temporarily_unavailable", number: 90033, text: "A transient error has occurred.")
            return .answer(response(refusal(error, ids), ids))
        }
    }

    private func grant(_ request: HTTPRequest, _ url: RequestURL) throws(TokenError) -> JSON {
        let tenant = url.path.split(separator: "/").first.map(String.init) ?? ""
        guard tenant.lowercased() == name.lowercased() else {
            throw TokenError(
                status: 400, error: "invalid_request", number: 90002, text: "Tenant '\(tenant)' not found.")
        }
        let form = Self.form(request)
        guard request.method == "POST", form["grant_type"] == "client_credentials" else {
            throw TokenError(
                status: 400, error: "unsupported_grant_type", number: 70003,
                text: "The app requested an unsupported grant type.")
        }
        guard let clientID = form["client_id"], let application = applications[clientID] else {
            throw TokenError(
                status: 400, error: "unauthorized_client", number: 700016,
                text: "Application with identifier '\(form["client_id"] ?? "")' was not found in the directory.")
        }
        guard let scope = form["scope"], scope.hasPrefix("https://"), scope.hasSuffix("/.default") else {
            throw TokenError(
                status: 400, error: "invalid_scope", number: 1_002_012,
                text: "The provided value for scope is not valid.")
        }
        guard form["client_secret"] == application.secret else {
            throw TokenError(
                status: 401, error: "invalid_client", number: 7_000_215, text: "Invalid client secret provided.")
        }
        let token = "sim." + random.guid() + "." + random.guid()
        let lifetime = settings.tokenLifetimeSeconds
        tokens = tokens.filter { $0.value.expires > now }
        tokens[token] = IssuedToken(clientID: clientID, expires: now + Int64(lifetime) * 1000)
        counters.tokensIssued += 1
        return [
            "token_type": "Bearer", "expires_in": .number(lifetime), "ext_expires_in": .number(lifetime),
            "access_token": .string(token),
        ]
    }

    private static func form(_ request: HTTPRequest) -> [String: String] {
        let type = request.header("Content-Type") ?? ""
        guard type.lowercased().hasPrefix("application/x-www-form-urlencoded") else { return [:] }
        var form: [String: String] = [:]
        for pair in String(decoding: request.body ?? [], as: UTF8.self).split(separator: "&") {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decode(halves[0], plusIsBlank: true),
                let value = PercentEncoding.decode(halves.count > 1 ? halves[1] : "", plusIsBlank: true)
            else { continue }
            form[name] = value
        }
        return form
    }

    private func refusal(_ error: TokenError, _ ids: RequestIDs) -> GraphAnswer {
        let time = Moment.text(now).replacing("T", with: " ")
        let text = "AADSTS\(error.number): \(error.text) Trace ID: \(ids.request) Correlation ID: \(ids.client)"
        return GraphAnswer(
            error.status,
            [
                "error": .string(error.error), "error_description": .string("\(text) Timestamp: \(time)"),
                "error_codes": [.number(error.number)], "timestamp": .string(time), "trace_id": .string(ids.request),
                "correlation_id": .string(ids.client),
                "error_uri": .string("https://login.microsoftonline.com/error?code=\(error.number)"),
            ])
    }
}

extension HTTPRequest {
    /// The value of the first header of this name, without regard to case.
    func header(_ name: String) -> String? { headers.value(of: name) }
}
