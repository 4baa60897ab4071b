/// A watermark bound to its column.
package struct BoundWatermark: Hashable, Sendable {
    package var column: String
    package var kind: CaptureMark.Kind
    /// In the unit of the column: values, days, or microseconds.
    package var overlap: Int64
    package var snapshotEvery: Int64
    /// What becomes of a row: see ``BoundDefinition/shape``.
    package var shape: String

    package init(column: String, kind: CaptureMark.Kind, overlap: Int64, snapshotEvery: Int64, shape: String) {
        self.column = column
        self.kind = kind
        self.overlap = overlap
        self.snapshotEvery = snapshotEvery
        self.shape = shape
    }
}
