internal import Core

/// A filter whose names and literals have been checked against a list.
private indirect enum Condition {
    case compare(FilterField, Filter.Comparison, IndexKey?)
    case startsWith(FilterField, String)
    case and(Condition, Condition)
    case or(Condition, Condition)
    case not(Condition)
}

/// A column as filters and sorting see it.
private struct FilterField {
    var column: SimulatedColumn

    init(_ name: String, _ list: SimulatedList) throws(GraphError) {
        let found = list.columns.first { column in
            let isLookup = column.valueType.isLookupLike
            return column.unseenCalls == 0 && (column.key == name || (isLookup && column.lookupKey == name))
        }
        guard let found else { throw .unknownField(name) }
        column = found
    }

    /// `ID` and `Modified` count as indexed in every list.
    var isIndexed: Bool { column.indexed || column.system == .id || column.system == .modified }

    func key(_ item: SimulatedItem, _ list: SimulatedList) -> IndexKey? {
        switch column.system {
        case nil: list.key(item[column.slot])
        case .id: .number(Double(item.id))
        case .modified: .instant(Moment.seconds(item.modified))
        case .created: .instant(Moment.seconds(item.created))
        case .author: .number(Double(item.createdBy.lookupID))
        case .editor: .number(Double(item.modifiedBy.lookupID))
        default: nil
        }
    }

    /// The literal as values of this column compare.
    func key(_ literal: Filter.Literal, _ list: SimulatedList) throws(GraphError) -> IndexKey? {
        switch (literal, column.valueType) {
        case (.null, _): return nil
        case (.number(let number), .number), (.number(let number), .boolean), (.number(let number), .lookup),
            (.number(let number), .person):
            return .number(number)
        case (.number(let number), _) where column.system == .id: return .number(number)
        case (.text(let text), .text), (.text(let text), .choice):
            return FieldValue.text(text).indexKey(caseSensitive: list.caseSensitive)
        case (.text(let text), .dateTime), (.text(let text), .dateOnly):
            guard let instant = Instant(isoText: text) ?? CivilDate(isoText: text).map(Self.midnight) else {
                throw Filter.invalidClause
            }
            return .instant(instant.seconds)
        default: throw Filter.invalidClause
        }
    }

    private static func midnight(_ date: CivilDate) -> Instant { Instant(seconds: Int64(date.days) * 86_400) }
}

/// Finds the items of one page.
struct ItemQuery {
    let list: SimulatedList
    /// Items made after this moment do not show yet.
    let visibleUntil: Int64
    private var condition: Condition?
    private var order: (field: FilterField, descending: Bool)?

    /// - Throws: `invalidRequest` for columns without an index, unless `allowsUnindexed`.
    init(
        _ options: QueryOptions, _ list: SimulatedList, allowsUnindexed: Bool, threshold: Int, visibleUntil: Int64
    ) throws(GraphError) {
        self.list = list
        self.visibleUntil = visibleUntil
        var fields: [FilterField] = []
        if let text = options.filter {
            let filter = try Filter(text)
            condition = try ItemQuery.check(filter, list, &fields)
        }
        if let text = options.orderBy {
            let order = try ItemQuery.order(text, list)
            fields.append(order.field)
            self.order = order
        }
        for field in fields where !field.isIndexed {
            guard allowsUnindexed else {
                throw .invalid(
                    "Field '\(field.column.key)' cannot be referenced in filter or orderby as it is not indexed. Provide the 'Prefer: HonorNonIndexedQueriesWarningMayFailRandomly' header to allow this, but be warned that such queries may fail on large lists."
                )
            }
            guard list.itemCount <= threshold else { throw .threshold }
        }
        if let condition, let candidates = candidates(condition), candidates.count > threshold { throw .threshold }
    }

    private static func check(
        _ filter: Filter, _ list: SimulatedList, _ fields: inout [FilterField]
    ) throws(GraphError) -> Condition {
        switch filter {
        case .compare(let name, let comparison, let literal):
            let field = try FilterField(name, list)
            fields.append(field)
            return .compare(field, comparison, try field.key(literal, list))
        case .startsWith(let name, let text):
            let field = try FilterField(name, list)
            fields.append(field)
            switch field.column.valueType {
            case .text, .choice: break
            default: throw Filter.invalidClause
            }
            return .startsWith(field, list.caseSensitive ? text : TextFolding.fold(text))
        case .and(let left, let right): return .and(try check(left, list, &fields), try check(right, list, &fields))
        case .or(let left, let right): return .or(try check(left, list, &fields), try check(right, list, &fields))
        case .not(let inner): return .not(try check(inner, list, &fields))
        }
    }

