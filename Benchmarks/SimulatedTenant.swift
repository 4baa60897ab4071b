internal import Core
internal import CurlTransport
internal import Glibc

/// A running simulator and its administration.
struct SimulatedTenant: Sendable {
    let origin: String
    private let server: ChildProcess.Server
    private let transport: CurlTransport

    /// Starts one; it ends with this process, if not before.
    static func start(_ bench: Workbench, _ options: [String] = []) throws -> SimulatedTenant {
        let server = try ChildProcess.serve(
            ["\(bench.products)/graph-simulator", "--exit-with-stdin", "--time-zone", "Europe/Berlin"] + options)
        let words = server.line.split(separator: " ")
        guard let address = words.last, address.hasPrefix("http://"), address.hasSuffix("/v1.0") else {
            throw BenchmarkError("the simulator says \"\(server.line)\"")
        }
        return SimulatedTenant(
            origin: String(address.dropLast("/v1.0".count)), server: server, transport: try CurlTransport())
    }

    var port: String { String(origin.split(separator: ":").last ?? "") }

    /// Processor time that it has used so far, in seconds.
    var processorSeconds: Double { server.processorSeconds }

    /// Lets it save its state and end.
    func end() { server.end() }

    /// Ends it at once; nothing is saved.
    func kill() { server.kill() }

    // MARK: Administration

    func set(_ settings: JSON) async throws { _ = try await call("PUT", "settings", settings) }

    func resetCounters() async throws { _ = try await call("POST", "counters/reset") }

    func counters() async throws -> Counters { Counters(json: try await call("GET", "counters")) }

    struct Counters: Sendable {
        let json: JSON

        var resourceUnits: Int { json["resourceUnits"]?.integer ?? 0 }
        var throttled: Int { json["throttled"]?.integer ?? 0 }
        var busiestMinute: Int { json["resourceUnitsMinuteMax"]?.integer ?? 0 }
        var insideRetryAfter: Int { json["manners"]?["insideRetryAfter"]?.integer ?? 0 }
        /// From the first item write to the last.
        var itemWritesMilliseconds: Int { json["itemWritesMilliseconds"]?.integer ?? 0 }
        var httpRequests: Int { json["httpRequests"]?.integer ?? 0 }
        var itemWrites: Int { (json["itemWrites"]?.members ?? []).reduce(0) { $0 + ($1.value.integer ?? 0) } }

        func resourceUnits(of operations: String...) -> Int {
            operations.reduce(0) { $0 + (json["resourceUnitsByOperation"]?[$1]?.integer ?? 0) }
        }

        func requests(of operations: String...) -> Int {
            operations.reduce(0) { $0 + (json["requests"]?[$1]?.integer ?? 0) }
        }

        /// Writes of every kind, lists and columns included.
        var writes: Int {
            requests(
                of: "createItem", "patchItem", "deleteItem", "createList", "patchList", "deleteList", "createColumn",
                "patchColumn", "deleteColumn")
        }
    }

    private func call(_ method: String, _ path: String, _ body: JSON? = nil) async throws -> JSON {
        let answer = try await transport.send(
            HTTPRequest(
                method, "\(origin)/admin/\(path)", headers: [HTTPHeader("Content-Type", "application/json")],
                body: body?.serialized()))
        guard (200...299).contains(answer.status) else {
            throw BenchmarkError(
                "\(method) /admin/\(path): \(answer.status) \(String(decoding: answer.body, as: UTF8.self))")
        }
        return answer.body.isEmpty ? .null : try JSON.parse(answer.body)
    }
}
