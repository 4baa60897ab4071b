import Core
import Reconciler
import Testing

/// The protocol of one row, step by step, without any service.
@Suite("What became of an effect that nobody recorded")
struct RowMachineSettleTests {
    // MARK: Settling

    @Test func anOpenCreateIsFoundByItsKey() {
        var row = RowScript(settling: .create, age: 0)
        #expect(row.start() == .send(.find(list: "new", key: "p/1", select: row.selection)))
        guard case .record(.put(let entry, _, nil), saved: []) = row.found([row.item(9, "Bridge", 12)]) else {
            return unexpected()
        }
        #expect(entry.item == 9 && entry.state == .synced && entry.seenHashes == nil)
        #expect(row.recorded() == .finish(.settled))
    }

    @Test func anOpenCreateThatIsNotThereStaysOpenUntilItCannotArrive() {
        var young = RowScript(settling: .create, age: 59)
        _ = young.start()
        #expect(young.found([]) == .finish(.unsettled) && young.closed == 0)
        var old = RowScript(settling: .create, age: 60)
        _ = old.start()
        #expect(old.found([]) == .finish(.settled) && old.closed == 1)
    }

    @Test func anOpenUpdateThatArrivedIsRecordedWithWhatItReplaced() {
        var row = RowScript(settling: .update, age: 0, saved: true)
        #expect(row.start() == .send(.read(list: "old", item: 5, select: row.selection)))
        guard case .record(.put(let entry, _, 3?), let saved) = row.read(row.item(5, "Bridge", 12)) else {
            return unexpected()
        }
        #expect(entry.contentHash == ContentHash(of: [.text("Bridge"), .number(12)]).whole && entry.etag == "\"t\"")
        #expect(saved.map(\.value) == [77])
    }

    /// What it was to write has the names of that time; the entry has the fields of now.
    @Test func anOpenUpdateOfAnEarlierMappingThatArrivedIsNobodysEdit() {
        var row = RowScript(settling: .update, age: 0)
        var context = row.machine.context
        context.mapping = MappingHistory(
            version: 2, fields: ["Title", "Cost"], registered: [1: ["Title", "Cost"], 2: ["Title", "Cost"]])
        var task = row.machine.task
        task.open?.intent.fields = [JSON.Member("Cost", .number(12))]
        row.machine = RowMachine(task, context)
        _ = row.start()
        guard case .record(.put(let entry, _, 3?), saved: []) = row.read(row.item(5, "Kim's", 12)) else {
            return unexpected()
        }
        // The title is a person's; the cost is what the row was sent.
        #expect(entry.mappingVersion == 2 && entry.driftedFields == [0])
        #expect(entry.fieldHashes[1] == ContentHash(of: [.number(12)]).fields[0])
    }

    /// Somebody deleted a column after the update was sent, and what it held was forgotten: the row is to be written there
    /// again, also where its entry is of an earlier mapping.
    @Test(arguments: [1, 2]) func anOpenUpdateThatArrivedLeavesForgottenFieldsForgotten(mapping: Int) {
        var row = RowScript(settling: .update, age: 0)
        var context = row.machine.context
        context.mapping = MappingHistory(
            version: 2, fields: ["Title", "Cost"], registered: [1: ["Title", "Cost"], 2: ["Title", "Cost"]])
        var task = row.machine.task
        task.ledger?.mappingVersion = mapping
        task.ledger?.fieldHashes[0] = ContentHash.noValue
        task.open?.intent.mappingVersion = 2
        row.machine = RowMachine(task, context)
        _ = row.start()
        var shown = row.item(5, "", 12)
        shown.fields.removeAll { $0.name == "Title" }
        guard case .record(.put(let entry, _, 3?), saved: []) = row.read(shown) else { return unexpected() }
        #expect(entry.fieldHashes[0] == ContentHash.noValue && entry.contentHash == nil && entry.driftedFields == [])
        #expect(entry.mappingVersion == 2 && entry.fieldHashes[1] == ContentHash(of: [.number(12)]).fields[0])
    }

