/// What the fingerprints of a definition's rows are keyed with: a digest of everything but the row that decides whether a
/// row is unchanged. Fingerprints of two keys have nothing to do with each other.
package struct FingerprintKey: Hashable, Sendable {
    fileprivate let first: UInt64
    fileprivate let second: UInt64
    /// Names the key without giving it away: the ledger has it beside each fingerprint.
    package let id: Int64

    /// - Parameter text: Equal only where equal rows are judged equally.
    package init(of text: String) {
        let digest = Digest(of: text).bytes
        self = digest.withUnsafeBytes { bytes in
            FingerprintKey(
                bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self),
                bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
                bytes.loadUnaligned(fromByteOffset: 16, as: Int64.self))
        }
    }

    private init(_ first: UInt64, _ second: UInt64, _ id: Int64) {
        self.first = UInt64(bigEndian: first)
        self.second = UInt64(bigEndian: second)
        self.id = Int64(bigEndian: id)
    }
}

/// 128 bits of a digest over a row's bytes as COPY delivers them (SPEC §8).
package struct RowFingerprint: Hashable, Sendable {
    // Eight bytes each, big end first.
    private let first: UInt64
    private let second: UInt64

    package static let byteCount = 16

    /// - Parameter row: As ``CopyRow/bytes``, without its line feed.
    @inline(__always)
    package init(of row: UnsafeRawBufferPointer, _ key: FingerprintKey) {
        (first, second) = SipHash.hash128(row, key: (key.first, key.second), rounds: (1, 3))
    }

    /// - Parameter words: 16 bytes.
    @inline(__always)
    package init(words: UnsafeRawBufferPointer) {
        first = UInt64(bigEndian: words.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
        second = UInt64(bigEndian: words.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }

    package var bytes: [UInt8] {
        [first, second].flatMap { word in withUnsafeBytes(of: word.bigEndian) { Array($0) } }
    }
}
