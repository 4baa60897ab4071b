internal import Core
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import Synchronization

/// Serves a simulated Graph over HTTP on the loopback interface.
///
/// The Graph root is `http://127.0.0.1:PORT/v1.0`, the authority root `http://127.0.0.1:PORT`.
package struct SimulatorServer: Sendable {
    /// A gateway refuses larger bodies with 413.
    package static let bodyBytesMax = 4 * 1024 * 1024

    /// A saved state may be larger.
    private static let adminBodyBytesMax = 1 << 30

    private let graph: SimulatedGraph
    private let port: Int
    private let realMilliseconds: (@Sendable () -> Int64)?
    private let save: @Sendable () throws -> Void

    /// - Parameters:
    ///   - port: 0 for any free one.
    ///   - realMilliseconds: The wall clock that the simulated clock follows, in milliseconds since 1970; `nil` if it
    ///     only moves when told to.
    ///   - save: What `POST /admin/save` does.
    package init(
        _ graph: SimulatedGraph, port: Int = 0, realMilliseconds: (@Sendable () -> Int64)? = nil,
        save: @escaping @Sendable () throws -> Void = {}
    ) {
        self.graph = graph
        self.port = port
        self.realMilliseconds = realMilliseconds
        self.save = save
    }

    /// Serves until the task is cancelled; requests under way are answered first.
    /// - Parameter onReady: Called once with the bound port.
    package func run(onReady: @escaping @Sendable (Int) async -> Void) async throws {
        try await application(onReady).run()
    }

    /// Serves until SIGTERM or SIGINT.
    package func runUntilSignalled(onReady: @escaping @Sendable (Int) async -> Void) async throws {
        try await application(onReady).runService()
    }

    /// Serves while `body` runs.
    /// - Parameter body: Gets the origin, `http://127.0.0.1:PORT`.
    package func whileRunning<Result: Sendable>(
        _ body: @escaping @Sendable (String) async throws -> Result
    ) async throws -> Result {
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                defer { continuation.finish() }
                try await self.run { continuation.yield($0) }
                return nil
            }
            group.addTask {
                for await port in ports { return try await body("http://127.0.0.1:\(port)") }
                return nil
            }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
            }
            throw CancellationError()
        }
    }

    private func application(
        _ onReady: @escaping @Sendable (Int) async -> Void
    ) -> Application<CallbackResponder<ConnectionContext>> {
        var logger = Logger(label: "graph-simulator")
        logger.logLevel = .critical
        return Hummingbird.Application(
            responder: CallbackResponder { request, context in await respond(to: request, context) },
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port)),
            onServerRunning: { channel in
                if let port = channel.localAddress?.port { await onReady(port) }
            },
            logger: logger)
    }

    // MARK: One request

    private func respond(to request: Request, _ context: ConnectionContext) async -> Response {
        let body: [UInt8]
        do {
            let isAdmin = request.uri.path.hasPrefix("/admin/")
            let buffer = try await request.body.collect(
                upTo: isAdmin ? SimulatorServer.adminBodyBytesMax : SimulatorServer.bodyBytesMax)
            body = Array(buffer.readableBytesView)
        } catch {
            return Response(status: .contentTooLarge, headers: [.connection: "close"])
        }
        let authority = request.head.authority ?? "127.0.0.1:\(port)"
        let incoming = Core.HTTPRequest(
            request.method.rawValue, "http://\(authority)\(request.uri.string)",
            headers: request.headers.map { HTTPHeader($0.name.rawName, $0.value) }, body: body.isEmpty ? nil : body)
        if incoming.method == "POST", request.uri.path == "/admin/save" { return saveState() }
        if let realMilliseconds { graph.follow(realMilliseconds: realMilliseconds()) }
        let exchange = graph.begin(incoming)
        defer { graph.end(exchange) }
        if exchange.latencyMilliseconds > 0 {
            try? await Task.sleep(for: .milliseconds(exchange.latencyMilliseconds))
        }
        if let hold = exchange.hold { await wait(for: hold) }
        switch exchange.outcome {
        case .answer(let answer): return response(answer)
        case .cut(let answer, let count): return cutResponse(answer, after: count)
        case .dropped:
            try? await context.channel.close()
            return Response(status: .badGateway)
        }
    }

    private func wait(for hold: Hold) async {
        let end = ContinuousClock.now + .milliseconds(hold.milliseconds)
        while ContinuousClock.now < end, graph.holds(hold) {
            do { try await Task.sleep(until: min(end, .now + .milliseconds(10))) } catch { return }
        }
    }

    private func saveState() -> Response {
        do {
            try save()
            return Response(status: .noContent)
        } catch {
            return Response(
                status: .internalServerError, body: ResponseBody(byteBuffer: ByteBuffer(string: "\(error)")))
        }
    }

    private func head(_ answer: Core.HTTPResponse) -> HTTPFields {
        var fields = HTTPFields()
        for header in answer.headers {
            if let name = HTTPFields.Element.Name(header.name) {
                fields.append(HTTPFields.Element(name: name, value: header.value))
            }
        }
        return fields
    }

    private func response(_ answer: Core.HTTPResponse) -> Response {
        Response(
            status: Hummingbird.HTTPResponse.Status(code: answer.status), headers: head(answer),
            body: answer.body.isEmpty ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
    }

    /// Promises the whole body and breaks the connection in the middle of it.
    private func cutResponse(_ answer: Core.HTTPResponse, after count: Int) -> Response {
        let part = ByteBuffer(bytes: answer.body.prefix(count))
        let body = ResponseBody(contentLength: max(answer.body.count, count + 1)) { writer in
            try await writer.write(part)
            throw CutShort()
        }
        return Response(
            status: Hummingbird.HTTPResponse.Status(code: answer.status), headers: head(answer), body: body)
    }
}

/// Ends a connection in the middle of a body.
private struct CutShort: Error {}

/// Keeps the connection of a request, so that a fault can close it.
private struct ConnectionContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}
