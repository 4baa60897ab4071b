/// The routing of a definition, made ready for many rows: columns are read in place.
struct RouteProgram {
    private let reads: [(index: Int, reading: BorrowedValue.Reading)]
    private let conditions: [BorrowedCondition]
    private let routing: Routing

    /// - Returns: `nil` if only the general way can ask the rules.
    init?(_ bound: BoundDefinition, now: Int64) {
        var reads: [(index: Int, reading: BorrowedValue.Reading)] = []
        for read in bound.shardingReads {
            guard let reading = BorrowedValue.Reading(bound.reads[read.read]) else { return nil }
            if case .double = reading { return nil }
            reads.append((read.read, reading))
        }
        var conditions: [BorrowedCondition] = []
        for rule in bound.routing.rules {
            guard let condition = BorrowedCondition(rule.condition, now: now) else { return nil }
            conditions.append(condition)
        }
        self.reads = reads
        self.conditions = conditions
        routing = bound.routing
    }

    /// - Parameter values: Memory that is used again.
    /// - Returns: `nil` for a row that only the general way can route.
    @inline(__always)
    func route(
        _ row: borrowing CopyRow, _ values: inout [BorrowedValue], _ scratch: inout ScratchText
    ) -> Route? {
        values.removeAll(keepingCapacity: true)
        for at in reads.indices {
            guard let value = BorrowedValue.read(row, reads[at].index, reads[at].reading, &scratch) else { return nil }
            values.append(value)
        }
        for at in conditions.indices where conditions[at].holds(for: values) {
            return Route(list: routing.rules[at].list, decision: .rule(at))
        }
        guard let list = routing.defaultList else { return Route(list: nil, decision: .unrouted) }
        return Route(list: list, decision: .byDefault)
    }
}

/// ``BoundCondition`` over borrowed values.
indirect enum BorrowedCondition {
    case all([BorrowedCondition])
    case any([BorrowedCondition])
    case not(BorrowedCondition)
    case column(Int, Test)

    enum Test {
        case equal([BorrowedScalar])
        case compare(BoundCondition.Order, BorrowedScalar)
        case prefix(BorrowedConstant)
        case suffix(BorrowedConstant)
        case contains(BorrowedConstant)
        case isNull
        /// Microseconds since 1970.
        case before(Int64)
        case after(Int64)
    }

    /// - Returns: `nil` for a condition that has no borrowed form.
    init?(_ condition: BoundCondition, now: Int64) {
        switch condition {
        case .all(let parts), .any(let parts):
            let borrowed = parts.compactMap { BorrowedCondition($0, now: now) }
            guard borrowed.count == parts.count else { return nil }
            if case .all = condition { self = .all(borrowed) } else { self = .any(borrowed) }
        case .not(let part):
            guard let part = BorrowedCondition(part, now: now) else { return nil }
            self = .not(part)
        case .column(let index, let test):
            guard let test = Test(test, now: now) else { return nil }
            self = .column(index, test)
        }
    }

    func holds(for row: [BorrowedValue]) -> Bool {
        switch self {
        case .all(let parts):
            for at in parts.indices where !parts[at].holds(for: row) { return false }
            return true
        case .any(let parts):
            for at in parts.indices where parts[at].holds(for: row) { return true }
            return false
        case .not(let part): return !part.holds(for: row)
        case .column(let index, let test): return test.holds(for: row[index])
        }
    }
}

extension BorrowedCondition.Test {
    fileprivate init?(_ test: BoundCondition.Test, now: Int64) {
        switch test {
        case .equal(let wanted):
            let borrowed = wanted.compactMap { BorrowedScalar($0) }
            guard borrowed.count == wanted.count else { return nil }
            self = .equal(borrowed)
        case .compare(let order, let bound):
            guard let bound = BorrowedScalar(bound) else { return nil }
            self = .compare(order, bound)
        case .prefix(let bytes): self = .prefix(BorrowedConstant(bytes))
        case .suffix(let bytes): self = .suffix(BorrowedConstant(bytes))
        case .contains(let part): self = .contains(BorrowedConstant(part))
        case .isNull: self = .isNull
        case .olderThan(let age): self = .before(now - age)
        case .newerThan(let age): self = .after(now - age)
        }
    }

    /// Two-valued: every test but `isNull` is false for NULL.
    @inline(__always)
    fileprivate func holds(for value: BorrowedValue) -> Bool {
        if value.isNull {
            if case .isNull = self { return true }
            return false
        }
        switch self {
        case .isNull: return false
        case .equal(let wanted):
            for at in wanted.indices where wanted[at].value.isSame(as: value) { return true }
            return false
        case .compare(let order, let bound):
            guard let sign = value.compared(to: bound.value) else { return false }
            return switch order {
            case .greater: sign > 0
            case .greaterOrEqual: sign >= 0
            case .less: sign < 0
            case .lessOrEqual: sign <= 0
            }
        case .prefix(let bytes): return value.borrowedText?.starts(withBytes: bytes.bytes) ?? false
        case .suffix(let bytes): return value.borrowedText?.ends(withBytes: bytes.bytes) ?? false
        case .contains(let part): return value.borrowedText.map { $0.firstOffset(of: part.bytes) != nil } ?? false
        case .before(let moment): return value.microseconds.map { $0 < moment } ?? false
        case .after(let moment): return value.microseconds.map { $0 > moment } ?? false
        }
    }
}

extension BorrowedValue {
    fileprivate var borrowedText: UnsafeRawBufferPointer? {
        guard case .text(let text) = self else { return nil }
        return text
    }
}
