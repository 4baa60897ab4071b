/// How one key column is read, ordered and written.
package enum KeyForm: String, Hashable, Sendable, CaseIterable {
    case integer, boolean, uuid, date, timestamp, timestamptz, numeric, text

    /// - Returns: `nil` for types that cannot be part of a key: floats, json, bytea, arrays, structures.
    package static func of(_ type: SourceType) -> KeyForm? {
        switch type {
        case .smallint, .integer, .bigint, .oid: .integer
        case .boolean: .boolean
        case .uuid: .uuid
        case .date: .date
        case .timestamp: .timestamp
        case .timestamptz: .timestamptz
        case .numeric, .money: .numeric
        case .real, .double, .json, .jsonb, .xml, .bytea, .array, .composite: nil
        case .varchar, .char, .text, .name, .time, .timetz, .interval, .inet, .cidr, .macaddr, .bit, .enumeration,
            .range, .other:
            .text
        }
    }

    /// Whether PostgreSQL's own order of the type is the ledger's; else the text is ordered byte by byte.
    package var ordersNatively: Bool {
        switch self {
        case .integer, .boolean, .uuid, .date, .timestamp, .timestamptz: true
        case .numeric, .text: false
        }
    }

    /// Appends the ledger's form of one part and returns the part's canonical text.
    /// - Parameter text: As PostgreSQL prints the value under the pinned settings of SPEC §8.
    /// - Returns: `nil` if the text is not of this form, which only a wrong read expression can cause.
    package func append(_ text: String, to key: inout [UInt8]) -> String? {
        switch self {
        case .integer:
            guard let value = Int64(text) else { return nil }
            appendOrdered(value, to: &key)
            return String(value)
        case .boolean:
            guard text == "t" || text == "f" else { return nil }
            key.append(text == "t" ? 1 : 0)
            return text == "t" ? "true" : "false"
        case .uuid:
            let digits = text.utf8.filter { $0 != UInt8(ascii: "-") }
            guard digits.count == 32 else { return nil }
            for at in stride(from: 0, to: 32, by: 2) {
                guard let high = Character(Unicode.Scalar(digits[at])).hexDigitValue,
                    let low = Character(Unicode.Scalar(digits[at + 1])).hexDigitValue
                else { return nil }
                key.append(UInt8(high << 4 | low))
            }
            return text.lowercased()
        case .date:
            guard let date = PostgreSQLText.date(text) else { return nil }
            switch date {
            case .finite(let days):
                appendOrdered(Int64(days), to: &key)
                return PostgreSQLText.isoText(days: Int(days))
            case .infinity(let positive): return appendInfinity(positive, to: &key)
            }
        case .timestamp, .timestamptz:
            guard let timestamp = PostgreSQLText.timestamp(text) else { return nil }
            switch timestamp {
            case .finite(let microseconds):
                appendOrdered(microseconds, to: &key)
                return PostgreSQLText.isoText(microseconds: microseconds, zoned: self == .timestamptz)
            case .infinity(let positive): return appendInfinity(positive, to: &key)
            }
        case .numeric:
            let canonical = DecimalNumber(text)?.text ?? text
            key.append(contentsOf: canonical.utf8)
            key.append(0)
            return canonical
        case .text:
            key.append(contentsOf: text.utf8)
            key.append(0)
            return text
        }
    }

    /// Appends the ledger's form of one part, read in place.
    /// - Returns: `false` for texts that have to be read as such; then nothing was written.
    @inline(__always)
    func append(_ row: borrowing CopyRow, _ field: Int, to key: inout ByteWriter) -> Bool {
        let text = row.escaped(field)
        switch self {
        case .integer:
            guard let number = SmallDecimal(text), number.scale == 0 else { return false }
            key.appendBig(UInt64(bitPattern: number.digits) ^ (1 << 63))
        case .date:
            guard let days = ShortMoment.days(text) else { return false }
            key.appendBig(UInt64(bitPattern: Int64(days)) ^ (1 << 63))
        case .timestamp, .timestamptz:
            guard let microseconds = ShortMoment.microseconds(text) else { return false }
            key.appendBig(UInt64(bitPattern: microseconds) ^ (1 << 63))
        case .text:
            if row.hasEscapes, ByteSearch.contains(UInt8(ascii: "\\"), in: text) { return false }
            key.append(text)
            key.append(0)
        case .uuid:
            guard let (high, low) = Self.uuid(text) else { return false }
            key.appendBig(high)
            key.appendBig(low)
        case .boolean, .numeric: return false
        }
        return true
    }

    /// The two halves of a UUID as PostgreSQL prints it.
    private static func uuid(_ text: UnsafeRawBufferPointer) -> (UInt64, UInt64)? {
        guard text.count == 36 else { return nil }
        var halves: (UInt64, UInt64) = (0, 0)
        var digits = 0
        for byte in text where byte != UInt8(ascii: "-") {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            default: return nil
            }
            if digits < 16 {
                halves.0 = halves.0 << 4 | UInt64(digit)
            } else {
                halves.1 = halves.1 << 4 | UInt64(digit)
            }
            digits += 1
        }
        return digits == 32 ? halves : nil
    }

    private func appendInfinity(_ positive: Bool, to key: inout [UInt8]) -> String {
        appendOrdered(positive ? Int64.max : Int64.min, to: &key)
        return positive ? "infinity" : "-infinity"
    }

    /// Eight bytes, big end first, with the sign bit flipped: they compare as the numbers do.
    private func appendOrdered(_ value: Int64, to key: inout [UInt8]) {
        CanonicalForm.appendBig(UInt64(bitPattern: value) ^ (1 << 63), to: &key)
    }
}

extension KeyForm {
    /// The text of the part that begins at `offset`, as PostgreSQL reads it back; `offset` moves behind it.
    /// - Returns: `nil` if the bytes are no key of this form.
    package func text(in key: [UInt8], at offset: inout Int) -> String? {
        switch self {
        case .boolean:
            guard offset < key.count, key[offset] <= 1 else { return nil }
            defer { offset += 1 }
            return key[offset] == 1 ? "true" : "false"
        case .uuid:
            guard offset + 16 <= key.count else { return nil }
            let digits = Array(Hexadecimal.text(Array(key[offset..<offset + 16])))
            offset += 16
            return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }.joined(separator: "-")
        case .integer, .date, .timestamp, .timestamptz:
            guard offset + 8 <= key.count else { return nil }
            let raw = key[offset..<offset + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            guard let text = orderedText(Int64(bitPattern: raw ^ (1 << 63))) else { return nil }
            offset += 8
            return text
        case .numeric, .text:
            guard let end = key[offset...].firstIndex(of: 0),
                let text = String(validating: key[offset..<end], as: UTF8.self)
            else { return nil }
            offset = end + 1
            return text
        }
    }

    /// - Returns: `nil` for a day that no calendar of PostgreSQL's has.
    private func orderedText(_ value: Int64) -> String? {
        if self == .integer { return String(value) }
        if value == .max { return "infinity" }
        if value == .min { return "-infinity" }
        guard self == .date else { return PostgreSQLText.isoText(microseconds: value, zoned: self == .timestamptz) }
        return Int32(exactly: value).map { PostgreSQLText.isoText(days: Int($0)) }
    }
}
