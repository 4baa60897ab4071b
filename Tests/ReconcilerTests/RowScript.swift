import Core
import Reconciler
import Testing

func unexpected(sourceLocation: SourceLocation = #_sourceLocation) {
    Issue.record("the machine took another step", sourceLocation: sourceLocation)
}

/// Drives one machine: a row `p/1` with a title and a cost, of which the cost changed from 10 to 12.
struct RowScript {
    var machine: RowMachine
    let selection = ["SyncBridgeKey", "Title", "Cost"]

    /// An intent of another run whose request was sent at most so many seconds ago; it was to set the cost to 12.
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
    ///   - former: What the ledger remembers of a row that is to be created.
    init(
        _ action: RowAction, unique: Bool = false, isLastTry: Bool = false, keyIsUnique: Bool = true,
        allowsLosses: Bool = false, allowsLoops: Bool = false, seen: [Value]? = nil, writes: WriteRate = WriteRate(),
        open: Intent.Kind? = nil,
        mayArrive: Bool = true, repeats: Intent.Kind? = nil, isHeadless: Bool = false, former: LedgerEntry? = nil
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
        if let former { ledger = former }
        let isGone = action == .delete || action == .mark
        let people: Set<String> = action == .move ? ["Notes"] : []
        let fixed: Set<String> = ["Place"]
        var context = RowContext(
            fields: fields, codec: FieldCodec(zone: .utc),
            mapping: MappingHistory(version: 1, fields: fields.map(\.target)), hasUniqueFields: unique,
            now: Instant(seconds: 0), quarantinesUniqueValues: isLastTry)
        context.quarantinesLockedItems = isLastTry
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
            context)
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

    /// The title's column has a default.
    mutating func setDefault() {
        var context = machine.context
        context.fields[0].hasDefault = true
        machine = RowMachine(machine.task, context)
    }

    /// What a move reads of the old item.
    var originSelection: [String] { selection + ["Attachments", "Notes", "Place", "_ComplianceTag"] }
    /// What it reads of the new item, whose list has no "Place".
    var targetSelection: [String] { selection + ["Attachments", "Notes", "_ComplianceTag"] }

    /// The list is known to have these columns, and no others of ours.
    mutating func setColumns(_ columns: Set<String>, of list: String) {
        var context = machine.context
        context.columns[ListID(list)] = columns
        machine = RowMachine(machine.task, context)
    }

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
    /// A 404 is proved by itself; else the test answers what the proof asks.
    var isProvingAbsences = true

    mutating func step(_ event: RowMachine.Event) -> RowMachine.Step {
        let step = machine.step(event)
        if isProvingAbsences, case .send(.find(_, _, ["SyncBridgeKey"])) = step {
            // The list answers without the item, the item is not there when it is asked for again, and the list still is.
            _ = machine.step(.answered(.success(.found([]))))
            _ = machine.step(.answered(.failure(SiteFailure(.gone, reason: "scripted"))))
            return self.step(.answered(.success(.found([]))))
        }
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
