internal import Core

/// Something that must never be so.
package struct Violation: Hashable, Sendable, CustomStringConvertible {
    /// Which invariant (SPEC §21), `I4`, or a word.
    package var invariant: String
    package var text: String
    /// Seconds since the world's beginning.
    package var at: Double

    package var description: String { "\(invariant): \(text)" }
}

/// What a check has to remember of a world beside its state.
struct Checker {
    private(set) var violations: [Violation] = []
    /// Values that people typed, by key and field; `nil` for one that they emptied.
    var typed: [Place: Set<JSON?>] = [:]
    /// Keys of rows whose item a person deleted.
    var deletedByPeople: Set<String> = []
    /// Keys of rows whose item has had its key typed over by people, or lost it with the key's column.
    var keysTyped: Set<String> = []
    /// Values of people that the program replaced or deleted: each has to be among the conflicts in the end.
    var owed: Set<Owed> = []
    /// The newest state in which people left items without a key of ours.
    var foreign: [ItemLocation: [String: JSON]] = [:]
    /// The key column's description in each list, as the program wrote it last.
    var stamps: [String: String] = [:]
    /// Keys of rows whose item was in a list that a person deleted.
    var vanished: Set<String> = []
    /// Items that people took out of the recycle bin, and items whose create arrived when its sender had given it up.
    /// Nobody can keep these from being one too many.
    var unforeseen: Set<ItemLocation> = []
    /// How many times each row was changed, for a look at what a seed does.
    private(set) var counts: [String: Int] = [:]

    struct Place: Hashable {
        var key: String
        var field: String
    }

    struct Owed: Hashable {
        var key: String
        var field: String
        var value: JSON
    }

    mutating func violated(_ invariant: String, _ text: String, at moment: Double) {
        guard violations.count < 20 else { return }
        violations.append(Violation(invariant: invariant, text: text, at: moment))
    }

    /// Counts what may keep an item from moving.
    static let heldItems = "held items"

    mutating func count(_ word: String) { counts[word, default: 0] += 1 }

    /// Whether only a person can have typed this.
    static func isPersonal(_ value: JSON?) -> Bool {
        switch value {
        case .string(let text): text.hasPrefix("kim ")
        case .number: (value?.double ?? 0) >= 1_000_000
        default: false
        }
    }
}

extension World {
    func violated(_ invariant: String, _ text: String) {
        trace.note("VIOLATION \(invariant): \(text)")
        checker.violated(invariant, text, at: executor.now)
    }
}
