import Core
import Testing

@testable import CurlTransport

@Suite("HTTP over libcurl") struct CurlTransportTests {
    /// The failure of a request that must not succeed.
    private func failure(
        of request: HTTPRequest, over transport: CurlTransport
    ) async -> HTTPTransportError? {
        do {
            let response = try await transport.send(request)
            Issue.record("an answer: \(response.status)")
            return nil
        } catch {
            return error
        }
    }

    @Test func sendsWhatItIsGivenAndNothingElse() async throws {
        let seen = Log<ReceivedRequest>()
        let server = try TestServer { connection, _ in
            while let request = connection.request() {
                seen.append(request)
                connection.answer(
                    "{}", status: "201 Created", headers: ["Retry-After:  2.128 ", "X-Empty:", "X-Two: a", "X-Two: b"])
            }
        }
        defer { server.close() }
        let transport = try CurlTransport()
        let answer = try await transport.send(
            HTTPRequest(
                "PATCH", server.url + "/a%20b?x='y'",
                headers: [HTTPHeader("If-Match", "\"1,2\""), HTTPHeader("X-Nothing", "")],
                body: Array("{\"a\":1}".utf8)))
        #expect(answer.status == 201)
        #expect(answer.body == Array("{}".utf8))
        #expect(answer.header("retry-after") == "2.128")
        #expect(answer.header("x-empty")?.isEmpty == true)
        #expect(answer.headers.filter { $0.name == "X-Two" }.map(\.value) == ["a", "b"])
        let request = try #require(seen.all.first)
        #expect(request.line == "PATCH /a%20b?x='y' HTTP/1.1")
        #expect(request.body == Array("{\"a\":1}".utf8))
        #expect(request.header("If-Match") == "\"1,2\"")
        #expect(request.header("X-Nothing")?.isEmpty == true)
        #expect(request.header("Accept-Encoding")?.contains("gzip") == true)
        #expect(request.header("Expect") == nil)
        #expect(request.header("Content-Type") == nil)
    }

    @Test(arguments: ["GET", "DELETE", "POST", "HEAD"]) func sendsMethodsWithoutABody(method: String) async throws {
        let server = try TestServer { connection, _ in
            while let request = connection.request() {
                connection.answer("", headers: ["X-Line: \(request.line)", "X-Length: \(request.body.count)"])
            }
        }
        defer { server.close() }
        let answer = try await CurlTransport().send(HTTPRequest(method, server.url + "/x"))
        #expect(answer.header("X-Line") == "\(method) /x HTTP/1.1")
        #expect(answer.header("X-Length") == "0")
    }

    @Test func keepsConnectionsAndSendsLargeBodies() async throws {
        let server = try TestServer { connection, _ in
            while let request = connection.request() {
                connection.answer("\(request.body.count)/\(request.body.reduce(into: 0) { $0 += Int($1) })")
            }
        }
        defer { server.close() }
        let transport = try CurlTransport()
        for size in [1, 65_536, 3_000_000] {
            let body = [UInt8](repeating: 3, count: size)
            let answer = try await transport.send(HTTPRequest("POST", server.url, body: body))
            #expect(String(decoding: answer.body, as: UTF8.self) == "\(size)/\(3 * size)")
        }
        #expect(server.connections == 1)
    }

    @Test func undoesCompression() async throws {
        let packed: [UInt8] = [
            31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 203, 72, 205, 201, 201, 87, 200, 64, 144, 0, 128, 136, 249, 229, 17, 0, 0,
            0,
        ]
        let server = try TestServer { connection, _ in
            _ = connection.request()
            connection.write(
                Array("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(packed.count)\r\n\r\n".utf8)
                    + packed)
        }
        defer { server.close() }
        let answer = try await CurlTransport().send(HTTPRequest("GET", server.url))
        #expect(String(decoding: answer.body, as: UTF8.self) == "hello hello hello")
    }

    @Test func keepsOnlyTheHeadersOfTheFinalAnswer() async throws {
        let server = try TestServer { connection, _ in
            _ = connection.request()
            connection.write("HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n")
            connection.answer("x", headers: ["X-Final: 1"])
        }
        defer { server.close() }
        let answer = try await CurlTransport().send(HTTPRequest("GET", server.url))
        #expect(answer.status == 200)
        #expect(answer.header("X-Early") == nil)
        #expect(answer.header("X-Final") == "1")
    }

    @Test func doesNotFollowRedirects() async throws {
        let server = try TestServer { connection, _ in
            _ = connection.request()
            connection.answer("", status: "302 Found", headers: ["Location: http://127.0.0.1:1/elsewhere"])
        }
        defer { server.close() }
        let answer = try await CurlTransport().send(HTTPRequest("GET", server.url))
        #expect(answer.status == 302)
    }

    // MARK: - Answers that do not come

    struct Breakage: CustomTestStringConvertible, Sendable {
        var name: String
        var method = "POST"
        var kind = HTTPTransportError.Kind.interrupted
        var options = CurlTransport.Options()
        var script: @Sendable (TestConnection) -> Void
        var testDescription: String { name }
    }

