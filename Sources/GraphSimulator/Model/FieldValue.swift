internal import Core

/// A stored value of one field. Absent values are not stored.
enum FieldValue: Hashable {
    case text(String)
    case number(Double)
    case bool(Bool)
    case instant(Instant)
    case texts([String])
    /// A lookup or a person.
    case reference(Int)
    case references([Int])
    /// Rare and large, so boxed: it would set the size of every value.
    indirect case link(url: String, description: String)

    /// What an index, a filter and uniqueness compare; `nil` for values that cannot be indexed.
    func indexKey(caseSensitive: Bool) -> IndexKey? {
        switch self {
        case .text(let text): .text(caseSensitive ? text : TextFolding.fold(text))
        case .number(let number): .number(number)
        case .bool(let value): .number(value ? 1 : 0)
        case .instant(let instant): .instant(instant.seconds)
        case .reference(let id): .number(Double(id))
        case .texts, .references, .link: nil
        }
    }
}

/// A value in the form in which values are compared.
enum IndexKey: Hashable, Comparable {
    case number(Double)
    case instant(Int64)
    case text(String)

    static func < (left: IndexKey, right: IndexKey) -> Bool {
        switch (left, right) {
        case (.number(let left), .number(let right)): left < right
        case (.instant(let left), .instant(let right)): left < right
        case (.text(let left), .text(let right)): left < right
        case (.number, _), (.instant, .text): true
        default: false
        }
    }
}

enum TextFolding {
    /// `text` without regard to case but with regard to accents.
    static func fold(_ text: String) -> String {
        var hasUpper = false
        for byte in text.utf8 where byte >= 0x80 || (byte >= 0x41 && byte <= 0x5A) {
            hasUpper = true
            break
        }
        return hasUpper ? text.lowercased() : text
    }
}

/// Which items have a value, for one indexed column.
struct ColumnIndex {
    /// The only item of most values, which keeps a unique column's index small.
    private var single: [IndexKey: Int] = [:]
    /// Further items, for values that several have.
    private var further: [IndexKey: Set<Int>] = [:]

    mutating func insert(_ key: IndexKey, _ item: Int) {
        if single[key] == nil {
            single[key] = item
        } else {
            further[key, default: []].insert(item)
        }
    }

    mutating func remove(_ key: IndexKey, _ item: Int) {
        if single[key] == item {
            let next = further[key]?.min()
            single[key] = next
            if let next { removeFurther(key, next) }
        } else {
            removeFurther(key, item)
        }
    }

    private mutating func removeFurther(_ key: IndexKey, _ item: Int) {
        further[key]?.remove(item)
        if further[key]?.isEmpty == true { further[key] = nil }
    }

    /// Ascending.
    func items(_ key: IndexKey) -> [Int] {
        guard let first = single[key] else { return [] }
        guard let others = further[key] else { return [first] }
        return ([first] + others).sorted()
    }

    func contains(_ key: IndexKey, otherThan item: Int) -> Bool {
        guard let first = single[key] else { return false }
        return first != item || further[key] != nil
    }

    var hasDuplicates: Bool { !further.isEmpty }
}