    private static func order(
        _ text: String, _ list: SimulatedList
    ) throws(GraphError) -> (field: FilterField, descending: Bool) {
        let words = text.split(separator: " ")
        guard let first = words.first, words.count <= 2, first.hasPrefix("fields/"), !text.contains(","),
            words.count == 1 || words[1] == "asc" || words[1] == "desc"
        else { throw .malformed("Invalid orderby clause") }
        let field = try FilterField(String(first.dropFirst("fields/".count)), list)
        return (field, words.count == 2 && words[1] == "desc")
    }

    // MARK: Running

    /// The items of a page, and where the next one begins if there is one.
    func page(from position: PagePosition?, size: Int) throws(GraphError) -> (
        items: [SimulatedItem], next: PagePosition?
    ) {
        if let order { return try sortedPage(order, from: position, size: size) }
        let last: Int
        switch position {
        case nil: last = 0
        case .afterItem(let id)?: last = id
        case .skip?: throw .invalid("The $skiptoken is not valid", inner: "invalidQueryOption")
        }
        var found: [SimulatedItem] = []
        if let condition, let candidates = candidates(condition) {
            for id in candidates where id > last {
                guard let item = list.item(id), shows(item) else { continue }
                if found.count == size { return (found, .afterItem(found[size - 1].id)) }
                found.append(item)
            }
            return (found, nil)
        }
        for case let item? in list.slots.dropFirst(max(0, last)) where shows(item) {
            if found.count == size { return (found, .afterItem(found[size - 1].id)) }
            found.append(item)
        }
        return (found, nil)
    }

    private func sortedPage(
        _ order: (field: FilterField, descending: Bool), from position: PagePosition?, size: Int
    ) throws(GraphError) -> (items: [SimulatedItem], next: PagePosition?) {
        let skipped: Int
        switch position {
        case nil: skipped = 0
        case .skip(let count)?: skipped = count
        case .afterItem?: throw .invalid("The $skiptoken is not valid", inner: "invalidQueryOption")
        }
        let keyed = list.slots.compactMap { $0 }.filter(shows).map { (order.field.key($0, list), $0) }
        let sorted = keyed.sorted { left, right in
            guard left.0 != right.0 else { return left.1.id < right.1.id }
            let ascends: Bool =
                switch (left.0, right.0) {
                case (let left?, let right?): left < right
                case (nil, _): true
                default: false
                }
            return ascends != order.descending
        }
        let items = sorted.dropFirst(skipped).prefix(size).map(\.1)
        let end = skipped + items.count
        return (items, end < sorted.count ? .skip(end) : nil)
    }

    private func shows(_ item: SimulatedItem) -> Bool {
        item.created <= visibleUntil && (condition.map { matches(item, $0) } ?? true)
    }

    /// Ascending ids that hold every match, found through an index; `nil` if all items must be looked at.
    private func candidates(_ condition: Condition) -> [Int]? {
        switch condition {
        case .compare(let field, .eq, let key?):
            if field.column.system == .id, case .number(let id) = key { return Int(exactly: id).map { [$0] } ?? [] }
            return field.column.system == nil ? list.indexed(field.column, key) : nil
        case .and(let left, let right): return candidates(left) ?? candidates(right)
        case .or(let left, let right):
            guard let left = candidates(left), let right = candidates(right) else { return nil }
            return Set(left).union(right).sorted()
        default: return nil
        }
    }

    private func matches(_ item: SimulatedItem, _ condition: Condition) -> Bool {
        switch condition {
        case .compare(let field, let comparison, let wanted):
            let key = field.key(item, list)
            switch comparison {
            case .eq: return key == wanted
            case .ne: return key != wanted
            case .lt, .le, .gt, .ge:
                guard let key, let wanted else { return false }
                switch comparison {
                case .lt: return key < wanted
                case .le: return key <= wanted
                case .gt: return key > wanted
                default: return key >= wanted
                }
            }
        case .startsWith(let field, let prefix):
            guard case .text(let text)? = field.key(item, list) else { return false }
            return text.hasPrefix(prefix)
        case .and(let left, let right): return matches(item, left) && matches(item, right)
        case .or(let left, let right): return matches(item, left) || matches(item, right)
        case .not(let inner): return !matches(item, inner)
        }
    }
}
