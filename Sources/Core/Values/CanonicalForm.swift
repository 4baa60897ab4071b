internal import Crypto

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

/// A SHA-256, without memory of its own.
package struct Digest: Hashable, Sendable, Comparable {
    // Eight bytes each, big end first, so that the words compare as the bytes do.
    private let first: UInt64
    private let second: UInt64
    private let third: UInt64
    private let fourth: UInt64

    /// - Returns: `nil` unless there are 32 bytes.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        let all = Array(bytes)
        self = all.withUnsafeBytes { Digest(words: $0) }
    }

    package init(of bytes: [UInt8]) { self = bytes.withUnsafeBytes { Digest(of: $0) } }

    package init(of text: String) { self.init(of: Array(text.utf8)) }

    package init(of bytes: UnsafeRawBufferPointer) {
        var hash = SHA256()
        hash.update(bufferPointer: bytes)
        self = hash.finalize().withUnsafeBytes { Digest(words: $0) }
    }

    /// - Parameter words: 32 bytes.
    package init(words: UnsafeRawBufferPointer) {
        first = UInt64(bigEndian: words.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
        second = UInt64(bigEndian: words.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        third = UInt64(bigEndian: words.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
        fourth = UInt64(bigEndian: words.loadUnaligned(fromByteOffset: 24, as: UInt64.self))
    }

    package var bytes: [UInt8] {
        [first, second, third, fourth].flatMap { word in withUnsafeBytes(of: word.bigEndian) { Array($0) } }
    }

    package static func < (left: Digest, right: Digest) -> Bool {
        (left.first, left.second, left.third, left.fourth) < (right.first, right.second, right.third, right.fourth)
    }

    package var hexadecimal: String { Hexadecimal.text(bytes) }

    /// `sha256:…`, as plans print it.
    package var text: String { "sha256:" + hexadecimal }

    /// The first eight bytes, as one number.
    package var prefix: UInt64 { first }
}

/// The hashes of one projection: of the whole and of each field.
package struct ContentHash: Hashable, Sendable {
    package let whole: Digest
    /// Eight bytes for each field, in the order of the mapping.
    package let fields: [UInt64]

    package init(of values: [Value]) {
        var all: [UInt8] = []
        var ends: [Int] = []
        for value in values {
            CanonicalForm.append(value, to: &all)
            ends.append(all.count)
        }
        self = all.withUnsafeBytes { ContentHash(of: $0, ends: ends) }
    }

    /// - Parameters:
    ///   - canonical: The canonical form of the whole.
    ///   - ends: Where each field ends in it.
    init(of canonical: UnsafeRawBufferPointer, ends: [Int]) {
        var fields: [UInt64] = []
        fields.reserveCapacity(ends.count)
        var start = 0
        for end in ends {
            fields.append(
                end - start == 1
                    ? Self.noValue : Digest(of: UnsafeRawBufferPointer(rebasing: canonical[start..<end])).prefix)
            start = end
        }
        self.whole = Digest(of: canonical)
        self.fields = fields
    }

    /// Hashes that were made before.
    package init(whole: Digest, fields: [UInt64]) {
        self.whole = whole
        self.fields = fields
    }

    /// The hashes of something that is no projection of any row, such as an item that was cleared in part.
    package init(fields: [UInt64]) {
        var all: [UInt8] = [255]
        for field in fields { CanonicalForm.appendBig(field, to: &all) }
        self.whole = Digest(of: all)
        self.fields = fields
    }

    /// The hash that a field without a value has.
    package static let noValue = Digest(of: [0] as [UInt8]).prefix
}
