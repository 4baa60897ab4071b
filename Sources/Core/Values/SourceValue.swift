/// A value of a source column, typed and exact, before the mapping makes it a ``Value``.
package enum SourceValue: Hashable, Sendable {
    case null
    case text(String)
    /// Integers, `numeric` and `money`, exactly.
    case decimal(DecimalNumber)
    /// `real` and `double precision`, NaN and infinities included.
    case double(Double)
    case boolean(Bool)
    /// Days since 1970-01-01.
    case date(Int32)
    /// Microseconds since 1970; `zoned` if it names a moment, else the digits on a clock.
    case timestamp(microseconds: Int64, zoned: Bool)
    /// A date or timestamp without end.
    case endless(positive: Bool)
    /// `numeric` NaN and infinities.
    case notFinite
    /// Elements of an array whose elements are text.
    case list([String])
    /// A structure, as JSON.
    case json(JSON)
}

/// What kind of value a step of a mapping yields: the static type of ``SourceValue``.
package enum ValueKind: Hashable, Sendable {
    case text, number, boolean, date
    case timestamp(zoned: Bool)
    case list, json

    /// For messages.
    package var words: String {
        switch self {
        case .text: "text"
        case .number: "a number"
        case .boolean: "a boolean"
        case .date: "a date"
        case .timestamp: "a timestamp"
        case .list: "a list"
        case .json: "a structure"
        }
    }
}

/// How a source column is selected, so that its text has one form.
package enum ReadForm: Hashable, Sendable {
    /// As its type prints it.
    case plain
    /// `::text`, which drops the padding of `char`.
    case text
    /// `::numeric`, for `money`.
    case numeric
    /// `to_json(…)::text`, for structures and lists.
    case json
}

extension SourceType {
    /// How the column is read, and what comes of it.
    /// - Parameter asList: Read a text array as a list of values and not as a structure.
    package func reading(asList: Bool = false) -> (form: ReadForm, kind: ValueKind) {
        switch self {
        case .smallint, .integer, .bigint, .numeric, .real, .double: (.plain, .number)
        case .money: (.numeric, .number)
        case .oid: (.plain, .text)
        case .boolean: (.plain, .boolean)
        case .date: (.plain, .date)
        case .timestamp: (.plain, .timestamp(zoned: false))
        case .timestamptz: (.plain, .timestamp(zoned: true))
        case .char: (.text, .text)
        case .json, .jsonb, .composite: (.json, .json)
        case .array: (.json, asList ? .list : .json)
        case .varchar, .text, .name, .uuid, .inet, .cidr, .macaddr, .time, .timetz, .interval, .bit, .xml,
            .enumeration, .range, .other, .bytea:
            (.plain, .text)
        }
    }

    /// Whether elements of such an array are texts that a multi-choice column could hold.
    package var isTextArray: Bool {
        guard case .array(let element) = self else { return false }
        switch element {
        case .text, .varchar, .char, .name, .enumeration: return true
        default: return false
        }
    }
}

