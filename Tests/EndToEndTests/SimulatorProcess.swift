import Core
import Foundation
import Glibc
import GraphSimulator
import Synchronization
import TestSupport

/// What tests ask and tell the simulated tenant, wherever it is.
protocol SimulatedService: Sendable {
    func handle(_ request: HTTPRequest) -> HTTPResponse
}

extension SimulatedGraph: SimulatedService {}

/// The real program `graph-simulator` with a state file, which can be killed and started again at the same address.
final class SimulatorProcess: SimulatedService {
    private let state: URL
    private let zone: String
    private let running = Mutex<(process: Program.Running?, port: Int, input: Int32)>((nil, 0, -1))

    private init(state: URL, zone: String) {
        self.state = state
        self.zone = zone
    }

    static func start(state: URL, zone: String) async throws -> SimulatorProcess {
        let simulator = SimulatorProcess(state: state, zone: zone)
        try await simulator.start()
        return simulator
    }

    var origin: String { "http://127.0.0.1:\(running.withLock(\.port))" }

    /// Ends it without a word to anybody and starts it again with what its file has.
    func crash() async throws {
        await end()
        try await start()
    }

    func end() async {
        guard let process = running.withLock({ $0.process }) else { return }
        kill(process.id, SIGKILL)
        _ = await process.status.value
        running.withLock { $0.process = nil }
    }

    private func start() async throws {
        // Its input ends with this process, however that ends, and it goes then.
        var input: [Int32] = [-1, -1]
        guard pipe(&input) == 0 else { throw POSIXError(.EMFILE) }
        for descriptor in input { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        defer { Glibc.close(input[0]) }
        let portFile = state.appendingPathExtension("port")
        try? FileManager.default.removeItem(at: portFile)
        let process = try Program.start(
            [
                "--state", state.path, "--durable", "--exit-with-stdin", "--time-zone", zone, "--port-file",
                portFile.path, "--port",
                "\(running.withLock(\.port))",
            ], environment: [:], directory: state.deletingLastPathComponent(), program: "graph-simulator",
            input: input[0])
        var port: Int?
        while port == nil, kill(process.id, 0) == 0 {
            port = (try? String(contentsOf: portFile, encoding: .utf8)).flatMap {
                Int($0.trimmingCharacters(in: .whitespacesAndNewlines))
            }
            await Task.yield()
        }
        guard let port else { throw POSIXError(.ECHILD) }
        running.withLock { running in
            if running.input >= 0 { Glibc.close(running.input) }
            running = (process, port, input[1])
        }
    }

    // MARK: One request on a connection of its own

    func handle(_ request: HTTPRequest) -> HTTPResponse {
        let port = running.withLock(\.port)
        // What follows `http://127.0.0.1:PORT`.
        let path = request.url.dropFirst(origin.count)
        let body = request.body ?? []
        var head = "\(request.method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n"
        for header in request.headers { head += "\(header.name): \(header.value)\r\n" }
        head += "Content-Length: \(body.count)\r\n\r\n"
        guard let answer = Loopback.exchange(Array(head.utf8) + body, port: port) else {
            return HTTPResponse(status: 0)
        }
        return Self.response(answer)
    }

    /// The simulator names every body's length.
    private static func response(_ bytes: [UInt8]) -> HTTPResponse {
        let end: [UInt8] = [13, 10, 13, 10]
        let split = bytes.indices.first { bytes[$0...].starts(with: end) }
        guard let split else { return HTTPResponse(status: 0) }
        let lines = String(decoding: bytes[..<split], as: UTF8.self).components(separatedBy: "\r\n")
        let status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        let headers = lines.dropFirst().compactMap { line -> HTTPHeader? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return HTTPHeader(
                String(line[..<colon]), line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces))
        }
        return HTTPResponse(status: status, headers: headers, body: Array(bytes[(split + 4)...]))
    }
}
