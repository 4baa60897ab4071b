import Core
import Reconciler
import Testing

/// The protocol of one row, step by step, without any service.
@Suite("The protocol of one row")
struct RowMachineTests {
    // MARK: Create

    @Test func createSendsTheKeyAndRecordsTheAnswer() {
        var row = Script(.create)
        #expect(row.start() == .send(.create(list: "new", fields: row.fields("Bridge", 12))))
        guard case .record(.put(let entry, "p/1", nil), saved: []) = row.created(item: 7) else { return unexpected() }
        #expect(entry.item == 7 && entry.state == .synced && entry.list == ListID("new"))
        #expect(row.recorded() == .finish(.done(.create)))
    }

    @Test(arguments: [SiteFailure.Kind.transient, .refused, .conflict])
    func anUnclearOrRefusedCreateLooksTheKeyUpBeforeAnythingElse(kind: SiteFailure.Kind) {
        var row = Script(.create)
        _ = row.start()
        #expect(row.fail(kind) == .send(.find(list: "new", key: "p/1", select: row.selection)))
        // Ours, whoever sent it: adopted, never doubled.
        guard case .record(.put(let entry, _, nil), _) = row.found([row.item(9, "Bridge", 12)]) else {
            return unexpected()
        }
        #expect(entry.item == 9)
    }

    @Test func aLostCreateIsSentAgain() {
        var row = Script(.create)
        let first = row.start()
        _ = row.fail(.transient)
        #expect(row.found([]) == first)
    }

    @Test func aRefusedCreateWithoutItemIsQuarantined() {
        var row = Script(.create)
        _ = row.start()
        _ = row.fail(.refused)
        guard case .record(.put(let entry, _, nil), _) = row.found([]) else { return unexpected() }
        #expect(entry.state == .quarantined && entry.refusal?.code == .refused && entry.item == nil)
    }

    @Test func aUniqueValueIsTriedAgainLaterAndThenQuarantined() {
        var row = Script(.create, unique: true)
        _ = row.start()
        _ = row.fail(.conflict)
        guard case .finish(.uniqueValue) = row.found([]) else { return unexpected() }
        var last = Script(.create, unique: true, isLastTry: true)
        _ = last.start()
        _ = last.fail(.conflict)
        guard case .record(.put(let entry, _, _), _) = last.found([]) else { return unexpected() }
        #expect(entry.refusal?.code == .uniqueValue)
    }

    @Test func aKeyThatDiffersOnlyInCaseIsACollision() {
        var row = Script(.create)
        _ = row.start()
        _ = row.fail(.conflict)
        var other = row.item(9, "Bridge", 12)
        other.fields[0] = JSON.Member("SyncBridgeKey", "P/1")
        guard case .record(.put(let entry, _, _), _) = row.found([other]) else { return unexpected() }
        #expect(entry.refusal?.code == .keyCollision)
    }

