extension Transform {
    /// The value after this step. Total: a value it cannot take is a rejection. Null stays null but for `DEFAULT`.
    /// - Parameters:
    ///   - kind: The kind of `value`, which null values do not show.
    ///   - zone: The site's, for the day of a moment.
    package func apply(
        to value: SourceValue, kind: ValueKind, zone: SiteTimeZone
    ) throws(Rejection) -> SourceValue {
        if case .defaultValue(let scalar) = self {
            return value == .null || value == .text("") ? kind.value(of: scalar) ?? .null : value
        }
        if value == .null { return .null }
        switch self {
        case .castToString: return try .text(text(of: value))
        case .castToNumber: return try number(of: value)
        case .castToBoolean: return try boolean(of: value)
        case .dateFormatISO: return try .text(text(of: value))
        case .dateFormat(let pattern): return try .text(DatePattern.format(value, pattern: pattern))
        case .dateOnly: return try day(of: value, zone: zone)
        case .trim: return mapText(value) { $0.trimmed }
        case .uppercase: return mapText(value) { $0.uppercased() }
        case .lowercase: return mapText(value) { $0.lowercased() }
        case .jsonStringify: return try .text(jsonText(of: value))
        case .guardFormula:
            return mapText(value) { text in
                guard let first = text.utf8.first, "=+-@\t\r".utf8.contains(first) else { return text }
                return "'" + text
            }
        case .truncate(let units): return mapText(value) { $0.truncated(utf16Units: units) }
        case .round(let places): return try mapNumber(value) { $0.rounded(places: places) }
        case .scale(let factor):
            guard let factor = DecimalNumber(factor) else { throw Rejection(.notANumber) }
            return try mapNumber(value) { $0 * factor }
        case .replace(let old, let new): return mapText(value) { $0.replacing(old, with: new) }
        case .map(let entries):
            guard let text = value.canonicalText, let entry = entries.first(where: { $0.from.isSameText(as: text) })
            else {
                return resultKind(of: kind) == kind ? value : try .text(self.text(of: value))
            }
            return (resultKind(of: kind) ?? kind).value(of: entry.to) ?? .null
        case .nullIf(let scalar): return kind.value(of: scalar)?.isSame(as: value) == true ? .null : value
        case .join(let separator):
            guard case .list(let values) = value else { return value }
            return .text(values.joined(separator: separator))
        case .split(let separator):
            guard case .text(let text) = value else { return value }
            return .list(text.splitting(separator))
        case .defaultValue: return value
        }
    }

    private func text(of value: SourceValue) throws(Rejection) -> String {
        switch value {
        case .endless: throw Rejection(.dateIsInfinite)
        case .notFinite: throw Rejection(.notFinite)
        default: break
        }
        guard let text = value.canonicalText else { throw Rejection(.badValue) }
        return text
    }

    private func number(of value: SourceValue) throws(Rejection) -> SourceValue {
        switch value {
        case .text(let text):
            guard let number = DecimalNumber(text.trimmed) else { throw Rejection(.notANumber) }
            return .decimal(number)
        case .boolean(let flag): return DecimalNumber(flag ? "1" : "0").map(SourceValue.decimal) ?? .null
        default: return value
        }
    }

    private func boolean(of value: SourceValue) throws(Rejection) -> SourceValue {
        switch value {
        case .boolean: return value
        case .decimal(let number) where number.text == "1" || number.text == "0": return .boolean(number.text == "1")
        case .double(let number) where number == 0 || number == 1: return .boolean(number == 1)
        case .text(let text):
            switch text.trimmed.lowercased() {
            case "true", "t", "yes", "y", "on", "1": return .boolean(true)
            case "false", "f", "no", "n", "off", "0": return .boolean(false)
            default: throw Rejection(.notABoolean)
            }
        default: throw Rejection(.notABoolean)
        }
    }

    private func day(of value: SourceValue, zone: SiteTimeZone) throws(Rejection) -> SourceValue {
        switch value {
        case .timestamp(let microseconds, let zoned):
            let seconds = microseconds.quotientAndRemainderFlooring(dividingBy: 1_000_000).quotient
            // A moment has the day of the people who read it; digits on a clock have their own.
            return .date((zoned ? zone : .utc).day(of: Instant(seconds: seconds)).days)
        case .text(let text):
            let text = text.trimmed
            if let date = CivilDate(isoText: text) { return .date(date.days) }
            if let moment = MomentText(text) { return try day(of: moment.value, zone: zone) }
            throw Rejection(.notADate)
        default: return value
        }
    }

    private func jsonText(of value: SourceValue) throws(Rejection) -> String {
        switch value {
        case .text(let text): return JSON.string(text).text()
        case .date, .timestamp: return JSON.string(try text(of: value)).text()
        default: return try text(of: value)
        }
    }

    private func mapText(_ value: SourceValue, _ change: (String) -> String) -> SourceValue {
        guard case .text(let text) = value else { return value }
        return .text(change(text))
    }

    private func mapNumber(
        _ value: SourceValue, _ change: (DecimalNumber) -> DecimalNumber
    ) throws(Rejection) -> SourceValue {
        switch value {
        case .decimal(let number): return .decimal(change(number))
        case .double(let number):
            guard let exact = DecimalNumber(ShortestDecimal.text(number)) else { throw Rejection(.notFinite) }
            return .decimal(change(exact))
        case .notFinite: throw Rejection(.notFinite)
        default: return value
        }
    }
}

extension String {
    /// Without blanks (Unicode white space) at either end.
    package var trimmed: String {
        let scalars = unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(scalars[first...last])
    }

    /// The longest beginning of whole characters with at most so many UTF-16 units.
    package func truncated(utf16Units: Int) -> String {
        guard utf16.count > utf16Units else { return self }
        var left = utf16Units
        var end = startIndex
        for index in indices {
            let width = self[index].utf16.count
            guard width <= left else { break }
            left -= width
            end = self.index(after: index)
        }
        return String(self[..<end])
    }

    /// With every occurrence of `old`, compared code unit by code unit, replaced.
    package func replacing(_ old: String, with new: String) -> String {
        guard !old.isEmpty else { return self }
        return splitting(old).joined(separator: new)
    }

    /// The parts between occurrences of `separator`, compared code unit by code unit.
    package func splitting(_ separator: String) -> [String] {
        let bytes = Array(utf8)
        let mark = Array(separator.utf8)
        guard !mark.isEmpty, bytes.count >= mark.count else { return [self] }
        var parts: [String] = []
        var start = 0
        var at = 0
        while at + mark.count <= bytes.count {
            if bytes[at] == mark[0], bytes[at..<at + mark.count].elementsEqual(mark) {
                parts.append(String(decoding: bytes[start..<at], as: UTF8.self))
                at += mark.count
                start = at
            } else {
                at += 1
            }
        }
        parts.append(String(decoding: bytes[start...], as: UTF8.self))
        return parts
    }
}
