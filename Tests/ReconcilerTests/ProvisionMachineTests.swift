import Reconciler
import Testing

@testable import Core

/// One list, call by call: what is sent, what is remembered when, and what a failure or a lost answer leads to.
@Suite("The protocol of a list")
struct ProvisionMachineTests {
    private static let stamp = Stamp(metaStoreID: "m", project: "p", definitionID: "id", prefix: "d", list: "A")
    private static let remote = RemoteList(id: "list", name: "A", displayName: "A")
    private static let key = DesiredColumn(
        name: SyncKey.column, displayName: "SyncBridge key", type: .singleLineText, indexed: true, unique: true)
    private static let cost = DesiredColumn(name: "Cost", displayName: "Cost", type: .number(ColumnType.Number()))

    private static func found(_ names: String...) -> [RemoteColumn] { found(names) }

    private static func found(_ names: [String]) -> [RemoteColumn] {
        names.map { RemoteColumn(id: "id-\($0)", name: $0, displayName: $0, type: .singleLineText) }
    }

    private static func planned(
        _ existence: PlannedList.Existence = .absent, displayName: String? = "A",
        title: ColumnChange = ColumnChange(required: false), titleSpec: String? = "spec"
    ) -> PlannedList {
        let remote = if case .found = existence { true } else { false }
        return PlannedList(
            definition: "d", name: "A", site: "s", existence: existence,
            settings: ListChange(displayName: displayName, description: remote ? nil : "text"),
            columns: [
                PlannedColumn(
                    column: key, found: remote ? found(SyncKey.column)[0] : nil,
                    change: remote ? ColumnChange() : ColumnChange(indexed: true, unique: true, hidden: true),
                    isHidden: true),
                PlannedColumn(column: cost, found: nil, change: ColumnChange(), isHidden: false),
            ], titleChange: title, titleSpec: titleSpec)
    }

    /// Answers a machine as a service would on which everything goes well, but for what a test says.
    private struct Script {
        var machine: ProvisionMachine
        /// What was asked for, in words.
        var lines: [String] = []
        /// Answers to the calls of these numbers, from 0, instead of the usual ones; saving is no call.
        var answers: [Int: ProvisionMachine.Event] = [:]
        private var calls = 0
        /// Columns that came with the list.
        private var created: [String]?

        init(_ planned: PlannedList, _ answers: [Int: ProvisionMachine.Event] = [:]) {
            machine = ProvisionMachine(planned, stamp: ProvisionMachineTests.stamp, remoteSiteID: "site")
            self.answers = answers
        }

        /// - Returns: `nil` if it did not end within forty steps.
        mutating func run() -> Result<ProvisionedList, ProvisionMachine.ProvisionFailure>? {
            var event = ProvisionMachine.Event.start
            for _ in 0..<40 {
                let step = machine.step(event)
                if case .finish(let result) = step { return result }
                lines.append(Self.words(step))
                event = answer(step)
            }
            return nil
        }

        private mutating func answer(_ step: ProvisionMachine.Step) -> ProvisionMachine.Event {
            switch step {
            case .saveList, .saveColumn, .wait, .finish: return .done
            case .createList(let list): created = list.columns.map(\.name)
            case .findList, .readColumns, .createColumn, .updateColumn, .updateList: break
            }
            defer { calls += 1 }
            return answers[calls] ?? usual(step)
        }

        private func usual(_ step: ProvisionMachine.Step) -> ProvisionMachine.Event {
            switch step {
            case .createList: .listCreated(remote)
            case .findList: .listFound(nil)
            case .readColumns: .columns(found(["Title"] + (created ?? [SyncKey.column])))
            case .createColumn(let column, _): .columnCreated(found(column.name)[0])
            case .updateColumn, .updateList, .saveList, .saveColumn, .wait, .finish: .done
            }
        }

        private static func words(_ step: ProvisionMachine.Step) -> String {
            switch step {
            case .createList(let list): "create \(list.title) with \(list.columns.map(\.name).joined(separator: ","))"
            case .findList: "find"
            case .readColumns: "read"
            case .createColumn(let column, _): "create \(column.name)"
            case .updateColumn(let id, _, _): "update \(id)"
            case .updateList(_, let change): "settings \(change.displayName ?? "") \(change.description ?? "")"
            case .saveList(let list, let columns):
                "save A \(list.applied.displayName ?? "-")\(columns.map { " \($0.name)" }.joined())"
            case .wait(let seconds): "wait \(seconds)"
            case .saveColumn(let column, _):
                "save \(column.name)\(column.remoteID == nil ? " begun" : column.applied == nil ? " made" : "")"
            case .finish: "finish"
            }
        }
    }

    private static let whole = [
        "create A with SyncBridgeKey,Cost", "read", "save A - SyncBridgeKey Cost", "update id-SyncBridgeKey",
        "save SyncBridgeKey", "save Cost", "update id-Title", "save Title", "save A A", "read",
    ]

