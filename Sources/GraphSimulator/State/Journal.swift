internal import Core

/// What has changed since the journal was written to. Only gathered while there is one.
struct Unsaved {
    /// What changes seldom: settings, people, applications, tokens, sites.
    var tenant = false
    /// Of the faults that the journal has.
    fileprivate var faultRevision = 0
    /// Another state was loaded.
    var everything = false
    fileprivate(set) var lists: [SimulatedList] = []
    /// Ids of lists that are gone for good.
    fileprivate(set) var endedLists: [String] = []
    fileprivate(set) var items: [(list: SimulatedList, item: SimulatedItem)] = []
    fileprivate(set) var isGathered = false

    mutating func note(_ list: SimulatedList) {
        if isGathered, !lists.contains(where: { $0 === list }) { lists.append(list) }
    }

    mutating func noteEnd(of list: SimulatedList) {
        if isGathered { endedLists.append(list.id) }
    }

    mutating func note(_ item: SimulatedItem, in list: SimulatedList) {
        if isGathered { items.append((list, item)) }
    }

    fileprivate var isEmpty: Bool {
        !tenant && !everything && lists.isEmpty && endedLists.isEmpty && items.isEmpty
    }
}

extension Tenant {
    /// From now on `journal` gets what changes.
    func keepJournal(_ journal: @escaping @Sendable ([UInt8]) -> Void) {
        self.journal = journal
        forgetUnsaved()
    }

    func forgetUnsaved() {
        unsaved = Unsaved()
        unsaved.isGathered = journal != nil
        unsaved.faultRevision = faults.revision
    }

    /// Writes what has changed, in one piece.
    func writeJournal() {
        guard let journal, !unsaved.isEmpty || faults.revision != unsaved.faultRevision else { return }
        if unsaved.everything {
            writeState(journal)
        } else {
            journal(changes.bytes)
        }
        forgetUnsaved()
    }

    private var changes: StateLines {
        var lines = StateLines()
        lines.add(clockState)
        if unsaved.tenant { lines.add(tenantState) }
        if faults.revision != unsaved.faultRevision { lines.add(faultState) }
        for list in unsaved.lists { lines.add(line(list)) }
        for (list, item) in unsaved.items { lines.add(line(item, of: list)) }
        for list in unsaved.endedLists { lines.add(["endedList": .string(list)]) }
        return lines
    }
}

/// Lines of JSON on their way to a file.
struct StateLines {
    private(set) var bytes: [UInt8] = []

    mutating func add(_ json: JSON) {
        bytes += json.serialized()
        bytes.append(0x0A)
    }

    /// Hands the lines on once they are many.
    mutating func spill<Failure>(
        atLeast size: Int = 1 << 20, _ write: (borrowing [UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        guard bytes.count >= size else { return }
        try write(bytes)
        bytes.removeAll(keepingCapacity: true)
    }
}
