internal import Core

/// What became of a call before it is bytes.
enum CallOutcome {
    case answer(GraphAnswer)
    case dropped
    /// The answer is sent in part.
    case cut(GraphAnswer)

    var answer: GraphAnswer? {
        switch self {
        case .answer(let answer), .cut(let answer): answer
        case .dropped: nil
        }
    }
}

/// One call with what was found out about it on its way.
struct CallContext {
    var call: Call
    var operation: Operation
    var route: Route?
    /// Lists whose schema this exchange occupies, added to as calls are let through.
    var holds: [String] = []
    var waitMilliseconds: Int64?
    var hold: Hold?

    /// A feed that goes on from a token costs less than one that begins.
    var resourceUnits: Int {
        guard operation == .delta else { return operation.resourceUnits }
        let goesOn = call.query.split(separator: "&").contains {
            $0.hasPrefix("token=") || $0.hasPrefix("$token=") || $0.hasPrefix("%24token=")
        }
        return goesOn ? 1 : 2
    }
}

extension Tenant {
    /// Takes in one request and decides everything about it. ``end(_:)`` must follow when the answer is sent.
    func begin(_ request: HTTPRequest) -> Exchange {
        defer { writeJournal() }
        runLateWrites()
        restoreDueLists()
        let url = RequestURL(request.url)
        if url.path == "/admin" || url.path.hasPrefix("/admin/") {
            return Exchange(outcome: .answer(administer(request, url)))
        }
        requestNumber += 1
        counters.httpRequests += 1
        let ids = RequestIDs(request: request, random: &random)
        var exchange: Exchange
        if url.path.hasSuffix("/oauth2/v2.0/token") {
            exchange = Exchange(outcome: issueToken(request, url, ids))
        } else if url.path.hasPrefix("/v1.0/") {
            exchange = graph(request, url, ids)
        } else {
            let error = GraphError(404, "NotFound", "There is nothing at this address")
            exchange = Exchange(outcome: .answer(response(error, ids)))
        }
        exchange.latencyMilliseconds += settings.latencyMilliseconds
        return exchange
    }

    /// The answer of `exchange` has left.
    func end(_ exchange: Exchange) {
        schemaCallsUnderWay.subtract(exchange.schemaHolds)
        if let (clientID, milliseconds) = exchange.wait, let application = applications[clientID] {
            application.waitsFrom = now + Int64(settings.retryAfterGraceMilliseconds)
            application.waitsUntil = max(application.waitsUntil, now + milliseconds)
        }
    }

    // MARK: One request

    private func graph(_ request: HTTPRequest, _ url: RequestURL, _ ids: RequestIDs) -> Exchange {
        let caller: Caller
        do throws(GraphError) {
            caller = try identify(request)
        } catch {
            counters.statuses[error.status, default: 0] += 1
            return Exchange(outcome: .answer(response(error, ids)))
        }
        let call = Call(
            method: request.method, path: String(url.path.dropFirst("/v1.0".count)), query: url.query,
            headers: request.headers, body: request.body, root: url.origin + "/v1.0", caller: caller)
        let route = Route(path: call.path)
        if route?.target == .batch { return batch(call, ids) }
        var context = CallContext(
            call: call, operation: route.map { Operation(method: call.method, target: $0.target) } ?? .other,
            route: route)
        let outcome = perform(&context, ids)
        var exchange = exchange(
            outcome, ids, holds: context.holds, caller: caller, wait: context.waitMilliseconds)
        exchange.hold = context.hold
        return exchange
    }

    func exchange(
        _ outcome: CallOutcome, _ ids: RequestIDs, holds: [String], caller: Caller, wait: Int64?
    ) -> Exchange {
        let sent: Outcome =
            switch outcome {
            case .answer(let answer): .answer(response(answer, ids))
            case .dropped: .dropped
            case .cut(let answer):
                { response in .cut(response, after: response.body.count / 2) }(response(answer, ids))
            }
        var exchange = Exchange(outcome: sent, schemaHolds: holds)
        if let wait, let application = caller.application { exchange.wait = (application.clientID, wait) }
        return exchange
    }

    private func identify(_ request: HTTPRequest) throws(GraphError) -> Caller {
        if let name = request.header("X-Simulator-Person") {
            counters.requestsByPeople += 1
            return .person(person(name))
        }
        let agent = request.header("User-Agent") ?? ""
        let isDecorated = agent.hasPrefix("NONISV|") || agent.hasPrefix("ISV|")
        if !isDecorated || agent.split(separator: "|").count < 3 { counters.undecoratedUserAgent += 1 }
        guard let header = request.header("Authorization") else {
            counters.withoutAuthorization += 1
            throw .unauthorized("Access token is empty.")
        }
        guard header.lowercased().hasPrefix("bearer "), let token = tokens[String(header.dropFirst("bearer ".count))],
            let application = applications[token.clientID]
        else { throw .unauthorized("IDX14100: JWT is not well formed.") }
        guard token.expires > now else { throw .unauthorized("Lifetime validation failed, the token is expired.") }
        if now >= application.waitsFrom, now < application.waitsUntil { counters.insideRetryAfter += 1 }
        return .application(application)
    }

    /// Does one call: counts it, lets the quota and the faults have their way, and acts.
    func perform(_ context: inout CallContext, _ ids: RequestIDs) -> CallOutcome {
        counters.operations[context.operation, default: 0] += 1
        let outcome = decide(&context, ids)
        if let answer = outcome.answer { counters.statuses[answer.status, default: 0] += 1 }
        return outcome
    }

