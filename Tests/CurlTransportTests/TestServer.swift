import Dispatch
import Glibc
import Synchronization

/// An HTTP server of one test: raw sockets on 127.0.0.1, one thread for each connection, which runs the test's script.
final class TestServer: Sendable {
    let port: UInt16
    private let listener: Int32
    private let counter = Mutex(0)

    /// - Parameter script: Runs once for each connection; the connection closes when it returns. The number counts
    ///   connections from 1.
    init(_ script: @escaping @Sendable (TestConnection, Int) -> Void) throws {
        // Close-on-exec, here and below: other tests start programs meanwhile, and a connection that one of them inherits
        // stays open when we close it.
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard listener >= 0 else { throw TestServerError(step: "socket") }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isReady = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 64) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        guard isReady else { throw TestServerError(step: "bind") }
        self.listener = listener
        self.port = UInt16(bigEndian: address.sin_port)
        let queue = DispatchQueue(label: "test.server")
        queue.async { [self] in
            while true {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0 else { return }
                _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
                let number = counter.withLock { count in
                    count += 1
                    return count
                }
                DispatchQueue(label: "test.connection").async {
                    let connection = TestConnection(descriptor)
                    script(connection, number)
                    connection.finish()
                }
            }
        }
    }

    var url: String { "http://127.0.0.1:\(port)" }
    var connections: Int { counter.withLock { $0 } }

    func close() { shutdown(listener, Int32(SHUT_RDWR)) }
}

struct TestServerError: Error { var step: String }

/// One accepted connection, used by its script's thread.
final class TestConnection {
    private let descriptor: Int32
    private var buffer: [UInt8] = []

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    /// The next request, or `nil` if the client closed.
    func request() -> ReceivedRequest? {
        while true {
            if let end = headEnd() {
                let lines = String(decoding: buffer[..<end], as: UTF8.self).split(separator: "\r\n").map(String.init)
                let length =
                    lines.first { $0.lowercased().hasPrefix("content-length:") }
                    .flatMap { Int($0.dropFirst(15).drop { $0 == " " }) } ?? 0
                while buffer.count < end + 4 + length { guard fill() else { return nil } }
                let body = Array(buffer[(end + 4)..<(end + 4 + length)])
                buffer.removeFirst(end + 4 + length)
                return ReceivedRequest(line: lines.first ?? "", headers: Array(lines.dropFirst()), body: body)
            }
            guard fill() else { return nil }
        }
    }

    private func headEnd() -> Int? {
        guard buffer.count >= 4 else { return nil }
        return (0...(buffer.count - 4)).first { buffer[$0..<$0 + 4].elementsEqual("\r\n\r\n".utf8) }
    }

    private func fill() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        guard count > 0 else { return false }
        buffer.append(contentsOf: chunk[..<count])
        return true
    }

    func write(_ text: String) { write(Array(text.utf8)) }

    func write(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    func answer(_ body: String, status: String = "200 OK", headers: [String] = []) {
        let lines = ["HTTP/1.1 \(status)", "Content-Length: \(body.utf8.count)"] + headers
        write(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
    }

    /// Makes the coming close a reset, without the usual farewell.
    func resetOnClose() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    fileprivate func finish() { Glibc.close(descriptor) }
}

struct ReceivedRequest: Sendable, Hashable {
    var line: String
    var headers: [String]
    var body: [UInt8]

    func header(_ name: String) -> String? {
        headers.first { $0.lowercased().hasPrefix(name.lowercased() + ":") }
            .map { String($0.dropFirst(name.utf8.count + 1).drop { $0 == " " }) }
    }
}

/// Something that happens once: threads and tasks wait for it.
final class Signal: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)
    private let state = Mutex<(isSet: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))

    func set() {
        let waiting = state.withLock { state in
            state.isSet = true
            defer { state.waiting = [] }
            return state.waiting
        }
        semaphore.signal()
        for continuation in waiting { continuation.resume() }
    }

    /// For tasks.
    func wait() async {
        await withCheckedContinuation { continuation in
            let isSet = state.withLock { state in
                if !state.isSet { state.waiting.append(continuation) }
                return state.isSet
            }
            if isSet { continuation.resume() }
        }
    }

    /// For threads.
    func block() {
        semaphore.wait()
        semaphore.signal()
    }
}

/// What server threads saw, for the test to read.
final class Log<Element: Sendable>: Sendable {
    private let elements = Mutex<[Element]>([])
    func append(_ element: Element) { elements.withLock { $0.append(element) } }
    var all: [Element] { elements.withLock { $0 } }
}
