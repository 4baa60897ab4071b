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
