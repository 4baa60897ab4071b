/// Reads rows of a bound definition: the key, the route and the projection of each, as values. ``RowReader`` is the way
/// for many rows of which few have to be looked at.
package struct RowEvaluator {
    package let bound: BoundDefinition
    /// Microseconds since 1970; one for all rounds of an apply.
    package let now: Int64
    private let prefix: String

    /// - Parameter prefix: The first part of sync keys: the definition's name at its first apply.
    package init(_ bound: BoundDefinition, prefix: String, now: Int64) {
        self.bound = bound
        self.now = now
        self.prefix = prefix
    }

    /// The key of a row.
    /// - Throws: `KEY_IS_NULL`, or `BAD_VALUE` if the text is not of the key's form.
    package func key(of row: borrowing CopyRow) throws(Rejection) -> EvaluatedKey {
        // As many columns as were asked for, whatever the server makes of the statement.
        guard row.count == bound.reads.count else { throw Rejection(.badValue) }
        var bytes: [UInt8] = []
        var parts: [String] = []
        for (index, part) in bound.key.enumerated() {
            guard let text = row.text(index) else { throw Rejection(.keyIsNull) }
            guard let canonical = part.form.append(text, to: &bytes) else { throw Rejection(.badValue) }
            parts.append(canonical)
        }
        return EvaluatedKey(ledgerKey: LedgerKey(bytes: bytes), parts: parts, prefix: prefix)
    }

    package func route(of row: borrowing CopyRow) -> Route {
        var values: [SourceValue] = []
        values.reserveCapacity(bound.shardingReads.count)
        for read in bound.shardingReads { values.append(value(of: row, read: read.read) ?? .null) }
        return bound.routing.route(values, now: now)
    }

    /// The values of all fields, in their order.
    /// - Throws: The first field's reason why the row cannot be written.
    package func projection(of row: borrowing CopyRow) throws(Rejection) -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(bound.fields.count)
        for index in bound.fields.indices { values.append(try value(of: row, field: index)) }
        return values
    }

    /// The value of one field.
    /// - Throws: The reason why the row cannot be written.
    func value(of row: borrowing CopyRow, field index: Int) throws(Rejection) -> Value {
        do throws(Rejection) { return try project(row, bound.fields[index]) } catch {
            throw Rejection(error.code, field: index)
        }
    }

    private func project(_ row: borrowing CopyRow, _ field: BoundField) throws(Rejection) -> Value {
        guard var value = value(of: row, read: field.read) else { throw Rejection(.badValue) }
        for step in field.steps { value = try step.transform.apply(to: value, kind: step.kind, zone: bound.zone) }
        return try FieldFit.fit(value, into: field.type, zone: bound.zone)
    }

    private func value(of row: borrowing CopyRow, read index: Int) -> SourceValue? {
        guard index < row.count else { return nil }
        let read = bound.reads[index]
        return SourceValue(row.text(index), kind: read.kind, type: read.type)
    }
}