    struct Kept: Sendable, CustomTestStringConvertible {
        var name: String
        var tag = "\"e,4\""
        var application: String? = "ours"
        var cost = 12.5
        var isOurs = false

        var testDescription: String { name }
    }

    /// The service keeps some values in another form than they were sent.
    @Test(arguments: [
        Kept(name: "one change, and ours", isOurs: true),
        Kept(name: "a person's", application: nil),
        Kept(name: "another program's", application: "theirs"),
        Kept(name: "more than one change", tag: "\"e,5\""),
        // Only the item's key was written.
        Kept(name: "nothing that was to be written", cost: 10),
    ])
    func anOpenUpdateThatIsKeptOtherwiseIsNobodysEdit(_ c: Kept) {
        var row = RowScript(settling: .update, age: 0)
        var context = row.machine.context
        context.application = "ours"
        var task = row.machine.task
        task.ledger?.etag = "\"e,3\""
        task.open?.intent.from?.etag = "\"e,3\""
        row.machine = RowMachine(task, context)
        _ = row.start()
        var shown = row.item(5, "Bridge", c.cost)
        (shown.etag, shown.editingApplication) = (c.tag, c.application)
        guard case .record(.put(let entry, _, 3?), saved: []) = row.read(shown) else { return unexpected() }
        let sent = ContentHash(of: [.number(c.isOurs ? 12 : 10)]).fields[0]
        #expect(entry.fieldHashes[1] == sent && entry.driftedFields == (c.isOurs || c.cost == 10 ? [] : [1]))
        #expect(entry.etag == c.tag)
    }

    /// Ours was done, and since then somebody deleted one of the columns: what it held is forgotten, and is to be written again.
    @Test func anOpenUpdateOfOursThatLostAColumnLeavesItForgotten() {
        var row = RowScript(settling: .update, age: 0)
        var context = row.machine.context
        context.application = "ours"
        var task = row.machine.task
        task.ledger?.etag = "\"e,3\""
        task.ledger?.fieldHashes[0] = ContentHash.noValue
        task.open?.intent.from?.etag = "\"e,3\""
        task.open?.intent.written = [0, 1]
        row.machine = RowMachine(task, context)
        _ = row.start()
        var shown = row.item(5, "", 12)
        (shown.etag, shown.editingApplication) = ("\"e,4\"", "ours")
        shown.fields.removeAll { $0.name == "Title" }
        guard case .record(.put(let entry, _, 3?), _) = row.read(shown) else { return unexpected() }
        #expect(entry.fieldHashes[0] == ContentHash.noValue)
    }

