extension BoundDefinition {
    /// The texts of the key columns that a ledger key stands for; `nil` if it is no key of this definition.
    package func parts(of ledgerKey: LedgerKey) -> [String]? {
        var offset = 0
        var parts: [String] = []
        for part in key {
            guard let text = part.form.text(in: ledgerKey.bytes, at: &offset) else { return nil }
            parts.append(text)
        }
        return offset == ledgerKey.bytes.count ? parts : nil
    }
}

extension BoundDefinition {
    /// The ledger's key of a row, by the canonical texts of its key columns; `nil` if they are none.
    package func ledgerKey(parts: [String]) -> LedgerKey? {
        guard parts.count == key.count else { return nil }
        var bytes: [UInt8] = []
        for (part, text) in zip(key, parts) {
            guard part.form.append(canonical: text, to: &bytes) else { return nil }
        }
        return LedgerKey(bytes: bytes)
    }
}
