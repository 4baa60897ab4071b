import Core
import Reconciler
import Testing

/// The protocol of one row, step by step, without any service.
@Suite("The protocol of a row that moves")
struct RowMachineMoveTests {
    // MARK: What a move would lose

    /// The rules have left the list of the new item, so that nobody makes a column again that somebody deleted there.
    @Test func anEditThatTheNewListHasNoColumnForIsKept() {
        var row = RowScript(.finishMove)
        var task = row.machine.task
        task.ledger?.prior?.hashes = ContentHash(of: [.text("Bridge"), .number(10)]).fields
        row.machine = RowMachine(task, row.machine.context)
        row.setColumns(["SyncBridgeKey", "Cost"], of: "old")
        _ = row.start()
        guard case .send(.read("older", 4, _)) = row.fail(.stale),
            case .send(.read("old", 5, let names)) = row.read(row.item(4, "Kim's", 10))
        else { return unexpected() }
        #expect(!names.contains("Title"))
        var new = row.item(5, "", 10)
        (new.etag, new.fields) = ("\"e\"", new.fields.filter { $0.name != "Title" })
        guard case .send(.delete("older", 4, "\"t\"")) = row.read(new) else { return unexpected() }
        #expect(row.intents.map(\.kind) == [.deleteOrigin, .deleteOrigin])
        #expect(row.intents.last?.saved.map(\.value) == ["Kim's"])
    }

