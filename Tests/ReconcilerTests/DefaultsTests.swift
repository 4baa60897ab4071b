import Core
import Reconciler
import Testing

/// Defaults of columns that the service fills in against an explicit null, or does not take at all (FACTS 13).
@Suite("Defaults of columns") struct DefaultsTests {
    /// A row `p/1` whose title is empty, in a column with a default.
    private func machine(open: OpenIntent? = nil) -> RowMachine {
        let title = BoundField(
            target: "Title", sourceColumn: "name", read: 1, steps: [], type: .singleLineText, shareable: false,
            hasDefault: true)
        var task = RowTask(
            key: LedgerKey(bytes: [1]), syncKey: "p/1", action: .create, values: [.null],
            hash: ContentHash(of: [.null]), changedFields: [], target: TargetList(id: ListID("new")))
        task.open = open
        task.mayArrive = false
        return RowMachine(
            task,
            RowContext(
                fields: [title], codec: FieldCodec(zone: .utc), mapping: MappingHistory(version: 1, fields: ["Title"]),
                hasUniqueFields: false,
                now: Instant(seconds: 0)))
    }

    private func item(_ title: String) -> RemoteItem {
        RemoteItem(
            id: 7, etag: "\"t\"", fields: [JSON.Member("SyncBridgeKey", "p/1"), JSON.Member("Title", .string(title))])
    }

    /// Whatever becomes of emptying it, the item is known.
    @Test func aDefaultThatWinsIsRecordedAndTheFieldIsToBeWrittenAgain() {
        var machine = machine()
        guard case .intend = machine.step(.start), case .send(.create(_, let fields)) = machine.step(.intended) else {
            return unexpected()
        }
        #expect(fields.contains(JSON.Member("Title", .null)))
        guard
            case .record(.put(let entry, _, nil), let saved) = machine.step(
                .answered(.success(.created(item("standard")))))
        else { return unexpected() }
        #expect(entry.state == .synced && entry.item == 7 && entry.contentHash == nil && saved.isEmpty)
        #expect(entry.fieldHashes == [RowBase.unknown] && entry.driftedFields.isEmpty)
        #expect(machine.step(.recorded) == .finish(.done(.create)))
    }

    /// The service fills the column's default into the new item, against the explicit null.
    @Test func whatAPersonEmptiedStaysEmptyInTheNewListOfItsRow() {
        var row = RowScript(.move)
        row.setDefault()
        _ = row.start()
        var old = row.item(5, "", 10)
        old.fields.removeAll { $0.name == "Title" }
        guard case .send(.create(_, let fields)) = row.read(old) else { return unexpected() }
        #expect(fields.contains(JSON.Member("Title", .null)))
        guard case .record(.put(let entry, _, _), _) = row.answer(.created(row.item(9, "standard", 12))) else {
            return unexpected()
        }
        #expect(entry.state == .moving && entry.prior?.item == 5 && entry.prior?.etag == nil)
        // Before the old item goes, both are looked at.
        guard case .send(.read("old", 5, _)) = row.recorded(), case .send(.read("new", 9, _)) = row.read(old),
            case .send(.update("new", 9, _, let emptied)) = row.read(row.item(9, "standard", 12))
        else { return unexpected() }
        #expect(emptied == [JSON.Member("Title", .null)])
        #expect(row.intents.map(\.kind) == [.create, .carry])
    }

    /// A move is to end before the field is emptied again, and its row may move on.
    @Test func aDefaultThatWinsInAMoveIsNobodysEdit() {
        var row = RowScript(.move)
        row.setDefault()
        var task = row.machine.task
        let empty = ContentHash(of: [.null, .number(10)])
        (task.values[0], task.hash) = (.null, ContentHash(of: [.null, .number(12)]))
        task.ledger?.fieldHashes = empty.fields
        task.ledger?.contentHash = empty.whole
        task.base = RowBase(sent: empty.fields, remote: empty.fields, seen: empty.fields)
        row.machine = RowMachine(task, row.machine.context)
        _ = row.start()
        var old = row.item(5, "", 10)
        old.fields.removeAll { $0.name == "Title" }
        guard case .send(.create) = row.read(old),
            case .record(.put(let entry, _, _), _) = row.answer(.created(row.item(9, "standard", 12)))
        else { return unexpected() }
        #expect(entry.fieldHashes[0] == RowBase.unknown && entry.driftedFields == [])
        #expect(entry.contentHash == nil && entry.prior?.etag != nil)
    }

