import Core
import Reconciler
import Testing

/// The protocol of one row, step by step, without any service.
@Suite("The protocol of one row")
struct RowMachineTests {
    // MARK: Create

    @Test func createSendsTheKeyAndRecordsTheAnswer() {
        var row = RowScript(.create)
        #expect(row.start() == .send(.create(list: "new", fields: row.fields("Bridge", 12))))
        guard case .record(.put(let entry, "p/1", nil), saved: []) = row.created(item: 7) else { return unexpected() }
        #expect(entry.item == 7 && entry.state == .synced && entry.list == ListID("new"))
        #expect(row.recorded() == .finish(.done(.create)))
    }

    @Test(arguments: [SiteFailure.Kind.transient, .refused, .conflict])
    func anUnclearOrRefusedCreateLooksTheKeyUpBeforeAnythingElse(kind: SiteFailure.Kind) {
        var row = RowScript(.create)
        _ = row.start()
        #expect(row.fail(kind) == .send(.find(list: "new", key: "p/1", select: row.selection)))
        // Ours, whoever sent it: adopted, never doubled.
        guard case .record(.put(let entry, _, nil), _) = row.found([row.item(9, "Bridge", 12)]) else {
            return unexpected()
        }
        #expect(entry.item == 9)
    }

    @Test func aLostCreateIsSentAgain() {
        var row = RowScript(.create)
        let first = row.start()
        _ = row.fail(.transient)
        #expect(row.found([]) == first)
    }

    @Test func aRefusedCreateWithoutItemIsQuarantined() {
        var row = RowScript(.create)
        _ = row.start()
        _ = row.fail(.refused)
        guard case .record(.put(let entry, _, nil), _) = row.found([]) else { return unexpected() }
        #expect(entry.state == .quarantined && entry.refusal?.code == .refused && entry.item == nil)
    }

    /// What was refused was not written: when the row is back, it is.
    @Test(arguments: [RowAction.archive, .mark]) func aRowThatIsGoneTakesNoRefusedHashAlong(action: RowAction) {
        var refused = RowScript(.update).machine.task.ledger
        refused?.state = .quarantined
        refused?.refusal = Refusal(.itemLocked)
        var row = RowScript(action, former: refused)
        var step = row.start()
        if action == .mark { step = row.answer(.updated(row.item(5, "Bridge", 10))) }
        guard case .record(.put(let entry, _, 3?), _) = step else { return unexpected() }
        #expect(entry.state == (action == .mark ? .marked : .archived) && entry.refusal == nil)
        #expect(entry.contentHash == nil)
    }

    /// The ledger remembers an item that went with its list for good.
    @Test func aRefusedCreateForgetsTheItemOfAListThatIsGone() {
        let former = RowScript(.update).machine.task.ledger
        var row = RowScript(.create, former: former)
        _ = row.start()
        _ = row.fail(.refused)
        guard case .record(.put(let entry, _, _), _) = row.found([]) else { return unexpected() }
        #expect(entry.state == .quarantined && entry.list == nil && entry.item == nil && entry.etag == nil)
        #expect(entry.refusal?.list == ListID("new"))
    }

    @Test func aUniqueValueIsTriedAgainLaterAndThenQuarantined() {
        var row = RowScript(.create, unique: true)
        _ = row.start()
        _ = row.fail(.conflict)
        guard case .finish(.uniqueValue) = row.found([]) else { return unexpected() }
        var last = RowScript(.create, unique: true, isLastTry: true)
        _ = last.start()
        _ = last.fail(.conflict)
        guard case .record(.put(let entry, _, _), _) = last.found([]) else { return unexpected() }
        #expect(entry.refusal?.code == .uniqueValue)
    }

    @Test func aKeyThatDiffersOnlyInCaseIsACollision() {
        var row = RowScript(.create)
        _ = row.start()
        _ = row.fail(.conflict)
        var other = row.item(9, "Bridge", 12)
        other.fields[0] = JSON.Member("SyncBridgeKey", "P/1")
        guard case .record(.put(let entry, _, _), _) = row.found([other]) else { return unexpected() }
        #expect(entry.refusal?.code == .keyCollision)
    }

