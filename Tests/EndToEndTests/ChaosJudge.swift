import Core

/// What must be true of lists when the faults are over, judged from the table, the items and the log of what people did
/// alone. What the program says of itself is judged, too: it is never a witness.
struct ChaosJudge: Sendable {
    /// A row of the table, as it should show.
    struct Row: Hashable, Sendable {
        var list: String
        /// By field; `nil` for NULL.
        var fields: [String: JSON?]
    }

    struct Item: Hashable, Sendable {
        var place: ChaosLog.Place
        var key: String?
        var fields: [String: JSON]

        /// `nil` for a field that shows nothing.
        func value(of name: String) -> JSON? { fields[name].flatMap(ChaosJudge.normal) }
    }

    /// One entry of the program's report of drift.
    struct Said: Hashable, Sendable {
        var kind: String
        /// The row's key, or the address of something else.
        var subject: String
        var fields: Set<String> = []
    }

    /// A value that the program took out of an item and kept.
    struct Kept: Hashable, Sendable {
        var field: ChaosLog.Field
        var value: JSON
    }

    enum Fault: Hashable, Sendable {
        /// A live row has no item, and no person deleted it.
        case lost(String)
        case doubled(String)
        case inWrongList(String, String)
        /// A field shows what neither its row has nor a person typed.
        case wrongValue(String, String)
        /// What a person typed is neither in the item nor kept.
        case lostEdit(String, String)
        /// What a person typed made way although the source did not change the field.
        case overwritten(String, String)
        /// A person deleted the item, and it is there again.
        case resurrected(String)
        /// The row is gone, and its item is there.
        case left(String)
        /// An item without a key that nobody made.
        case foreign(String)
        /// An item that a person made is gone or changed.
        case lostOwn(String)
        /// A difference between row and item that the program does not tell.
        case unsaid(String, String)
        /// The program tells of a deed that nobody did.
        case accused(String, String)
    }

    /// By sync key.
    var rows: [String: Row]
    var items: [Item]
    var log: ChaosLog
    var said: [Said]
    var kept: Set<Kept>
    /// A column of people that no row fills.
    var peoplesColumn: String?

    func faults() -> [Fault] {
        let byKey = Dictionary(grouping: items.filter { $0.key != nil }, by: { $0.key ?? "" })
        var faults: [Fault] = []
        for (key, row) in rows.sorted(by: { $0.key < $1.key }) { faults += judge(key, row, byKey[key] ?? []) }
        for key in byKey.keys.sorted() where rows[key] == nil { faults.append(.left(key)) }
        return faults + keptOfGoneRows() + own() + accusations()
    }

    // MARK: A row

    private func judge(_ key: String, _ row: Row, _ items: [Item]) -> [Fault] {
        var faults: [Fault] = []
        if items.count > 1 { faults.append(.doubled(key)) }
        guard let item = items.first else {
            guard log.deleted[key] != nil else { return [.lost(key)] }
            return tells("deleted", key) ? [] : [.unsaid(key, "deleted")]
        }
        // Where the row went and came again meanwhile, either is right.
        if log.deleted[key] == true, !log.back.contains(key) { faults.append(.resurrected(key)) }
        if item.place.list != row.list { faults.append(.inWrongList(key, item.place.list)) }
        for (name, value) in row.fields.sorted(by: { $0.key < $1.key }) {
            faults += judge(ChaosLog.Field(key: key, name: name), value, item.value(of: name))
        }
        if let name = peoplesColumn {
            faults += judgePeoples(ChaosLog.Field(key: key, name: name), item.value(of: name))
        }
        return faults
    }