    @Test func anAdoptedItemThatDiffersIsBroughtToTheRowAndThePersonsValueSaved() {
        var row = Script(.create)
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
        var row = Script(.update)
        #expect(
            row.start()
                == .send(.update(list: "old", item: 5, etag: "\"e\"", fields: [JSON.Member("Cost", .number(12))])))
        guard case .record(.put(let entry, _, 3?), saved: []) = row.updated("Bridge", 12) else { return unexpected() }
        #expect(entry.version == 4)
    }

    @Test func aPersonsEditOfAnotherFieldIsKept() {
        var row = Script(.update)
        _ = row.start()
        #expect(row.fail(.stale) == .send(.read(list: "old", item: 5, select: row.selection)))
        let again = row.read(row.item(5, "Typed by Kim", 10))
        #expect(
            again == .send(.update(list: "old", item: 5, etag: "\"t\"", fields: [JSON.Member("Cost", .number(12))])))
        guard case .record(_, saved: []) = row.updated("Typed by Kim", 12) else { return unexpected() }
    }

    @Test func aPersonsEditOfTheSameFieldIsSavedBeforeItIsReplaced() {
        var row = Script(.update)
        _ = row.start()
        _ = row.fail(.stale)
        _ = row.read(row.item(5, "Bridge", 77))
        guard case .record(_, let saved) = row.updated("Bridge", 12) else { return unexpected() }
        #expect(saved.map(\.field) == ["Cost"] && saved.first?.value.double == 77)
    }

    @Test func anUpdateThatArrivedThoughItsAnswerWasLostIsDone() {
        var row = Script(.update)
        _ = row.start()
        _ = row.fail(.transient, .unknown)
        guard case .record(.put(let entry, _, _), _) = row.read(row.item(5, "Bridge", 12)) else { return unexpected() }
        #expect(entry.state == .synced)
    }

    @Test func aDeletedItemStaysDeleted() {
        var row = Script(.update)
        _ = row.start()
        _ = row.fail(.gone)
        guard case .record(.put(let entry, _, 3?), _) = row.fail(.gone) else { return unexpected() }
        #expect(entry.state == .deletedByPerson && entry.item == nil)
        #expect(row.recorded() == .finish(.leftDeleted))
    }

    // MARK: Delete

    @Test func deleteLeavesATombstone() {
        var row = Script(.delete)
        #expect(row.start() == .send(.delete(list: "old", item: 5, etag: "\"e\"")))
        guard case .record(.put(let grave, _, 3?), saved: []) = row.answer(.deleted) else { return unexpected() }
        #expect(grave.state == .tombstone && grave.item == nil)
        #expect(grave.prior == ItemLocation(list: ListID("old"), item: 5, etag: nil))
    }

    @Test func whatAPersonTypedIntoADeletedRowsItemIsSaved() {
        var row = Script(.delete)
        _ = row.start()
        _ = row.fail(.stale)
        #expect(row.read(row.item(5, "Typed by Kim", 10)) == .send(.delete(list: "old", item: 5, etag: "\"t\"")))
        // A crash before the end does not lose it either.
        #expect(row.intents.last?.saved.map(\.value) == ["Typed by Kim"])
        guard case .record(.put, let saved) = row.answer(.deleted) else { return unexpected() }
        #expect(saved.map(\.field) == ["Title"])
    }

    @Test func whatAPersonIsKnownToHaveTypedIsReadBeforeTheDelete() {
        var row = Script(.delete, seen: [.text("Typed by Kim"), .number(10)])
        #expect(row.start() == .send(.read(list: "old", item: 5, select: row.selection)))
        #expect(row.read(row.item(5, "Typed by Kim", 10)) == .send(.delete(list: "old", item: 5, etag: "\"t\"")))
        guard case .record(.put, let saved) = row.answer(.deleted) else { return unexpected() }
        #expect(saved.map(\.value) == ["Typed by Kim"])
    }

    // MARK: Intents

    @Test func nothingIsSentBeforeItsIntentIsDurable() {
        for action in [RowAction.create, .update, .delete, .mark, .finishMove] {
            var row = Script(action)
            guard case .intend(let intent) = row.machine.step(.start) else { return unexpected() }
            #expect(intent.key == LedgerKey(bytes: [1]))
            guard case .send(let request) = row.machine.step(.intended) else { return unexpected() }
            #expect(request.list == "old" || request.list == "new" || request.list == "older")
        }
    }

    @Test func anIntentIsClosedOnlyIfItsRequestCertainlyDidNothing() {
        var refused = Script(.create)
        _ = refused.start()
        #expect(refused.fail(.throttled) == .finish(.failed(SiteFailure(.throttled, reason: "scripted"))))
        #expect(refused.closed == 1)
        var lost = Script(.create)
        _ = lost.start()
        _ = lost.fail(.unreachable)
        #expect(lost.closed == 0)
        // A read that fails afterwards says nothing about the write before it.
        var unclear = Script(.update)
        _ = unclear.start()
        _ = unclear.fail(.transient)
        _ = unclear.fail(.throttled)
        #expect(unclear.closed == 0)
    }

    @Test func withoutUniqueKeysAnUnclearCreateWaits() {
        var row = Script(.create, keyIsUnique: false)
        _ = row.start()
        #expect(row.fail(.transient) == .finish(.unsettled))
        #expect(row.closed == 0)
    }

    // MARK: Settling

    @Test func anOpenCreateIsFoundByItsKey() {
        var row = Script(settling: .create, age: 0)
        #expect(row.start() == .send(.find(list: "new", key: "p/1", select: row.selection)))
        guard case .record(.put(let entry, _, nil), saved: []) = row.found([row.item(9, "Bridge", 12)]) else {
            return unexpected()
        }
        #expect(entry.item == 9 && entry.state == .synced && entry.seenHashes == nil)
        #expect(row.recorded() == .finish(.settled))
    }

    @Test func anOpenCreateThatIsNotThereStaysOpenUntilItCannotArrive() {
        var young = Script(settling: .create, age: 59)
        _ = young.start()
        #expect(young.found([]) == .finish(.unsettled) && young.closed == 0)
        var old = Script(settling: .create, age: 60)
        _ = old.start()
        #expect(old.found([]) == .finish(.settled) && old.closed == 1)
    }

    @Test func anOpenUpdateThatArrivedIsRecordedWithWhatItReplaced() {
        var row = Script(settling: .update, age: 0, saved: true)
        #expect(row.start() == .send(.read(list: "old", item: 5, select: row.selection)))
        guard case .record(.put(let entry, _, 3?), let saved) = row.read(row.item(5, "Bridge", 12)) else {
            return unexpected()
        }
        #expect(entry.contentHash == ContentHash(of: [.text("Bridge"), .number(12)]).whole && entry.etag == "\"t\"")
        #expect(saved.map(\.value) == [77])
    }

    @Test func anOpenUpdateThatSomebodyElseCameBeforeIsTheirs() {
        var row = Script(settling: .update, age: 0, saved: true)
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
        var row = Script(settling: .delete, age: 0)
        _ = row.start()
        guard case .record(.put(let grave, _, 3?), _) = row.fail(.gone) else { return unexpected() }
        #expect(grave.state == .tombstone)
        var there = Script(settling: .delete, age: 0)
        _ = there.start()
        #expect(there.read(there.item(5, "Bridge", 10)) == .finish(.unsettled))
    }

    // MARK: What a move would lose

    @Test(arguments: [
        JSON.Member("Attachments", true), JSON.Member("_ComplianceTag", "Keep"), JSON.Member("Place", ["lat": 1]),
    ])
    func anItemThatWouldLoseSomethingIsHeld(_ member: JSON.Member) {
        var row = Script(.move)
        _ = row.start()
        var old = row.item(5, "Bridge", 10)
        old.fields.append(member)
        guard case .record(.put(let entry, _, 3?), _) = row.read(old) else { return unexpected() }
        #expect(
            entry.state == .quarantined && entry.refusal?.code == .itemLoses && entry.refusal?.list == ListID("new"))
        #expect(entry.item == 5 && entry.list == ListID("old"))
        #expect(row.intents.isEmpty)
        var allowed = Script(.move, allowsLosses: true)
        _ = allowed.start()
        guard case .send(.create) = allowed.read(old) else { return unexpected() }
    }

    /// The column is newer than the row's last write, so that it was empty then.
    @Test func whatAPersonTypedIntoANewColumnIsSeenInTheAnswerOfAnUpdate() {
        var row = Script(.update)
        var task = row.machine.task
        task.values[0] = .null
        task.hash = ContentHash(of: [.null, .number(12)])
        let known = ContentHash(of: [.null, .number(10)]).fields[1]
        task.base = RowBase(sent: [nil, known], remote: [nil, known], seen: [nil, known])
        row.machine = RowMachine(task, row.machine.context)
        _ = row.start()
        guard case .record(.put(let entry, _, _), _) = row.updated("Typed by Kim", 12) else { return unexpected() }
        #expect(entry.driftedFields == [0])
    }

    @Test func aRowThatIsWrittenTooOftenIsKeptAway() {
        var row = Script(.update, writes: WriteRate(count: 6, since: Instant(seconds: -10)))
        guard case .record(.put(let entry, _, _), _) = row.start() else { return unexpected() }
        #expect(entry.refusal?.code == .writeLoop)
        var calm = Script(.update, writes: WriteRate(count: 6, since: Instant(seconds: -601)))
        guard case .send = calm.start() else { return unexpected() }
        var allowed = Script(.update, allowsLoops: true, writes: WriteRate(count: 6, since: Instant(seconds: -10)))
        guard case .send = allowed.start() else { return unexpected() }
    }

    // MARK: Mark

    /// Without the tag, one that arrives late would mark the item of a row that is there again.
    @Test func aMarkIsBoundToTheTagAndShowsWhatAPersonTyped() {
        var row = Script(.mark)
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

    // MARK: Move

    @Test func moveCreatesFirstRecordsAndDeletesThen() {
        var row = Script(.move)
        _ = row.start()
        var old = row.item(5, "Bridge", 10)
        old.fields.append(JSON.Member("Notes", "by people"))
        guard case .send(.create(let list, let fields)) = row.read(old) else { return unexpected() }
        #expect(list == "new" && fields.contains(JSON.Member("Notes", "by people")))
        guard case .record(.put(let entry, _, 3?), _) = row.created(item: 8) else { return unexpected() }
        #expect(entry.state == .moving && entry.item == 8)
        #expect(entry.prior?.list == ListID("old") && entry.prior?.item == 5 && entry.prior?.etag == "\"t\"")
        #expect(row.recorded() == .send(.delete(list: "old", item: 5, etag: "\"t\"")))
        guard case .record(.put(let final, _, 4?), _) = row.answer(.deleted) else { return unexpected() }
        #expect(final.state == .synced && final.prior == nil)
    }

    @Test func moveKeepsAPersonsValueOfAFieldTheSourceDidNotChange() {
        var row = Script(.move)
        _ = row.start()
        guard case .send(.create(_, let fields)) = row.read(row.item(5, "Typed by Kim", 10)) else {
            return unexpected()
        }
        #expect(fields.contains(JSON.Member("Title", "Typed by Kim")))
        #expect(fields.contains(JSON.Member("Cost", .number(12))))
    }

    @Test func anEditOfTheOldItemDuringAMoveIsCarriedForward() {
        var row = Script(.move)
        _ = row.start()
        _ = row.read(row.item(5, "Bridge", 10))
        _ = row.created(item: 8)
        _ = row.recorded()
        // Somebody typed while the new item was made.
        _ = row.fail(.stale)
        var edited = row.item(5, "Bridge", 10)
        edited.etag = "\"later\""
        edited.fields.append(JSON.Member("Notes", "new words"))
        #expect(row.read(edited) == .send(.read(list: "new", item: 8, select: row.originSelection)))
        #expect(
            row.read(row.item(8, "Bridge", 12))
                == .send(.update(list: "new", item: 8, etag: "\"t\"", fields: [JSON.Member("Notes", "new words")])))
        guard case .record(.put, saved: []) = row.updated("Bridge", 12) else { return unexpected() }
        #expect(row.recorded() == .send(.delete(list: "old", item: 5, etag: "\"later\"")))
    }

    /// Starts a move whose old item is edited while the new one is made, up to the look at the new one.
    private func editedMove() -> Script {
        var row = Script(.move)
        _ = row.start()
        _ = row.read(row.item(5, "Bridge", 10))
        _ = row.created(item: 8)
        _ = row.recorded()
        _ = row.fail(.stale)
        var edited = row.item(5, "Typed by Kim", 10)
        edited.fields.append(JSON.Member("Notes", "new words"))
        edited.etag = "\"later\""
        _ = row.read(edited)
        return row
    }

    @Test func anEditOfTheOldItemIsSavedIfTheNewOneIsDeletedMeanwhile() {
        var row = editedMove()
        #expect(row.fail(.gone, .notDone) == .send(.delete(list: "old", item: 5, etag: "\"later\"")))
        #expect(row.intents.last?.saved.map(\.value) == ["Typed by Kim", "new words"])
    }

    /// The answer was lost, and the new item shows that it arrived: its tag is ours, not a stranger's.
    @Test func aCarriedEditWhoseAnswerWasLostIsRecorded() {
        var row = editedMove()
        _ = row.read(row.item(8, "Bridge", 12))
        _ = row.fail(.transient)
        var edited = row.item(5, "Typed by Kim", 10)
        edited.fields.append(JSON.Member("Notes", "new words"))
        edited.etag = "\"later\""
        _ = row.read(edited)
        var target = row.item(8, "Typed by Kim", 12)
        target.fields.append(JSON.Member("Notes", "new words"))
        target.etag = "\"t2\""
        guard case .record(.put(let entry, _, _), _) = row.read(target) else { return unexpected() }
        #expect(entry.etag == "\"t2\"" && entry.prior?.etag == "\"later\"")
        #expect(row.recorded() == .send(.delete(list: "old", item: 5, etag: "\"later\"")))
    }

    /// The new list has no such column, and the move was decided when the old item had nothing in it.
    @Test func whatIsTypedIntoTheOldItemsOwnColumnIsSavedIfTheNewListLacksIt() {
        var row = editedMove()
        var edited = row.item(5, "Bridge", 10)
        edited.fields.append(JSON.Member("Place", "typed late"))
        edited.etag = "\"later2\""
        _ = row.read(row.item(8, "Bridge", 12))
        _ = row.fail(.stale)
        _ = row.read(edited)
        _ = row.read(row.item(8, "Bridge", 12))
        #expect(row.intents.last?.saved.map(\.value).contains("typed late") ?? false)
    }

    @Test func anEditOfTheNewItemThatTheOldOnesReplacesIsSaved() {
        var row = editedMove()
        var target = row.item(8, "Bridge", 12)
        target.fields.append(JSON.Member("Notes", "other words"))
        _ = row.read(target)
        #expect(row.intents.last?.kind == .carry && row.intents.last?.saved.map(\.value) == ["other words"])
    }

    @Test func anInterruptedMoveOnlyDeletesTheOldItem() {
        var row = Script(.finishMove)
        #expect(row.start() == .send(.delete(list: "older", item: 4, etag: "\"p\"")))
        guard case .record(.put(let entry, _, _), _) = row.fail(.gone) else { return unexpected() }
        #expect(entry.state == .synced && entry.prior == nil)
    }

    /// A copy of before was restored from the recycle bin: the move takes it over, and nothing of people's is left behind.
    @Test func aMoveIntoAnItemThatHasTheKeyBringsPeoplesValuesAlong() {
        var row = Script(.move)
        _ = row.start()
        var old = row.item(5, "Typed by Kim", 10)
        old.fields.append(JSON.Member("Notes", "by people"))
        _ = row.read(old)
        _ = row.fail(.conflict)
        var restored = row.item(9, "Bridge", 12)
        restored.fields.append(JSON.Member("Notes", "older"))
        #expect(
            row.found([restored])
                == .send(
                    .update(
                        list: "new", item: 9, etag: "\"t\"",
                        fields: [JSON.Member("Title", "Typed by Kim"), JSON.Member("Notes", "by people")])))
        #expect(row.intents.last?.saved.map(\.value) == ["Bridge", "older"])
    }

    @Test func whatTheOldItemLosesIsSavedThoughAnotherIsTakenOver() {
        var row = Script(.move)
        _ = row.start()
        _ = row.read(row.item(5, "Bridge", 77))
        _ = row.fail(.conflict)
        _ = row.found([row.item(9, "Bridge", 5)])
        #expect(Set(row.intents.last?.saved.compactMap(\.value.double) ?? []) == [77, 5])
    }

    @Test func anEditOfTheOldItemIsSavedIfTheNewOneIsKnownToBeGone() {
        var row = Script(.finishMove, isHeadless: true)
        _ = row.start()
        _ = row.fail(.stale)
        _ = row.read(row.item(4, "Typed by Kim", 10))
        #expect(row.intents.last?.saved.first?.value == "Typed by Kim")
    }

    // MARK: An intent that was left open

    /// It may be another's, that had the key before; the row looks at it when it is sent again.
    @Test(arguments: [true, false])
    func anItemWithTheKeyIsOursIfItHasWhatWasWritten(isEqual: Bool) {
        var row = Script(.create, open: .create)
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
        var row = Script(.create, open: .create, mayArrive: false)
        _ = row.start()
        guard case .record(.put(let entry, _, nil), let saved) = row.found([row.item(9, "Another", 12)]) else {
            return unexpected()
        }
        #expect(entry.item == 9 && entry.state == .moving && entry.prior?.item == 5 && entry.prior?.etag == nil)
        #expect(entry.contentHash == nil && saved.map(\.value).contains("Another"))
    }

    @Test func anOldItemOfWhichNothingIsKnownIsLookedAtBeforeItGoes() {
        var row = Script(.finishMove)
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
        var row = Script(.update, open: .update)
        #expect(row.start() == .send(.read(list: "old", item: 5, select: row.selection)))
        guard case .record(.put(let entry, _, 3?), let saved) = row.read(row.item(5, "Later", 10)) else {
            return unexpected()
        }
        #expect(saved.map(\.value) == ["Typed by Kim"] && entry.etag == "\"t\"" && entry.driftedFields == [0])
    }

    @Test func whatIsStillThereNeedsNotBeKept() {
        var row = Script(.update, open: .update)
        _ = row.start()
        guard case .record(_, saved: []) = row.read(row.item(5, "Typed by Kim", 11)) else { return unexpected() }
    }

    @Test func whatAnEffectOfBeforeReplacedIsKeptThoughTheItemIsGoneSince() {
        var row = Script(.update, open: .update)
        _ = row.start()
        guard case .record(.put(let entry, _, 3?), let saved) = row.fail(.gone) else { return unexpected() }
        #expect(saved.map(\.value) == ["Typed by Kim"] && entry.state == .deletedByPerson)
    }

    @Test func whatTheOldItemOfAMoveHeldIsKeptBeforeItIsLookedAtAgain() {
        var row = Script(.finishMove, open: .deleteOrigin)
        guard case .record(.put(let entry, _, 3?), let saved) = row.start() else { return unexpected() }
        #expect(saved.map(\.value) == ["Typed by Kim"] && entry.state == .moving)
    }

    /// As long as it can arrive, the row is left alone: it would be taken for a write that nobody recorded.
    @Test func peoplesEditsOnTheirWayToTheNewItemAreWaitedFor() {
        var row = Script(.finishMove, open: .carry)
        _ = row.start()
        guard case .finish(.unsettled) = row.read(RemoteItem(id: 5, etag: "\"e\"", fields: [])) else {
            return unexpected()
        }
    }

    /// An item that had the key before was to be brought to the row's values, and that was refused: what it shows is not a
    /// person's change of what was written.
    @Test func whatATakenOverItemStillShowsIsWrittenLater() {
        var row = Script(settling: .create, age: 61, saved: true)
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
        var row = Script(settling: .create, age: 61, repeats: true)
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
        var row = Script(settling: .update, age: 61, repeats: repeats)
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
        var row = Script(.update, open: .update, mayArrive: mayArrive)
        _ = row.start()
        let end = row.read(RemoteItem(id: 5, etag: "\"e\"", fields: []))
        #expect(end == .finish(mayArrive ? .unsettled : .settled))
        #expect(row.closed == (mayArrive ? 0 : 1))
    }

    /// The first request may still arrive, and its intent has to be there then.
    @Test(arguments: [SiteFailure.Kind.refused, .conflict, .throttled, .locked])
    func whatIsSentAgainAndRefusedStaysInDoubt(kind: SiteFailure.Kind) {
        var row = Script(.update, repeats: .update)
        _ = row.start()
        let step = row.fail(kind)
        guard step == .finish(.unsettled) || step == .finish(.failed(SiteFailure(kind, reason: "scripted"))) else {
            return unexpected()
        }
        #expect(row.closed == 0)
    }

    @Test func whatTheFirstOfTwoRequestsReplacedIsKept() {
        var row = Script(.update, repeats: .update)
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
            var row = Script(action)
            _ = row.start()
            guard case .finish(.failed(let failure)) = row.fail(kind) else { return unexpected() }
            #expect(failure.kind == kind)
        }
    }
}

