internal import Core

/// One request inside a batch.
struct BatchPart {
    var id: String
    var dependsOn: [String]
    /// `nil` if the part itself is wrong; the others still run.
    var call: Call?
    var problem: GraphError?
}

extension Tenant {
    private static let partsMax = 20

    /// Runs a batch: parts without dependencies in any order, dependants after what they wait for.
    func batch(_ call: Call, _ ids: RequestIDs) -> Exchange {
        counters.operations[.batch, default: 0] += 1
        let parts: [BatchPart]
        do throws(GraphError) {
            guard call.method == "POST" else { throw GraphError(405, "Request_BadRequest", "A batch is a POST") }
            parts = try readBatch(call)
        } catch {
            counters.statuses[error.status, default: 0] += 1
            return Exchange(outcome: .answer(response(error, ids)))
        }
        counters.batchParts += parts.count
        counters.batchSizes[parts.count, default: 0] += 1
        if case .application = call.caller,
            let fault = faults.strike(
                FaultSubject(operation: .batch, method: call.method, path: call.path, query: ""), &random)
        {
            counters.struck(fault.kind)
            return strike(fault, parts, call, ids)
        }
        var run = BatchRun()
        let outcome = self.run(parts, &run, ids)
        var exchange = exchange(outcome, ids, holds: run.holds, caller: call.caller, wait: run.waitMilliseconds)
        exchange.hold = run.hold
        return exchange
    }

    /// A fault of the envelope; its parts run first, or later, if the fault says so.
    private func strike(_ fault: FaultRule, _ parts: [BatchPart], _ call: Call, _ ids: RequestIDs) -> Exchange {
        var run = BatchRun()
        var done: GraphAnswer?
        if fault.kind.actsFirst { done = self.run(parts, &run, ids).answer }
        if fault.kind.actsLater { postpone(parts.compactMap(\.call), by: fault) }
        var context = CallContext(call: call, operation: .batch, route: nil)
        let outcome = failure(fault, done, &context, ids)
        var exchange = exchange(
            outcome, ids, holds: run.holds, caller: call.caller, wait: context.waitMilliseconds ?? run.waitMilliseconds)
        exchange.hold = context.hold
        return exchange
    }

    // MARK: The envelope

    private func readBatch(_ call: Call) throws(GraphError) -> [BatchPart] {
        guard let requests = try call.json()["requests"]?.array else { throw .malformed("'requests' is missing") }
        guard !requests.isEmpty else { throw .malformed("A batch needs a request") }
        guard requests.count <= Tenant.partsMax else {
            throw .malformed("The number of requests in a batch exceeds \(Tenant.partsMax)")
        }
        var parts: [BatchPart] = []
        var seen: Set<String> = []
        for request in requests {
            guard let id = request["id"]?.string, !id.isEmpty else { throw .malformed("A request needs an id") }
            guard seen.insert(id.lowercased()).inserted else { throw .malformed("The id '\(id)' stands twice") }
            guard let method = request["method"]?.string, let url = request["url"]?.string else {
                throw .malformed("A request needs a method and a url")
            }
            let dependsOn = request["dependsOn"].map { $0.array?.compactMap(\.string) ?? [] } ?? []
            var part = BatchPart(id: id, dependsOn: dependsOn)
            do throws(GraphError) {
                part.call = try self.part(request, method: method.uppercased(), url: url, of: call)
            } catch {
                part.problem = error
            }
            parts.append(part)
        }
        try checkDependencies(parts)
        return parts
    }

    private func part(_ request: JSON, method: String, url: String, of call: Call) throws(GraphError) -> Call {
        guard !url.contains("://") else { throw .malformed("The url of a request is relative") }
        let mark = url.firstIndex(of: "?") ?? url.endIndex
        let path = url[..<mark]
        var part = Call(
            method: method, path: path.hasPrefix("/") ? String(path) : "/" + path,
            query: mark < url.endIndex ? String(url[url.index(after: mark)...]) : "", headers: [], root: call.root,
            caller: call.caller, isBatchPart: true)
        guard Route(path: part.path)?.target != .batch else { throw .malformed("Batches do not nest") }
        for header in request["headers"]?.members ?? [] {
            guard let value = header.value.string else { throw .malformed("A header is a string") }
            part.headers.append(HTTPHeader(header.name, value))
        }
        if let body = request["body"], !body.isNull {
            guard part.header("Content-Type") != nil else {
                throw .malformed("A request with a body needs a Content-Type header")
            }
            guard body.members != nil else { throw .malformed("The body of a request is a JSON object") }
            part.jsonBody = body
        }
        return part
    }

    /// Only three patterns work: none, one chain, or all dependants on the same request.
    private func checkDependencies(_ parts: [BatchPart]) throws(GraphError) {
        let dependants = parts.indices.filter { !parts[$0].dependsOn.isEmpty }
        if dependants.isEmpty { return }
        let unsupported = GraphError.malformed("The dependencies are not in a supported pattern")
        for index in dependants {
            guard parts[index].dependsOn.count == 1,
                parts[..<index].contains(where: { $0.id.lowercased() == parts[index].dependsOn[0].lowercased() })
            else { throw unsupported }
        }
        let isChain = dependants.allSatisfy {
            $0 > 0 && parts[$0].dependsOn[0].lowercased() == parts[$0 - 1].id.lowercased()
        }
        if isChain, dependants.count == parts.count - 1 { return }
        guard Set(dependants.map { parts[$0].dependsOn[0].lowercased() }).count == 1 else { throw unsupported }
    }

