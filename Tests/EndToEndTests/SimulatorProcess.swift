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
    private let running = Mutex<(process: Program.Running?, port: Int)>((nil, 0))

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
        let portFile = state.appendingPathExtension("port")
        try? FileManager.default.removeItem(at: portFile)
        let process = try Program.start(
            [
                "--state", state.path, "--durable", "--time-zone", zone, "--port-file", portFile.path, "--port",
                "\(running.withLock(\.port))",
            ], environment: [:], directory: state.deletingLastPathComponent(), program: "graph-simulator")
        var port: Int?
        while port == nil, kill(process.id, 0) == 0 {
            port = (try? String(contentsOf: portFile, encoding: .utf8)).flatMap {
                Int($0.trimmingCharacters(in: .whitespacesAndNewlines))
            }
            await Task.yield()
        }
        guard let port else { throw POSIXError(.ECHILD) }
        running.withLock { $0 = (process, port) }
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
        guard let answer = Self.exchange(Array(head.utf8) + body, port: port) else { return HTTPResponse(status: 0) }
        return Self.response(answer)
    }

    private static func exchange(_ bytes: [UInt8], port: Int) -> [UInt8]? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else { return nil }
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return nil }
            sent += count
        }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return answer }
            answer += buffer[..<count]
        }
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
