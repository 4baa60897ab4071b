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