extension SourceValue {
    /// Reads the text of a column.
    /// - Parameters:
    ///   - text: As PostgreSQL prints it in the column's read form; `nil` is NULL.
    ///   - type: Tells doubles from exact numbers.
    /// - Returns: `nil` if the text is not of the kind, which only a wrong read form can cause.
    package init?(_ text: String?, kind: ValueKind, type: SourceType) {
        guard let text else {
            self = .null
            return
        }
        switch kind {
        case .text: self = .text(text)
        case .boolean:
            guard text == "t" || text == "f" else { return nil }
            self = .boolean(text == "t")
        case .number:
            if case .real = type {
                guard let value = Float(text) else { return nil }
                // The shortest text of a float is not that of the double next to it.
                self = value.isFinite ? .double(Double(text) ?? Double(value)) : .notFinite
            } else if case .double = type {
                guard let value = Double(text) else { return nil }
                self = value.isFinite ? .double(value) : .notFinite
            } else if let decimal = DecimalNumber(text) {
                self = .decimal(decimal)
            } else if text == "NaN" || text == "Infinity" || text == "-Infinity" {
                self = .notFinite
            } else {
                return nil
            }
        case .date:
            switch PostgreSQLText.date(text) {
            case .finite(let days): self = .date(days)
            case .infinity(let positive): self = .endless(positive: positive)
            case nil: return nil
            }
        case .timestamp(let zoned):
            switch PostgreSQLText.timestamp(text) {
            case .finite(let microseconds): self = .timestamp(microseconds: microseconds, zoned: zoned)
            case .infinity(let positive): self = .endless(positive: positive)
            case nil: return nil
            }
        case .list:
            guard let elements = (try? JSON.parse(text))?.array else { return nil }
            self = .list(elements.flatMap(\.textsWithin))
        case .json:
            guard let json = try? JSON.parse(text, depthMax: 1000) else { return nil }
            self = .json(json)
        }
    }

    /// The text that a text column or a key shows for the value; `nil` for none and for what has no text.
    package var canonicalText: String? {
        switch self {
        case .null, .notFinite, .endless: nil
        case .text(let text): text
        case .decimal(let number): number.text
        case .double(let value): DecimalNumber(ShortestDecimal.text(value))?.text
        case .boolean(let flag): flag ? "true" : "false"
        case .date(let days): PostgreSQLText.isoText(days: Int(days))
        case .timestamp(let microseconds, let zoned):
            PostgreSQLText.isoText(microseconds: microseconds, zoned: zoned)
        case .list(let values): JSON.array(values.map(JSON.string)).text()
        case .json(let json): json.structureText
        }
    }
}

extension JSON {
    /// The texts of an array of any number of dimensions; NULL elements are none.
    fileprivate var textsWithin: [String] {
        if let elements = array { return elements.flatMap(\.textsWithin) }
        return string.map { [$0] } ?? []
    }

    /// The canonical text of a structure: members sorted by their UTF-8, plain decimals, no blanks (SPEC §10).
    /// Of members with one name the last counts, as in `jsonb`.
    package var structureText: String {
        var output: [UInt8] = []
        appendStructure(to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    /// The number without an exponent; as it is written if that would be a thousand characters longer. `jsonb` holds no
    /// such number, and a few bytes of `json` must not stand for megabytes.
    private static func plainDecimal(_ text: String) -> String {
        guard let number = DecimalNumber(text), number.textLength <= text.utf8.count + 1000 else { return text }
        return number.text
    }

    private func appendStructure(to output: inout [UInt8]) {
        switch self {
        case .null, .bool: output.append(contentsOf: serialized())
        case .number(let text): output.append(contentsOf: JSON.plainDecimal(text).utf8)
        case .string(let text): JSONText.append(text, to: &output)
        case .array(let elements):
            output.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                element.appendStructure(to: &output)
            }
            output.append(UInt8(ascii: "]"))
        case .object(let members):
            // Names are compared byte by byte: as keys of a dictionary, "é" composed and decomposed would be one.
            let sorted = members.enumerated().sorted { left, right in
                if left.element.name.utf8.elementsEqual(right.element.name.utf8) { return left.offset < right.offset }
                return left.element.name.utf8.lexicographicallyPrecedes(right.element.name.utf8)
            }.map(\.element)
            let last = sorted.indices.filter { index in
                index + 1 == sorted.count || !sorted[index].name.utf8.elementsEqual(sorted[index + 1].name.utf8)
            }
            output.append(UInt8(ascii: "{"))
            for (index, member) in last.map({ sorted[$0] }).enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                JSONText.append(member.name, to: &output)
                output.append(UInt8(ascii: ":"))
                member.value.appendStructure(to: &output)
            }
            output.append(UInt8(ascii: "}"))
        }
    }
}
