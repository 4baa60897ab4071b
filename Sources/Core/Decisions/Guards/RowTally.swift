internal import Crypto

/// Counts of one (definition, list), named as in plans (SPEC §5).
package struct RowCounts: Hashable, Sendable {
    package var sourceRows = 0
    package var create = 0
    package var update = 0
    package var moveIn = 0
    package var moveOut = 0
    package var delete = 0
    package var conflict = 0
    package var reject = 0
    package var unrouted = 0
    package var pull = 0
    package var unchanged = 0

    package init() {}

    /// Rows that would be written.
    package var effects: Int { create + update + moveIn + delete + pull }

    package static func + (left: RowCounts, right: RowCounts) -> RowCounts {
        var sum = left
        sum.sourceRows += right.sourceRows
        sum.create += right.create
        sum.update += right.update
        sum.moveIn += right.moveIn
        sum.moveOut += right.moveOut
        sum.delete += right.delete
        sum.conflict += right.conflict
        sum.reject += right.reject
        sum.unrouted += right.unrouted
        sum.pull += right.pull
        sum.unchanged += right.unchanged
        return sum
    }
}

/// What a plan remembers of the rows of one (definition, list): counts, and a few examples. Constant in size.
package struct ListTally: Sendable {
    package struct MoveKey: Hashable, Sendable {
        package var from: String
        package var rule: Route.Decision?
    }

    package struct Sample: Hashable, Sendable {
        package var order: Digest
        package var key: [String]
        /// Field indices and values; empty for deletes.
        package var fields: [Int]
        package var values: [Value]
    }

    package var counts = RowCounts()
    /// Rows of the ledger whose item lives here.
    package var live = 0
    /// Updates by field index.
    package var byField: [Int: Int] = [:]
    package var moves: [MoveKey: Int] = [:]
    package var rejects: [Rejection: Int] = [:]
    /// All counts but those of rows that stay as they are, by cause.
    package var causes: [Cause: RowCounts] = [:]
    package var samples: [RowAction: [Sample]] = [:]

    package init() {}

    mutating func sample(
        _ action: RowAction, ledgerKey: LedgerKey, fields: [Int], parts: () -> [String], values: () -> [Value]
    ) {
        let order = Digest(of: ledgerKey.bytes)
        var kept = samples[action] ?? []
        if kept.count == Self.samplesMax, let last = kept.last, order >= last.order { return }
        kept.append(Sample(order: order, key: parts(), fields: fields, values: values()))
        kept.sort { $0.order < $1.order }
        samples[action] = Array(kept.prefix(Self.samplesMax))
    }

    private static let samplesMax = 5
}

