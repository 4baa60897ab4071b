import Core
import Glibc
import GraphSimulator
import TestSupport
import Testing

private func request(_ session: Session, _ origin: String, _ method: String, _ path: String, _ body: String = "")
    -> [UInt8]
{
    var text = "\(method) \(path) HTTP/1.1\r\nHost: \(origin.dropFirst("http://".count))\r\nConnection: close\r\n"
    for header in session.headers { text += "\(header.name): \(header.value)\r\n" }
    if !body.isEmpty { text += "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n" }
    return Array((text + "\r\n" + body).utf8)
}

@Suite("Over HTTP", .timeLimit(.minutes(15))) struct ServerTests {
    private func answer(_ origin: String, _ bytes: [UInt8]) async -> String {
        let port = Int(origin.split(separator: ":").last ?? "") ?? 0
        return await onThread { Loopback.exchange(bytes, port: port).map { String(decoding: $0, as: UTF8.self) } }
            ?? "no connection"
    }

    @Test func aListIsServedUnderItsOwnAddress() async throws {
        let session = try Session()
        let list = try session.list()
        for _ in 0..<3 { _ = session.createItem(list, [:]) }
        let text = try await SimulatorServer(session.graph).whileRunning { origin in
            await answer(origin, request(session, origin, "GET", "/v1.0\(list)/items?$top=2"))
                + "|\(origin)"
        }
        #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
        let origin = try #require(text.split(separator: "|").last)
        #expect(text.contains("\"@odata.nextLink\":\"\(origin)/v1.0/sites/"))
    }

    @Test func connectionsBreakWithoutAnAnswer() async throws {
        let session = try Session()
        let list = try session.list()
        session.graph.addFault(["kind": "resetAfterWrite", "operations": ["createItem"]])
        let text = try await SimulatorServer(session.graph).whileRunning { origin in
            await answer(origin, request(session, origin, "POST", "/v1.0\(list)/items", "{\"fields\":{}}"))
        }
        #expect(text.isEmpty)
        #expect(session.get("\(list)/items").value.count == 1)
    }

    @Test func bodiesAreCutShort() async throws {
        let session = try Session()
        session.graph.addFault(["kind": "cutBody"])
        let text = try await SimulatorServer(session.graph).whileRunning { origin in
            await answer(origin, request(session, origin, "GET", "/v1.0/sites/root"))
        }
        let parts = text.split(separator: "\r\n\r\n", maxSplits: 1)
        try #require(parts.count == 2)
        let length = try #require(
            parts[0].split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length: ") })
        let promised = try #require(Int(length.dropFirst("content-length: ".count)))
        #expect(parts[1].utf8.count < promised)
        #expect(!parts[1].isEmpty)
    }

    @Test func largeBodiesAreRefused() async throws {
        let session = try Session()
        let text = try await SimulatorServer(session.graph).whileRunning { origin in
            let body = String(repeating: "a", count: SimulatorServer.bodyBytesMax + 1)
            return await answer(origin, request(session, origin, "POST", "/v1.0/$batch", body))
        }
        #expect(text.hasPrefix("HTTP/1.1 413 "))
    }

    @Test func theStateIsSavedOnRequest() async throws {
        let session = try Session()
        let answers = try await SimulatorServer(session.graph, save: { throw Refused() }).whileRunning { origin in
            await answer(origin, request(session, origin, "POST", "/admin/save"))
        }
        #expect(answers.hasPrefix("HTTP/1.1 500 "))
    }

    @Test func schemaCallsOverlapUntilTheirAnswerHasLeft() async throws {
        let session = try Session()
        let list = try session.list()
        let held = session.graph.begin(session.request("POST", "\(list)/columns", ["name": "Aa", "text": [:]]))
        let texts = try await SimulatorServer(session.graph).whileRunning { origin in
            func create(_ name: String) async -> String {
                let body = "{\"name\":\"\(name)\",\"text\":{}}"
                return await answer(origin, request(session, origin, "POST", "/v1.0\(list)/columns", body))
            }
            let refused = await create("Bb")
            session.graph.end(held)
            return [refused, await create("Bb"), await create("Cc")]
        }
        #expect(texts.map { $0.dropFirst(9).prefix(3) } == ["409", "201", "201"])
    }
}

private struct Refused: Error {}

/// Runs blocking work away from the threads that serve the answers.
private func onThread<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async -> Result {
    await withCheckedContinuation { continuation in
        let box = Box { continuation.resume(returning: work()) }
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<Box>.fromOpaque(context).takeRetainedValue().work() }
                return nil
            }, Unmanaged.passRetained(box).toOpaque())
        pthread_detach(thread)
    }
}

private final class Box: Sendable {
    let work: @Sendable () -> Void

    init(_ work: @escaping @Sendable () -> Void) { self.work = work }
}