    /// The same where the service takes no more than the first column of a new list.
    private static let afterwards = [
        "read", "save A - SyncBridgeKey", "save Cost begun", "create Cost", "save Cost made", "update id-SyncBridgeKey",
        "save SyncBridgeKey", "save Cost", "update id-Title", "save Title", "save A A", "read",
    ]

    private static let keyOnly = ProvisionMachine.Event.columns(found("Title", SyncKey.column))

    @Test func aNewListFromItsCreationToItsColumns() throws {
        var script = Script(Self.planned())
        let list = try #require(try script.run()?.get())
        #expect(script.lines == Self.whole)
        #expect(list.list.id == ListID("list") && list.list.remoteSiteID == "site" && list.list.definitionID == "id")
        #expect(list.list.applied == ListChange(displayName: "A", description: "text"))
    }

    /// The service makes the URL of the title at creation, so that a display name of its own comes afterwards.
    @Test func aDisplayNameOfItsOwnIsSetAfterwards() {
        var script = Script(Self.planned(displayName: "Works"))
        _ = script.run()
        #expect(script.lines.contains("settings Works "))
        #expect(script.lines.first == "create A with SyncBridgeKey,Cost")
    }

    // MARK: What the service leaves out of a new list

    @Test func aColumnThatDidNotComeWithTheListIsMade() throws {
        var script = Script(Self.planned(), [1: Self.keyOnly])
        _ = try #require(try script.run()?.get())
        #expect(script.lines == ["create A with SyncBridgeKey,Cost"] + Self.afterwards)
    }

