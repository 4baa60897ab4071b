/// A row's key in the form the ledger stores: bytes whose order is the order in which the source is read (SPEC §7).
package struct LedgerKey: Hashable, Sendable, Comparable {
    package let bytes: [UInt8]

    package init(bytes: [UInt8]) { self.bytes = bytes }

    package init(_ bytes: UnsafeRawBufferPointer) { self.bytes = Array(bytes) }

    package static func < (left: LedgerKey, right: LedgerKey) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}
