package import Core

/// Bound definitions and rows of COPY text, made by chance: every type, transform and column, and values at the edges.
package struct RandomRows {
    package var random: SplitMix

    package init(seed: UInt64) { random = SplitMix(state: seed) }

    // MARK: Definitions

    package static let types: [SourceType] = [
        .smallint, .integer, .bigint, .numeric(precision: nil, scale: nil), .numeric(precision: 12, scale: 2), .real,
        .double, .money, .boolean, .date, .timestamp, .timestamptz, .text, .varchar(length: 40), .char(length: 8),
        .uuid, .time,
        .json, .jsonb, .array(.text), .array(.integer), .interval, .oid,
    ]

    /// A definition whose first column is its key.
    package mutating func definition(fields: Int, key: SourceType = .bigint, zone: SiteTimeZone) -> BoundDefinition? {
        let columns =
            [SourceColumn("id", key)] + (0..<fields).map { SourceColumn("c\($0)", random.pick(Self.types)) }
        let relation = SourceRelation(
            schema: "public", name: "t", kind: .table, columns: columns, primaryKey: ["id"])
        return definition(of: relation, zone: zone)
    }

    /// A definition of a table whose first column is its key.
    package mutating func definition(of relation: SourceRelation, zone: SiteTimeZone) -> BoundDefinition? {
        let columns = relation.columns
        let mapping = Mapping(fields: columns.dropFirst().compactMap { field($0) })
        let rules = (0..<Int.random(in: 0...3, using: &random)).map { index in
            ShardingPolicy.Rule(when: condition(columns, depth: 2), list: "List\(index)")
        }
        let definition = SyncDefinition(
            name: "d", sourceProfile: "p", table: TableName(schema: nil, name: "t"), key: ["id"], siteProfile: "s",
            sharding: ShardingPolicy(rules: rules, defaultList: random.isTrue(oneIn: 4) ? nil : Located("Rest")),
            mapping: mapping, deletes: random.pick([.propagate, .retain, .mark]))
        return Binder.bind(definition, to: relation, zone: zone).bound
    }

    private mutating func field(_ column: SourceColumn) -> Field? {
        var transforms: [Located<Transform>] = []
        var kind = column.type.reading().kind
        for _ in 0..<random.pick([0, 0, 0, 1, 1, 2, 3]) {
            let transform = random.pick(Self.transforms)
            guard let next = transform.resultKind(of: kind) else { continue }
            transforms.append(Located(transform))
            kind = next
        }
        return Field(
            origin: .column(column.name), target: column.name.uppercased(), type: columnType(for: kind),
            transforms: transforms)
    }

    private mutating func columnType(for kind: ValueKind) -> ColumnType? {
        let text: [ColumnType] = [
            .text(.init()), .text(.init(maxLength: 12)), .multilineText,
            .choice(.init(choices: ["Active", "12", "", "true", "a\tb"])),
            .choice(.init(choices: ["Active"], allowTextEntry: true)),
        ]
        switch kind {
        case .number:
            return random.pick(
                text + [
                    .number(.init()), .number(.init(minimum: -5, maximum: 1000)), .currency(locale: "en-us"),
                    .currency(locale: "en-us"),
                ])
        case .boolean: return random.pick(text + [.boolean, .boolean, .boolean])
        case .date, .timestamp:
            return random.pick(
                text + [.dateOnly, .dateOnly, .dateTime(.init(format: .dateTime)), .dateTime(.init(format: .dateTime))])
        case .text: return random.pick(text + [.number(.init()), .dateOnly, .dateTime(.init(format: .dateTime))])
        case .list: return random.pick([nil, .multilineText])
        case .json: return .multilineText
        }
    }

    private static let transforms: [Transform] = [
        .castToString, .castToNumber, .castToBoolean, .dateFormatISO, .dateOnly, .trim, .trim, .uppercase, .lowercase,
        .jsonStringify, .guardFormula, .dateFormat("yyyy/MM/dd HH:mm"), .truncate(0), .truncate(3), .truncate(20),
        .round(0),
        .round(2), .scale("0.01"), .scale("1000000000000"), .scale("-2.5"), .replace("a", "bcd"), .replace("ab", ""),
        .replace(" ", "\u{e9}"),
        .map([
            .init(from: "Active", to: .text("On")), .init(from: "12", to: .number("13")), .init(from: "t", to: .null),
        ]),
        .map([
            .init(from: "1", to: .number("2")), .init(from: "12", to: .number("0.5")),
            .init(from: "1.0", to: .number("9")),
        ]),
        .map([.init(from: "true", to: .boolean(false))]), .defaultValue(.text("none")), .defaultValue(.number("7")),
        .defaultValue(.text("2020-02-29")), .defaultValue(.null), .nullIf(.text("Active")), .nullIf(.number("12")),
        .nullIf(.boolean(true)), .nullIf(.text("2013-01-01")), .join(", "), .split(","),
    ]

    private mutating func condition(_ columns: [SourceColumn], depth: Int) -> Condition {
        switch Int.random(in: 0..<(depth > 0 ? 6 : 3), using: &random) {
        case 0..<3:
            let column = random.pick(columns)
            return .column(column.name, comparison(column.type), place: nil)
        case 3: return .all((0..<2).map { _ in condition(columns, depth: depth - 1) })
        case 4: return .any((0..<2).map { _ in condition(columns, depth: depth - 1) })
        default: return .not(condition(columns, depth: depth - 1))
        }
    }

    private mutating func comparison(_ type: SourceType) -> Condition.Comparison {
        let scalar: Scalar
        switch type.reading().kind {
        case .number: scalar = random.pick([.number("0"), .number("12"), .number("-1.5"), .number("9007199254740993")])
        case .boolean: scalar = .boolean(random.isTrue(oneIn: 2))
        case .date, .timestamp: scalar = random.pick([.text("2013-01-01"), .text("1969-12-31"), .text("infinity")])
        case .text: scalar = random.pick([.text("Active"), .text(""), .text("e\u{301}"), .text("a b")])
        case .list, .json: return .isNull(random.isTrue(oneIn: 2))
        }
        var all: [Condition.Comparison] = [
            .isNull(true), .equal(scalar), .notEqual(scalar), .oneOf([scalar, .null]), .noneOf([scalar]),
            .greater(scalar), .greaterOrEqual(scalar), .less(scalar), .lessOrEqual(scalar),
        ]
        switch type.reading().kind {
        case .text: all += [.prefix("A"), .suffix("e"), .contains("ti"), .contains(""), .prefix("")]
        case .date, .timestamp: all += [.olderThan(86_400 * 365), .newerThan(3600)]
        default: break
        }
        return random.pick(all)
    }

    // MARK: Rows

    /// A row of COPY text, with its line feed.
    /// - Parameter key: The first value; `nil` is NULL.
    package mutating func row(of bound: BoundDefinition, key: String?) -> [UInt8] {
        var encoder = CopyTextEncoder()
        encoder.append(key)
        for read in bound.reads.dropFirst(bound.key.count) { encoder.append(value(read)) }
        encoder.endRow()
        return encoder.take()
    }

    /// The text of a value as PostgreSQL prints it; `nil` is NULL.
    package mutating func value(_ read: BoundDefinition.Read) -> String? {
        if random.isTrue(oneIn: 8) { return nil }
        switch read.kind {
        case .text: return text(read.type)
        case .boolean: return random.pick(["t", "f"])
        case .date: return random.pick(Self.dates)
        case .timestamp(let zoned):
            let text = random.pick(Self.dates)
            if text.hasSuffix("infinity") { return text }
            let isBC = text.hasSuffix(" BC")
            let clock = random.pick([" 00:00:00", " 05:06:07", " 23:59:59.999999", " 12:00:00.5", " 22:30:00.000001"])
            return text.prefix(isBC ? text.utf8.count - 3 : text.utf8.count) + clock + (zoned ? "+00" : "")
                + (isBC ? " BC" : "")
        case .number: return number(read.type)
        case .list: return random.pick(["[]", #"["b","a","b"]"#, #"["Active",null,""]"#])
        case .json: return random.pick(["null", "{}", #"{"b": 1.50, "a": [true, "x\ty"], "b": 2}"#, "[1,2]", #""s""#])
        }
    }

    private mutating func text(_ type: SourceType) -> String {
        switch type {
        case .uuid: return "6f2a0f0e-8f5d-4d5e-9d55-0a6d1c1f7b\(random.pick(["11", "af"]))"
        case .time: return "12:00:00"
        case .interval: return "P1DT2H"
        case .oid: return "42"
        default: break
        }
        if random.isTrue(oneIn: 2) { return random.pick(Self.texts) }
        let letters = [
            "a", "B", " ", "é", "e\u{301}", "ß", "中", "😀", "\t", "\n", "\r", "\\", "\u{85}", "\u{a0}", "\u{2003}", "1",
            "\u{7f}", "\u{1}", "\u{fffe}", "\u{ffff}", "\u{fffd}", "\u{feff}",
        ]
        let common = ["a", "b", "C", " ", "1", ",", "é"]
        let source = random.isTrue(oneIn: 3) ? letters : common
        return (0..<Int.random(in: 0...20, using: &random)).map { _ in random.pick(source) }.joined()
    }

    private static let texts = [
        "", " ", "Active", " Active ", "12", "-3.50", " 7 ", "1e3", "+5", "t", "true", "2013-01-01",
        "2013-01-01T05:00:00Z",
        "=1+1", "-x", "@", "a,b,,c", "\r\n", "a\r\nb", "Łódź", "\u{ffff}", "\u{ff21}xyz\u{fffe}", "\u{a0}x",
        "x\u{3000}", "\u{1680}", "a\u{7f}",
        String(repeating: "x", count: 300), String(repeating: "é", count: 200), String(repeating: "😀", count: 130),
        String(repeating: "y", count: 70_000), "\\N", "\\", "a\\tb",
    ]

    private static let dates = [
        "2013-01-01", "2020-02-29", "1969-12-31", "1970-01-01", "1899-12-31", "1900-01-01", "1900-01-02", "8900-12-31",
        "8901-01-01", "9999-12-31", "0001-01-01", "10000-01-01", "0044-03-15 BC", "infinity", "-infinity", "2024-03-31",
    ]

    private mutating func number(_ type: SourceType) -> String {
        switch type {
        case .real, .double:
            return random.pick([
                "0", "-0", "1.5", "0.1", "1e+20", "1.7976931348623157e+308", "5e-324", "NaN", "Infinity", "-Infinity",
                "123456.789", "3.4028235e+38", "100000", "9007199254740993",
            ])
        case .smallint, .integer, .bigint:
            return random.pick([
                "0", "12", "-1", "1", "9007199254740991", "9007199254740992", "9007199254740993",
                "-9223372036854775808", "9223372036854775807", "1000000000000000000",
                "\(Int16.random(in: .min ... .max, using: &random))",
            ])
        default:
            return random.pick([
                "0", "0.00", "-0.01", "12", "12.0", "12.50", "0.1", "0.10", "-1.005", "2.5", "-2.5",
                "999999999999999999",
                "0.000000000000000001", "123456789012345678901234567890", "0.1234567890123456789012345", "NaN",
                "Infinity", "9007199254740992.5", "9007199254740993", "1000", "1",
            ])
        }
    }
}
