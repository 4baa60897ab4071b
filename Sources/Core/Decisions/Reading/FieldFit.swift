/// The last step of a field: the value that a column of a type can hold, or the reason why it cannot.
package enum FieldFit {
    /// Units of UTF-16 that multi-line text holds (FACTS 5.4).
    package static let multilineMax = 63_999

    package static func fit(
        _ value: SourceValue, into type: ColumnType, zone: SiteTimeZone
    ) throws(Rejection) -> Value {
        if value == .null || value == .text("") { return .null }
        switch type {
        case .text(let options): return try text(value, options)
        case .number(let options):
            let number = try number(value)
            if let minimum = options.minimum, number < minimum { throw Rejection(.numberOutOfRange) }
            if let maximum = options.maximum, number > maximum { throw Rejection(.numberOutOfRange) }
            return .number(number)
        case .currency: return .number(try number(value))
        case .boolean:
            guard case .boolean(let flag) = value else { throw Rejection(.notABoolean) }
            return .boolean(flag)
        case .dateTime(let options): return try date(value, options, zone)
        case .choice(let options): return try choice(value, options)
        }
    }

    private static func text(_ value: SourceValue, _ options: ColumnType.Text) throws(Rejection) -> Value {
        guard let raw = value.canonicalText else {
            throw Rejection(value == .notFinite ? .notFinite : .dateIsInfinite)
        }
        let text = LineEnds.unified(raw)
        if text.isEmpty { return .null }
        for byte in text.utf8 where byte < 0x20 || byte == 0x7F {
            if byte == 0x0A {
                guard options.allowMultipleLines else { throw Rejection(.lineBreak) }
            } else if byte != 0x09 {
                throw Rejection(.controlCharacter)
            }
        }
        if Noncharacters.occur(in: text.utf8) { throw Rejection(.controlCharacter) }
        let limit = options.allowMultipleLines ? multilineMax : options.maxLength
        // UTF-8 is never shorter than UTF-16, so most texts need no second count.
        guard text.utf8.count <= limit || text.utf16.count <= limit else { throw Rejection(.textTooLong) }
        return .text(text)
    }

    private static func number(_ value: SourceValue) throws(Rejection) -> Double {
        switch value {
        case .double(let number): return number == 0 ? 0 : number
        case .decimal(let number):
            let nearest = number.double
            guard nearest.isFinite else { throw Rejection(.numberOutOfRange) }
            // A fraction is sent as the nearest double; an identifier that changes its last digit is another one.
            if number.isInteger, nearest.magnitude >= 9_007_199_254_740_992,
                DecimalNumber(exactText(nearest)) != number
            {
                throw Rejection(.precisionLoss)
            }
            return nearest == 0 ? 0 : nearest
        case .notFinite: throw Rejection(.notFinite)
        case .text(let text):
            guard let number = DecimalNumber(text.trimmed) else { throw Rejection(.notANumber) }
            return try self.number(.decimal(number))
        default: throw Rejection(.notANumber)
        }
    }

    /// The shortest decimal that reads back as the same double: what will be sent.
    private static func exactText(_ value: Double) -> String { ShortestDecimal.text(value) }

    private static func date(
        _ value: SourceValue, _ options: ColumnType.DateTime, _ zone: SiteTimeZone
    ) throws(Rejection) -> Value {
        switch (value, options.format) {
        case (.date(let days), .dateOnly): return try day(CivilDate(days: days))
        case (.date(let days), .dateTime): return try moment(Int64(days) * 86_400)
        case (.timestamp(let microseconds, let zoned), .dateOnly):
            let seconds = microseconds.quotientAndRemainderFlooring(dividingBy: 1_000_000).quotient
            return try day((zoned ? zone : .utc).day(of: Instant(seconds: seconds)))
        case (.timestamp(let microseconds, _), .dateTime):
            return try moment(microseconds.quotientAndRemainderFlooring(dividingBy: 1_000_000).quotient)
        case (.endless, _): throw Rejection(.dateIsInfinite)
        case (.text(let text), .dateOnly):
            guard let date = CivilDate(isoText: text.trimmed) else { throw Rejection(.notADate) }
            return try day(date)
        case (.text(let text), .dateTime):
            guard let instant = Instant(isoText: text.trimmed) else { throw Rejection(.notADate) }
            return try moment(instant.seconds)
        default: throw Rejection(.notADate)
        }
    }

    /// The civil date counts. Its first moment, as which it is sent, lies in another year east of Greenwich.
    private static func day(_ date: CivilDate) throws(Rejection) -> Value {
        guard CivilDate.writable.contains(date.days) else { throw Rejection(.dateOutOfRange) }
        return .date(date)
    }

    private static func moment(_ seconds: Int64) throws(Rejection) -> Value {
        let instant = Instant(seconds: seconds)
        guard Instant.writable.contains(instant) else { throw Rejection(.dateOutOfRange) }
        return .instant(instant)
    }

    private static func choice(_ value: SourceValue, _ options: ColumnType.Choice) throws(Rejection) -> Value {
        if options.isMultiple {
            let values: [String]
            switch value {
            case .list(let list): values = list.filter { !$0.isEmpty }
            case .text(let text): values = text.isEmpty ? [] : [text]
            default: throw Rejection(.choiceNotAllowed)
            }
            for value in values { try check(value, options) }
            return .set(of: values)
        }
        guard let text = value.canonicalText else { throw Rejection(.choiceNotAllowed) }
        if text.isEmpty { return .null }
        try check(text, options)
        return .text(text)
    }

    private static func check(_ text: String, _ options: ColumnType.Choice) throws(Rejection) {
        guard options.allowTextEntry || options.choices.contains(where: { $0.isSameText(as: text) }) else {
            throw Rejection(.choiceNotAllowed)
        }
        guard text.utf16.count <= 255 else { throw Rejection(.textTooLong) }
        for byte in text.utf8 where byte < 0x20 || byte == 0x7F {
            throw Rejection(byte == 0x0A || byte == 0x0D ? .lineBreak : .controlCharacter)
        }
        if Noncharacters.occur(in: text.utf8) { throw Rejection(.controlCharacter) }
    }
}
