/// The last step of a field over borrowed values: appends what ``CanonicalForm`` says of ``FieldFit``'s value.
enum BorrowedFit {
    case text(unitsMax: Int, allowsTabs: Bool, allowsLineFeeds: Bool)
    case number(minimum: Double, maximum: Double)
    case boolean
    case moment
    case day(BorrowedZone)
    /// The choices that a row may have.
    case choice([BorrowedConstant])

    /// - Returns: `nil` for column types that have no borrowed form.
    init?(_ type: ColumnType, _ zone: BorrowedZone) {
        switch type {
        case .text(let options):
            self = .text(
                unitsMax: options.allowMultipleLines ? FieldFit.multilineMax : options.maxLength,
                allowsTabs: true, allowsLineFeeds: options.allowMultipleLines)
        case .number(let options):
            self = .number(minimum: options.minimum ?? -.infinity, maximum: options.maximum ?? .infinity)
        case .currency: self = .number(minimum: -.infinity, maximum: .infinity)
        case .boolean: self = .boolean
        case .dateTime(let options): self = options.format == .dateOnly ? .day(zone) : .moment
        case .choice(let options):
            if options.isMultiple { return nil }
            if options.allowTextEntry {
                self = .text(unitsMax: 255, allowsTabs: false, allowsLineFeeds: false)
            } else {
                self = .choice(options.choices.filter { !$0.isEmpty && $0.isPlainLine }.map { BorrowedConstant($0) })
            }
        }
    }

    /// - Returns: `false` for a value that only ``FieldFit`` can fit, or must reject; then nothing was written.
    @inline(__always)
    func append(_ value: BorrowedValue, to output: inout ByteWriter, _ scratch: inout ScratchText) -> Bool {
        if value.isNull {
            output.append(0)
            return true
        }
        switch self {
        case .text(let unitsMax, let allowsTabs, let allowsLineFeeds):
            guard let text = value.text(in: &scratch) else { return false }
            return Self.append(text, unitsMax, allowsTabs, allowsLineFeeds, to: &output)
        case .number(let minimum, let maximum):
            guard let number = Self.number(value), number >= minimum, number <= maximum else { return false }
            output.append(tag: 2, word: (number == 0 ? 0 : number).bitPattern)
        case .boolean:
            guard case .boolean(let flag) = value else { return false }
            output.append(3)
            output.appendBig(UInt32(1))
            output.append(flag ? 1 : 0)
        case .moment:
            guard let microseconds = value.microseconds else { return false }
            let seconds = microseconds.quotientAndRemainderFlooring(dividingBy: 1_000_000).quotient
            guard Instant.writable.contains(Instant(seconds: seconds)) else { return false }
            output.append(tag: 4, word: UInt64(bitPattern: seconds))
        case .day(let zone):
            guard let days = zone.day(of: value), CivilDate.writable.contains(days) else { return false }
            output.append(5)
            output.appendBig(UInt32(4))
            output.appendBig(days)
        case .choice(let choices):
            guard let text = value.text(in: &scratch) else { return false }
            if text.isEmpty {
                output.append(0)
                return true
            }
            for at in choices.indices where choices[at].bytes.isSame(as: text) {
                Self.append(text, to: &output)
                return true
            }
            return false
        }
        return true
    }

    @inline(__always)
    private static func append(
        _ text: UnsafeRawBufferPointer, _ unitsMax: Int, _ allowsTabs: Bool, _ allowsLineFeeds: Bool,
        to output: inout ByteWriter
    ) -> Bool {
        if text.isEmpty {
            output.append(0)
            return true
        }
        // UTF-8 is never shorter than UTF-16.
        guard text.count <= unitsMax || text.utf16Count <= unitsMax else { return false }
        let start = output.count
        output.append(1)
        output.appendBig(UInt32(truncatingIfNeeded: text.count))
        if output.appendLookingForUnwritable(text), !text.allows(tabs: allowsTabs, lineFeeds: allowsLineFeeds) {
            output.truncate(to: start)
            return false
        }
        return true
    }

    @inline(__always)
    private static func append(_ text: UnsafeRawBufferPointer, to output: inout ByteWriter) {
        output.append(1)
        output.appendBig(UInt32(truncatingIfNeeded: text.count))
        output.append(text)
    }

    @inline(__always)
    private static func number(_ value: BorrowedValue) -> Double? {
        switch value {
        case .decimal(let number): number.double
        case .double(let number): number
        default: nil
        }
    }
}

extension UnsafeRawBufferPointer {
    /// Whether the text has no control characters but those allowed, and no noncharacters.
    fileprivate func allows(tabs: Bool, lineFeeds: Bool) -> Bool {
        for byte in self where byte < 0x20 || byte == 0x7F {
            guard (byte == 0x09 && tabs) || (byte == 0x0A && lineFeeds) else { return false }
        }
        return !Noncharacters.occur(in: self)
    }

    fileprivate var utf16Count: Int {
        var units = 0
        for byte in self where byte & 0xC0 != 0x80 { units += byte >= 0xF0 ? 2 : 1 }
        return units
    }
}

extension String {
    /// At most 255 units of UTF-16, no control character and no noncharacter.
    fileprivate var isPlainLine: Bool {
        utf16.count <= 255 && !utf8.contains { $0 < 0x20 || $0 == 0x7F } && !Noncharacters.occur(in: utf8)
    }
}
