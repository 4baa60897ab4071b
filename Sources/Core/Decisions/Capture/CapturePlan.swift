/// What of a table one run reads.
package enum CapturePlan: Hashable, Sendable {
    /// All of it.
    case snapshot(Reason)
    /// The rows whose watermark column is at or after this, or NULL. Says nothing about any other row.
    case changes(since: CaptureMark)

    /// Why reading changes is not enough.
    package enum Reason: Hashable, Sendable {
        /// The definition asks for nothing else.
        case notAsked
        /// Nothing was read to its end yet.
        case noMark
        /// The last whole read is too long ago.
        case due
        /// Another table, key, mapping, policy or list: every row may change.
        case manifestChanged
        /// The mark is of another column, or of the column in another type.
        case columnChanged
        /// The table's columns, the site's zone or this program: a row that did not change may have another projection.
        case shapeChanged
        /// The table is another one than at the last run.
        case sourceChanged
        /// A list is not there, or was not made by the last run: its rows have to be found.
        case listsChanged
        /// A rule compares with now: rows move that did not change.
        case dependsOnClock
        /// People's edits are taken back (`onDrift: REVERT`), or rows wait that may not have changed.
        case rowsWait
        /// The clock was set back since.
        case clockBehind
    }

    /// What must be the same as at the last whole read, and how it is now. A read of changes is enough only where nothing
    /// but rows of the source can have changed.
    package struct Situation: Hashable, Sendable {
        package var watermark: BoundWatermark?
        package var mark: CaptureMark?
        package var lastSnapshotAt: Instant?
        package var now: Instant
        package var manifestChanged: Bool
        package var sourceChanged: Bool
        package var listsChanged: Bool
        package var dependsOnClock: Bool
        package var rowsWait: Bool

        package init(
            watermark: BoundWatermark?, mark: CaptureMark?, lastSnapshotAt: Instant?, now: Instant,
            manifestChanged: Bool = false, sourceChanged: Bool = false, listsChanged: Bool = false,
            dependsOnClock: Bool = false, rowsWait: Bool = false
        ) {
            self.rowsWait = rowsWait
            self.watermark = watermark
            self.mark = mark
            self.lastSnapshotAt = lastSnapshotAt
            self.now = now
            self.manifestChanged = manifestChanged
            self.sourceChanged = sourceChanged
            self.listsChanged = listsChanged
            self.dependsOnClock = dependsOnClock
        }
    }

    package static func decide(_ situation: Situation) -> CapturePlan {
        guard let watermark = situation.watermark else { return .snapshot(.notAsked) }
        guard let mark = situation.mark, let last = situation.lastSnapshotAt else { return .snapshot(.noMark) }
        if situation.manifestChanged { return .snapshot(.manifestChanged) }
        if situation.sourceChanged { return .snapshot(.sourceChanged) }
        if situation.listsChanged { return .snapshot(.listsChanged) }
        if mark.column != watermark.column || mark.kind != watermark.kind { return .snapshot(.columnChanged) }
        if mark.shape != watermark.shape { return .snapshot(.shapeChanged) }
        if situation.dependsOnClock { return .snapshot(.dependsOnClock) }
        if situation.rowsWait { return .snapshot(.rowsWait) }
        if last > situation.now { return .snapshot(.clockBehind) }
        if situation.now.seconds - last.seconds >= watermark.snapshotEvery { return .snapshot(.due) }
        return .changes(since: mark.moved(back: watermark.overlap))
    }

    package var isPartial: Bool {
        if case .changes = self { true } else { false }
    }
}
