/// A transform over borrowed values: for the values it takes the same as ``Transform/apply(to:kind:zone:)``.
enum BorrowedStep {
    /// The value passes as it is.
    case pass
    case trim, uppercase, lowercase, guardFormula
    case truncate(Int)
    case replace(BorrowedConstant, BorrowedConstant)
    case nullIf(BorrowedScalar)
    case defaultValue(BorrowedScalar)
    case map([MapEntry], otherwise: Otherwise)
    case round(Int)
    case scale(SmallDecimal)
    case castToString, castToNumber, castToBoolean
    case dateOnly(BorrowedZone)

    struct MapEntry {
        let from: BorrowedValue
        let to: BorrowedScalar
        /// Keeps the text of `from` where it is.
        let owner: BorrowedScalar
    }

    /// What becomes of values that a map does not name.
    enum Otherwise {
        case pass, asText
    }

    /// - Returns: `nil` for a transform that has no borrowed form.
    init?(_ step: BoundField.Step, _ zone: BorrowedZone) {
        switch step.transform {
        case .trim: self = .trim
        case .uppercase: self = .uppercase
        case .lowercase: self = .lowercase
        case .guardFormula: self = .guardFormula
        case .truncate(let units) where units >= 0: self = .truncate(units)
        case .replace(let old, let new):
            self = old.isEmpty ? .pass : .replace(BorrowedConstant(old), BorrowedConstant(new))
        case .nullIf(let scalar):
            guard let value = step.kind.value(of: scalar) else {
                self = .pass
                return
            }
            guard let scalar = BorrowedScalar(value) else { return nil }
            self = .nullIf(scalar)
        case .defaultValue(let scalar):
            guard let scalar = BorrowedScalar(step.kind.value(of: scalar) ?? .null) else { return nil }
            self = .defaultValue(scalar)
        case .map(let entries):
            guard let map = Self.map(entries, step) else { return nil }
            self = map
        case .round(let places) where (0...SmallDecimal.digitsMax).contains(places): self = .round(places)
        case .scale(let factor):
            guard let factor = DecimalNumber(factor).flatMap({ SmallDecimal($0) }) else { return nil }
            self = .scale(factor)
        case .castToString: self = step.kind == .text ? .pass : .castToString
        case .castToNumber: self = step.kind == .number ? .pass : .castToNumber
        case .castToBoolean: self = step.kind == .boolean ? .pass : .castToBoolean
        case .dateOnly: self = step.kind == .date ? .pass : .dateOnly(zone)
        case .dateFormatISO, .dateFormat, .jsonStringify, .join, .split, .truncate, .round: return nil
        }
    }

    private static func map(_ entries: [Transform.MapEntry], _ step: BoundField.Step) -> BorrowedStep? {
        let result = step.transform.resultKind(of: step.kind) ?? step.kind
        var borrowed: [MapEntry] = []
        for entry in entries {
            guard let to = BorrowedScalar(result.value(of: entry.to) ?? .null) else { return nil }
            // An entry is found by the text that a value shows; one that no value shows is never found.
            let shown: SourceValue?
            switch step.kind {
            case .text: shown = .text(entry.from)
            case .number: shown = DecimalNumber(entry.from).map(SourceValue.decimal)
            case .boolean: shown = entry.from == "true" ? .boolean(true) : entry.from == "false" ? .boolean(false) : nil
            case .date, .timestamp, .list, .json: return nil
            }
            guard let shown, shown.canonicalText?.isSameText(as: entry.from) == true else { continue }
            guard let from = BorrowedScalar(shown) else { return nil }
            borrowed.append(MapEntry(from: from.value, to: to, owner: from))
        }
        return .map(borrowed, otherwise: result == step.kind ? .pass : .asText)
    }

    /// - Returns: `nil` for a value that only the transform itself can take, or must reject.
    @inline(__always)
    func apply(to value: BorrowedValue, _ scratch: inout ScratchText) -> BorrowedValue? {
        if case .defaultValue(let scalar) = self {
            switch value {
            case .null: return scalar.value
            case .text(let text) where text.isEmpty: return scalar.value
            default: return value
            }
        }
        if value.isNull { return .null }
        switch self {
        case .pass, .defaultValue: return value
        case .trim: return Self.text(value) { $0.trimmedPlainly.map(BorrowedValue.text) }
        case .uppercase:
            return Self.text(value) { $0.mapASCII(&scratch) { $0.uppercasedASCII }.map(BorrowedValue.text) }
        case .lowercase:
            return Self.text(value) { $0.mapASCII(&scratch) { $0.lowercasedASCII }.map(BorrowedValue.text) }
        case .guardFormula: return Self.text(value) { $0.guarded(&scratch).map(BorrowedValue.text) }
        case .truncate(let units): return Self.text(value) { $0.truncatedPlainly(units).map(BorrowedValue.text) }
        case .replace(let old, let new):
            return Self.text(value) { $0.replacing(old.bytes, with: new.bytes, &scratch).map(BorrowedValue.text) }
        case .nullIf(let scalar):
            if case .double = value { return nil }
            return scalar.value.isSame(as: value) ? .null : value
        case .map(let entries, let otherwise):
            if case .double = value { return nil }
            for at in entries.indices where entries[at].from.isSame(as: value) { return entries[at].to.value }
            return otherwise == .pass ? value : value.text(in: &scratch).map(BorrowedValue.text)
        case .round(let places):
            guard case .decimal(let number) = value else { return nil }
            return .decimal(number.rounded(places: places))
        case .scale(let factor):
            guard case .decimal(let number) = value else { return nil }
            return number.multiplied(by: factor).map(BorrowedValue.decimal)
        case .castToString: return value.text(in: &scratch).map(BorrowedValue.text)
        case .castToNumber:
            switch value {
            case .text(let text): return text.trimmedPlainly.flatMap { SmallDecimal($0) }.map(BorrowedValue.decimal)
            case .decimal, .double: return value
            default: return nil
            }
        case .castToBoolean:
            guard case .boolean = value else { return nil }
            return value
        case .dateOnly(let zone): return zone.day(of: value).map(BorrowedValue.date)
        }
    }

