package import Core

/// Brings one list to what a plan wants, one call at a time, as a step machine: schema calls on one list are serial, and
/// every step can fail alone and be repeated (FACTS 10.4).
///
/// A new list gets its columns with its creation, as far as the service takes them. What it left out is made afterwards, and
/// if it refused the whole, the list is created with its key alone, so that the column at fault is refused by its name.
package struct ProvisionMachine: Sendable {
    package enum Step: Hashable, Sendable {
        case createList(ListCreation)
        /// Whether a list that carries our stamp is there after all.
        case findList(Stamp)
        case readColumns(list: String)
        case createColumn(ColumnCreation, list: String)
        case updateColumn(String, ColumnChange, list: String)
        case updateList(String, ListChange)
        /// With columns that exist and of which nothing was applied so far.
        case saveList(ManagedList, [ManagedColumn])
        case saveColumn(ManagedColumn, list: ListID)
        /// For what was made with the list and is not shown yet (FACTS 10.1).
        case wait(seconds: Double)
        case finish(Result<ProvisionedList, ProvisionFailure>)
    }

    package enum Event: Hashable, Sendable {
        case start
        case listCreated(RemoteList)
        case listFound(RemoteList?)
        case columns([RemoteColumn])
        case columnCreated(RemoteColumn)
        case done
        case failed(SiteFailure)
    }

    package struct ProvisionFailure: Error, Hashable, Sendable {
        /// What was being done, for the message.
        package var operation: String
        package var address: Address
        package var failure: SiteFailure
    }

    /// What a list's key column says of itself.
    private let stamp: Stamp
    private let remoteSiteID: String
    private let planned: PlannedList

    private enum State: Hashable {
        case idle
        case creatingList
        case lookingForList(after: SiteFailure)
        case readingNewColumns
        case savingList
        case columnPending(Int)
        case creatingColumn(Int)
        case lookingForColumn(Int, after: SiteFailure)
        case waitingForColumn(Int, after: SiteFailure)
        case columnMade(Int)
        case columnSettings(Int)
        case savingColumn(Int)
        case title
        case savingTitle
        case settings
        case savingSettings
        case verifying
        case savingIgnored([Int], columns: [RemoteColumn])
        case finished
    }

    private var state = State.idle
    private var list: ManagedList?
    /// The remote ids of the planned columns, by index.
    private var columnIDs: [String?]
    private var titleID: String?
    /// The list is created with its key alone: with all its columns it was refused.
    private var createsKeyOnly = false
    /// Columns of the list's creation that were not seen when it had just been made: they are sent by themselves, and may
    /// still turn up.
    private var unseen: Set<Int> = []
    /// Indices of columns whose default the service did not take.
    private var ignoredDefaults: [Int] = []
    private var operation = ""
    /// Creations sent again because the answer to the one before was lost.
    private var repeats = 0
    private static let repeatsMax = 4
    /// A quarter of a second at first, twice as long each time: half a minute together.
    private var waits = 0
    private static let waitsMax = 7

    package init(_ planned: PlannedList, stamp: Stamp, remoteSiteID: String) {
        self.planned = planned
        self.stamp = stamp
        self.remoteSiteID = remoteSiteID
        self.columnIDs = planned.columns.map { $0.found?.id }
    }

    package mutating func step(_ event: Event) -> Step {
        if case .failed(let failure) = event { return failed(failure) }
        switch (state, event) {
        case (.idle, _): return begin()
        case (.lookingForList(let failure), .listFound(nil)):
            return again(after: failure) { $0.begin() }
        case (.creatingList, .listCreated(let remote)), (.lookingForList, .listFound(let remote?)):
            list = managed(remote, existing: nil)
            state = .readingNewColumns
            return .readColumns(list: remote.id)
        case (.readingNewColumns, .columns(let columns)): return takeColumns(columns)
        case (.savingList, _): return nextColumn(after: -1)
        case (.columnPending(let index), _): return createColumn(index)
        case (.creatingColumn(let index), .columnCreated(let column)): return columnExists(index, column.id)
        case (.lookingForColumn(let index, let failure), .columns(let columns)):
            let name = planned.columns[index].column.name.lowercased()
            if let column = columns.first(where: { $0.name.lowercased() == name }) {
                return columnExists(index, column.id)
            }
            // It was made with the list, and the service does not show it yet.
            if failure.kind == .conflict, unseen.contains(index) {
                waits += 1
                guard waits <= Self.waitsMax else { return give(up: failure) }
                state = .waitingForColumn(index, after: failure)
                return .wait(seconds: 0.125 * Double(1 << waits))
            }
            return failure.kind == .conflict ? give(up: failure) : again(after: failure) { $0.createColumn(index) }
        case (.waitingForColumn(let index, let failure), _): return look(for: index, after: failure)
        case (.columnMade(let index), _): return nextColumn(after: index)
        case (.columnSettings(let index), _): return saveColumn(index)
        case (.savingColumn(let index), _): return nextSettings(after: index)
        case (.title, _): return saveTitle()
        case (.savingTitle, _): return settings()
        case (.settings, _): return saveSettings()
        case (.savingSettings, _): return verify()
        case (.verifying, .columns(let columns)): return conclude(columns)
        case (.savingIgnored(let rest, let columns), _): return saveIgnored(rest, columns)
        default:
            return give(up: SiteFailure(.malformed, outcome: .unknown, reason: "an answer of the wrong kind"))
        }
    }

    // MARK: The list

    private mutating func begin() -> Step {
        switch planned.existence {
        case .absent:
            guard !planned.columns.isEmpty else {
                return give(up: SiteFailure(.malformed, reason: "no columns"))
            }
            operation = "creating the list"
            state = .creatingList
            // Its title is its name, so that the URL is the key; the display name follows with the settings.
            return .createList(
                ListCreation(
                    title: planned.name, description: planned.settings.description ?? "",
                    columns: planned.columns.prefix(createsKeyOnly ? 1 : planned.columns.count).map(creation)))
        case .found(let remote, let managed, _):
            list = self.managed(remote, existing: managed)
            operation = "reading its columns"
            state = .readingNewColumns
            return .readColumns(list: remote.id)
        case .blocked:
            return give(up: SiteFailure(.forbidden, reason: "the plan does not allow to touch it"))
        }
    }

    private func managed(_ remote: RemoteList, existing: ManagedList?) -> ManagedList {
        if let existing { return existing }
        var adopted = false
        if case .found(_, _, let adopting) = planned.existence { adopted = adopting }
        return ManagedList(
            id: ListID(remote.id), definitionID: stamp.definitionID, name: planned.name, site: planned.site,
            remoteSiteID: remoteSiteID, webURL: remote.webURL, wasAdopted: adopted)
    }

    /// The list did not exist when it was planned: every column that has the name of a planned one is ours.
    private var isNew: Bool { planned.existence == .absent }

    /// Nobody wrote down that the list is ours, and it is: it is new, or an earlier run was cut short when it had made it.
    private var isUnrecorded: Bool {
        switch planned.existence {
        case .absent: true
        case .found(_, let managed, let adopting): managed == nil && !adopting
        case .blocked: false
        }
    }

    private mutating func takeColumns(_ columns: [RemoteColumn]) -> Step {
        titleID = columns.first { $0.name == "Title" }?.id
        for (index, planned) in planned.columns.enumerated() where columnIDs[index] == nil {
            guard isNew || planned.column.name == SyncKey.column else { continue }
            columnIDs[index] = columns.first { $0.name.lowercased() == planned.column.name.lowercased() }?.id
            let wasSent = !createsKeyOnly || index == 0
            if isNew, wasSent, columnIDs[index] == nil { unseen.insert(index) }
        }
        guard let list else { return give(up: SiteFailure(.malformed, reason: "no list")) }
        state = .savingList
        // With the list, so that a crash does not leave columns of ours that nobody knows.
        let made = planned.columns.indices.filter { isUnrecorded && columnIDs[$0] != nil }
        return .saveList(
            list,
            made.map { ManagedColumn(name: planned.columns[$0].column.name, remoteID: columnIDs[$0], applied: nil) })
    }

    // MARK: Columns: first all are made, then their settings

    private mutating func nextColumn(after index: Int) -> Step {
        let next = index + 1
        guard planned.columns.indices.contains(next) else { return nextSettings(after: -1) }
        if columnIDs[next] != nil { return nextColumn(after: next) }
        guard let list else { return give(up: SiteFailure(.malformed, reason: "no list")) }
        // Remembered before it is made, so that after a crash the column is known to be ours.
        state = .columnPending(next)
        return .saveColumn(
            ManagedColumn(name: planned.columns[next].column.name, remoteID: nil, applied: nil), list: list.id)
    }

    private mutating func createColumn(_ index: Int) -> Step {
        guard let list else { return give(up: SiteFailure(.malformed, reason: "no list")) }
        operation = "creating the column \(planned.columns[index].column.name)"
        state = .creatingColumn(index)
        return .createColumn(creation(of: planned.columns[index]), list: list.remoteID)
    }

    private mutating func columnExists(_ index: Int, _ id: String) -> Step {
        columnIDs[index] = id
        guard let list else { return give(up: SiteFailure(.malformed, reason: "no list")) }
        state = .columnMade(index)
        return .saveColumn(
            ManagedColumn(name: planned.columns[index].column.name, remoteID: id, applied: nil), list: list.id)
    }

    private func creation(of planned: PlannedColumn) -> ColumnCreation {
        let column = planned.column
        return ColumnCreation(
            name: column.name, displayName: column.displayName,
            description: column.name == SyncKey.column ? stamp.text : column.description, type: column.type,
            defaultValue: column.defaultValue)
    }

    private mutating func nextSettings(after index: Int) -> Step {
        let next = index + 1
        guard planned.columns.indices.contains(next) else { return title() }
        let column = planned.columns[next]
        guard !column.change.isEmpty, let id = columnIDs[next], let list else { return saveColumn(next) }
        operation = "changing the column \(column.column.name)"
        state = .columnSettings(next)
        return .updateColumn(id, column.change, list: list.remoteID)
    }

    private mutating func saveColumn(_ index: Int) -> Step {
        guard let list else { return give(up: SiteFailure(.malformed, reason: "no list")) }
        let column = planned.columns[index].column
        state = .savingColumn(index)
        return .saveColumn(
            ManagedColumn(
                name: column.name, remoteID: columnIDs[index], applied: ColumnSpec.json(column).text(.canonical)),
            list: list.id)
    }

    // MARK: Title and the list's own settings

    private mutating func title() -> Step {
        guard !planned.titleChange.isEmpty, let titleID, let list else { return saveTitle() }
        operation = "changing the column Title"
        state = .title
        return .updateColumn(titleID, planned.titleChange, list: list.remoteID)
    }

    private mutating func saveTitle() -> Step {
        guard let list, let titleID, let applied = planned.titleSpec else { return settings() }
        state = .savingTitle
        return .saveColumn(ManagedColumn(name: "Title", remoteID: titleID, applied: applied), list: list.id)
    }

    private mutating func settings() -> Step {
        guard let list else { return give(up: SiteFailure(.malformed, reason: "no list")) }
        var change = planned.settings
        if isNew {
            // Created with these already.
            change.description = nil
            if change.displayName == planned.name { change.displayName = nil }
        }
        guard !change.isEmpty else { return saveSettings() }
        operation = "changing the settings of the list"
        state = .settings
        return .updateList(list.remoteID, change)
    }

    private mutating func saveSettings() -> Step {
        guard var list else { return give(up: SiteFailure(.malformed, reason: "no list")) }
        list.applied.displayName = planned.settings.displayName ?? list.applied.displayName
        list.applied.description = planned.settings.description ?? list.applied.description
        self.list = list
        state = .savingSettings
        return .saveList(list, [])
    }

    private mutating func verify() -> Step {
        guard let list else { return give(up: SiteFailure(.malformed, reason: "no list")) }
        operation = "reading its columns"
        state = .verifying
        return .readColumns(list: list.remoteID)
    }

    private mutating func conclude(_ columns: [RemoteColumn]) -> Step {
        // A column that was just made may be unseen for a while; requests that meet that wait by themselves.
        let wanted = planned.columns.indices.filter { columnIDs[$0] == nil }.map { planned.columns[$0].column.name }
        let missing = wanted.filter { name in !columns.contains { $0.name.lowercased() == name.lowercased() } }
        guard missing.isEmpty else {
            return give(
                up: SiteFailure(.transient, reason: "not visible yet: \(missing.joined(separator: ", "))"))
        }
        ignoredDefaults = planned.columns.indices.filter { index in
            let column = planned.columns[index]
            guard let wanted = column.column.defaultValue, wasSent(index) else { return false }
            let found = columns.first { $0.name.lowercased() == column.column.name.lowercased() }
            return found.map { $0.defaultValue != wanted } ?? false
        }
        return saveIgnored(ignoredDefaults, columns)
    }

    /// Whether this machine asked for the column's default.
    private func wasSent(_ index: Int) -> Bool {
        planned.columns[index].found == nil || planned.columns[index].change.defaultValue != nil
    }

    /// Remembers that the service did not take a default, so that it is said once and is no difference from then on.
    private mutating func saveIgnored(_ indices: [Int], _ columns: [RemoteColumn]) -> Step {
        guard let list else { return give(up: SiteFailure(.malformed, reason: "no list")) }
        guard let index = indices.first else {
            state = .finished
            let names = ignoredDefaults.map { planned.columns[$0].column.name }
            return .finish(.success(ProvisionedList(list: list, columns: columns, ignoredDefaults: names)))
        }
        let column = planned.columns[index].column
        state = .savingIgnored(Array(indices.dropFirst()), columns: columns)
        return .saveColumn(
            ManagedColumn(
                name: column.name, remoteID: columnIDs[index],
                applied: ColumnSpec.applied(column, ignoresDefault: true)), list: list.id)
    }

    // MARK: Failures

    private mutating func failed(_ failure: SiteFailure) -> Step {
        if case .creatingColumn(let index) = state, failure.outcome == .unknown || failure.kind == .conflict {
            return look(for: index, after: failure)
        }
        if state == .creatingList, failure.outcome == .unknown {
            state = .lookingForList(after: failure)
            return .findList(stamp)
        }
        // One column may have been at fault, and a part of the list may be there all the same (FACTS 1.3).
        if state == .creatingList, failure.kind == .refused, !createsKeyOnly, planned.columns.count > 1 {
            createsKeyOnly = true
            state = .lookingForList(after: failure)
            return .findList(stamp)
        }
        return give(up: failure)
    }

    private mutating func look(for column: Int, after failure: SiteFailure) -> Step {
        guard let list else { return give(up: SiteFailure(.malformed, reason: "no list")) }
        state = .lookingForColumn(column, after: failure)
        return .readColumns(list: list.remoteID)
    }

    /// The answer was lost and what it was about is not there: the request was lost too.
    private mutating func again(
        after failure: SiteFailure, _ create: (inout ProvisionMachine) -> Step
    ) -> Step {
        repeats += 1
        return repeats > Self.repeatsMax ? give(up: failure) : create(&self)
    }

    private mutating func give(up failure: SiteFailure) -> Step {
        state = .finished
        return .finish(
            .failure(
                ProvisionFailure(
                    operation: operation, address: .list(planned.site, planned.name), failure: failure)))
    }
}