    private func decide(_ context: inout CallContext, _ ids: RequestIDs) -> CallOutcome {
        guard let application = context.call.caller.application else {
            return .answer(act(&context, ids))
        }
        let charge = charge(application, context.operation, context.resourceUnits)
        if let refused = charge.refusal {
            counters.throttled += 1
            context.waitMilliseconds = charge.waitMilliseconds
            return .answer(answer(refused, ids))
        }
        let fault = faults.strike(subject(context), &random)
        var outcome: CallOutcome
        if let fault {
            counters.struck(fault.kind)
            outcome = suffer(fault, &context, ids)
        } else {
            outcome = .answer(act(&context, ids))
        }
        if case .answer(var answer) = outcome, !charge.headers.isEmpty {
            answer.headers += charge.headers
            outcome = .answer(answer)
        }
        return outcome
    }

    /// Checks the right to act, then acts.
    func act(_ context: inout CallContext, _ ids: RequestIDs) -> GraphAnswer {
        do throws(GraphError) {
            guard let route = context.route else {
                throw GraphError(404, "ResourceNotFound", "Resource not found for the segment")
            }
            let site: SimulatedSite? = route.target == .subscriptions ? nil : try self.site(route.site)
            if let application = context.call.caller.application {
                let rights = application.rights(on: site)
                guard rights > .none, rights >= context.operation.neededRights else { throw .denied }
            }
            guard let site else { throw .notBuilt("subscriptions") }
            try occupySchema(&context, site, route.target)
            return try dispatch(context, site, route.target, ids)
        } catch {
            return answer(error, ids)
        }
    }

    /// Refuses a schema call while another on the same list is under way.
    private func occupySchema(
        _ context: inout CallContext, _ site: SimulatedSite, _ target: Target
    ) throws(GraphError) {
        guard context.operation.changesSchema, settings.parallelSchemaCollisions else { return }
        let key: String
        switch target {
        case .list(let list), .columns(let list), .column(let list, _): key = list
        default: return
        }
        guard let list = site.list(key), !context.holds.contains(list.id) else { return }
        guard schemaCallsUnderWay.insert(list.id).inserted else {
            counters.parallelSchemaCalls += 1
            throw GraphError(
                409, "resourceModified", "Save Conflict. Your changes conflict with those made concurrently.")
        }
        context.holds.append(list.id)
    }

    private func dispatch(
        _ context: CallContext, _ site: SimulatedSite, _ target: Target, _ ids: RequestIDs
    ) throws(GraphError) -> GraphAnswer {
        let call = context.call
        switch (call.method, target) {
        case ("GET", .site): return GraphAnswer(200, site.json(root: call.root))
        case ("GET", .lists): return try listLists(call, site)
        case ("POST", .lists): return try createList(call, site)
        case ("GET", .list(let list)): return try getList(call, site, try self.list(list, site))
        case ("PATCH", .list(let list)): return try patchList(call, site, try self.list(list, site))
        case ("DELETE", .list(let list)): return try deleteList(call, site, try self.list(list, site))
        case ("GET", .columns(let list)): return try listColumns(call, site, try self.list(list, site))
        case ("POST", .columns(let list)): return try createColumn(call, site, try self.list(list, site))
        case ("GET", .column(let list, let column)):
            return try getColumn(call, site, try self.list(list, site), column)
        case ("PATCH", .column(let list, let column)):
            return try patchColumn(call, site, try self.list(list, site), column)
        case ("DELETE", .column(let list, let column)):
            return try deleteColumn(call, try self.list(list, site), column)
        case ("GET", .items(let list)): return try listItems(call, site, try self.list(list, site))
        case ("POST", .items(let list)): return try createItem(call, site, try self.list(list, site))
        case ("GET", .item(let list, let item)): return try getItem(call, site, try self.list(list, site), item)
        case ("GET", .fields(let list, let item)): return try getFields(call, site, try self.list(list, site), item)
        case ("PATCH", .item(let list, let item)):
            return try patchItem(call, site, try self.list(list, site), item, fieldsOnly: false)
        case ("PATCH", .fields(let list, let item)):
            return try patchItem(call, site, try self.list(list, site), item, fieldsOnly: true)
        case ("DELETE", .item(let list, let item)): return try deleteItem(call, try self.list(list, site), item)
        case ("GET", .delta(let list)): return try changes(call, site, try self.list(list, site), ids)
        case (_, .notBuilt(let what)): throw .notBuilt(what)
        default: throw GraphError(405, "Request_BadRequest", "The method is not allowed here")
        }
    }

    /// The list of a path, unless it is too new to be found.
    func list(_ key: String, _ site: SimulatedSite) throws(GraphError) -> SimulatedList {
        guard let list = site.list(key) else { throw .notFound("The specified list") }
        if list.unseenCalls > 0 {
            list.unseenCalls -= 1
            throw .notFound("The specified list")
        }
        return list
    }
}

extension GraphError {
    static func unauthorized(_ message: String) -> GraphError {
        GraphError(
            401, "InvalidAuthenticationToken", message,
            headers: [HTTPHeader("WWW-Authenticate", "Bearer realm=\"\", error=\"invalid_token\"")])
    }
}

/// An absolute URL in the pieces that matter here.
struct RequestURL {
    /// Scheme, host and port.
    var origin: String
    var path: String
    var query: String

    init(_ url: String) {
        let start = url.range(ofFirst: "://")?.upperBound ?? url.startIndex
        let end = url[start...].firstIndex { $0 == "/" || $0 == "?" } ?? url.endIndex
        origin = String(url[..<end])
        let rest = url[end...]
        let mark = rest.firstIndex(of: "?") ?? rest.endIndex
        path = String(rest[..<mark])
        query = mark < rest.endIndex ? String(rest[rest.index(after: mark)...].prefix { $0 != "#" }) : ""
    }
}
