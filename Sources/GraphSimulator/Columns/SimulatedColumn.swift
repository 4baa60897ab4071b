internal import Core

/// A column of a list. Confined to its tenant, which is confined to one lock.
final class SimulatedColumn {
    let id: String
    /// Where items keep the value; never used again by another column. Negative if the server makes the value.
    let slot: Int
    let name: String
    /// Set for the columns that every list has and whose values the server makes.
    let system: SystemColumn?
    var displayName: String
    var description = ""
    var columnGroup = "Custom Columns"
    var required = false
    var hidden = false
    var readOnly = false
    var indexed = false
    var enforceUniqueValues = false
    var defaultValue: JSON?
    var validation: JSON?
    /// `nil` for types that Graph cannot describe.
    var facet: Facet? { didSet { valueType = ValueType(facet) } }
    /// Follows from the facet.
    private(set) var valueType: ValueType
    /// For so many calls more the column is not known to other front ends.
    var unseenCalls = 0

    init(id: String, slot: Int, name: String, displayName: String, facet: Facet?, system: SystemColumn? = nil) {
        self.id = id
        self.slot = slot
        self.name = name
        self.displayName = displayName
        self.facet = facet
        self.system = system
        self.valueType = ValueType(facet)
    }

    var isCustom: Bool { system == nil && name != "Title" }

    /// The name inside `fields`: OData names cannot begin with an underscore, so own columns get a prefix then.
    var key: String { isCustom && name.hasPrefix("_") ? "OData_" + name : name }

    var lookupKey: String { key + "LookupId" }

    /// The definition as listings show it.
    var json: JSON {
        var members: [JSON.Member] = [
            .init("columnGroup", .string(columnGroup)), .init("description", .string(description)),
            .init("displayName", .string(displayName)),
            .init("enforceUniqueValues", .bool(enforceUniqueValues)), .init("hidden", .bool(hidden)),
            .init("id", .string(id)), .init("indexed", .bool(indexed)), .init("name", .string(name)),
            .init("readOnly", .bool(readOnly)), .init("required", .bool(required)),
        ]
        if let defaultValue { members.append(.init("defaultValue", defaultValue)) }
        if let facet { members.append(.init(facet.kind.rawValue, facet.json)) }
        return .object(members)
    }
}

/// What values a column takes: its facet, read once.
enum ValueType {
    case text(lengthMax: Int)
    case note(rich: Bool, appends: Bool)
    case number(ClosedRange<Double>)
    case boolean
    case dateTime
    case dateOnly
    case choice(Set<String>, open: Bool)
    case choices(Set<String>, open: Bool)
    case lookup(listID: String)
    case lookups(listID: String)
    case person
    case persons
    case hyperlink
    case image
    /// Nothing can be written: calculated, location and the like.
    case none

    init(_ facet: Facet?) {
        guard let facet else {
            self = .none
            return
        }
        let choices = Set((facet["choices"]?.array ?? []).compactMap(\.string))
        switch facet.kind {
        case .text:
            self =
                facet.flag("allowMultipleLines")
                ? .note(
                    rich: facet["textType"]?.string == "richText",
                    appends: facet.flag("appendChangesToExistingText"))
                : .text(lengthMax: facet["maxLength"]?.integer ?? 255)
        case .number:
            let low = facet["minimum"]?.double ?? -.greatestFiniteMagnitude
            let high = facet["maximum"]?.double ?? .greatestFiniteMagnitude
            self = .number(low...max(low, high))
        case .currency: self = .number(-.greatestFiniteMagnitude ... .greatestFiniteMagnitude)
        case .boolean: self = .boolean
        case .dateTime: self = facet["format"]?.string == "dateOnly" ? .dateOnly : .dateTime
        case .choice:
            let open = facet.flag("allowTextEntry")
            self =
                facet["displayAs"]?.string == "checkBoxes"
                ? .choices(choices, open: open) : .choice(choices, open: open)
        case .lookup:
            let target = facet["listId"]?.string ?? ""
            self = facet.flag("allowMultipleValues") ? .lookups(listID: target) : .lookup(listID: target)
        case .personOrGroup: self = facet.flag("allowMultipleSelection") ? .persons : .person
        case .hyperlinkOrPicture: self = .hyperlink
        case .thumbnail: self = .image
        case .calculated, .geolocation, .term, .contentApprovalStatus: self = .none
        }
    }

    var isLookupLike: Bool {
        switch self {
        case .lookup, .lookups, .person, .persons: true
        default: false
        }
    }

    var isMultiValue: Bool {
        switch self {
        case .choices, .lookups, .persons: true
        default: false
        }
    }

    var canBeIndexed: Bool {
        switch self {
        case .text, .number, .boolean, .dateTime, .dateOnly, .choice, .lookup, .person: true
        case .note, .choices, .lookups, .persons, .hyperlink, .image, .none: false
        }
    }

    var canBeUnique: Bool {
        if case .boolean = self { return false }
        return canBeIndexed
    }

    /// Bytes of the 8,000 that an item's row has.
    var rowBytes: Int {
        switch self {
        case .text, .choice: 30
        case .note, .choices: 22
        case .number, .dateTime, .dateOnly: 14
        case .lookup, .lookups, .person, .persons: 10
        case .boolean: 7
        case .hyperlink: 60
        case .image, .none: 48
        }
    }
}
