import Core
import Reconciler
import Testing

/// An effect whose request may still arrive may only be sent again if the service takes one of the two.
@Suite("What may be done again while it is in doubt") struct RepeatedIntentTests {
    private static let list = ListID("list")

    private static func task(_ action: RowAction, tag: String? = "t1", keyIsUnique: Bool = true) -> RowTask {
        RowTask(
            key: LedgerKey(bytes: [1]), syncKey: "p/1", action: action,
            ledger: action == .create
                ? nil : LedgerEntry(key: LedgerKey(bytes: [1]), state: .synced, list: list, item: 5, etag: tag),
            target: TargetList(id: list, keyIsUnique: keyIsUnique))
    }

    private static func intent(_ kind: Intent.Kind, tag: String? = nil, fields: [JSON.Member] = []) -> Intent {
        Intent(
            key: LedgerKey(bytes: [1]), syncKey: "p/1", kind: kind, list: kind == .create ? list : nil,
            from: kind == .create ? nil : ItemLocation(list: list, item: 5, etag: tag), fields: fields)
    }

    @Test(arguments: [(RowAction.update, Intent.Kind.update), (.delete, .delete), (.mark, .mark)])
    func changesOfAnItemUnderTheSameTag(action: RowAction, kind: Intent.Kind) {
        #expect(Self.task(action).repeats(Self.intent(kind, tag: "t1")))
        // The item was read meanwhile: the request under that tag arrives when the row is thought to be done.
        #expect(!Self.task(action).repeats(Self.intent(kind, tag: "t2")))
        #expect(!Self.task(action, tag: nil).repeats(Self.intent(kind, tag: "t2")))
    }

    @Test func createsOfAKeyThatIsTakenOnce() {
        let create = Self.intent(.create, fields: [JSON.Member(SyncKey.column, "p/1"), JSON.Member("Title", "x")])
        #expect(Self.task(.create).repeats(create))
        #expect(!Self.task(.create, keyIsUnique: false).repeats(create))
        // The item that has the key was to be changed under a tag of its own.
        #expect(!Self.task(.create).repeats(Self.intent(.create, fields: [JSON.Member("Title", "x")])))
    }

    @Test func nothingElse() {
        #expect(!Self.task(.update).repeats(Self.intent(.delete, tag: "t1")))
        #expect(!Self.task(.finishMove).repeats(Self.intent(.carry, tag: "t1")))
    }
}
