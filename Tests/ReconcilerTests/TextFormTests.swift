import Core
import Reconciler
import Testing

/// A row whose text changes its Unicode form only: to people the same, to both databases another text.
@Suite("Rows that change their Unicode form")
struct TextFormTests {
    private static let composed = "caf\u{E9}"
    private static let decomposed = "cafe\u{301}"

    /// The title of a row changed its form, and somebody wrote another column of its item meanwhile.
    @Test func whatAnotherTagShowsInTheFormOfBeforeIsNotDone() {
        var script = RowScript(.update)
        var task = script.machine.task
        task.values[0] = .text(Self.decomposed)
        task.changedFields = [0]
        task.hash = ContentHash(of: task.values)
        let before = ContentHash(of: [.text(Self.composed), .number(12)])
        task.ledger?.fieldHashes = before.fields
        task.base = RowBase(sent: before.fields, remote: before.fields, seen: before.fields)
        script.machine = RowMachine(task, script.machine.context)
        guard case .send(.update) = script.start(), case .send(.read) = script.fail(.stale) else { return unexpected() }
        guard case .send(.update(_, 5, "\"t\"", let fields)) = script.read(script.item(5, Self.composed, 12)) else {
            return unexpected()
        }
        #expect(fields == [JSON.Member("Title", .string(Self.decomposed))])
        guard case .record(.put(let entry, _, _), saved: []) = script.updated(Self.decomposed, 12) else {
            return unexpected()
        }
        #expect(entry.driftedFields.isEmpty && entry.remoteBase == task.hash?.fields)
    }

    /// The kelvin sign is a K to Swift and not to SharePoint.
    @Test func aKeyOfAnotherFormIsNotOurs() {
        var script = RowScript(.create)
        var task = script.machine.task
        task.syncKey = "p/K"
        script.machine = RowMachine(task, script.machine.context)
        _ = script.start()
        _ = script.fail(.conflict)
        var other = script.item(9, "Bridge", 12)
        other.fields[0] = JSON.Member("SyncBridgeKey", "p/\u{212A}")
        guard case .record(.put(let entry, _, _), _) = script.found([other]) else { return unexpected() }
        #expect(entry.refusal?.code == .keyCollision)
    }
}