private func unexpected(sourceLocation: SourceLocation = #_sourceLocation) {
    Issue.record("the machine took another step", sourceLocation: sourceLocation)
}

/// Drives one machine: a row `p/1` with a title and a cost, of which the cost changed from 10 to 12.
private struct Script {
    var machine: RowMachine
    let selection = ["SyncBridgeKey", "Title", "Cost"]

    /// An intent of another run that whose request was sent at most so many seconds ago; it was to set the cost to 12.
    init(settling kind: Intent.Kind, age: Int64, saved: Bool = false, repeats: Bool = false) {
        self.init(kind == .create ? .create : .update)
        let key = LedgerKey(bytes: [1])
        let intent = Intent(
            key: key, syncKey: "p/1", kind: kind, list: kind == .create ? ListID("new") : nil,
            from: kind == .create ? nil : ItemLocation(list: ListID("old"), item: 5, etag: "\"e\""), written: [1],
            hash: machine.task.hash, mappingVersion: 1,
            saved: saved ? [.init(key: key, sourceKey: "p/1", field: "Cost", value: 77)] : [], repeats: repeats)
        var task = machine.task
        task.open = OpenIntent(
            intent: intent, openedAt: Instant(seconds: 0), ledger: task.ledger)
        task.mayArrive = age < 60
        machine = RowMachine(task, machine.context)
    }

