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
}
