extension Transform {
    /// The kind of value that comes out when `kind` goes in; `nil` if no value of that kind can be taken.
    package func resultKind(of kind: ValueKind) -> ValueKind? {
        switch self {
        case .castToString, .jsonStringify: return .text
        case .castToNumber: return kind == .number || kind == .text || kind == .boolean ? .number : nil
        case .castToBoolean: return kind == .boolean || kind == .text || kind == .number ? .boolean : nil
        case .dateFormatISO, .dateFormat: return kind.isTemporal ? .text : nil
        case .dateOnly: return kind.isTemporal || kind == .text ? .date : nil
        case .trim, .uppercase, .lowercase, .guardFormula, .truncate, .replace: return kind == .text ? .text : nil
        case .round, .scale: return kind == .number ? .number : nil
        case .join: return kind == .list ? .text : nil
        case .split: return kind == .text ? .list : nil
        case .map(let entries):
            guard kind != .list, kind != .json else { return nil }
            // Values that the map does not name pass, so the outcome is text unless every entry keeps the kind.
            return entries.allSatisfy({ $0.to == .null || kind.accepts($0.to) }) ? kind : .text
        case .defaultValue(let scalar), .nullIf(let scalar): return kind.accepts(scalar) ? kind : nil
        }
    }
}

extension ValueKind {
    package var isTemporal: Bool {
        switch self {
        case .date, .timestamp: true
        default: false
        }
    }

    /// Whether a scalar of a manifest can stand for a value of this kind.
    package func accepts(_ scalar: Scalar) -> Bool { value(of: scalar) != nil }

    /// The value that a scalar of a manifest stands for among values of this kind.
    package func value(of scalar: Scalar) -> SourceValue? {
        guard let text = scalar.text else { return .null }
        switch self {
        case .text: return .text(text)
        case .number: return DecimalNumber(text).map(SourceValue.decimal)
        case .boolean:
            if case .boolean(let flag) = scalar { return .boolean(flag) }
            return text == "true" ? .boolean(true) : text == "false" ? .boolean(false) : nil
        case .date:
            if case .infinity(let positive) = PostgreSQLText.date(text) { return .endless(positive: positive) }
            return CivilDate(isoText: text).map { .date($0.days) }
        case .timestamp(let zoned):
            if case .infinity(let positive) = PostgreSQLText.timestamp(text) { return .endless(positive: positive) }
            if let date = CivilDate(isoText: text) {
                return .timestamp(microseconds: Int64(date.days) * 86_400_000_000, zoned: zoned)
            }
            return MomentText(text).map { .timestamp(microseconds: $0.microseconds, zoned: zoned) }
        case .list: return .list([text])
        case .json: return nil
        }
    }
}
