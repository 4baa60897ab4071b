/// What a field holds, on either side, once both are brought to one form.
package enum Value: Hashable, Sendable {
    /// No value. An empty text is the same to SharePoint and therefore here.
    case null
    case text(String)
    case number(Double)
    case boolean(Bool)
    case instant(Instant)
    case date(CivilDate)
    /// The values of a multi-choice field, sorted by their UTF-8 and without repetitions.
    case set([String])

    /// A set in canonical order, without empty texts, which are no values; an empty one is no value.
    package static func set(of values: some Sequence<String>) -> Value {
        var distinct: [String] = []
        for value in values.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) where !value.isEmpty {
            if distinct.last?.isSameText(as: value) != true { distinct.append(value) }
        }
        return distinct.isEmpty ? .null : .set(distinct)
    }
}

extension Value {
    /// Texts are compared code point by code point, as they are hashed: another Unicode form is another value.
    package static func == (left: Value, right: Value) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.text(let one), .text(let other)): one.isSameText(as: other)
        case (.number(let one), .number(let other)): one == other
        case (.boolean(let one), .boolean(let other)): one == other
        case (.instant(let one), .instant(let other)): one == other
        case (.date(let one), .date(let other)): one == other
        case (.set(let one), .set(let other)): one.elementsEqual(other) { $0.isSameText(as: $1) }
        case (.null, _), (.text, _), (.number, _), (.boolean, _), (.instant, _), (.date, _), (.set, _): false
        }
    }
}
