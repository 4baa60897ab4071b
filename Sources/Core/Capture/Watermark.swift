/// How a definition finds what changed between whole reads: `capture: { WATERMARK: … }` (SPEC §8).
///
/// An accelerator and never the truth: a time is taken before its transaction commits, so that rows which become visible
/// late, or not with their time, are missed, and so is every row that is gone. The next whole read heals all of it.
package struct Watermark: Hashable, Sendable {
    /// A time or number that grows with every change of a row.
    package var column: Located<String>
    /// How far behind the mark a read of changes begins; `nil` for the default of the column's type.
    package var overlap: Located<Overlap>?
    /// Seconds after which the whole table is read again.
    package var snapshotEvery: Int64

    package enum Overlap: Hashable, Sendable {
        case seconds(Int64)
        /// For a column of whole numbers.
        case values(Int64)
    }

    package static let defaultSnapshotEvery: Int64 = 86_400
    /// For times: longer than nearly every transaction, and cheap to read twice.
    package static let defaultOverlapSeconds: Int64 = 600
    /// For numbers: more than the transactions that a sequence has handed out and that are not committed yet.
    package static let defaultOverlapValues: Int64 = 1000

    package init(
        column: Located<String>, overlap: Located<Overlap>? = nil, snapshotEvery: Int64 = defaultSnapshotEvery
    ) {
        self.column = column
        self.overlap = overlap
        self.snapshotEvery = snapshotEvery
    }
}

/// A watermark bound to its column.
package struct BoundWatermark: Hashable, Sendable {
    package var column: String
    package var kind: CaptureMark.Kind
    /// In the unit of the column: values, days, or microseconds.
    package var overlap: Int64
    package var snapshotEvery: Int64
    /// What becomes of a row: see ``BoundDefinition/shape``.
    package var shape: String

    package init(column: String, kind: CaptureMark.Kind, overlap: Int64, snapshotEvery: Int64, shape: String) {
        self.column = column
        self.kind = kind
        self.overlap = overlap
        self.snapshotEvery = snapshotEvery
        self.shape = shape
    }
}

extension BoundDefinition {
    /// Equal only where equal rows have equal keys, projections and routes: a digest of what is selected, how it is
    /// transformed and typed, of rules, lists and zone. Manifests alone do not tell: a column that `auto` maps may have
    /// been added to the table, or have another type.
    package var shape: String {
        var fields = fields
        for index in fields.indices { fields[index].place = nil }
        let parts: [Any] = [key, reads, fields, shardingReads, routing, lists, zone.name]
        return Digest(of: parts.map { String(describing: $0) }.joined(separator: "\n")).hexadecimal
    }
}