    /// - Parameters:
    ///   - open: An intent that was to replace what a person typed, and that nobody closed.
    ///   - mayArrive: Its request may still arrive.
    ///   - repeats: The same, where the row is written again.
    ///   - isHeadless: A person deleted the row's item.
    init(
        _ action: RowAction, unique: Bool = false, isLastTry: Bool = false, keyIsUnique: Bool = true,
        allowsLosses: Bool = false, allowsLoops: Bool = false, seen: [Value]? = nil, writes: WriteRate = WriteRate(),
        open: Intent.Kind? = nil,
        mayArrive: Bool = true, repeats: Intent.Kind? = nil, isHeadless: Bool = false
    ) {
        let fields = [
            BoundField(
                target: "Title", sourceColumn: "name", read: 1, steps: [], type: .singleLineText, shareable: false,
                hasDefault: false),
            BoundField(
                target: "Cost", sourceColumn: "cost", read: 2, steps: [], type: .number(ColumnType.Number()),
                shareable: false, hasDefault: false),
        ]
        let base = ContentHash(of: [.text("Bridge"), .number(10)])
        var ledger: LedgerEntry?
        if action != .create {
            ledger = LedgerEntry(
                key: LedgerKey(bytes: [1]), state: action == .finishMove ? .moving : .synced, list: ListID("old"),
                item: 5,
                etag: "\"e\"", contentHash: base.whole, fieldHashes: base.fields,
                seenHashes: seen.map { ContentHash(of: $0).fields },
                prior: action == .finishMove ? ItemLocation(list: ListID("older"), item: 4, etag: "\"p\"") : nil,
                writes: writes, version: 3)
            if isHeadless {
                ledger?.list = nil
                ledger?.item = nil
                ledger?.etag = nil
            }
        }
        let isGone = action == .delete || action == .mark
        let people: Set<String> = action == .move ? ["Notes"] : []
        let fixed: Set<String> = ["Place"]
        machine = RowMachine(
            RowTask(
                key: LedgerKey(bytes: [1]), syncKey: "p/1", action: action,
                values: isGone ? [] : [.text("Bridge"), .number(12)],
                hash: isGone ? nil : ContentHash(of: [.text("Bridge"), .number(12)]),
                changedFields: isGone ? [] : action == .create ? [0, 1] : [1], ledger: ledger,
                base: ledger.map {
                    RowBase(sent: $0.fieldHashes, remote: $0.remoteBase, seen: $0.seenHashes ?? $0.remoteBase)
                },
                target: isGone
                    ? nil
                    : TargetList(
                        id: ListID("new"), peoplesColumns: people, keyIsUnique: keyIsUnique, allowsLosses: allowsLosses,
                        allowsLoops: allowsLoops),
                origin: action == .move
                    ? TargetList(id: ListID("old"), peoplesColumns: people, fixedColumns: fixed) : nil,
                open: open.map { Self.intent($0, ledger) }, mayArrive: mayArrive,
                repeated: repeats.map { Self.intent($0, ledger).intent }),
            RowContext(
                fields: fields, codec: FieldCodec(zone: .utc), mappingVersion: 1, hasUniqueFields: unique,
                now: Instant(seconds: 0), quarantinesUniqueValues: isLastTry))
    }

