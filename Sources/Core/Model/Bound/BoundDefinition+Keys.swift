extension BoundDefinition {
    /// The texts of the key columns that a ledger key stands for; `nil` if it is no key of this definition.
    package func parts(of ledgerKey: LedgerKey) -> [String]? { ledgerKey.parts(key.lazy.map(\.form)) }

    /// The ledger's key of a row, by the canonical texts of its key columns; `nil` if they are none.
    package func ledgerKey(parts: [String]) -> LedgerKey? { LedgerKey(parts: parts, forms: key.lazy.map(\.form)) }

    /// The columns of the key as the registry keeps them.
    package var keyShape: KeyShape {
        KeyShape(parts: key.map { KeyShape.Part(column: $0.column, type: $0.type, form: $0.form) })
    }

    /// The same definition with nothing to read but the key, and behind it the columns of another key.
    ///
    /// A row's ``RowEvaluator/key(of:)`` is what it always is; the texts of the other key follow it.
    /// - Returns: `nil` if the relation lacks one of the columns, or if one cannot be part of a key.
    package func showing(_ other: KeyShape) -> BoundDefinition? {
        var bound = keysOnly
        for part in other.parts {
            guard let column = relation.column(part.column), let form = KeyForm.of(column.type) else { return nil }
            bound.reads.append(
                Read(expression: .column(part.column, form.readForm(of: column.type)), type: column.type, kind: .text))
        }
        return bound
    }

    /// The same definition with nothing to read but the key.
    package var keysOnly: BoundDefinition {
        var bound = self
        bound.reads = Array(reads.prefix(key.count))
        bound.fields = []
        bound.shardingReads = []
        bound.watermark = nil
        bound.wider = nil
        return bound
    }
}