    /// Nobody can tell a default from what a person typed: it is kept before the field is emptied.
    @Test func aDefaultOfACreateThatWasNotAnsweredIsSavedAndWrittenAgain() {
        let key = LedgerKey(bytes: [1])
        let intent = Intent(
            key: key, syncKey: "p/1", kind: .create, list: ListID("new"), fields: [JSON.Member("Title", .null)],
            written: [], hash: ContentHash(of: [.null]), mappingVersion: 1)
        var machine = machine(open: OpenIntent(intent: intent, openedAt: Instant(seconds: 0), ledger: nil))
        guard case .send(.find) = machine.step(.start),
            case .record(.put(let entry, _, nil), let saved) = machine.step(
                .answered(.success(.found([item("standard")]))))
        else { return unexpected() }
        #expect(saved == [.init(key: key, sourceKey: "p/1", field: "Title", value: "standard")])
        #expect(entry.contentHash == nil && entry.driftedFields.isEmpty)
        #expect(entry.fieldHashes != [ContentHash.noValue])
    }

    // MARK: Emptying it

    /// The row of an item that shows the default, as a create that a default won over leaves it.
    private func clearing(open: OpenIntent? = nil) -> RowMachine {
        var machine = machine(open: open)
        let shown = ContentHash(of: [.text("standard")])
        var entry = LedgerEntry(
            key: LedgerKey(bytes: [1]), state: .synced, list: ListID("new"), item: 7, etag: "\"t\"",
            fieldHashes: [RowBase.unknown], remoteHashes: shown.fields, version: 1)
        entry.remoteHash = shown.whole
        var task = machine.task
        task.action = .update
        task.changedFields = [0]
        task.ledger = entry
        task.base = RowBase(sent: [RowBase.unknown], remote: [shown.fields[0]], seen: [shown.fields[0]])
        machine = RowMachine(task, machine.context)
        return machine
    }

    /// Somebody wrote another column: the default is emptied under the new tag.
    @Test func anotherTagOnEmptyingItIsReadAndSentAgain() {
        var machine = clearing()
        guard case .intend = machine.step(.start),
            case .send(.update(_, 7, "\"t\"", _)) = machine.step(.intended),
            case .send(.read) = machine.step(
                .answered(.failure(SiteFailure(.stale, status: 412, reason: "precondition failed"))))
        else { return unexpected() }
        var other = item("standard")
        other.etag = "\"u\""
        guard case .intend(let intent) = machine.step(.answered(.success(.item(other)))),
            case .send(.update(_, 7, "\"u\"", let fields)) = machine.step(.intended)
        else { return unexpected() }
        #expect(fields == [JSON.Member("Title", .null)] && intent.saved.isEmpty)
        let empty = RemoteItem(id: 7, etag: "\"v\"", fields: [])
        guard case .record(.put(let entry, _, 1), _) = machine.step(.answered(.success(.updated(empty)))) else {
            return unexpected()
        }
        #expect(entry.fieldHashes == [ContentHash.noValue] && entry.driftedFields.isEmpty)
    }

    /// Its answer was lost: what the item shows is ours, so that the feed finds no write that nobody knows of.
    @Test func aLostAnswerToEmptyingItIsSettled() {
        let from = ItemLocation(list: ListID("new"), item: 7, etag: "\"t\"")
        let intent = Intent(
            key: LedgerKey(bytes: [1]), syncKey: "p/1", kind: .update, from: from,
            fields: [JSON.Member("Title", .null)], written: [0], hash: ContentHash(of: [.null]), mappingVersion: 1)
        var machine = clearing(open: OpenIntent(intent: intent, openedAt: Instant(seconds: 0), ledger: nil))
        let empty = RemoteItem(id: 7, etag: "\"v\"", fields: [])
        guard case .send(.read) = machine.step(.start),
            case .record(.put(let entry, _, 1), let saved) = machine.step(.answered(.success(.item(empty))))
        else { return unexpected() }
        #expect(entry.etag == "\"v\"" && entry.fieldHashes == [ContentHash.noValue] && saved.isEmpty)
        #expect(Sighting.of(empty, shown: ContentHash(of: [.null]), entry: entry) == .nothing)
    }
}