    private static func intent(_ kind: Intent.Kind, _ ledger: LedgerEntry?) -> OpenIntent {
        let key = LedgerKey(bytes: [1])
        let intent = Intent(
            key: key, syncKey: "p/1", kind: kind, list: ListID("new"),
            from: ItemLocation(list: ListID("old"), item: 5, etag: "\"e\""),
            fields: [JSON.Member("Title", "Bridge"), JSON.Member("Cost", .number(12))], written: [1],
            hash: ContentHash(of: [.text("Bridge"), .number(12)]),
            saved: [.init(key: key, sourceKey: "p/1", field: "Title", value: "Typed by Kim")])
        return OpenIntent(intent: intent, openedAt: Instant(seconds: 0), ledger: ledger)
    }

    /// What a move reads of either item.
    var originSelection: [String] { selection + ["Attachments", "Notes", "Place", "_ComplianceTag"] }

    func fields(_ title: String, _ cost: Double) -> [JSON.Member] {
        [
            JSON.Member("SyncBridgeKey", "p/1"), JSON.Member("Title", .string(title)),
            JSON.Member("Cost", .number(cost)),
        ]
    }

    func item(_ id: Int64, _ title: String, _ cost: Double) -> RemoteItem {
        RemoteItem(id: id, etag: "\"t\"", fields: fields(title, cost))
    }