    /// One column may be at fault: the list is made with its key, and that column is refused by its name.
    @Test func aListThatIsRefusedWithItsColumnsIsMadeWithItsKey() throws {
        let refused = ProvisionMachine.Event.failed(SiteFailure(.refused, reason: "scripted"))
        var script = Script(Self.planned(), [0: refused])
        _ = try #require(try script.run()?.get())
        #expect(
            script.lines == ["create A with SyncBridgeKey,Cost", "find", "create A with SyncBridgeKey"]
                + Self.afterwards)
        script = Script(Self.planned(), [0: refused, 2: refused])
        guard case .failure(let failure)? = script.run() else { return unexpected() }
        #expect(failure.operation == "creating the list" && script.lines.count == 3)
        script = Script(Self.planned(), [0: refused, 4: refused])
        guard case .failure(let failure)? = script.run() else { return unexpected() }
        #expect(failure.operation == "creating the column Cost")
    }

    /// A refusal may leave a part of the list behind (FACTS 1.3).
    @Test func aListOfWhichARefusalLeftAPartIsCompleted() throws {
        let refused = ProvisionMachine.Event.failed(SiteFailure(.refused, reason: "scripted"))
        var script = Script(Self.planned(), [0: refused, 1: .listFound(Self.remote), 2: Self.keyOnly])
        _ = try #require(try script.run()?.get())
        #expect(script.lines == ["create A with SyncBridgeKey,Cost", "find"] + Self.afterwards)
    }

    /// A column that came with the list may be unseen for a while: its own creation is then a conflict.
    @Test func aColumnThatIsNotShownYetIsWaitedFor() throws {
        var script = Script(Self.planned(), [1: Self.keyOnly, 2: Self.conflict, 3: Self.keyOnly, 4: Self.keyOnly])
        _ = try #require(try script.run()?.get())
        #expect(
            script.lines[4...].prefix(6) == [
                "create Cost", "read", "wait 0.25", "read", "wait 0.5", "read",
            ])
        #expect(script.lines.contains("save Cost made"))
    }

    @Test func aColumnIsNotWaitedForForever() {
        var answers: [Int: ProvisionMachine.Event] = [1: Self.keyOnly, 2: Self.conflict]
        for call in 3..<20 { answers[call] = Self.keyOnly }
        var script = Script(Self.planned(), answers)
        guard case .failure(let failure)? = script.run() else { return unexpected() }
        #expect(failure.failure.kind == .conflict)
        #expect(script.lines.count { $0.hasPrefix("wait") } == 7)
    }

    @Test func aListThatIsThereOnlyGetsWhatItLacks() throws {
        var script = Script(
            Self.planned(
                .found(Self.remote, managed: nil, adopting: true), displayName: nil, title: ColumnChange(),
                titleSpec: nil))
        let list = try #require(try script.run()?.get())
        #expect(
            script.lines == [
                "read", "save A -", "save Cost begun", "create Cost", "save Cost made", "save SyncBridgeKey",
                "save Cost",
                "save A -", "read",
            ])
        #expect(list.list.wasAdopted)
    }

    /// A run was cut short between the list and its record: a second such end finds what is ours recorded with the list.
    @Test func columnsOfAListThatNobodyRecordedAreRecordedWithIt() throws {
        var script = Script(Self.planned(.found(Self.remote, managed: nil, adopting: false)))
        _ = try #require(try script.run()?.get())
        #expect(Array(script.lines.prefix(2)) == ["read", "save A - SyncBridgeKey"])
    }

    @Test func whatMustNotBeTouchedIsNot() {
        var script = Script(Self.planned(.blocked))
        guard case .failure(let failure)? = script.run() else { return unexpected() }
        #expect(script.lines == [] && failure.failure.kind == .forbidden && failure.address == .list("s", "A"))
    }

    // MARK: Failures

    /// Calls of a new list, by their number, and what was being done.
    @Test(arguments: [
        (0, "creating the list"), (1, "creating the list"), (2, "changing the column SyncBridgeKey"),
        (3, "changing the column Title"), (4, "reading its columns"),
    ])
    func aFailureOfACallEndsItThere(_ call: Int, _ operation: String) {
        let refusal = SiteFailure(.forbidden, reason: "scripted")
        var script = Script(Self.planned(), [call: .failed(refusal)])
        guard case .failure(let failure)? = script.run() else { return unexpected() }
        #expect(failure.failure == refusal && failure.operation == operation)
        #expect(Self.whole.starts(with: script.lines), "nothing else was sent")
        // A machine that has ended stays so.
        guard case .finish(.failure) = script.machine.step(.done) else { return unexpected() }
    }

    private static let lost = ProvisionMachine.Event.failed(
        SiteFailure(.transient, outcome: .unknown, reason: "scripted"))

    @Test func aListWhoseAnswerWasLostIsLookedFor() throws {
        var script = Script(Self.planned(), [0: Self.lost, 1: .listFound(Self.remote)])
        _ = try #require(try script.run()?.get())
        #expect(script.lines == ["create A with SyncBridgeKey,Cost", "find"] + Self.whole.dropFirst())
    }

    @Test func aListThatDidNotArriveIsCreatedAgain() throws {
        var script = Script(Self.planned(), [0: Self.lost, 1: .listFound(nil)])
        _ = try #require(try script.run()?.get())
        #expect(script.lines == ["create A with SyncBridgeKey,Cost", "find"] + Self.whole)
    }

    @Test func aListIsNotCreatedAgainForever() {
        var answers: [Int: ProvisionMachine.Event] = [:]
        for call in stride(from: 0, to: 30, by: 2) { answers[call] = Self.lost }
        var script = Script(Self.planned(), answers)
        guard case .failure(let failure)? = script.run() else { return unexpected() }
        #expect(failure.failure.kind == .transient)
        #expect(script.lines.count { $0.hasPrefix("create") } == 5)
    }

    @Test func aSearchThatFailsEndsIt() {
        let refusal = SiteFailure(.unreachable, outcome: .unknown, reason: "scripted")
        var script = Script(Self.planned(), [0: Self.lost, 1: .failed(refusal)])
        guard case .failure(let failure)? = script.run() else { return unexpected() }
        #expect(failure.failure == refusal)
    }

    @Test func aColumnWhoseAnswerWasLostIsLookedFor() throws {
        var script = Script(
            Self.planned(),
            [1: Self.keyOnly, 2: Self.lost, 3: .columns(Self.found("Title", SyncKey.column, "COST"))])
        _ = try #require(try script.run()?.get())
        #expect(Array(script.lines[4...6]) == ["create Cost", "read", "save Cost made"])
    }

    @Test func aColumnThatDidNotArriveIsCreatedAgain() throws {
        var script = Script(Self.planned(), [1: Self.keyOnly, 2: Self.lost, 3: Self.keyOnly])
        _ = try #require(try script.run()?.get())
        #expect(Array(script.lines[4...7]) == ["create Cost", "read", "create Cost", "save Cost made"])
    }

    private static let conflict = ProvisionMachine.Event.failed(SiteFailure(.conflict, reason: "scripted"))

    @Test func aColumnOfThisNameIsTakenIfItIsThere() throws {
        var script = Script(
            Self.planned(),
            [1: Self.keyOnly, 2: Self.conflict, 3: .columns(Self.found("Title", SyncKey.column, "Cost"))])
        _ = try #require(try script.run()?.get())
        #expect(Array(script.lines[4...6]) == ["create Cost", "read", "save Cost made"])
    }

    /// Its display name may be another column's.
    @Test func aConflictWithNothingToBeSeenEndsIt() {
        var script = Script(
            Self.planned(.found(Self.remote, managed: nil, adopting: true), title: ColumnChange()), [1: Self.conflict])
        guard case .failure(let failure)? = script.run() else { return unexpected() }
        #expect(failure.failure.kind == .conflict && script.lines.last == "read")
    }

    @Test func aKeyColumnThatDidNotComeWithTheListIsMade() throws {
        var script = Script(Self.planned(), [1: .columns(Self.found("Title"))])
        _ = try #require(try script.run()?.get())
        #expect(
            Array(script.lines[2...6]) == [
                "save A -", "save SyncBridgeKey begun", "create SyncBridgeKey", "save SyncBridgeKey made",
                "save Cost begun",
            ])
    }

    @Test func anAnswerOfTheWrongKindEndsIt() {
        var script = Script(Self.planned(), [0: .done])
        guard case .failure(let failure)? = script.run() else { return unexpected() }
        #expect(failure.failure.kind == .malformed && failure.failure.outcome == .unknown)
    }
}
