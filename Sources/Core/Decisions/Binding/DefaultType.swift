/// The column type of a field whose mapping names none (the table of SPEC §10).
enum DefaultType {
    static func choose(
        for field: Field, _ source: SourceType, _ column: SourceColumn?, kind: ValueKind
    ) -> ColumnType {
        let mustBeSingleLine = field.indexed || field.unique || field.target == "Title"
        if field.transforms.isEmpty, let type = untransformed(source, column, kind) {
            if case .text = type, mustBeSingleLine { return .singleLineText }
            if field.target == "Title" { return .singleLineText }
            return type
        }
        switch kind {
        case .number: return .number(ColumnType.Number(decimalPlaces: places(after: field, source)))
        case .boolean: return .boolean
        case .date: return .dateOnly
        case .timestamp: return .dateTime(ColumnType.DateTime(format: .dateTime))
        case .text, .list, .json:
            return mustBeSingleLine || staysShort(field, source) ? .singleLineText : .multilineText
        }
    }

    private static func untransformed(
        _ source: SourceType, _ column: SourceColumn?, _ kind: ValueKind
    ) -> ColumnType? {
        if kind == .text, let allowed = column?.allowedValues, !allowed.isEmpty, allowed.allSatisfy(isChoice) {
            return .choice(ColumnType.Choice(choices: allowed))
        }
        switch source {
        case .smallint, .integer, .bigint: return .number(ColumnType.Number(decimalPlaces: .none))
        case .numeric(_, let scale):
            let places = scale.flatMap(ColumnType.Number.Places.of(scale:)) ?? .automatic
            return .number(ColumnType.Number(decimalPlaces: places))
        case .real, .double: return .number(ColumnType.Number())
        case .money: return .currency(locale: "en-us")
        case .boolean: return .boolean
        case .date: return .dateOnly
        case .timestamp, .timestamptz: return .dateTime(ColumnType.DateTime(format: .dateTime))
        case .enumeration(_, _, let labels) where labels.allSatisfy(isChoice):
            return .choice(ColumnType.Choice(choices: labels))
        case .array(.enumeration(_, _, let labels)) where labels.allSatisfy(isChoice):
            return .choice(ColumnType.Choice(choices: labels, displayAs: .checkBoxes))
        case .array where kind == .list:
            let choices = (column?.allowedValues ?? []).filter { !$0.isEmpty }
            return .choice(ColumnType.Choice(choices: choices, displayAs: .checkBoxes))
        default: return isShort(source) ? .singleLineText : .multilineText
        }
    }

    /// Texts that a choice column can offer: not empty, one line, 255 units.
    private static func isChoice(_ text: String) -> Bool {
        !text.isEmpty && text.utf16.count <= 255 && !text.unicodeScalars.contains { $0.value < 0x20 }
    }

    /// Types whose texts fit a single line.
    private static func isShort(_ type: SourceType) -> Bool {
        switch type {
        case .varchar(let length?): length <= 255
        case .char(let length): length <= 255
        case .uuid, .inet, .cidr, .macaddr, .time, .timetz, .interval, .bit, .name, .oid, .enumeration: true
        default: false
        }
    }

    private static func staysShort(_ field: Field, _ source: SourceType) -> Bool {
        var short = isShort(source)
        for step in field.transforms {
            switch step.value {
            case .truncate(let units) where units <= 255: short = true
            case .castToString, .dateFormat, .dateFormatISO: short = short || !source.isLongText
            case .jsonStringify, .join: short = false
            default: break
            }
        }
        return short
    }

    private static func places(after field: Field, _ source: SourceType) -> ColumnType.Number.Places {
        for step in field.transforms.reversed() {
            if case .round(let places) = step.value { return ColumnType.Number.Places.of(scale: places) ?? .automatic }
        }
        return .automatic
    }
}

extension SourceType {
    /// Texts without a bound, and structures.
    fileprivate var isLongText: Bool {
        switch self {
        case .text, .json, .jsonb, .xml, .array, .composite, .range, .other, .varchar: true
        default: false
        }
    }
}
