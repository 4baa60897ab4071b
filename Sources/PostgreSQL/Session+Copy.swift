internal import CPostgres
package import Core

extension Session {
    /// The usual size of a chunk, in bytes: some thousand rows, so that handing it from thread to thread costs nothing.
    package static var copyChunkBytes: Int { 1 << 19 }

    // MARK: Out

    /// Begins `COPY … TO STDOUT`. Then call ``nextCopyChunk(bytesMax:)`` until nil, or ``abandonCopy()``;
    /// no other statement is possible before. COPY takes no `$n`.
    package func copyOut(_ sql: String) async throws(PostgreSQLError) {
        try await startCopy(sql, PGRES_COPY_OUT)
        copy = .out
    }

    /// The next whole rows.
    /// - Parameter bytesMax: A chunk ends with the row that reaches it: a row is never cut, however large.
    /// - Returns: Nil after the last row, once the server has confirmed the end.
    /// - Throws: The error that stopped the COPY; rows handed out before are not all there are.
    package func nextCopyChunk(bytesMax: Int = copyChunkBytes) async throws(PostgreSQLError) -> CopyChunk? {
        switch copy {
        case .out: break
        case .outFinished:
            copy = .none
            return nil
        case .none, .in:
            throw PostgreSQLError(.other, "no COPY TO STDOUT is under way in this session", server: server)
        }
        do {
            let (chunk, isLast) = try await blocking { [server] connection in
                Self.readRows(connection, bytesMax, server)
            }
            if isLast { copy = chunk.rowEnds.isEmpty ? .none : .outFinished }
            return chunk.rowEnds.isEmpty ? nil : chunk
        } catch {
            abandonCopy()
            throw error
        }
    }

    private static func readRows(
        _ connection: OpaquePointer, _ bytesMax: Int, _ server: ServerAddress
    ) -> Result<(chunk: CopyChunk, isLast: Bool), PostgreSQLError> {
        var chunk = CopyChunk()
        chunk.rowEnds.reserveCapacity(bytesMax / 128)
        // A row that goes beyond what is set aside; it is the last.
        var rest: [UInt8] = []
        var end: Int32?
        chunk.bytes = [UInt8](unsafeUninitializedCapacity: bytesMax + bytesMax / 8) { memory, filled in
            while filled < bytesMax {
                var row: UnsafeMutablePointer<CChar>?
                let count = PQgetCopyData(connection, &row, 0)
                guard count > 0, let row else {
                    end = count
                    return
                }
                let bytes = UnsafeRawBufferPointer(start: row, count: Int(count))
                chunk.rowEnds.append(filled + bytes.count)
                if bytes.count <= memory.count - filled {
                    UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(memory)[filled...])
                        .copyMemory(from: bytes)
                    filled += bytes.count
                } else {
                    rest = Array(bytes)
                }
                PQfreemem(row)
                if !rest.isEmpty { return }
            }
        }
        chunk.bytes += rest
        guard let end else { return .success((chunk, false)) }
        // -1: the end, or an error of the server; -2: an error of libpq. The results tell.
        let outcome = finish(connection, server)
        if case .failure(let error) = outcome { return .failure(error) }
        return end == -1 ? .success((chunk, true)) : .failure(failure(of: connection, server))
    }

    // MARK: In

    /// Begins `COPY … FROM STDIN` (text format). Then ``put(_:)`` as often as needed and ``endCopy()``, or
    /// ``abandonCopy()``.
    package func copyIn(_ sql: String) async throws(PostgreSQLError) {
        try await startCopy(sql, PGRES_COPY_IN)
        copy = .in
    }

    /// Sends lines made by `CopyTextEncoder`; a chunk may end anywhere. An error of the server shows at the end.
    package func put(_ bytes: [UInt8]) async throws(PostgreSQLError) {
        guard copy == .in else {
            throw PostgreSQLError(.other, "no COPY FROM STDIN is under way in this session", server: server)
        }
        do {
            try await blocking { [server] connection -> Result<Void, PostgreSQLError> in
                var rest = bytes[...]
                while !rest.isEmpty {
                    let part = rest.prefix(1 << 24)
                    let sent = part.withUnsafeBytes { buffer in
                        PQputCopyData(connection, buffer.bindMemory(to: CChar.self).baseAddress, Int32(buffer.count))
                    }
                    guard sent == 1 else { return .failure(Self.failure(of: connection, server)) }
                    rest = rest.dropFirst(part.count)
                }
                return .success(())
            }
        } catch {
            abandonCopy()
            throw error
        }
    }

    /// - Returns: The number of rows that were copied.
    @discardableResult
    package func endCopy() async throws(PostgreSQLError) -> Int {
        guard copy == .in else {
            throw PostgreSQLError(.other, "no COPY FROM STDIN is under way in this session", server: server)
        }
        copy = .none
        return try await blocking { [server] connection in
            guard PQputCopyEnd(connection, nil) == 1 else { return .failure(Self.failure(of: connection, server)) }
            return Self.finish(connection, server)
        }
    }

    // MARK: Both

    /// Stops a COPY that nobody wants to finish: the rest of its rows is thrown away, or nothing of it is inserted. The
    /// transaction, if there is one, has failed after that. Nothing happens without a COPY.
    package func abandonCopy() {
        defer { copy = .none }
        guard let connection = try? pointer() else { return }
        switch copy {
        case .none, .outFinished: return
        case .out:
            CancelKey(connection: connection)?.send()
            var row: UnsafeMutablePointer<CChar>?
            while PQgetCopyData(connection, &row, 0) > 0 { PQfreemem(row) }
        case .in:
            PQputCopyEnd(connection, "abandoned by the client")
        }
        _ = Self.finish(connection, server)
    }

    private func startCopy(_ sql: String, _ expected: ExecStatusType) async throws(PostgreSQLError) {
        // The extended protocol takes one statement only, whatever the text holds.
        let isCopy = try await run(sql) {
            PQexecParams($0, sql, 0, nil, nil, nil, nil, 0)
        } read: {
            $0.status == expected
        }
        guard isCopy else {
            throw PostgreSQLError(.syntax, "the statement is not a COPY in the direction expected", server: server)
        }
    }

    /// Reads results until there are none, as libpq wants after a COPY.
    /// - Returns: The number of rows copied, or the first error.
    private static func finish(_ connection: OpaquePointer, _ server: ServerAddress) -> Result<Int, PostgreSQLError> {
        var affected = 0
        var first: PostgreSQLError?
        while let result = QueryResult(PQgetResult(connection)) {
            if let error = result.error(server: server) { first = first ?? error }
            affected = result.affected
            // A COPY that is still open answers so for ever; only a caller's mistake leads here.
            if result.status == PGRES_COPY_IN || result.status == PGRES_COPY_OUT { break }
        }
        if var first {
            if PQstatus(connection) == CONNECTION_BAD { first.kind = .connectionLost }
            return .failure(first)
        }
        return .success(affected)
    }
}
