/// A key that is made of other columns, or of columns of other types, than at the last apply, and what tells a row's old
/// key and its new one apart.
package struct KeyChange: Hashable, Sendable {
    package enum Way: Hashable, Sendable {
        /// The same columns in other forms: the texts of a key are the same in both.
        case forms
        /// Columns are gone and others stand in their places. PostgreSQL does not say whether they were renamed, so that
        /// this is taken for granted only once somebody agreed.
        case renamed
        /// Each row still has the columns of both keys.
        case rows
        /// Nothing.
        case nothing
    }

    package var old: KeyShape
    package var new: KeyShape
    package var way: Way

    /// - Parameter old: The shape of the ledger's keys; `nil` if nobody knows it: it is taken to be that of now.
    /// - Returns: `nil` if the key is what it was.
    package init?(from old: KeyShape?, to bound: BoundDefinition) {
        let new = bound.keyShape
        guard let old, old != new else { return nil }
        self.old = old
        self.new = new
        if old.columns == new.columns {
            way = .forms
        } else if bound.showing(old) != nil {
            way = .rows
        } else if Self.isRenaming(old.columns, new.columns, bound.relation) {
            way = .renamed
        } else {
            way = .nothing
        }
    }

    private static func isRenaming(_ old: [String], _ new: [String], _ relation: SourceRelation) -> Bool {
        old.count == new.count
            && zip(old, new).allSatisfy { before, now in
                before == now || relation.column(before) == nil && !old.contains(now)
            }
    }

    /// Whether PostgreSQL's own casts print the values as before, where the texts are of the new forms at all.
    package var printsAlike: Bool {
        zip(old.parts, new.parts).allSatisfy { before, now in
            if before.word == now.word { return true }
            guard before.word == before.form.rawValue, now.word == now.form.rawValue else { return false }
            guard now.form == .text else { return true }
            switch before.form {
            // With the zeros of its scale; with a blank in the place of the T.
            case .numeric, .timestamp, .timestamptz: return false
            case .integer, .boolean, .uuid, .date, .text: return true
            }
        }
    }

    /// What has to be read of each row.
    package func reads(_ bound: BoundDefinition) -> BoundDefinition {
        way == .rows ? bound.showing(old) ?? bound.keysOnly : bound.keysOnly
    }

    /// What becomes of every key of a ledger.
    package struct Outcome: Hashable, Sendable {
        /// In the order of the old keys, all of them.
        package var rows: [RekeyedRow] = []
        /// Rows of the ledger that have an item.
        package var items = 0
        /// Of those, how many stay with a key of another text.
        package var changed = 0
        /// How many belong to no row of the new key.
        package var left = 0
        /// Of those, how many have a key that the new forms do not have.
        package var unreadable = 0
        /// Rows of the source that have no entry under the new key.
        package var newRows = 0

        package init() {}

        /// The new key of each old one.
        package var newKeys: [LedgerKey: LedgerKey] {
            Dictionary(rows.map { ($0.old, $0.new) }, uniquingKeysWith: { first, _ in first })
        }
    }
}

/// Finds the new key of each key of a ledger. Pure: first every row of the source is noted, then every key asked for.
package struct KeyAssignment {
    private let change: KeyChange
    private let prefix: String
    /// The forms in which the columns of the old key are read now.
    private let readForms: [KeyForm]
    /// By old key, what a row has as its new one; `nil` if two rows have that old key.
    private var told: [LedgerKey: [String]?] = [:]
    private var present: Set<LedgerKey> = []
    private var taken: Set<LedgerKey> = []
    private var left: [(index: Int, parts: [String]?)] = []
    private var outcome = KeyChange.Outcome()

    /// - Parameter prefix: The first part of the definition's sync keys.
    package init(_ change: KeyChange, _ bound: BoundDefinition, prefix: String) {
        self.change = change
        self.prefix = prefix
        readForms = change.old.parts.map { bound.relation.column($0.column).flatMap { KeyForm.of($0.type) } ?? .text }
    }

    /// A row of the source, as ``KeyChange/reads(_:)`` has it.
    package mutating func note(_ row: borrowing CopyRow, _ evaluator: RowEvaluator) {
        guard let key = try? evaluator.key(of: row) else { return }
        present.insert(key.ledgerKey)
        guard change.way == .rows else { return }
        var texts: [String] = []
        for (index, form) in readForms.enumerated() {
            var bytes: [UInt8] = []
            guard let text = row.text(change.new.parts.count + index), let canonical = form.append(text, to: &bytes)
            else { return }
            texts.append(canonical)
        }
        guard let old = change.old.ledgerKey(texts) else { return }
        // Of two rows nobody can say which of them the item is of.
        told.updateValue(told[old] == nil ? key.parts : nil, forKey: old)
    }

    /// A key of the ledger; each comes once, in order.
    package mutating func assign(_ old: LedgerKey, hasItem: Bool) {
        let parts = change.old.parts(of: old)
        if hasItem { outcome.items += 1 }
        let index = outcome.rows.count
        guard let parts, let texts = texts(old, parts), let new = change.new.ledgerKey(texts),
            taken.insert(new).inserted
        else {
            left.append((index, parts))
            if hasItem {
                outcome.left += 1
                outcome.unreadable += 1
            }
            return outcome.rows.append(RekeyedRow(old: old, new: old))
        }
        let isSame = texts == parts
        if hasItem {
            if !present.contains(new) { outcome.left += 1 }
            if !isSame { outcome.changed += 1 }
        }
        outcome.rows.append(
            RekeyedRow(old: old, new: new, syncKey: isSame ? nil : SyncKey(prefix: prefix, parts: texts).text))
    }

    private func texts(_ old: LedgerKey, _ parts: [String]) -> [String]? {
        switch change.way {
        case .forms, .renamed: parts
        case .rows: told[old] ?? nil
        case .nothing: nil
        }
    }

    /// After the last key.
    package consuming func finish() -> KeyChange.Outcome {
        outcome.newRows = present.count { !taken.contains($0) }
        for (index, parts) in left {
            outcome.rows[index].new = apart(outcome.rows[index].old)
            // Its text is the key of another row now, whose item is to carry it.
            if let parts, let key = change.new.ledgerKey(parts), present.contains(key) {
                outcome.rows[index].syncKey = ""
            }
        }
        return outcome
    }

    /// A key that no row has, for an entry without a row: its own may be the new key of another one.
    private mutating func apart(_ old: LedgerKey) -> LedgerKey {
        var bytes = [0xFF] + old.bytes
        while change.new.parts(of: LedgerKey(bytes: bytes)) != nil
            || !taken.insert(LedgerKey(bytes: bytes)).inserted
        {
            bytes.append(0xFF)
        }
        return LedgerKey(bytes: bytes)
    }
}