    @Test(arguments: [
        JSON.Member("Attachments", true), JSON.Member("_ComplianceTag", "Keep"), JSON.Member("Place", ["lat": 1]),
    ])
    func anItemThatWouldLoseSomethingIsHeld(_ member: JSON.Member) {
        var row = RowScript(.move)
        _ = row.start()
        var old = row.item(5, "Bridge", 10)
        old.fields.append(member)
        guard case .record(.put(let entry, _, 3?), _) = row.read(old) else { return unexpected() }
        #expect(
            entry.state == .quarantined && entry.refusal?.code == .itemLoses && entry.refusal?.list == ListID("new"))
        #expect(entry.item == 5 && entry.list == ListID("old"))
        #expect(row.intents.isEmpty)
        var allowed = RowScript(.move, allowsLosses: true)
        _ = allowed.start()
        guard case .send(.create) = allowed.read(old) else { return unexpected() }
    }

    /// The answer to an earlier write had shown another form than is stored. After the row was held nobody knows any more
    /// what was sent.
    @Test func whatIsStoredIsKnownBeforeARowIsHeld() {
        var row = RowScript(.move)
        row.machine.task.base?.remote[0] = ContentHash(of: [.text("bridge")]).fields[0]
        row.machine.task.base?.seen[0] = ContentHash(of: [.text("bridge")]).fields[0]
        _ = row.start()
        var old = row.item(5, "Bridge", 10)
        old.fields.append(JSON.Member("Attachments", true))
        guard case .record(.put(let entry, _, 3?), _) = row.read(old) else { return unexpected() }
        #expect(entry.remoteBase[0] == ContentHash(of: [.text("Bridge")]).fields[0] && entry.seenHashes == nil)
    }

    /// The column is newer than the row's last write, so that it was empty then.
    @Test func whatAPersonTypedIntoANewColumnIsSeenInTheAnswerOfAnUpdate() {
        var row = RowScript(.update)
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

    /// Its base says so too, for whatever comes after.
    @Test func aRowThatIsKeptAwayHadNothingInANewColumn() {
        var row = RowScript(.update, writes: WriteRate(count: 6, since: Instant(seconds: -10)))
        var task = row.machine.task
        let known = ContentHash(of: [.null, .number(10)]).fields[1]
        task.base = RowBase(sent: [nil, known], remote: [nil, known], seen: [nil, known])
        row.machine = RowMachine(task, row.machine.context)
        guard case .record(.put(let entry, _, _), _) = row.start() else { return unexpected() }
        #expect(entry.state == .quarantined && entry.remoteBase == [ContentHash.noValue, known])
    }

    @Test func aRefusedRowThatIsGoneIsRefusedNoMore() {
        var row = RowScript(.archive)
        var task = row.machine.task
        task.ledger?.state = .quarantined
        task.ledger?.refusal = Refusal(.uniqueValue)
        row.machine = RowMachine(task, row.machine.context)
        guard case .record(.put(let entry, _, _), _) = row.start() else { return unexpected() }
        #expect(entry.state == .archived && entry.refusal == nil)
    }

    @Test func aRowThatIsWrittenTooOftenIsKeptAway() {
        var row = RowScript(.update, writes: WriteRate(count: 6, since: Instant(seconds: -10)))
        guard case .record(.put(let entry, _, _), _) = row.start() else { return unexpected() }
        #expect(entry.refusal?.code == .writeLoop)
        var calm = RowScript(.update, writes: WriteRate(count: 6, since: Instant(seconds: -601)))
        guard case .send = calm.start() else { return unexpected() }
        var allowed = RowScript(.update, allowsLoops: true, writes: WriteRate(count: 6, since: Instant(seconds: -10)))
        guard case .send = allowed.start() else { return unexpected() }
    }

    // MARK: Move

    @Test func moveCreatesFirstRecordsAndDeletesThen() {
        var row = RowScript(.move)
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
        var row = RowScript(.move)
        _ = row.start()
        guard case .send(.create(_, let fields)) = row.read(row.item(5, "Typed by Kim", 10)) else {
            return unexpected()
        }
        #expect(fields.contains(JSON.Member("Title", "Typed by Kim")))
        #expect(fields.contains(JSON.Member("Cost", .number(12))))
    }

    @Test func anEditOfTheOldItemDuringAMoveIsCarriedForward() {
        var row = RowScript(.move)
        _ = row.start()
        _ = row.read(row.item(5, "Bridge", 10))
        _ = row.created(item: 8)
        _ = row.recorded()
        // Somebody typed while the new item was made.
        _ = row.fail(.stale)
        var edited = row.item(5, "Bridge", 10)
        edited.etag = "\"later\""
        edited.fields.append(JSON.Member("Notes", "new words"))
        #expect(row.read(edited) == .send(.read(list: "new", item: 8, select: row.targetSelection)))
        #expect(
            row.read(row.item(8, "Bridge", 12))
                == .send(.update(list: "new", item: 8, etag: "\"t\"", fields: [JSON.Member("Notes", "new words")])))
        guard case .record(.put, saved: []) = row.updated("Bridge", 12) else { return unexpected() }
        #expect(row.recorded() == .send(.delete(list: "old", item: 5, etag: "\"later\"")))
    }

    /// Starts a move whose old item is edited while the new one is made, up to the look at the new one.
    private func editedMove() -> RowScript {
        var row = RowScript(.move)
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
        var row = RowScript(.finishMove)
        #expect(row.start() == .send(.delete(list: "older", item: 4, etag: "\"p\"")))
        guard case .record(.put(let entry, _, _), _) = row.fail(.gone) else { return unexpected() }
        #expect(entry.state == .synced && entry.prior == nil)
    }

    /// A copy of before was restored from the recycle bin: the move takes it over, and nothing of people's is left behind.
    @Test func aMoveIntoAnItemThatHasTheKeyBringsPeoplesValuesAlong() {
        var row = RowScript(.move)
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
        var row = RowScript(.move)
        _ = row.start()
        _ = row.read(row.item(5, "Bridge", 77))
        _ = row.fail(.conflict)
        _ = row.found([row.item(9, "Bridge", 5)])
        #expect(Set(row.intents.last?.saved.compactMap(\.value.double) ?? []) == [77, 5])
    }

    @Test func anEditOfTheOldItemIsSavedIfTheNewOneIsKnownToBeGone() {
        var row = RowScript(.finishMove, isHeadless: true)
        _ = row.start()
        _ = row.fail(.stale)
        _ = row.read(row.item(4, "Typed by Kim", 10))
        #expect(row.intents.last?.saved.first?.value == "Typed by Kim")
    }
}
