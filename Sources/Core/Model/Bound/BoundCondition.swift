/// A condition whose scalars have the types of their columns: ready to be asked of rows.
package indirect enum BoundCondition: Hashable, Sendable {
    case all([BoundCondition])
    case any([BoundCondition])
    case not(BoundCondition)
    /// The index of the column among the values that sharding reads.
    case column(Int, Test)

    package enum Test: Hashable, Sendable {
        case equal([SourceValue])
        case compare(Order, SourceValue)
        case prefix([UInt8])
        case suffix([UInt8])
        case contains(String)
        case isNull
        /// Microseconds before now.
        case olderThan(Int64)
        case newerThan(Int64)
    }

    package enum Order: Hashable, Sendable {
        case greater, greaterOrEqual, less, lessOrEqual
    }

    /// - Parameters:
    ///   - row: The values that sharding reads.
    ///   - now: Microseconds since 1970; one for all rounds of an apply.
    package func holds(for row: [SourceValue], now: Int64) -> Bool {
        switch self {
        case .all(let parts): parts.allSatisfy { $0.holds(for: row, now: now) }
        case .any(let parts): parts.contains { $0.holds(for: row, now: now) }
        case .not(let part): !part.holds(for: row, now: now)
        case .column(let index, let test): test.holds(for: row[index], now: now)
        }
    }
}

extension BoundCondition.Test {
    /// Two-valued: every test but `isNull` is false for NULL.
    func holds(for value: SourceValue, now: Int64) -> Bool {
        if case .isNull = self { return value == .null }
        if value == .null { return false }
        switch self {
        case .isNull: return false
        case .equal(let wanted): return wanted.contains { $0.isSame(as: value) }
        case .compare(let order, let bound):
            guard let sign = value.compared(to: bound) else { return false }
            return switch order {
            case .greater: sign > 0
            case .greaterOrEqual: sign >= 0
            case .less: sign < 0
            case .lessOrEqual: sign <= 0
            }
        case .prefix(let bytes):
            guard case .text(let text) = value else { return false }
            return text.utf8.starts(with: bytes)
        case .suffix(let bytes):
            guard case .text(let text) = value else { return false }
            return text.utf8.suffix(bytes.count).elementsEqual(bytes)
        case .contains(let part):
            guard case .text(let text) = value else { return false }
            return part.isEmpty || text.splitting(part).count > 1
        case .olderThan(let age):
            return value.microseconds.map { $0 < now - age } ?? (value == .endless(positive: false))
        case .newerThan(let age):
            return value.microseconds.map { $0 > now - age } ?? (value == .endless(positive: true))
        }
    }
}

extension SourceValue {
    /// Equal as PostgreSQL's `=` of the column's type; text by code point.
    func isSame(as other: SourceValue) -> Bool {
        switch (self, other) {
        case (.text(let left), .text(let right)): left.utf8.elementsEqual(right.utf8)
        default: compared(to: other) == 0
        }
    }

    /// The sign of `self - other`; `nil` if the two do not compare.
    func compared(to other: SourceValue) -> Int? {
        switch (self, other) {
        case (.text(let left), .text(let right)):
            if left.utf8.elementsEqual(right.utf8) { return 0 }
            return left.utf8.lexicographicallyPrecedes(right.utf8) ? -1 : 1
        case (.decimal(let left), .decimal(let right)): return left < right ? -1 : left == right ? 0 : 1
        case (.double(let left), .double(let right)): return left < right ? -1 : left == right ? 0 : 1
        case (.double(let left), .decimal(let right)):
            return SourceValue.double(left).compared(to: .double(right.double))
        case (.decimal(let left), .double(let right)):
            return SourceValue.double(left.double).compared(to: .double(right))
        case (.boolean(let left), .boolean(let right)): return left == right ? 0 : left ? 1 : -1
        case (.date(let left), .date(let right)): return left < right ? -1 : left == right ? 0 : 1
        case (.timestamp(let left, _), .timestamp(let right, _)): return left < right ? -1 : left == right ? 0 : 1
        case (.endless(let positive), .endless(let otherPositive)):
            return positive == otherPositive ? 0 : positive ? 1 : -1
        case (.endless(let positive), .date), (.endless(let positive), .timestamp): return positive ? 1 : -1
        case (.date, .endless(let positive)), (.timestamp, .endless(let positive)): return positive ? -1 : 1
        default: return nil
        }
    }

    /// Microseconds since 1970 of a date or timestamp; of one that 64 bits do not hold the nearest that they do.
    var microseconds: Int64? {
        switch self {
        case .date(let days):
            switch Int64(days).multipliedReportingOverflow(by: 86_400_000_000) {
            case (let product, false): product
            case (_, true): days < 0 ? .min : .max
            }
        case .timestamp(let microseconds, _): microseconds
        default: nil
        }
    }
}
