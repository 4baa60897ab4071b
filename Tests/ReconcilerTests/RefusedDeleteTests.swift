import Core
import Reconciler
import Testing

/// A label that answers 400, say: the row is kept away like one whose content is refused, and is told once.
@Suite("A delete or a mark that the service refuses") struct RefusedDeleteTests {
    @Test(arguments: [RowAction.delete, .mark], [SiteFailure.Kind.refused, .conflict])
    func keepsItsRowAway(action: RowAction, kind: SiteFailure.Kind) {
        var row = RowScript(action)
        _ = row.start()
        guard case .record(.put(let entry, _, 3?), saved: []) = row.fail(kind) else { return unexpected() }
        #expect(entry.state == .quarantined && entry.refusal?.code == .refused)
        // Without a hash it is known as a delete that was tried.
        #expect(entry.item == 5 && entry.contentHash == nil)
        guard case .finish(.quarantined(.refused, _)) = row.recorded() else { return unexpected() }
    }

    @Test func isUnsettledWhileAnEarlierRequestMayArrive() {
        var row = RowScript(.delete)
        _ = row.start()
        guard case .send(.read) = row.fail(.transient) else { return unexpected() }
        guard case .send(.delete) = row.read(row.item(5, "Bridge", 10)) else { return unexpected() }
        #expect(row.fail(.refused) == .finish(.unsettled))
    }
}
