extension Binder {
    /// The watermark over its column; `nil` without one, or if it cannot be used, which is reported.
    mutating func boundWatermark(shape: @autoclosure () -> String) -> BoundWatermark? {
        guard case .watermark(let watermark) = definition.capture else { return nil }
        let (name, place) = (watermark.column.value, watermark.column.place)
        guard let column = relation.column(name) else {
            unknownColumn(name, at: place)
            return nil
        }
        guard let kind = CaptureMark.Kind.of(column.type) else {
            diagnostics.error(
                .badWatermark,
                "The watermark column \"\(name)\" has the type \(column.type.description), which does not count changes.",
                help: "name a column of the type timestamptz, timestamp, date, bigint or integer that grows with every "
                    + "change, or write capture: SNAPSHOT", at: place)
            return nil
        }
        guard let overlap = overlap(watermark, kind) else { return nil }
        let isIndexed = relation.indexedColumns.contains(name)
        if !isIndexed,
            relation.kind == .table || relation.kind == .partitionedTable
                || relation.kind == .materializedView
        {
            diagnostics.warning(
                .watermarkNotIndexed,
                "No index of \(relation.schema).\(relation.name) begins with the watermark column \"\(name)\", so that a "
                    + "read of changes reads the whole table all the same.",
                help: "have one made: CREATE INDEX CONCURRENTLY ON \(relation.schema).\(relation.name) (\(name))",
                at: place)
        }
        return BoundWatermark(
            column: name, kind: kind, overlap: overlap, snapshotEvery: watermark.snapshotEvery, shape: shape())
    }

    /// In the unit of the column.
    private mutating func overlap(_ watermark: Watermark, _ kind: CaptureMark.Kind) -> Int64? {
        switch (watermark.overlap?.value, kind) {
        case (nil, .number): return Watermark.defaultOverlapValues
        case (.values(let values), .number): return values
        case (.seconds, .number):
            diagnostics.error(
                .badWatermark,
                "The watermark column \"\(watermark.column.value)\" counts in numbers, and the overlap is a duration.",
                help: "write overlapValues: 1000, more than the numbers that open transactions may hold",
                at: watermark.overlap?.place)
            return nil
        case (.values, _):
            diagnostics.error(
                .badWatermark,
                "The watermark column \"\(watermark.column.value)\" is a time, and the overlap is a number.",
                help: "write overlap: 10m, longer than a transaction is open", at: watermark.overlap?.place)
            return nil
        case (.seconds(let seconds), _): return units(seconds, kind)
        case (nil, _): return units(Watermark.defaultOverlapSeconds, kind)
        }
    }

    /// Days round up, and a day more: the column says on no clock when the day of a change began.
    private func units(_ seconds: Int64, _ kind: CaptureMark.Kind) -> Int64 {
        kind == .date ? (seconds + 86_399) / 86_400 + 1 : seconds * 1_000_000
    }
}
