/// The routing of a definition, made ready for many rows: one list of tests of columns, each with the test that comes
/// next if it holds and if it does not. Columns are read in place, and nothing is copied.
struct RouteProgram: ~Copyable {
    // These types are not private: Swift 6.3 fails to build generics over private types that another file destroys.
    struct Step {
        /// The index among the values that sharding reads.
        var column: Int
        var test: Test
        /// What the column is compared with, in ``constants``.
        var constants: Range<Int>
        var ifTrue: Target
        var ifFalse: Target
    }

    /// A test, without what the column is compared with: asking it copies nothing.
    enum Test {
        case equal, greater, greaterOrEqual, less, lessOrEqual, prefix, suffix, contains, isNull
        /// Microseconds since 1970.
        case before(Int64)
        case after(Int64)
    }

    enum Target {
        case step(Int)
        case rule(Int)
        case none
    }

    struct Read {
        var index: Int
        var reading: BorrowedValue.Reading
    }

    private let reads: FixedArray<Read>
    private let values: FixedArray<BorrowedValue>
    private let steps: FixedArray<Step>
    private let constants: FixedArray<BorrowedScalar>
    private let lists: FixedArray<Int>
    private let start: Target
    private let defaultList: Int?

    /// - Returns: `nil` if only the general way can ask the rules.
    init?(_ bound: BoundDefinition, now: Int64) {
        var reads: [Read] = []
        for read in bound.shardingReads {
            guard let reading = BorrowedValue.Reading(bound.reads[read.read]) else { return nil }
            if case .double = reading { return nil }
            reads.append(Read(index: read.read, reading: reading))
        }
        var builder = Builder(now: now)
        var start = Target.none
        for (index, rule) in bound.routing.rules.enumerated().reversed() {
            guard let first = builder.add(rule.condition, ifTrue: .rule(index), ifFalse: start) else { return nil }
            start = first
        }
        self.start = start
        self.reads = FixedArray(reads)
        values = FixedArray(reads.map { _ in BorrowedValue.null })
        steps = FixedArray(builder.steps)
        constants = FixedArray(builder.constants)
        lists = FixedArray(bound.routing.rules.map(\.list))
        defaultList = bound.routing.defaultList
    }

    /// - Returns: `nil` for a row that only the general way can route.
    @inline(__always)
    func route(_ row: borrowing CopyRow, _ scratch: inout ScratchText) -> Route? {
        for at in 0..<reads.count {
            let read = reads.base[at]
            guard let value = BorrowedValue.read(row, read.index, read.reading, &scratch) else { return nil }
            values.base[at] = value
        }
        var target = start
        while case .step(let at) = target {
            let step = steps.base[at]
            target = holds(step.test, step.constants, values.base[step.column]) ? step.ifTrue : step.ifFalse
        }
        if case .rule(let at) = target { return Route(list: lists.base[at], decision: .rule(at)) }
        return Route(list: defaultList, decision: defaultList == nil ? .unrouted : .byDefault)
    }

    /// Two-valued: every test but `isNull` is false for NULL.
    @inline(__always)
    private func holds(_ test: Test, _ range: Range<Int>, _ value: BorrowedValue) -> Bool {
        if value.isNull {
            if case .isNull = test { return true }
            return false
        }
        switch test {
        case .isNull: return false
        case .equal:
            for at in range where constants.base[at].value.isSame(as: value) { return true }
            return false
        case .greater: return sign(value, range).map { $0 > 0 } ?? false
        case .greaterOrEqual: return sign(value, range).map { $0 >= 0 } ?? false
        case .less: return sign(value, range).map { $0 < 0 } ?? false
        case .lessOrEqual: return sign(value, range).map { $0 <= 0 } ?? false
        case .prefix: return texts(value, range) { $0.starts(withBytes: $1) }
        case .suffix: return texts(value, range) { $0.ends(withBytes: $1) }
        case .contains: return texts(value, range) { $0.firstOffset(of: $1) != nil }
        case .before(let moment): return value.microseconds.map { $0 < moment } ?? false
        case .after(let moment): return value.microseconds.map { $0 > moment } ?? false
        }
    }

    @inline(__always)
    private func sign(_ value: BorrowedValue, _ range: Range<Int>) -> Int? {
        value.compared(to: constants.base[range.lowerBound].value)
    }

    @inline(__always)
    private func texts(
        _ value: BorrowedValue, _ range: Range<Int>, _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Bool
    ) -> Bool {
        guard case .text(let text) = value, case .text(let part) = constants.base[range.lowerBound].value else {
            return false
        }
        return body(text, part)
    }

    /// Lays conditions out from the end, where the next step is known.
    private struct Builder {
        let now: Int64
        var steps: [Step] = []
        var constants: [BorrowedScalar] = []

        init(now: Int64) { self.now = now }

        /// - Returns: Where the condition begins; `nil` for one that has no borrowed form.
        mutating func add(_ condition: BoundCondition, ifTrue: Target, ifFalse: Target) -> Target? {
            switch condition {
            case .all(let parts):
                var next = ifTrue
                for part in parts.reversed() {
                    guard let first = add(part, ifTrue: next, ifFalse: ifFalse) else { return nil }
                    next = first
                }
                return next
            case .any(let parts):
                var next = ifFalse
                for part in parts.reversed() {
                    guard let first = add(part, ifTrue: ifTrue, ifFalse: next) else { return nil }
                    next = first
                }
                return next
            case .not(let part): return add(part, ifTrue: ifFalse, ifFalse: ifTrue)
            case .column(let index, let test):
                let start = constants.count
                guard let test = add(test) else { return nil }
                steps.append(
                    Step(
                        column: index, test: test, constants: start..<constants.count, ifTrue: ifTrue, ifFalse: ifFalse)
                )
                return .step(steps.count - 1)
            }
        }

        private mutating func add(_ test: BoundCondition.Test) -> Test? {
            switch test {
            case .equal(let wanted):
                for value in wanted { guard add(value) else { return nil } }
                return .equal
            case .compare(let order, let bound):
                guard add(bound) else { return nil }
                return switch order {
                case .greater: .greater
                case .greaterOrEqual: .greaterOrEqual
                case .less: .less
                case .lessOrEqual: .lessOrEqual
                }
            case .prefix(let bytes):
                constants.append(BorrowedScalar(bytes))
                return .prefix
            case .suffix(let bytes):
                constants.append(BorrowedScalar(bytes))
                return .suffix
            case .contains(let part):
                constants.append(BorrowedScalar(Array(part.utf8)))
                return .contains
            case .isNull: return .isNull
            case .olderThan(let age): return .before(now - age)
            case .newerThan(let age): return .after(now - age)
            }
        }

        private mutating func add(_ value: SourceValue) -> Bool {
            guard let scalar = BorrowedScalar(value) else { return false }
            constants.append(scalar)
            return true
        }
    }
}