    /// Intents become durable at once, and are kept to be looked at; so do closings.
    private(set) var intents: [Intent] = []
    private(set) var closed = 0

    mutating func step(_ event: RowMachine.Event) -> RowMachine.Step {
        let step = machine.step(event)
        switch step {
        case .intend(let intent):
            intents.append(intent)
            return self.step(.intended)
        case .close:
            closed += 1
            return self.step(.recorded)
        case .send, .record, .finish: return step
        }
    }

    mutating func start() -> RowMachine.Step { step(.start) }
    mutating func recorded() -> RowMachine.Step { step(.recorded) }
    mutating func answer(_ answer: ItemAnswer) -> RowMachine.Step { step(.answered(.success(answer))) }
    mutating func created(item id: Int64) -> RowMachine.Step { answer(.created(item(id, "Bridge", 12))) }
    mutating func updated(_ title: String, _ cost: Double) -> RowMachine.Step { answer(.updated(item(0, title, cost))) }
    mutating func read(_ item: RemoteItem) -> RowMachine.Step { answer(.item(item)) }
    mutating func found(_ items: [RemoteItem]) -> RowMachine.Step { answer(.found(items)) }

    /// - Parameter outcome: By default what a service that answers means, and else that nobody knows.
    mutating func fail(_ kind: SiteFailure.Kind, _ outcome: SiteFailure.Outcome? = nil) -> RowMachine.Step {
        let usual: SiteFailure.Outcome =
            switch kind {
            case .transient, .unreachable, .cancelled, .malformed: .unknown
            default: .notDone
            }
        return step(.answered(.failure(SiteFailure(kind, outcome: outcome ?? usual, reason: "scripted"))))
    }
}
