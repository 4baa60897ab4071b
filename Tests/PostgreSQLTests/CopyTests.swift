import Core
import PostgreSQL
import TestSupport
import Testing

@Suite("COPY", .timeLimit(.minutes(15)))
struct CopyTests {
    private func chunks(_ session: Session, _ sql: String, bytesMax: Int = 1 << 16) async throws -> [CopyChunk] {
        try await session.copyOut(sql)
        var chunks: [CopyChunk] = []
        while let chunk = try await session.nextCopyChunk(bytesMax: bytesMax) { chunks.append(chunk) }
        return chunks
    }

    @Test func rowsArriveWholeAndInChunks() async throws {
        try await TestDatabase.with("copy_out") { (_, session) async throws in
            let chunks = try await chunks(
                session, "COPY (SELECT n, repeat('x', (n % 100)::int) FROM generate_series(1, 50000) AS n) TO STDOUT")
            #expect(chunks.count > 10)
            #expect(chunks.reduce(0) { $0 + $1.rowEnds.count } == 50_000)
            var expected = 1
            var row = CopyRow()
            for chunk in chunks {
                #expect(chunk.rowEnds.last == chunk.bytes.count && chunk.bytes.count < 1 << 17)
                chunk.forEachRow(&row) { row in
                    if row.count != 2 || row.text(0) != "\(expected)" || row.escaped(1).count != expected % 100 {
                        Issue.record("row \(expected)")
                    }
                    expected += 1
                }
            }
            #expect(try await session.query("SELECT 1").first?.int(0) == 1)
        }
    }

    @Test func valuesAreReadAsWritten() async throws {
        try await TestDatabase.with("copy_in") { (_, session) async throws in
            try await session.execute("CREATE TABLE public.t (n int, a text, b bytea)")
            let texts: [String?] = [
                "", nil, "\\N", "\\", "a\tb\nc\rd\\e", "\u{8}\u{b}\u{c}\u{1}", "é😀", "\\x41", "\\101", "NULL",
                String(repeating: "long\t", count: 100_000),
            ]
            var encoder = CopyTextEncoder()
            for (number, text) in texts.enumerated() {
                encoder.append(number)
                encoder.append(text)
                encoder.append(bytea: [0, 9, 10, 92, 255])
                encoder.endRow()
            }
            try await session.copyIn("COPY public.t FROM STDIN")
            let bytes = encoder.take()
            // A chunk may end anywhere.
            try await session.put(Array(bytes.prefix(37)))
            try await session.put(Array(bytes.dropFirst(37)))
            #expect(try await session.endCopy() == texts.count)
            let stored = try await session.query("SELECT a, b FROM public.t ORDER BY n")
            #expect(stored.map { $0.text(0) } == texts)
            #expect(stored.allSatisfy { $0.bytes(1) == [0, 9, 10, 92, 255] })
            var read: [String?] = []
            var row = CopyRow()
            for chunk in try await chunks(session, "COPY (SELECT a FROM public.t ORDER BY n) TO STDOUT") {
                chunk.forEachRow(&row) { read.append($0.text(0)) }
            }
            #expect(read == texts)
        }
    }

    @Test func anErrorOnTheWayIsTheLastWord() async throws {
        try await TestDatabase.with("copy_error") { (_, session) async throws in
            try await session.copyOut("COPY (SELECT 1 / (40000 - n) FROM generate_series(1, 50000) AS n) TO STDOUT")
            var count = 0
            let error = await #expect(throws: PostgreSQLError.self) {
                while let chunk = try await session.nextCopyChunk(bytesMax: 1000) { count += chunk.rowEnds.count }
            }
            #expect(error?.sqlState == "22012")
            #expect(count > 0 && count < 40_000)
            #expect(try await session.query("SELECT 1").first?.int(0) == 1)
        }
    }

    @Test func badInputIsReportedAtTheEnd() async throws {
        try await TestDatabase.with("copy_bad") { (_, session) async throws in
            try await session.execute("CREATE TABLE public.t (n int)")
            try await session.copyIn("COPY public.t FROM STDIN")
            try await session.put(Array("1\ngeheim\n".utf8))
            let error = await #expect(throws: PostgreSQLError.self) { try await session.endCopy() }
            #expect(error?.sqlState == "22P02")
            #expect(error.map { "\($0)".contains("geheim") } == false)
            #expect(try await session.query("SELECT FROM public.t").isEmpty)
        }
    }

    @Test func anAbandonedCopyLeavesTheSessionUsable() async throws {
        try await TestDatabase.with("copy_abandon") { (_, session) async throws in
            try await session.copyOut("COPY (SELECT generate_series(1, 5000000)) TO STDOUT")
            _ = try await session.nextCopyChunk(bytesMax: 1000)
            let busy = await #expect(throws: PostgreSQLError.self) { try await session.query("SELECT 1") }
            #expect(busy?.kind == .other)
            await session.abandonCopy()
            #expect(try await session.query("SELECT 1").first?.int(0) == 1)

            try await session.execute("CREATE TABLE public.t (n int)")
            try await session.copyIn("COPY public.t FROM STDIN")
            try await session.put(Array("1\n".utf8))
            await session.abandonCopy()
            #expect(try await session.query("SELECT FROM public.t").isEmpty)

            try await session.transaction(.snapshot) { () async throws(PostgreSQLError) in
                try await session.copyOut("COPY (SELECT generate_series(1, 5000000)) TO STDOUT")
                _ = try await session.nextCopyChunk(bytesMax: 1000)
            }
            #expect(try await session.query("SELECT 1").first?.int(0) == 1)
        }
    }

    @Test func theEndOfTheTaskStopsIt() async throws {
        try await TestDatabase.with("copy_cancel") { (database, session) async throws in
            let watcher = try await Session.connect(database.parameters)
            let sql = "COPY (SELECT repeat('x', 9000), pg_sleep(n / 3 * 600) FROM generate_series(1, 9) AS n) TO STDOUT"
            let task = Task { () -> PostgreSQLError? in
                do throws(PostgreSQLError) {
                    try await session.copyOut(sql)
                    while try await session.nextCopyChunk(bytesMax: 1) != nil {}
                } catch { return error }
                return nil
            }
            while try await watcher.query(
                "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
            ).isEmpty {
                await Task.yield()
            }
            task.cancel()
            #expect(await task.value?.kind == .cancelled)
            #expect(try await session.query("SELECT 1").first?.int(0) == 1)
        }
    }

    @Test func anEmptyTableHasNoChunk() async throws {
        try await TestDatabase.with("copy_empty") { (_, session) async throws in
            #expect(try await chunks(session, "COPY (SELECT 1 WHERE false) TO STDOUT").isEmpty)
            let notCopy = await #expect(throws: PostgreSQLError.self) { try await session.copyOut("SELECT 1") }
            #expect(notCopy?.kind == .syntax)
        }
    }
}
