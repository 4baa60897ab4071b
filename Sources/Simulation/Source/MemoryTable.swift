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

    /// These rows as COPY would print what the definition reads of them, and what it reads beside that.
    package static func chunk(_ rows: [Row], of bound: BoundDefinition) -> CopyChunk {
        var encoder = CopyTextEncoder()
        var ends: [Int] = []
        for row in rows {
            for read in bound.reads + (bound.wider?.reads ?? []) {
                switch read.expression {
                case .column(let name, _): encoder.append(row[name])
                // Nobody writes an expression for a table in memory.
                case .sql: encoder.appendNull()
                }
            }
            if let others = bound.wider?.rows {
                encoder.append(fits(row, bound.definition.predicate?.value) ? "t" : "f")
                encoder.append(fits(row, others.predicate) ? "t" : "f")
            }
            encoder.endRow()
            ends.append(encoder.bytes.count)
        }
        return CopyChunk(bytes: encoder.take(), rowEnds: ends)
    }

    /// The rows that a scan reads, in the order of the ledger's keys.
    package func scanned(for bound: BoundDefinition) -> [Row] {
        let own = bound.definition.predicate?.value
        return sorted(for: bound).filter { row in
            Self.fits(row, own) || bound.wider?.rows.map { Self.fits(row, $0.predicate) } ?? false
        }
    }

    /// All rows in the order of the ledger's keys, whatever the definition's condition.
    package func sorted(for bound: BoundDefinition) -> [Row] {
        rows.values.map { row -> (key: [UInt8], row: Row) in
            var bytes: [UInt8] = []
            for part in bound.key { _ = part.form.append(row[part.column] ?? "", to: &bytes) }
            return (bytes, row)
        }.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.row)
    }

    package func rows(of bound: BoundDefinition, keys: [[String]]) -> [Row] {
        Set(keys).sorted { $0.lexicographicallyPrecedes($1) }.compactMap { rows[$0] }
            .filter { Self.fits($0, bound.definition.predicate?.value) }
    }

    /// Whether the row is one of the condition's; every row is where there is none.
    ///
    /// Tables in memory know `column = 'text'`, `column <> 'text'`, `column IS NULL` and `column IS NOT NULL`; no row fits
    /// anything else.
    package static func fits(_ row: Row, _ condition: String?) -> Bool {
        guard let condition else { return true }
        let words = condition.split(separator: " ", maxSplits: 2).map(String.init)
        guard words.count == 3 else { return false }
        let (value, test) = (row[words[0]], words[1...].joined(separator: " "))
        switch (words[1], test) {
        case (_, "IS NULL"): return value == nil
        case (_, "IS NOT NULL"): return value != nil
        case ("=", _): return value.map { "'\($0)'" == words[2] } ?? false
        case ("<>", _): return value.map { "'\($0)'" != words[2] } ?? false
        default: return false
        }
    }
}