    @inline(__always)
    private static func text(
        _ value: BorrowedValue, _ change: (UnsafeRawBufferPointer) -> BorrowedValue?
    ) -> BorrowedValue? {
        guard case .text(let text) = value else { return value }
        return change(text)
    }
}

/// The text transforms where bytes are enough; `nil` where letters have to be known.
extension UnsafeRawBufferPointer {
    /// Without blanks at either end; `nil` if the text begins or ends with a character that may be an uncommon blank.
    var trimmedPlainly: UnsafeRawBufferPointer? {
        var (start, end) = (0, count)
        while start < end, self[start].isBlankASCII { start += 1 }
        while start < end, self[end - 1].isBlankASCII { end -= 1 }
        guard start < end else { return UnsafeRawBufferPointer(rebasing: self[start..<end]) }
        if self[start].mayBeginBlank { return nil }
        var last = end - 1
        while last > start, self[last] & 0xC0 == 0x80 { last -= 1 }
        return self[last].mayBeginBlank ? nil : UnsafeRawBufferPointer(rebasing: self[start..<end])
    }

    @inline(__always)
    func mapASCII(_ scratch: inout ScratchText, _ change: (UInt8) -> UInt8) -> UnsafeRawBufferPointer? {
        guard let memory = scratch.take(count) else { return nil }
        var all: UInt8 = 0
        for at in 0..<count {
            all |= self[at]
            memory[at] = change(self[at])
        }
        return all < 0x80 ? UnsafeRawBufferPointer(memory) : nil
    }

    func guarded(_ scratch: inout ScratchText) -> UnsafeRawBufferPointer? {
        guard let first, "=+-@\t\r".utf8.contains(first) else { return self }
        guard let memory = scratch.take(count + 1) else { return nil }
        memory[0] = UInt8(ascii: "'")
        for at in 0..<count { memory[at + 1] = self[at] }
        return UnsafeRawBufferPointer(memory)
    }

    func truncatedPlainly(_ units: Int) -> UnsafeRawBufferPointer? {
        // UTF-8 is never shorter than UTF-16.
        guard count > units else { return self }
        // Of ASCII only CR and LF together are one character.
        for at in 0..<count where self[at] >= 0x80 || self[at] == 0x0D { return nil }
        return UnsafeRawBufferPointer(rebasing: self[..<units])
    }

    func replacing(
        _ old: UnsafeRawBufferPointer, with new: UnsafeRawBufferPointer, _ scratch: inout ScratchText
    ) -> UnsafeRawBufferPointer? {
        guard firstOffset(of: old) != nil else { return self }
        var parts = 0
        var at = 0
        while let found = firstOffset(of: old, from: at) {
            parts += 1
            at = found + old.count
        }
        guard let memory = scratch.take(count + parts * (new.count - old.count)) else { return nil }
        var (from, to) = (0, 0)
        func copy(_ bytes: UnsafeRawBufferPointer) {
            for byte in bytes {
                memory[to] = byte
                to += 1
            }
        }
        while let found = firstOffset(of: old, from: from) {
            copy(UnsafeRawBufferPointer(rebasing: self[from..<found]))
            copy(new)
            from = found + old.count
        }
        copy(UnsafeRawBufferPointer(rebasing: self[from...]))
        return UnsafeRawBufferPointer(memory)
    }
}

extension UInt8 {
    /// Unicode's white space of one byte.
    @inline(__always)
    fileprivate var isBlankASCII: Bool { self == 0x20 || (self >= 0x09 && self <= 0x0D) }

    /// First bytes of U+0085, U+00A0, U+1680, U+2000 and others, U+3000, and of many characters that are no blanks.
    @inline(__always)
    fileprivate var mayBeginBlank: Bool { self == 0xC2 || (self >= 0xE1 && self <= 0xE3) }

    @inline(__always)
    fileprivate var uppercasedASCII: UInt8 { self >= 0x61 && self <= 0x7A ? self - 0x20 : self }

    @inline(__always)
    fileprivate var lowercasedASCII: UInt8 { self >= 0x41 && self <= 0x5A ? self + 0x20 : self }
}
