/// One field, made ready for many rows: its value is read in place, changed, and appended in its canonical form, without
/// a text or an array for each row.
struct FieldProgram: ~Copyable {
    /// `nil`: only the general way can do the field.
    private let reading: BorrowedValue.Reading?
    private let read: Int
    private let steps: FixedArray<BorrowedStep>
    private let fit: BorrowedFit

    init(_ field: BoundField, reads: [BoundDefinition.Read], zone: BorrowedZone) {
        read = field.read
        var reading = BorrowedValue.Reading(reads[field.read])
        var steps: [BorrowedStep] = []
        for step in field.steps {
            if let step = BorrowedStep(step, zone) { steps.append(step) } else { reading = nil }
        }
        if let fit = BorrowedFit(field.type, zone) {
            self.fit = fit
        } else {
            self.fit = .boolean
            reading = nil
        }
        self.reading = reading
        self.steps = FixedArray(steps)
    }

    /// - Returns: `false` for a value that only the general way can do, or must reject; then nothing was written.
    @inline(__always)
    func append(
        _ row: borrowing CopyRow, to output: inout ByteWriter, _ scratch: inout ScratchText
    ) -> Bool {
        guard let reading, var value = BorrowedValue.read(row, read, reading, &scratch) else { return false }
        for at in 0..<steps.count {
            guard let next = steps.base[at].apply(to: value, &scratch) else { return false }
            value = next
        }
        return fit.append(value, to: &output, &scratch)
    }
}