    @Test func anAdoptedItemThatDiffersIsBroughtToTheRowAndThePersonsValueSaved() {
        var row = RowScript(.create)
        _ = row.start()
        _ = row.fail(.transient)
        let step = row.found([row.item(9, "Typed by Kim", 12)])
        #expect(
            step == .send(.update(list: "new", item: 9, etag: "\"t\"", fields: [JSON.Member("Title", "Bridge")])))
        guard case .record(_, let saved) = row.updated("Bridge", 12) else { return unexpected() }
        #expect(saved.map(\.field) == ["Title"] && saved.map(\.value) == ["Typed by Kim"])
    }

    // MARK: Update

    @Test func updateSendsOnlyWhatChangedUnderTheTagItWasPlannedOn() {
        var row = RowScript(.update)
        #expect(
            row.start()
                == .send(.update(list: "old", item: 5, etag: "\"e\"", fields: [JSON.Member("Cost", .number(12))])))
        guard case .record(.put(let entry, _, 3?), saved: []) = row.updated("Bridge", 12) else { return unexpected() }
        #expect(entry.version == 4)
    }

    /// Nobody changed it since it was seen: the tag says so. An answer may show another form, or the fields that were sent alone.
    @Test(arguments: ["bridge", nil]) func theAnswerToAnUpdateSaysNothingOfFieldsThatWereNotSent(_ title: String?) {
        var row = RowScript(.update)
        _ = row.start()
        guard case .record(.put(let entry, _, _), saved: []) = row.updated(title ?? "", 12) else { return unexpected() }
        #expect(entry.seenHashes == nil && entry.remoteHashes == nil)
    }

    /// The answer to an earlier write had shown something else than is stored: what the item shows as it was sent is nobody's.
    @Test func whatAnItemShowsAsItWasSentIsNoPersonsEdit() {
        var row = RowScript(.update)
        row.machine.task.base?.remote[1] = ContentHash(of: [.number(11)]).fields[0]
        row.machine.task.base?.seen[1] = ContentHash(of: [.number(11)]).fields[0]
        _ = row.start()
        _ = row.fail(.stale)
        _ = row.read(row.item(5, "Bridge", 10))
        guard case .record(_, saved: []) = row.updated("Bridge", 12) else { return unexpected() }
    }

    @Test func aPersonsEditOfAnotherFieldIsKept() {
        var row = RowScript(.update)
        _ = row.start()
        #expect(row.fail(.stale) == .send(.read(list: "old", item: 5, select: row.selection)))
        let again = row.read(row.item(5, "Typed by Kim", 10))
        #expect(
            again == .send(.update(list: "old", item: 5, etag: "\"t\"", fields: [JSON.Member("Cost", .number(12))])))
        guard case .record(_, saved: []) = row.updated("Typed by Kim", 12) else { return unexpected() }
    }

    @Test func aPersonsEditOfTheSameFieldIsSavedBeforeItIsReplaced() {
        var row = RowScript(.update)
        _ = row.start()
        _ = row.fail(.stale)
        _ = row.read(row.item(5, "Bridge", 77))
        guard case .record(_, let saved) = row.updated("Bridge", 12) else { return unexpected() }
        #expect(saved.map(\.field) == ["Cost"] && saved.first?.value.double == 77)
    }

    @Test func anUpdateThatArrivedThoughItsAnswerWasLostIsDone() {
        var row = RowScript(.update)
        _ = row.start()
        _ = row.fail(.transient, .unknown)
        guard case .record(.put(let entry, _, _), _) = row.read(row.item(5, "Bridge", 12)) else { return unexpected() }
        #expect(entry.state == .synced)
    }

    @Test func aDeletedItemStaysDeleted() {
        var row = RowScript(.update)
        _ = row.start()
        _ = row.fail(.gone)
        guard case .record(.put(let entry, _, 3?), _) = row.fail(.gone) else { return unexpected() }
        #expect(entry.state == .deletedByPerson && entry.item == nil)
        #expect(row.recorded() == .finish(.leftDeleted))
    }

    // MARK: Delete

    @Test func deleteLeavesATombstone() {
        var row = RowScript(.delete)
        #expect(row.start() == .send(.delete(list: "old", item: 5, etag: "\"e\"")))
        guard case .record(.put(let grave, _, 3?), saved: []) = row.answer(.deleted) else { return unexpected() }
        #expect(grave.state == .tombstone && grave.item == nil)
        #expect(grave.prior == ItemLocation(list: ListID("old"), item: 5, etag: nil))
    }

    @Test func whatAPersonTypedIntoADeletedRowsItemIsSaved() {
        var row = RowScript(.delete)
        _ = row.start()
        _ = row.fail(.stale)
        #expect(row.read(row.item(5, "Typed by Kim", 10)) == .send(.delete(list: "old", item: 5, etag: "\"t\"")))
        // A crash before the end does not lose it either.
        #expect(row.intents.last?.saved.map(\.value) == ["Typed by Kim"])
        guard case .record(.put, let saved) = row.answer(.deleted) else { return unexpected() }
        #expect(saved.map(\.field) == ["Title"])
    }

    @Test func whatAPersonIsKnownToHaveTypedIsReadBeforeTheDelete() {
        var row = RowScript(.delete, seen: [.text("Typed by Kim"), .number(10)])
        #expect(row.start() == .send(.read(list: "old", item: 5, select: row.selection)))
        #expect(row.read(row.item(5, "Typed by Kim", 10)) == .send(.delete(list: "old", item: 5, etag: "\"t\"")))
        guard case .record(.put, let saved) = row.answer(.deleted) else { return unexpected() }
        #expect(saved.map(\.value) == ["Typed by Kim"])
    }

    /// A column that the mapping left out for a while: nothing that was seen of it is in the ledger.
    @Test func whatAColumnMayHoldThatTheMappingHasAgainIsReadBeforeTheDelete() {
        var row = RowScript(.delete)
        var task = row.machine.task
        task.base = RowBase(sent: [1, nil], remote: [1, nil], seen: [1, nil])
        task.base?.mayHold = [1]
        row.machine = RowMachine(task, row.machine.context)
        guard row.start() == .send(.read(list: "old", item: 5, select: row.selection)) else { return unexpected() }
        #expect(row.read(row.item(5, "Bridge", 77)) == .send(.delete(list: "old", item: 5, etag: "\"t\"")))
        guard case .record(.put, let saved) = row.answer(.deleted) else { return unexpected() }
        #expect(saved.map(\.field).contains("Cost"))
    }

    // MARK: Mark

    /// Without the tag, one that arrives late would mark the item of a row that is there again.
    @Test func aMarkIsBoundToTheTagAndShowsWhatAPersonTyped() {
        var row = RowScript(.mark)
        let mark = [JSON.Member("SyncBridgeDeletedAt", "1970-01-01T00:00:00Z")]
        #expect(row.start() == .send(.update(list: "old", item: 5, etag: "\"e\"", fields: mark)))
        #expect(
            row.fail(.stale)
                == .send(
                    .read(list: "old", item: 5, select: ["SyncBridgeKey", "Title", "Cost", "SyncBridgeDeletedAt"])))
        #expect(
            row.read(row.item(5, "Typed by Kim", 10))
                == .send(.update(list: "old", item: 5, etag: "\"t\"", fields: mark)))
        guard case .record(.put(let entry, _, 3?), _) = row.updated("Typed by Kim", 10) else { return unexpected() }
        #expect(entry.state == .marked && entry.driftedFields == [0])
    }

    // MARK: Intents

    @Test func nothingIsSentBeforeItsIntentIsDurable() {
        for action in [RowAction.create, .update, .delete, .mark, .finishMove] {
            var row = RowScript(action)
            guard case .intend(let intent) = row.machine.step(.start) else { return unexpected() }
            #expect(intent.key == LedgerKey(bytes: [1]))
            guard case .send(let request) = row.machine.step(.intended) else { return unexpected() }
            #expect(request.list == "old" || request.list == "new" || request.list == "older")
        }
    }

    @Test func anIntentIsClosedOnlyIfItsRequestCertainlyDidNothing() {
        var refused = RowScript(.create)
        _ = refused.start()
        #expect(refused.fail(.throttled) == .finish(.failed(SiteFailure(.throttled, reason: "scripted"))))
        #expect(refused.closed == 1)
        var lost = RowScript(.create)
        _ = lost.start()
        _ = lost.fail(.unreachable)
        #expect(lost.closed == 0)
        // A read that fails afterwards says nothing about the write before it.
        var unclear = RowScript(.update)
        _ = unclear.start()
        _ = unclear.fail(.transient)
        _ = unclear.fail(.throttled)
        #expect(unclear.closed == 0)
    }

    /// The first request may take place when the lock is lifted.
    @Test(arguments: [false, true]) func anItemThatIsLockedAfterALostAnswerStaysInDoubt(_ isLastTry: Bool) {
        var row = RowScript(.update, isLastTry: isLastTry)
        _ = row.start()
        _ = row.fail(.transient)
        _ = row.read(row.item(5, "Bridge", 10))
        #expect(row.fail(.itemLocked) == .finish(.unsettled))
        #expect(row.closed == 0)
    }

    @Test func withoutUniqueKeysAnUnclearCreateWaits() {
        var row = RowScript(.create, keyIsUnique: false)
        _ = row.start()
        #expect(row.fail(.transient) == .finish(.unsettled))
        #expect(row.closed == 0)
    }
}
