/// A source value that owns no memory: its text is in the row, in the scratch memory of the row, or in a constant of the
/// mapping. Valid as long as that is.
///
/// It holds what most values are. Long numbers, infinities, structures and lists it does not: `nil` instead of a value
/// means that ``SourceValue`` has to be asked, which always knows.
enum BorrowedValue {
    case null
    case text(UnsafeRawBufferPointer)
    case decimal(SmallDecimal)
    /// Of a `real` or `double precision` column.
    case double(Double)
    case boolean(Bool)
    /// Days since 1970-01-01.
    case date(Int32)
    /// Microseconds since 1970.
    case timestamp(microseconds: Int64, zoned: Bool)

    /// How the text of a column is read.
    enum Reading {
        case text, decimal, double, boolean, date
        case timestamp(zoned: Bool)

        /// - Returns: `nil` for kinds that have no borrowed form.
        init?(_ read: BoundDefinition.Read) {
            switch read.kind {
            case .text: self = .text
            case .boolean: self = .boolean
            case .date: self = .date
            case .timestamp(let zoned): self = .timestamp(zoned: zoned)
            case .list, .json: return nil
            case .number:
                switch read.type {
                case .real, .double: self = .double
                default: self = .decimal
                }
            }
        }
    }

    /// Reads a field of a row. A field with escapes is written plainly into `scratch` first.
    @inline(__always)
    static func read(
        _ row: borrowing CopyRow, _ field: Int, _ reading: Reading, _ scratch: inout ScratchText
    ) -> BorrowedValue? {
        let escaped = row.escaped(field)
        if row.hasEscapes {
            if row.isNull(field) { return .null }
            if ByteSearch.contains(UInt8(ascii: "\\"), in: escaped) {
                guard case .text = reading, let plain = row.unescaped(field, in: &scratch) else { return nil }
                return .text(plain)
            }
        }
        return value(of: escaped, reading)
    }

    /// - Parameter text: As PostgreSQL prints a value that is not NULL.
    @inline(__always)
    static func value(of text: UnsafeRawBufferPointer, _ reading: Reading) -> BorrowedValue? {
        switch reading {
        case .text: return .text(text)
        case .decimal: return SmallDecimal(text).map(BorrowedValue.decimal)
        case .double: return SmallDecimal(text)?.double.map(BorrowedValue.double)
        case .boolean:
            guard text.count == 1 else { return nil }
            return text[0] == UInt8(ascii: "t") ? .boolean(true) : text[0] == UInt8(ascii: "f") ? .boolean(false) : nil
        case .date: return ShortMoment.days(text).map(BorrowedValue.date)
        case .timestamp(let zoned):
            return ShortMoment.microseconds(text).map { .timestamp(microseconds: $0, zoned: zoned) }
        }
    }

    @inline(__always)
    var isNull: Bool {
        if case .null = self { return true }
        return false
    }

    /// The text that a text column or a key shows for the value; `nil` for what only ``SourceValue`` can say.
    func text(in scratch: inout ScratchText) -> UnsafeRawBufferPointer? {
        switch self {
        case .text(let text): text
        case .decimal(let number): number.text(in: &scratch)
        case .boolean(let flag): flag ? BorrowedConstant.trueText.bytes : BorrowedConstant.falseText.bytes
        case .null, .double, .date, .timestamp: nil
        }
    }

    /// Whether the two are equal as PostgreSQL's `=`; `nil` if only ``SourceValue`` can say.
    @inline(__always)
    func isSame(as other: BorrowedValue) -> Bool {
        if case .text(let left) = self, case .text(let right) = other { return left.isSame(as: right) }
        return compared(to: other) == 0
    }

    /// The sign of `self - other`; `nil` if the two do not compare.
    @inline(__always)
    func compared(to other: BorrowedValue) -> Int? {
        switch (self, other) {
        case (.text(let left), .text(let right)): left.order(against: right).signum()
        case (.decimal(let left), .decimal(let right)): left.compared(to: right)
        case (.boolean(let left), .boolean(let right)): left == right ? 0 : left ? 1 : -1
        case (.date(let left), .date(let right)): left < right ? -1 : left == right ? 0 : 1
        case (.timestamp(let left, _), .timestamp(let right, _)): left < right ? -1 : left == right ? 0 : 1
        default: nil
        }
    }

    /// Microseconds since 1970 of a date or timestamp.
    @inline(__always)
    var microseconds: Int64? {
        switch self {
        case .date(let days): Int64(days) * 86_400_000_000
        case .timestamp(let microseconds, _): microseconds
        default: nil
        }
    }
}

/// Bytes of a mapping or a rule, at one address as long as the program runs over rows.
final class BorrowedConstant {
    let bytes: UnsafeRawBufferPointer

    nonisolated(unsafe) static let trueText = BorrowedConstant("true")
    nonisolated(unsafe) static let falseText = BorrowedConstant("false")

    convenience init(_ text: String) { self.init(Array(text.utf8)) }

    init(_ bytes: [UInt8]) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        memory.copyBytes(from: bytes)
        self.bytes = UnsafeRawBufferPointer(memory)
    }

    deinit { bytes.deallocate() }
}

/// A value that a mapping or a rule names, in its borrowed form.
struct BorrowedScalar {
    let value: BorrowedValue
    /// Keeps the text of `value` where it is.
    private let owner: BorrowedConstant?

    /// A text.
    init(_ bytes: [UInt8]) {
        let constant = BorrowedConstant(bytes)
        value = .text(constant.bytes)
        owner = constant
    }

    /// - Returns: `nil` if the value has no borrowed form.
    init?(_ value: SourceValue) {
        var owner: BorrowedConstant?
        switch value {
        case .null: self.value = .null
        case .text(let text):
            let constant = BorrowedConstant(text)
            owner = constant
            self.value = .text(constant.bytes)
        case .decimal(let number):
            guard let small = SmallDecimal(number) else { return nil }
            self.value = .decimal(small)
        case .boolean(let flag): self.value = .boolean(flag)
        case .date(let days): self.value = .date(days)
        case .timestamp(let microseconds, let zoned): self.value = .timestamp(microseconds: microseconds, zoned: zoned)
        case .double, .endless, .notFinite, .list, .json: return nil
        }
        self.owner = owner
    }
}

/// The site's zone, shared instead of copied.
final class BorrowedZone {
    private let zone: SiteTimeZone

    init(_ zone: SiteTimeZone) { self.zone = zone }

    /// The day of a date, or of a timestamp: a moment has the day of the people who read it, digits on a clock their own.
    @inline(__always)
    func day(of value: BorrowedValue) -> Int32? {
        switch value {
        case .date(let days): return days
        case .timestamp(let microseconds, let zoned):
            let seconds = microseconds.quotientAndRemainderFlooring(dividingBy: 1_000_000).quotient
            return (zoned ? zone : .utc).day(of: Instant(seconds: seconds)).days
        default: return nil
        }
    }
}
