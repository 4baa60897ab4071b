import Core

/// What people and administrators did in a world, in the order in which they did it: a witness that the program has no
/// part in.
struct ChaosLog: Sendable {
    /// An item of a list.
    struct Place: Hashable, Sendable {
        var list: String
        var item: String
    }

    /// A value that somebody typed into the item of a row.
    struct Typed: Sendable {
        var place: Place
        /// `nil` for a field that was emptied.
        var value: JSON?
        /// Nothing of the program was under way.
        var isQuiet = false
        /// A person deleted the item while its row had another: the value may have come to that, or have gone.
        var mayGo = false
    }

    struct Field: Hashable, Sendable {
        var key: String
        var name: String
    }

    /// Values that nobody typed over, by field: one, or several while a row that moves has several items.
    private(set) var typed: [Field: [Typed]] = [:]
    /// Rows whose item was deleted, and whether that was their only item with nothing of the program under way.
    private(set) var deleted: [String: Bool] = [:]
    /// Items that people made for themselves, with their fields.
    private(set) var own: [Place: [String: JSON]] = [:]
    /// Fields whose source changed since all was well last.
    private(set) var sourceChanged: Set<Field> = []
    /// Rows that went since all was well last.
    private var gone: Set<String> = []
    /// Those of them that came again: whether the program saw that nobody knows.
    private(set) var back: Set<String> = []
    /// Whether the program has run since all was well last.
    private(set) var hasRun = false
    private(set) var deeds = 0

    /// - Parameters:
    ///   - replacing: What the item showed before.
    ///   - isAlone: The row had no other item, before it was typed and after.
    mutating func types(
        _ value: JSON?, into field: Field, at place: Place, replacing before: JSON?, isAlone: Bool
    ) {
        deeds += 1
        var values = isAlone ? [] : typed[field, default: []]
        values.removeAll { $0.place == place || $0.value == before }
        values.append(Typed(place: place, value: value, isQuiet: isAlone && !hasRun))
        typed[field] = values
    }

    /// - Parameter isAlone: The row had no other item.
    mutating func deletes(itemOf key: String, isAlone: Bool) {
        deeds += 1
        deleted[key] = isAlone && !hasRun
        // What was in it goes with the person's consent.
        for field in typed.keys where field.key == key {
            for index in typed[field, default: []].indices { typed[field]?[index].mayGo = true }
        }
    }

    mutating func makes(_ fields: [String: JSON], at place: Place) {
        deeds += 1
        own[place] = fields
    }

    mutating func programRuns() { hasRun = true }

    /// What a day in the table did.
    mutating func rows(_ before: [String: ChaosJudge.Row], become after: [String: ChaosJudge.Row]) {
        for key in Set(before.keys).union(after.keys) {
            switch (before[key], after[key]) {
            case (let old?, let new?):
                for name in new.fields.keys where new.fields[name] != old.fields[name] {
                    sourceChanged.insert(Field(key: key, name: name))
                }
            case (_?, nil): gone.insert(key)
            case (nil, let new?):
                if gone.contains(key) { back.insert(key) }
                for name in new.fields.keys { sourceChanged.insert(Field(key: key, name: name)) }
            case (nil, nil): break
            }
        }
    }

    /// All was well: what was judged is not judged again, and of rows that are gone nothing is expected any more.
    mutating func allIsWell(rows: [String: ChaosJudge.Row], items: [ChaosJudge.Item]) {
        let shown = Dictionary(items.compactMap { item in item.key.map { ($0, item) } }) { first, _ in first }
        for (field, values) in typed {
            let value = shown[field.key]?.value(of: field.name)
            let rest = values.filter { $0.shows == value }
            typed[field] = rows[field.key] == nil || rest.isEmpty ? nil : rest
        }
        // One whose item is there was another item of a row that moved; the others stay deleted.
        for key in deleted.keys { deleted[key] = rows[key] == nil || shown[key] != nil ? nil : true }
        sourceChanged = []
        gone = []
        back = []
        hasRun = false
    }
}
