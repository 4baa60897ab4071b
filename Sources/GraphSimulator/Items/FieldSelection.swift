internal import Core

/// Which fields of items an answer holds.
enum FieldSelection {
    /// All that people see.
    case visible
    /// Those that a write's answer holds when hidden columns show too.
    case all
    case named([SelectedField])

    /// Resolves the names inside `fields($select=…)`.
    init(_ names: [String]?, _ list: SimulatedList) throws(GraphError) {
        guard let names else {
            self = .visible
            return
        }
        var fields: [SelectedField] = []
        for name in names {
            guard let field = SelectedField(name, list) else { throw .unknownField(name) }
            fields.append(field)
        }
        guard fields.count(where: \.joinsAnotherList) <= 12 else {
            throw .invalid(
                "The query cannot be completed because the number of lookup columns it contains exceeds the lookup column threshold."
            )
        }
        self = .named(fields)
    }
}

/// One name inside `fields($select=…)`.
enum SelectedField {
    case value(SimulatedColumn)
    /// `XLookupId` of a single lookup or person.
    case lookupID(SimulatedColumn)
    /// A single lookup or person by its plain name: its text.
    case lookupText(SimulatedColumn)

    init?(_ name: String, _ list: SimulatedList) {
        for column in list.columns where column.unseenCalls == 0 {
            let isSingle = column.valueType.isLookupLike && !column.valueType.isMultiValue
            if column.key == name {
                self = isSingle && column.system == nil ? .lookupText(column) : .value(column)
                return
            }
            if isSingle, column.lookupKey == name {
                self = .lookupID(column)
                return
            }
        }
        return nil
    }

    var column: SimulatedColumn {
        switch self {
        case .value(let column), .lookupID(let column), .lookupText(let column): column
        }
    }

    var joinsAnotherList: Bool { column.valueType.isLookupLike && column.system == nil }
}
