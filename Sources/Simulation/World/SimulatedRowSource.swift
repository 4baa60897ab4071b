internal import Core

/// The tables as one process sees them.
struct SimulatedRowSource: RowSource {
    let world: World
    let process: Process

    private func call<T>(_ name: StaticString, _ body: () throws(Failure) -> T) async throws(Failure) -> T {
        do throws(Gone) { try await world.pass(process, name) } catch { throw error.failure }
        if world.happens(process, world.faults.sourceFailure) {
            throw Failure(.unavailable, while: "reading rows", because: "the connection broke")
        }
        await world.executor.rest(seconds: world.luck.seconds(0.001...0.05))
        if process.isDead { throw Gone().failure }
        return try body()
    }

    private func table(_ name: String) throws(Failure) -> MemoryTable {
        guard let table = world.tables.first(where: { $0.relation.name == name }) else {
            throw Failure(.invalid, while: "reading table \(name)", because: "there is no such table")
        }
        return table
    }

    func identity() async throws(Failure) -> SourceIdentity { MemoryRowSource.identity }

    func relation(_ table: TableName, at place: SourceRange?) async throws(Failure) -> SourceRelation {
        try await call("relation") { () throws(Failure) in try self.table(table.name).relation }
    }

    func type(
        of expression: String, in relation: SourceRelation, at place: SourceRange?
    ) async throws(Failure) -> SourceType { .text }

    func check(predicate: Located<String>, in relation: SourceRelation) async throws(Failure) {}

    func scan(_ bound: BoundDefinition, since: CaptureMark?) async throws(Failure) -> any RowScan {
        try await call("scan") { () throws(Failure) in
            MemoryRowScan(try table(bound.relation.name).scanned(for: bound), of: bound)
        }
    }

    func rows(of bound: BoundDefinition, keys: [[String]]) async throws(Failure) -> CopyChunk {
        try await call("rows") { () throws(Failure) in
            let table = try table(bound.relation.name)
            let name = bound.definition.name
            for parts in keys {
                var bytes: [UInt8] = []
                for (part, text) in zip(bound.key, parts) { _ = part.form.append(text, to: &bytes) }
                process.presence[name, default: [:]][LedgerKey(bytes: bytes)] = !table.rows(of: bound, keys: [parts])
                    .isEmpty
            }
            return MemoryTable.chunk(table.rows(of: bound, keys: keys), of: bound)
        }
    }
}
