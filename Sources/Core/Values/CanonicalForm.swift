/// `canon v1`: the bytes that stand for a projection, equal exactly where the values are equal (SPEC §10).
///
/// For each field in the order of the mapping: a tag of one byte; then, but for no value, the length of the payload as
/// four bytes, big end first; then the payload.
///
/// | tag | value | payload |
/// |---|---|---|
/// | 0 | none | – |
/// | 1 | text | UTF-8 |
/// | 2 | number | the 8 bytes of the double, big end first; zero is positive |
/// | 3 | boolean | one byte, 0 or 1 |
/// | 4 | instant | seconds since 1970, int64, big end first |
/// | 5 | date | days since 1970-01-01, int32, big end first |
/// | 6 | set | for each value in order of its UTF-8: length as four bytes, UTF-8 |
package enum CanonicalForm {
    package static let version: Int16 = 1

    package static func append(_ value: Value, to output: inout [UInt8]) {
        switch value {
        case .null:
            output.append(0)
        case .text(let text):
            output.append(1)
            appendText(text, to: &output)
        case .number(let number):
            output.append(2)
            appendBig(UInt32(8), to: &output)
            appendBig((number == 0 ? 0 : number).bitPattern, to: &output)
        case .boolean(let flag):
            output.append(3)
            appendBig(UInt32(1), to: &output)
            output.append(flag ? 1 : 0)
        case .instant(let instant):
            output.append(4)
            appendBig(UInt32(8), to: &output)
            appendBig(instant.seconds, to: &output)
        case .date(let date):
            output.append(5)
            appendBig(UInt32(4), to: &output)
            appendBig(date.days, to: &output)
        case .set(let values):
            output.append(6)
            appendBig(UInt32(values.reduce(0) { $0 + 4 + $1.utf8.count }), to: &output)
            for value in values { appendText(value, to: &output) }
        }
    }

    private static func appendText(_ text: String, to output: inout [UInt8]) {
        appendBig(UInt32(text.utf8.count), to: &output)
        output.append(contentsOf: text.utf8)
    }

    static func appendBig(_ value: some FixedWidthInteger, to output: inout [UInt8]) {
        withUnsafeBytes(of: value.bigEndian) { output.append(contentsOf: $0) }
    }
}