    @Test(arguments: [
        Breakage(name: "closed without an answer") { _ in },
        Breakage(name: "reset without an answer") { $0.resetOnClose() },
        Breakage(name: "headers cut") { $0.write("HTTP/1.1 200 OK\r\nContent-Le") },
        Breakage(name: "body cut") { $0.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"value\":") },
        Breakage(name: "body cut, reading", method: "GET") {
            $0.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"value\":")
        },
        Breakage(name: "chunk cut") {
            $0.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n{\"value\":")
        },
        Breakage(name: "compressed nonsense") {
            $0.write("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 20\r\n\r\n01234567890123456789")
        },
        Breakage(
            name: "too large by its own words", kind: .tooLarge, options: CurlTransport.Options(bodyBytesMax: 10)
        ) { $0.answer("01234567890") },
        Breakage(
            name: "too large without saying so", kind: .tooLarge, options: CurlTransport.Options(bodyBytesMax: 10)
        ) { $0.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n01234567890\r\n0\r\n\r\n") },
    ])
    func brokenAnswersAreUnknown(_ breakage: Breakage) async throws {
        let server = try TestServer { connection, _ in
            if connection.request() != nil { breakage.script(connection) }
        }
        defer { server.close() }
        let transport = try CurlTransport(breakage.options)
        let body: [UInt8]? = breakage.method == "POST" ? [1, 2, 3] : nil
        let error = await failure(of: HTTPRequest(breakage.method, server.url + "/secret", body: body), over: transport)
        #expect(error?.kind == breakage.kind)
        #expect(error?.certainty == .unknown)
        #expect(error?.host == "127.0.0.1:\(server.port)")
        #expect(error?.description.contains("secret") == false)
    }

    @Test(arguments: [[1, 2, 3], nil] as [[UInt8]?])
    func repeatsNoWriteByItself(body: [UInt8]?) async throws {
        let seen = Log<String>()
        let server = try TestServer { connection, _ in
            // The first request leaves a connection behind, on which the second is read but not answered.
            while let request = connection.request() {
                seen.append(request.line)
                guard request.line.hasPrefix("GET") else { return }
                connection.answer("x")
            }
        }
        defer { server.close() }
        let transport = try CurlTransport()
        _ = try await transport.send(HTTPRequest("GET", server.url))
        let error = await failure(of: HTTPRequest("POST", server.url, body: body), over: transport)
        #expect(error?.kind == .interrupted)
        #expect(error?.certainty == .unknown)
        #expect(seen.all.count == 2)
    }

    @Test func sumsUpItsPatience() async throws {
        let isOver = Signal()
        let server = try TestServer { connection, _ in
            _ = connection.request()
            isOver.block()
        }
        defer { server.close() }
        let transport = try CurlTransport(CurlTransport.Options(totalTimeout: .milliseconds(30)))
        let error = await failure(of: HTTPRequest("POST", server.url, body: [1]), over: transport)
        isOver.set()
        #expect(error?.kind == .timedOut)
        #expect(error?.certainty == .unknown)
    }

    @Test func nobodyListens() async throws {
        let server = try TestServer { _, _ in }
        server.close()
        let error = await failure(of: HTTPRequest("POST", server.url, body: [1]), over: try CurlTransport())
        #expect(error?.kind == .notConnected)
        #expect(error?.certainty == .notSent)
    }

    // MARK: - Endings of our own

    @Test func cancellationReachesATransferInFlight() async throws {
        let (isReceived, isOver) = (Signal(), Signal())
        let server = try TestServer { connection, _ in
            _ = connection.request()
            isReceived.set()
            isOver.block()
        }
        defer { server.close() }
        let transport = try CurlTransport()
        let url = server.url
        let task = Task { await failure(of: HTTPRequest("POST", url, body: [1]), over: transport) }
        await isReceived.wait()
        task.cancel()
        let error = await task.value
        isOver.set()
        #expect(error?.kind == .cancelled)
        #expect(error?.certainty == .unknown)
    }

    @Test func aCancelledTaskSendsNothing() async throws {
        let server = try TestServer { connection, _ in _ = connection.request() }
        defer { server.close() }
        let transport = try CurlTransport()
        let url = server.url
        let isCancelled = Signal()
        let task = Task {
            await isCancelled.wait()
            return await failure(of: HTTPRequest("POST", url, body: [1]), over: transport)
        }
        task.cancel()
        isCancelled.set()
        let error = await task.value
        #expect(error?.kind == .cancelled)
        #expect(error?.certainty == .notSent)
        #expect(server.connections == 0)
    }

    @Test func stoppingEndsWhatIsInFlightAndRefusesTheRest() async throws {
        let (isReceived, isOver) = (Signal(), Signal())
        let server = try TestServer { connection, _ in
            _ = connection.request()
            isReceived.set()
            isOver.block()
        }
        defer { server.close() }
        let transport = try CurlTransport()
        let url = server.url
        let task = Task { await failure(of: HTTPRequest("POST", url, body: [1]), over: transport) }
        await isReceived.wait()
        transport.stop()
        transport.stop()
        let error = await task.value
        isOver.set()
        #expect(error?.kind == .cancelled)
        #expect(error?.certainty == .unknown)
        let late = await failure(of: HTTPRequest("GET", url), over: transport)
        #expect(late?.kind == .cancelled)
        #expect(late?.certainty == .notSent)
    }

    @Test func everyCallerHearsOnceUnderLoad() async throws {
        let server = try TestServer { connection, _ in
            while let request = connection.request() { connection.answer(request.line) }
        }
        defer { server.close() }
        let transport = try CurlTransport()
        let url = server.url
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<400 {
                group.addTask {
                    let task = Task { () -> Bool in
                        do {
                            let answer = try await transport.send(
                                HTTPRequest("POST", "\(url)/\(number)", body: Array("\(number)".utf8)))
                            return String(decoding: answer.body, as: UTF8.self) == "POST /\(number) HTTP/1.1"
                        } catch let error as HTTPTransportError {
                            return number % 3 == 0 && error.kind == .cancelled
                        } catch {
                            return false
                        }
                    }
                    if number % 3 == 0 {
                        await Task.yield()
                        task.cancel()
                    }
                    return await task.value
                }
            }
            return await group.reduce(into: [Bool: Int]()) { $0[$1, default: 0] += 1 }
        }
        #expect(outcomes == [true: 400])
    }
}
