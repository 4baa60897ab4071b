/// How far a definition's table has been read: the greatest value of its watermark column in a snapshot all of whose rows
/// are in their lists.
package struct CaptureMark: Hashable, Sendable {
    /// What the column counts in.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// `smallint`, `integer` and `bigint`, by their values.
        case number
        /// By days since 1970-01-01.
        case date
        /// By microseconds since 1970, on a clock.
        case timestamp
        /// By microseconds since 1970.
        case timestamptz

        /// - Returns: `nil` for a type that cannot be a watermark.
        package static func of(_ type: SourceType) -> Kind? {
            switch type {
            case .smallint, .integer, .bigint: .number
            case .date: .date
            case .timestamp: .timestamp
            case .timestamptz: .timestamptz
            default: nil
            }
        }

        /// - Parameter text: As PostgreSQL prints a value of the kind.
        /// - Returns: `nil` for an infinity, which marks nothing, and for anything else.
        package func value(of text: String) -> Int64? {
            switch self {
            case .number: return Int64(text)
            case .date:
                guard case .finite(let days) = PostgreSQLText.date(text) else { return nil }
                return Int64(days)
            case .timestamp, .timestamptz:
                guard case .finite(let microseconds) = PostgreSQLText.timestamp(text) else { return nil }
                return microseconds
            }
        }
    }

    package var column: String
    package var kind: Kind
    package var value: Int64
    /// What became of rows when it was made: see ``BoundDefinition/shape``.
    package var shape: String

    package init(column: String, kind: Kind, value: Int64, shape: String) {
        self.column = column
        self.kind = kind
        self.value = value
        self.shape = shape
    }

    /// Where a read of changes begins: the overlap before the mark.
    package func moved(back overlap: Int64) -> CaptureMark {
        let (difference, overflow) = value.subtractingReportingOverflow(overlap)
        return CaptureMark(column: column, kind: kind, value: overflow ? .min : difference, shape: shape)
    }

    /// The mark of a snapshot. A time in the future is no time of a change: as a mark it would hide all changes until then.
    /// - Parameters:
    ///   - greatest: The column's greatest value, as PostgreSQL prints it.
    ///   - now: The snapshot's own time, in microseconds since 1970.
    /// - Returns: `nil` if the value is no mark.
    package init?(_ watermark: BoundWatermark, greatest: String, now: Int64) {
        // A clock without a zone may be ahead of UTC by 14 hours.
        let ahead: Int64 = 14 * 3_600_000_000
        let latest: Int64 =
            switch watermark.kind {
            case .number: .max
            case .date: (now + ahead).quotientAndRemainderFlooring(dividingBy: 86_400_000_000).quotient
            case .timestamp: now + ahead
            case .timestamptz: now
            }
        let value: Int64
        if let read = watermark.kind.value(of: greatest) {
            value = min(read, latest)
        } else if greatest != "-infinity", watermark.kind != .number {
            // Beyond what 64 bits hold, or `infinity`.
            value = latest
        } else {
            return nil
        }
        self.init(column: watermark.column, kind: watermark.kind, value: value, shape: watermark.shape)
    }

    // MARK: Texts

    /// The value as PostgreSQL reads it back; digits and punctuation only.
    package var text: String {
        switch kind {
        case .number: String(value)
        case .date:
            // Nothing is before PostgreSQL's first day or after its last.
            PostgreSQLText.isoText(days: Int(min(max(value, -2_440_588), 2_145_042_905)))
        case .timestamp, .timestamptz:
            PostgreSQLText.isoText(microseconds: max(value, -210_866_803_200_000_000), zoned: kind == .timestamptz)
        }
    }

    /// What the registry keeps.
    package var json: JSON {
        [
            "column": .string(column), "kind": .string(kind.rawValue), "value": .number(value), "shape": .string(shape),
        ]
    }

    /// - Returns: `nil` if it is none; then the whole table is read.
    package init?(_ json: JSON) {
        guard let column = json["column"]?.string, let kind = json["kind"]?.string.flatMap(Kind.init),
            let value = json["value"]?.integer, let shape = json["shape"]?.string
        else { return nil }
        self.init(column: column, kind: kind, value: Int64(value), shape: shape)
    }
}