    /// A field that the table fills.
    private func judge(_ field: ChaosLog.Field, _ value: JSON?, _ shown: JSON?) -> [Fault] {
        let (key, name) = (field.key, field.name)
        var faults: [Fault] = []
        let wanted = value.flatMap(Self.normal)
        let typed = log.typed[field] ?? []
        let isPersons = typed.contains { $0.shows == shown }
        if shown != wanted {
            if !isPersons {
                faults.append(.wrongValue(key, name))
            } else if !said.contains(where: { $0.kind == "changed" && $0.subject == key && $0.fields.contains(name) }) {
                faults.append(.unsaid(key, name))
            }
        }
        for typed in log.typed[field] ?? [] where typed.shows != shown && typed.shows != wanted && !typed.mayGo {
            if !isKept(field, typed.shows) { faults.append(.lostEdit(key, name)) }
            // Where a create of the row is in doubt, the item that is found gets the row's values; else only what the source
            // changed is written.
            if typed.isQuiet, !log.sourceChanged.contains(field) { faults.append(.overwritten(key, name)) }
        }
        return faults
    }

    /// A column that only people fill: its values go along wherever the row goes.
    private func judgePeoples(_ field: ChaosLog.Field, _ shown: JSON?) -> [Fault] {
        let typed = log.typed[field] ?? []
        if typed.isEmpty { return shown == nil ? [] : [.wrongValue(field.key, field.name)] }
        // With a row that goes and comes again goes what people wrote beside it.
        let mayGo = log.back.contains(field.key) || typed.allSatisfy(\.mayGo)
        if typed.contains(where: { $0.shows == shown }) || mayGo && shown == nil { return [] }
        return [.lostEdit(field.key, field.name)]
    }

    private func isKept(_ field: ChaosLog.Field, _ value: JSON?) -> Bool {
        // Nothing is kept of a field that was emptied: there is nothing to find again.
        guard let value else { return true }
        return kept.contains(Kept(field: field, value: value))
    }

    private func tells(_ kind: String, _ subject: String) -> Bool {
        said.contains { $0.kind == kind && $0.subject == subject }
    }

    // MARK: What is nobody's row

    /// With a row goes its item, and what people typed into it is kept.
    private func keptOfGoneRows() -> [Fault] {
        log.typed.filter { rows[$0.key.key] == nil && $0.key.name != peoplesColumn }.sorted {
            ($0.key.key, $0.key.name) < ($1.key.key, $1.key.name)
        }.flatMap { field, typed in
            typed.filter { !$0.mayGo && !isKept(field, $0.shows) }.map { _ in .lostEdit(field.key, field.name) }
        }
    }

    private func own() -> [Fault] {
        var faults: [Fault] = []
        for item in items where item.key == nil && log.own[item.place] == nil {
            faults.append(.foreign(item.place.item))
        }
        for (place, fields) in log.own.sorted(by: { ($0.key.list, $0.key.item) < ($1.key.list, $1.key.item) }) {
            let item = items.first { $0.place == place && $0.key == nil }
            let isSame = item.map { item in fields.allSatisfy { item.fields[$0.key] == $0.value } } ?? false
            if !isSame { faults.append(.lostOwn(place.item)) }
        }
        return faults
    }

    /// What the program says that people did, they did.
    private func accusations() -> [Fault] {
        said.flatMap { said -> [Fault] in
            switch said.kind {
            case "changed":
                said.fields.sorted().filter { log.typed[ChaosLog.Field(key: said.subject, name: $0)] == nil }.map {
                    .accused(said.subject, $0)
                }
            case "deleted": log.deleted[said.subject] == nil ? [.accused(said.subject, said.kind)] : []
            default: [.accused(said.subject, said.kind)]
            }
        }
    }

    /// Numbers as one number, and what shows as nothing as `nil`.
    static func normal(_ value: JSON) -> JSON? {
        switch value {
        case .null, .string(""): nil
        case .number: value.double.map { .number(String($0)) } ?? value
        default: value
        }
    }
}

extension ChaosLog.Typed {
    /// As an item shows it.
    var shows: JSON? { value.flatMap(ChaosJudge.normal) }
}
