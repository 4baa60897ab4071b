/// Reads the rows of one scan in place: key, route and canonical projection as bytes in memory that the next row uses
/// again. What it says is what ``RowEvaluator`` says, which does for it what cannot be done in place.
package struct RowReader: ~Copyable {
    package let evaluator: RowEvaluator
    private let fields: FixedArray<FieldProgram>
    private let routing: RouteProgram?
    private var keyBytes = ByteWriter(capacity: 64)
    private var canonical = ByteWriter(capacity: 4096)
    private let fieldEnds: FixedArray<Int>
    private var scratch = ScratchText()

    package init(_ evaluator: RowEvaluator) {
        self.evaluator = evaluator
        let bound = evaluator.bound
        let zone = BorrowedZone(bound.zone)
        fields = FixedArray(count: bound.fields.count) {
            FieldProgram(bound.fields[$0], reads: bound.reads, zone: zone)
        }
        fieldEnds = FixedArray(bound.fields.map { _ in 0 })
        routing = RouteProgram(bound, now: evaluator.now)
    }

    /// The ledger's form of the key that was read last; valid until the next is read.
    package var key: UnsafeRawBufferPointer { keyBytes.bytes }

    /// Reads the key of a row.
    /// - Returns: `false` for a row whose key is NULL or not of its form; ``RowEvaluator/key(of:)`` says which.
    package mutating func readKey(of row: borrowing CopyRow) -> Bool {
        keyBytes.clear()
        let parts = evaluator.bound.key
        for at in parts.indices {
            if row.hasEscapes, row.isNull(at) { return false }
            if parts[at].form.append(row, at, to: &keyBytes) { continue }
            guard let text = row.text(at) else { return false }
            var bytes: [UInt8] = []
            guard parts[at].form.append(text, to: &bytes) != nil else { return false }
            bytes.withUnsafeBytes { keyBytes.append($0) }
        }
        return true
    }

    package mutating func route(of row: borrowing CopyRow) -> Route {
        scratch.clear()
        return routing?.route(row, &scratch) ?? evaluator.route(of: row)
    }

    /// Reads the projection of a row; then ``digest`` and ``contentHash`` are of it.
    /// - Throws: The first field's reason why the row cannot be written.
    package mutating func project(_ row: borrowing CopyRow) throws(Rejection) {
        canonical.clear()
        scratch.clear()
        for at in 0..<fields.count {
            if !fields.base[at].append(row, to: &canonical, &scratch) {
                let value = try evaluator.value(of: row, field: at)
                CanonicalForm.append(value, to: &canonical)
            }
            fieldEnds.base[at] = canonical.count
        }
    }

    package var digest: Digest { Digest(of: canonical.bytes) }

    package var contentHash: ContentHash {
        ContentHash(of: canonical.bytes, ends: (0..<fieldEnds.count).map { fieldEnds.base[$0] })
    }
}

extension CanonicalForm {
    static func append(_ value: Value, to output: inout ByteWriter) {
        var bytes: [UInt8] = []
        append(value, to: &bytes)
        bytes.withUnsafeBytes { output.append($0) }
    }
}
