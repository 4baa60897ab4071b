/// A row's key in the form the ledger stores: bytes whose order is the order in which the source is read (SPEC §7).
package struct LedgerKey: Hashable, Sendable, Comparable {
    package let bytes: [UInt8]

    package init(bytes: [UInt8]) { self.bytes = bytes }

    package init(_ bytes: UnsafeRawBufferPointer) { self.bytes = Array(bytes) }

    package static func < (left: LedgerKey, right: LedgerKey) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

extension LedgerKey {
    /// The canonical texts that the key stands for; `nil` if it is no key of these forms.
    package func parts(_ forms: some Sequence<KeyForm>) -> [String]? {
        var offset = 0
        var parts: [String] = []
        for form in forms {
            guard let text = form.text(in: bytes, at: &offset) else { return nil }
            parts.append(text)
        }
        return offset == bytes.count ? parts : nil
    }

    /// The key of these canonical texts; `nil` if they are not of these forms.
    package init?(parts: [String], forms: some Collection<KeyForm>) {
        guard parts.count == forms.count else { return nil }
        var bytes: [UInt8] = []
        for (form, text) in zip(forms, parts) {
            guard form.append(canonical: text, to: &bytes) else { return nil }
        }
        self.bytes = bytes
    }
}
