import Core
import Reconciler
import Testing

/// The deletion of a move's old item is in doubt, and that item is the row's again, because the new one's list is gone.
@Suite("Rows that have their old item again")
struct ReturnedRowTests {
    private static func row(mayArrive: Bool) -> RowScript {
        var row = RowScript(settling: .deleteOrigin, age: mayArrive ? 0 : 60)
        row.isProvingAbsences = true
        return row
    }

    /// Our request would take the row's only item away.
    @Test func theDeletionStaysInDoubtWhileItMayArrive() {
        var row = Self.row(mayArrive: true)
        #expect(row.start() == .send(.read(list: "old", item: 5, select: row.selection)))
        #expect(row.read(row.item(5, "Bridge", 10)) == .finish(.unsettled) && row.closed == 0)
    }

    @Test func itIsOverWhenItCannotArriveAnyMore() {
        var row = Self.row(mayArrive: false)
        _ = row.start()
        #expect(row.read(row.item(5, "Bridge", 10)) == .finish(.settled) && row.closed == 1)
    }

    /// No person did that: the row gets another item.
    @Test func aRowWhoseOldItemWeDeletedHasNone() {
        var row = Self.row(mayArrive: true)
        _ = row.start()
        guard case .record(.remove(_, version: 3), _) = row.fail(.gone) else { return unexpected() }
        #expect(row.recorded() == .finish(.settled))
    }
}