    // MARK: Running

    /// What a batch gathers while its parts run.
    private struct BatchRun {
        /// Lists whose schema the present wave occupies.
        var holds: [String] = []
        /// Lists whose schema some wave occupied.
        var touched: Set<String> = []
        /// Items that the present wave has written, by path.
        var writtenItems: Set<String> = []
        var waitMilliseconds: Int64?
        var hold: Hold?
        var statuses: [String: Int] = [:]
        var answers: [(id: String, answer: GraphAnswer)] = []
        var isDropped = false
        var isCut = false
    }

    private func run(_ parts: [BatchPart], _ run: inout BatchRun, _ ids: RequestIDs) -> CallOutcome {
        for wave in waves(parts) {
            for part in wave { runPart(part, &run, ids) }
            // What comes later has waited for this wave, so it collides with none of it.
            schemaCallsUnderWay.subtract(run.holds)
            run.touched.formUnion(run.holds)
            run.holds = []
            run.writtenItems = []
        }
        run.holds = run.touched.sorted()
        schemaCallsUnderWay.formUnion(run.holds)
        if run.isDropped { return .dropped }
        if settings.shuffleBatch { run.answers.shuffle(using: &random) }
        let throttled = run.answers.contains { $0.answer.status == 429 }
        let body: JSON = ["responses": .array(run.answers.map { Tenant.json($0.id, $0.answer) })]
        let answer = GraphAnswer(throttled ? settings.batchThrottledStatus : 200, body)
        return run.isCut ? .cut(answer) : .answer(answer)
    }

    /// Parts that run at the same time, in the order of the waves: those that wait for nothing, then their dependants,
    /// one by one if they are a chain.
    private func waves(_ parts: [BatchPart]) -> [[BatchPart]] {
        var free = parts.filter(\.dependsOn.isEmpty)
        var dependants = parts.filter { !$0.dependsOn.isEmpty }
        let isChain = Set(dependants.map { $0.dependsOn[0].lowercased() }).count == dependants.count
        if settings.shuffleBatch { free.shuffle(using: &random) }
        if isChain { return [free] + dependants.map { [$0] } }
        if settings.shuffleBatch { dependants.shuffle(using: &random) }
        return [free, dependants]
    }

    private func runPart(_ part: BatchPart, _ run: inout BatchRun, _ ids: RequestIDs) {
        if let status = part.dependsOn.first.flatMap({ run.statuses[$0.lowercased()] }), status >= 400 {
            finish(part, answer(GraphError(424, "FailedDependency", "A request it depends on failed"), ids), &run)
            return
        }
        guard let call = part.call else {
            finish(part, answer(part.problem ?? .malformed("The request is malformed"), ids), &run)
            return
        }
        let route = Route(path: call.path)
        var context = CallContext(
            call: call, operation: route.map { Operation(method: call.method, target: $0.target) } ?? .other,
            route: route)
        if collides(context, &run) {
            counters.operations[context.operation, default: 0] += 1
            finish(part, answer(.saveConflict, ids), &run)
            return
        }
        let outcome = perform(&context, ids)
        run.holds += context.holds
        if let hold = context.hold, hold.milliseconds > run.hold?.milliseconds ?? 0 { run.hold = hold }
        if let wait = context.waitMilliseconds { run.waitMilliseconds = max(wait, run.waitMilliseconds ?? 0) }
        switch outcome {
        case .answer(let answer): finish(part, answer, &run)
        case .cut(let answer):
            run.isCut = true
            finish(part, answer, &run)
        case .dropped:
            run.isDropped = true
            run.statuses[part.id.lowercased()] = 200
        }
    }

    private func finish(_ part: BatchPart, _ answer: GraphAnswer, _ run: inout BatchRun) {
        run.statuses[part.id.lowercased()] = answer.status
        run.answers.append((part.id, answer))
    }

    /// Whether another part of the same wave wrote the same item.
    private func collides(_ context: CallContext, _ run: inout BatchRun) -> Bool {
        guard settings.batchItemCollisions, context.operation == .patchItem || context.operation == .deleteItem
        else { return false }
        switch context.route?.target {
        case .item(let list, let item)?, .fields(let list, let item)?:
            return !run.writtenItems.insert("\(list)/\(item)").inserted
        default: return false
        }
    }

    private static func json(_ id: String, _ answer: GraphAnswer) -> JSON {
        var headers: [JSON.Member] = answer.headers.map { .init($0.name, .string($0.value)) }
        headers.append(.init("Cache-Control", "no-store, no-cache"))
        if answer.body != nil {
            headers.append(.init("OData-Version", "4.0"))
            headers.append(.init("Content-Type", .string(Tenant.jsonType)))
        }
        var body = answer.body ?? .null
        if let raw = answer.rawBody { body = .string(String(decoding: raw, as: UTF8.self)) }
        return [
            "id": .string(id), "status": .number(answer.status), "headers": .object(headers), "body": body,
        ]
    }
}
