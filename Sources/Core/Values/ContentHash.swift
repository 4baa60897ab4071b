internal import Crypto

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
