package import Core

/// A table in memory: rows as PostgreSQL prints their columns.
package struct MemoryTable: Sendable {
    package typealias Row = [String: String]

    package var relation: SourceRelation
    /// By the texts of the key columns. A column that a row lacks is NULL.
    package var rows: [[String]: Row] = [:]

    package init(_ relation: SourceRelation) { self.relation = relation }

    package func key(of row: Row) -> [String] { relation.primaryKey.map { row[$0] ?? "" } }

    package mutating func put(_ row: Row) { rows[key(of: row)] = row }

    /// These rows as COPY would print what the definition reads of them.
    package static func chunk(_ rows: [Row], of bound: BoundDefinition) -> CopyChunk {
        var encoder = CopyTextEncoder()
        var ends: [Int] = []
        for row in rows {
            for read in bound.reads {
                switch read.expression {
                case .column(let name, _): encoder.append(row[name])
                // Nobody writes an expression for a table in memory.
                case .sql: encoder.appendNull()
                }
            }
            encoder.endRow()
            ends.append(encoder.bytes.count)
        }
        return CopyChunk(bytes: encoder.take(), rowEnds: ends)
    }

    /// All rows in the order of the ledger's keys.
    package func sorted(for bound: BoundDefinition) -> [Row] {
        rows.values.map { row -> (key: [UInt8], row: Row) in
            var bytes: [UInt8] = []
            for part in bound.key { _ = part.form.append(row[part.column] ?? "", to: &bytes) }
            return (bytes, row)
        }.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.row)
    }

    package func rows(of bound: BoundDefinition, keys: [[String]]) -> [Row] {
        Set(keys).sorted { $0.lexicographicallyPrecedes($1) }.compactMap { rows[$0] }
    }
}