/// Counts the decisions of one definition in key order.
package struct RowTally: Sendable {
    /// By list index.
    package private(set) var lists: [ListTally]
    /// Rows that belong in no list and have no item.
    package private(set) var homeless = ListTally()
    private let definition: String
    private let names: [String]
    private let listIDs: [ListID?]
    private var rows = SHA256()
    private var line: [UInt8] = []

    package init(definition: String, lists: [String], listIDs: [ListID?]) {
        self.definition = definition
        self.names = lists
        self.listIDs = listIDs
        self.lists = lists.map { _ in ListTally() }
    }

    /// Rows of the ledger that have an item.
    package var live: Int { lists.reduce(homeless.live) { $0 + $1.live } }

    package var total: RowCounts { (lists + [homeless]).map(\.counts).reduce(RowCounts(), +) }

    package func total(of cause: Cause) -> RowCounts {
        (lists + [homeless]).map { $0.causes[cause] ?? RowCounts() }.reduce(RowCounts(), +)
    }

    /// Rows whose own values cannot be written; without those that the service refused, which are kept apart already.
    package var valueRejects: Int {
        (lists + [homeless]).reduce(0) { sum, list in
            list.rejects.reduce(sum) { $1.key.code.isOfService ? $0 : $0 + $1.value }
        }
    }

    /// The SHA-256 over all row effects in key order.
    package var digest: Digest? { Digest(Array(rows.finalize())) }

    /// Whether so much would happen that a guard may trip; only then is it worth to count a whole ledger.
    package var mayTripGuards: Bool { total.effects + valueRejects > RowGuards.floor }

    /// Takes the numbers of rows that have an item from the ledger: a scan of changes meets only some of them, and what
    /// changed is many or few by how many there are, not by how many were read.
    package mutating func know(_ rows: LiveRows, of definition: String) {
        var elsewhere = rows.definitions[definition] ?? 0
        for index in lists.indices {
            lists[index].live = listIDs[index].flatMap { rows.lists[$0] } ?? 0
            elsewhere -= lists[index].live
        }
        homeless.live = max(0, elsewhere)
    }

    /// Counts rows of a list about which there is nothing to decide, each with its item.
    package mutating func addUnchanged(_ count: Int, list: Int) {
        lists[list].counts.sourceRows += count
        lists[list].counts.unchanged += count
        lists[list].live += count
    }

    /// Counts a row that was decided.
    /// - Parameters:
    ///   - entry: What the ledger knew of the row.
    ///   - isInSource: `false` for a row that is gone from the source.
    ///   - parts: The texts of its key, asked only for the few rows that a plan shows.
    ///   - values: Its projection, likewise.
    package mutating func add(
        _ decision: RowDecision, ledgerKey: LedgerKey, entry: LedgerEntry?, isInSource: Bool, cause: Cause,
        parts: () -> [String], values: () -> [Value]
    ) {
        addLive(entry)
        // A row counts in its route's list, without a route in its item's, with neither in none.
        let itemList = decision.from.flatMap { from in listIDs.firstIndex { $0 == from } }
        let home = decision.list ?? itemList
        // An interrupted move comes from where its old item still is.
        let left = decision.action == .finishMove ? entry?.prior?.list : decision.from
        let origin = left.flatMap { left in listIDs.firstIndex { $0 == left } }.map { names[$0] } ?? "?"
        change(home) { tally in
            if isInSource { tally.counts.sourceRows += 1 }
            switch decision.action {
            case .unchanged, .rebase, .archive: tally.counts.unchanged += 1
            case .forget: break
            case .reject:
                Self.count(&tally, cause) { $0.reject += 1 }
                if let rejection = decision.rejection { tally.rejects[rejection, default: 0] += 1 }
            case .unrouted: Self.count(&tally, cause) { $0.unrouted += 1 }
            case .create: Self.count(&tally, cause) { $0.create += 1 }
            case .update:
                Self.count(&tally, cause) { $0.update += 1 }
                for field in decision.changedFields { tally.byField[field, default: 0] += 1 }
            case .delete, .mark: Self.count(&tally, cause) { $0.delete += 1 }
            case .move, .finishMove:
                Self.count(&tally, cause) { $0.moveIn += 1 }
                tally.moves[ListTally.MoveKey(from: origin, rule: decision.route), default: 0] += 1
            }
            switch decision.action {
            case .create, .update, .move, .delete, .mark:
                tally.sample(
                    decision.action == .mark ? .delete : decision.action, ledgerKey: ledgerKey,
                    fields: decision.changedFields, parts: parts, values: values)
            default: break
            }
        }
        if decision.action == .move, let itemList { change(itemList) { Self.count(&$0, cause) { $0.moveOut += 1 } } }
        note(decision, ledgerKey)
    }

    private static func count(_ tally: inout ListTally, _ cause: Cause, _ change: (inout RowCounts) -> Void) {
        change(&tally.counts)
        change(&tally.causes[cause, default: RowCounts()])
    }

    private mutating func change(_ list: Int?, _ body: (inout ListTally) -> Void) {
        if let list { body(&lists[list]) } else { body(&homeless) }
    }

    /// Counts an entry of the ledger that needs no decision.
    package mutating func addLive(_ entry: LedgerEntry?) {
        guard let entry, entry.item != nil else { return }
        let list = entry.list.flatMap { id in listIDs.firstIndex { $0 == id } }
        change(list) { $0.live += 1 }
    }

    private mutating func note(_ decision: RowDecision, _ key: LedgerKey) {
        switch decision.action {
        case .create, .update, .move, .finishMove, .delete, .mark: break
        default: return
        }
        line.removeAll(keepingCapacity: true)
        append(definition)
        append(decision.action.rawValue)
        append(decision.from?.text ?? "")
        append(decision.list.map { names[$0] } ?? "")
        append(decision.hash?.whole.hexadecimal ?? "")
        CanonicalForm.appendBig(UInt32(key.bytes.count), to: &line)
        line.append(contentsOf: key.bytes)
        rows.update(data: line)
    }

    private mutating func append(_ text: String) {
        line.append(contentsOf: text.utf8)
        line.append(0)
    }
}