    @Test func anOpenUpdateThatSomebodyElseCameBeforeIsTheirs() {
        var row = RowScript(settling: .update, age: 0, saved: true)
        _ = row.start()
        guard case .record(.put(let entry, _, 3?), let saved) = row.read(row.item(5, "Bridge", 99)) else {
            return unexpected()
        }
        // Ours may have been there in between: what it would have replaced is kept rather than lost.
        #expect(saved.map(\.value) == [77])
        #expect(
            entry.driftedFields == [1] && entry.fieldHashes == ContentHash(of: [.text("Bridge"), .number(10)]).fields)
    }

    @Test func anOpenDeleteIsDoneIfTheItemIsGone() {
        var row = RowScript(settling: .delete, age: 0)
        _ = row.start()
        guard case .record(.put(let grave, _, 3?), _) = row.fail(.gone) else { return unexpected() }
        #expect(grave.state == .tombstone)
        var there = RowScript(settling: .delete, age: 0)
        _ = there.start()
        #expect(there.read(there.item(5, "Bridge", 10)) == .finish(.unsettled))
    }

    // MARK: An intent that was left open

    /// It may be another's, that had the key before; the row looks at it when it is sent again.
    @Test(arguments: [true, false])
    func anItemWithTheKeyIsOursIfItHasWhatWasWritten(isEqual: Bool) {
        var row = RowScript(.create, open: .create)
        _ = row.start()
        let step = row.found([row.item(9, isEqual ? "Bridge" : "Another", 12)])
        if isEqual {
            guard case .record(.put(let entry, _, nil), _) = step else { return unexpected() }
            #expect(entry.item == 9 && entry.state == .moving)
        } else {
            #expect(step == .finish(.unsettled))
        }
    }

    /// Nothing can arrive any more: the row may be gone, and nobody would ask for the item again.
    @Test func anItemWithTheKeyIsTheRowsThoughItShowsSomethingElse() {
        var row = RowScript(.create, open: .create, mayArrive: false)
        _ = row.start()
        guard case .record(.put(let entry, _, nil), let saved) = row.found([row.item(9, "Another", 12)]) else {
            return unexpected()
        }
        #expect(entry.item == 9 && entry.state == .moving && entry.prior?.item == 5 && entry.prior?.etag == nil)
        #expect(entry.contentHash == nil && saved.map(\.value).contains("Another"))
    }

    @Test func anOldItemOfWhichNothingIsKnownIsLookedAtBeforeItGoes() {
        var row = RowScript(.finishMove)
        var task = row.machine.task
        task.ledger?.prior?.etag = nil
        row.machine = RowMachine(task, row.machine.context)
        guard case .send(.read(list: "older", item: 4, _)) = row.start() else { return unexpected() }
        _ = row.read(row.item(4, "Bridge", 10))
        guard case .record = row.read(row.item(5, "Bridge", 10)) else { return unexpected() }
        #expect(row.recorded() == .send(.delete(list: "older", item: 4, etag: "\"t\"")))
    }

    /// Ours took place and somebody edited the item after it: the value that ours replaced is nowhere else.
    @Test func whatAnEffectOfBeforeReplacedIsKeptThoughTheItemWasEditedSince() {
        var row = RowScript(.update, open: .update)
        #expect(row.start() == .send(.read(list: "old", item: 5, select: row.selection)))
        guard case .record(.put(let entry, _, 3?), let saved) = row.read(row.item(5, "Later", 10)) else {
            return unexpected()
        }
        #expect(saved.map(\.value) == ["Typed by Kim"] && entry.etag == "\"t\"" && entry.driftedFields == [0])
    }

    @Test func whatIsStillThereNeedsNotBeKept() {
        var row = RowScript(.update, open: .update)
        _ = row.start()
        guard case .record(_, saved: []) = row.read(row.item(5, "Typed by Kim", 11)) else { return unexpected() }
    }

    @Test func whatAnEffectOfBeforeReplacedIsKeptThoughTheItemIsGoneSince() {
        var row = RowScript(.update, open: .update)
        _ = row.start()
        guard case .record(.put(let entry, _, 3?), let saved) = row.fail(.gone) else { return unexpected() }
        #expect(saved.map(\.value) == ["Typed by Kim"] && entry.state == .deletedByPerson)
    }

    @Test func whatTheOldItemOfAMoveHeldIsKeptBeforeItIsLookedAtAgain() {
        var row = RowScript(.finishMove, open: .deleteOrigin)
        guard case .record(.put(let entry, _, 3?), let saved) = row.start() else { return unexpected() }
        #expect(saved.map(\.value) == ["Typed by Kim"] && entry.state == .moving)
    }

    /// As long as it can arrive, the row is left alone: it would be taken for a write that nobody recorded.
    @Test func peoplesEditsOnTheirWayToTheNewItemAreWaitedFor() {
        var row = RowScript(.finishMove, open: .carry)
        _ = row.start()
        guard case .finish(.unsettled) = row.read(RemoteItem(id: 5, etag: "\"e\"", fields: [])) else {
            return unexpected()
        }
    }

    /// An item that had the key before was to be brought to the row's values, and that was refused: what it shows is not a
    /// person's change of what was written.
    @Test func whatATakenOverItemStillShowsIsWrittenLater() {
        var row = RowScript(settling: .create, age: 61, saved: true)
        _ = row.start()
        guard case .record(.put(let entry, _, _), let saved) = row.found([row.item(9, "Bridge", 77)]) else {
            return unexpected()
        }
        let shown = ContentHash(of: [.text("Bridge"), .number(77)]).fields
        #expect(entry.contentHash == nil && entry.fieldHashes == shown && entry.seenHashes == nil)
        #expect(saved.map(\.value) == [77])
    }

    /// A create of before arrived late, with what the row had then, and the one that took its place was refused.
    @Test func whatAnEarlierCreateWroteIsWrittenLater() {
        var row = RowScript(settling: .create, age: 61, repeats: true)
        _ = row.start()
        guard case .record(.put(let entry, _, _), let saved) = row.found([row.item(9, "Older", 11)]) else {
            return unexpected()
        }
        #expect(entry.contentHash == nil && entry.seenHashes == nil)
        #expect(entry.fieldHashes == ContentHash(of: [.text("Older"), .number(11)]).fields)
        #expect(saved.map(\.value) == ["Older", 11])
    }

    /// An earlier request arrived, of before or of the same run, and the next one, which was bound to what that made, was
    /// refused or never left.
    @Test(arguments: [true, false]) func whatAnEarlierUpdateWroteIsKnownAndReplacedLater(repeats: Bool) {
        var row = RowScript(settling: .update, age: 61, repeats: repeats)
        var task = row.machine.task
        task.open?.intent.from?.etag = "\"t\""
        row.machine = RowMachine(task, row.machine.context)
        _ = row.start()
        guard case .record(.put(let entry, _, _), let saved) = row.read(row.item(5, "Bridge", 11)) else {
            return unexpected()
        }
        let shown = ContentHash(of: [.text("Bridge"), .number(11)]).fields
        #expect(entry.etag == "\"t\"" && entry.contentHash == nil && entry.fieldHashes == shown)
        #expect(entry.driftedFields.isEmpty && saved.map(\.value) == [11])
    }

    @Test(arguments: [true, false])
    func anEffectCountsAsNotDoneOnlyWhenItCannotArriveAnyMore(mayArrive: Bool) {
        var row = RowScript(.update, open: .update, mayArrive: mayArrive)
        _ = row.start()
        let end = row.read(RemoteItem(id: 5, etag: "\"e\"", fields: []))
        #expect(end == .finish(mayArrive ? .unsettled : .settled))
        #expect(row.closed == (mayArrive ? 0 : 1))
    }

    /// The first request may still arrive, and its intent has to be there then.
    @Test(arguments: [SiteFailure.Kind.refused, .conflict, .throttled, .locked])
    func whatIsSentAgainAndRefusedStaysInDoubt(kind: SiteFailure.Kind) {
        var row = RowScript(.update, repeats: .update)
        _ = row.start()
        let step = row.fail(kind)
        guard step == .finish(.unsettled) || step == .finish(.failed(SiteFailure(kind, reason: "scripted"))) else {
            return unexpected()
        }
        #expect(row.closed == 0)
    }

    @Test func whatTheFirstOfTwoRequestsReplacedIsKept() {
        var row = RowScript(.update, repeats: .update)
        _ = row.start()
        _ = row.fail(.stale)
        // The first arrived; of the second's fields one differs.
        _ = row.read(row.item(5, "Bridge", 11))
        #expect(row.intents.last?.saved.map(\.value).contains("Typed by Kim") == true)
        guard case .record(_, let saved) = row.updated("Bridge", 12) else { return unexpected() }
        #expect(saved.map(\.value).contains("Typed by Kim"))
    }

    @Test(arguments: [SiteFailure.Kind.unauthenticated, .forbidden, .unreachable, .throttled, .missing])
    func whatNoLookAtARowCanSettleIsLeftForTheNextRound(kind: SiteFailure.Kind) {
        for action in [RowAction.create, .update, .delete, .move] {
            var row = RowScript(action)
            _ = row.start()
            guard case .finish(.failed(let failure)) = row.fail(kind) else { return unexpected() }
            #expect(failure.kind == kind)
        }
    }
}
