package import Core
internal import Synchronization

/// The port over tables in memory, without any fault: what the conformance suite compares with the real one.
package final class MemoryRowSource: RowSource {
    private let tables: Mutex<[MemoryTable]>

    package init(_ tables: [MemoryTable]) { self.tables = Mutex(tables) }

    package func edit<T>(_ body: (inout sending [MemoryTable]) -> sending T) -> sending T {
        tables.withLock { body(&$0) }
    }

    package static let identity = SourceIdentity(
        systemIdentifier: "7000000000000000001", database: "warehouse", databaseOid: 16_384, role: "reader",
        isInRecovery: false, serverVersion: 150_000)

    package func identity() async throws(Failure) -> SourceIdentity { Self.identity }

    private func table(_ schema: String, _ name: String, _ place: SourceRange?) throws(Failure) -> MemoryTable {
        let found = tables.withLock { $0.first { $0.relation.schema == schema && $0.relation.name == name } }
        guard let found else {
            throw Failure(
                .invalid, while: "reading table \(schema).\(name)", source: place,
                because: "there is no such table")
        }
        return found
    }

    package func relation(_ table: TableName, at place: SourceRange?) async throws(Failure) -> SourceRelation {
        try self.table(table.schema ?? "public", table.name, place).relation
    }

    package func type(
        of expression: String, in relation: SourceRelation, at place: SourceRange?
    ) async throws(Failure) -> SourceType { .text }

    package func check(predicate: Located<String>, in relation: SourceRelation) async throws(Failure) {}

    /// - Parameter since: Every row is read all the same: no simulated definition has a watermark.
    package func scan(_ bound: BoundDefinition, since: CaptureMark?) async throws(Failure) -> any RowScan {
        let table = try table(bound.relation.schema, bound.relation.name, nil)
        return MemoryRowScan(table.scanned(for: bound), of: bound)
    }

    package func rows(of bound: BoundDefinition, keys: [[String]]) async throws(Failure) -> CopyChunk {
        let table = try table(bound.relation.schema, bound.relation.name, nil)
        // What is read by key is the definition's own.
        var own = bound
        own.wider = nil
        return MemoryTable.chunk(table.rows(of: own, keys: keys), of: own)
    }
}

/// The rows of one moment, a few at a time.
package final class MemoryRowScan: RowScan {
    private static let chunkRows = 16
    package let mark: CaptureMark? = nil
    private let rest: Mutex<ArraySlice<MemoryTable.Row>>
    private let bound: BoundDefinition

    package init(_ rows: [MemoryTable.Row], of bound: BoundDefinition) {
        rest = Mutex(rows[...])
        self.bound = bound
    }

    package func next() async throws(Failure) -> CopyChunk? {
        let rows = rest.withLock { rest in
            defer { rest = rest.dropFirst(Self.chunkRows) }
            return Array(rest.prefix(Self.chunkRows))
        }
        return rows.isEmpty ? nil : MemoryTable.chunk(rows, of: bound)
    }

    package func finish() async {}
}
