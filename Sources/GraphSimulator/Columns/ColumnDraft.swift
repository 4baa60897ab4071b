internal import Core

/// What a POST or PATCH of a column says, checked for shape but not yet against a list.
struct ColumnDraft {
    var name: String?
    var displayName: String?
    var description: String?
    var columnGroup: String?
    var required: Bool?
    var hidden: Bool?
    var readOnly: Bool?
    var indexed: Bool?
    var enforceUniqueValues: Bool?
    var defaultValue: JSON?
    var validation: JSON?
    var facets: [(kind: Facet.Kind, options: JSON)] = []

    init(_ json: JSON) throws(GraphError) {
        guard let members = json.members else { throw .malformed("A column definition is an object") }
        var seen: Set<String> = []
        for member in members where !member.name.hasPrefix("@odata.") {
            guard seen.insert(member.name).inserted else { throw .malformed("'\(member.name)' stands twice") }
            try read(member)
        }
    }

    private mutating func read(_ member: JSON.Member) throws(GraphError) {
        switch member.name {
        case "name": name = try Self.text(member)
        case "displayName": displayName = try Self.text(member)
        case "description": description = try Self.text(member)
        case "columnGroup": columnGroup = try Self.text(member)
        case "required": required = try Self.flag(member)
        case "hidden": hidden = try Self.flag(member)
        case "readOnly": readOnly = try Self.flag(member)
        case "indexed": indexed = try Self.flag(member)
        case "enforceUniqueValues": enforceUniqueValues = try Self.flag(member)
        case "defaultValue":
            guard !member.value.isNull else { throw .general() }
            defaultValue = try Self.defaultValue(member.value)
        case "validation":
            guard !member.value.isNull, member.value.members != nil else { throw .general() }
            validation = member.value
        case "propagateChanges": throw .invalid("propagateChanges is only for columns of content types")
        case "id", "type", "isDeletable", "isReorderable", "isSealed", "sourceContentType", "sourceColumn":
            throw .invalid("'\(member.name)' is read-only", inner: "propertyNotUpdateable")
        default:
            guard let kind = Facet.Kind(rawValue: member.name) else {
                throw .malformed("The property '\(member.name)' does not exist on type 'columnDefinition'")
            }
            guard member.value.members != nil else { throw .malformed("'\(member.name)' is an object") }
            facets.append((kind, member.value))
        }
    }

    private static func text(_ member: JSON.Member) throws(GraphError) -> String {
        guard let text = member.value.string else { throw .malformed("'\(member.name)' is a string") }
        return text
    }

    private static func flag(_ member: JSON.Member) throws(GraphError) -> Bool {
        guard let flag = member.value.bool else { throw .malformed("'\(member.name)' is true or false") }
        return flag
    }

    private static func defaultValue(_ json: JSON) throws(GraphError) -> JSON {
        guard let members = json.members?.filter({ !$0.name.hasPrefix("@odata.") }), members.count == 1,
            members[0].name == "value" || members[0].name == "formula", members[0].value.string != nil
        else { throw .invalid("defaultValue has either a value or a formula, as a string") }
        return .object(members)
    }
}

/// How facets are read on creation and merged on change.
enum FacetRules {
    static func create(
        _ kind: Facet.Kind, _ json: JSON, settings: Settings
    ) throws(GraphError) -> Facet {
        if kind == .term || kind == .contentApprovalStatus
            || (kind == .hyperlinkOrPicture && !settings.hyperlinkColumns)
        {
            throw .invalid("One of the provided arguments is not acceptable.")
        }
        let schema = FacetSchema.options(kind)
        let given = try options(json, of: schema, kind)
        var facet = Facet(kind: kind, options: [])
        for option in schema {
            if let value = given.first(where: { $0.name == option.name })?.value {
                facet.options.append(.init(option.name, value))
            } else if option.required {
                throw .invalid("One of the provided arguments is not acceptable.")
            } else if let initial = option.initial {
                facet.options.append(.init(option.name, initial))
            }
        }
        try complete(&facet, settings: settings)
        return facet
    }

    /// Applies a PATCH of a facet to the one that a column has.
    static func patch(_ facet: inout Facet, _ json: JSON, settings: Settings) throws(GraphError) {
        let schema = FacetSchema.options(facet.kind)
        for member in try options(json, of: schema, facet.kind) {
            guard let option = schema.first(where: { $0.name == member.name }) else { continue }
            guard !same(facet[member.name], member.value) else { continue }
            // Several lines have no length of their own.
            if member.name == "maxLength", facet.flag("allowMultipleLines") { continue }
            let changesShape =
                member.name == "displayAs" && facet.kind == .choice
                && (facet["displayAs"] == "checkBoxes" || member.value == "checkBoxes")
            let allowed = option.change == .always || (option.change == .wide && settings.wideFacetChanges)
            guard allowed, !changesShape else {
                throw .invalid("'\(member.name)' of this column cannot be changed", inner: "propertyNotUpdateable")
            }
            facet.set(member.name, member.value)
        }
        try checkBounds(facet)
    }

    /// The facet after a change by a person, who may change every option and the type.
    static func replace(
        _ facet: Facet, by kind: Facet.Kind, _ json: JSON, settings: Settings
    ) throws(GraphError) -> Facet {
        guard kind == facet.kind else { return try create(kind, json, settings: settings) }
        var merged = facet
        for member in json.members ?? [] { merged.set(member.name, member.value) }
        // Options that only the other form of a text column has.
        if !merged.flag("allowMultipleLines") { merged.options.removeAll { $0.name == "textType" } }
        if merged.flag("allowMultipleLines") { merged.options.removeAll { $0.name == "maxLength" } }
        return try create(kind, merged.json, settings: settings)
    }

    private static func same(_ left: JSON?, _ right: JSON) -> Bool {
        if let number = left?.double, let other = right.double { return number == other }
        return left == right
    }

    private static func options(
        _ json: JSON, of schema: [FacetOption], _ kind: Facet.Kind
    ) throws(GraphError) -> [JSON.Member] {
        var output: [JSON.Member] = []
        for member in json.members ?? [] where !member.name.contains("@odata.") {
            guard let option = schema.first(where: { $0.name == member.name }) else {
                throw .malformed("The property '\(member.name)' does not exist on type '\(kind.rawValue)Column'")
            }
            guard option.accepts(member.value) else {
                throw .invalid("The value of '\(member.name)' is not acceptable", inner: "invalidParameterFormat")
            }
            output.append(member)
        }
        return output
    }

    private static func complete(_ facet: inout Facet, settings: Settings) throws(GraphError) {
        switch facet.kind {
        case .text:
            let several = facet.flag("allowMultipleLines")
            if several {
                facet.options.removeAll { $0.name == "maxLength" }
                if facet["textType"] == nil { facet.set("textType", .string(settings.textTypeDefault)) }
            } else if facet["textType"] != nil || facet.flag("appendChangesToExistingText") {
                throw .invalid("textType and appendChangesToExistingText need several lines")
            }
        case .dateTime where facet["format"] == nil:
            guard settings.dateTimeFormatDefault != "refuse" else {
                throw .invalid("A dateTime column needs a format (the simulator is strict: the default is not known)")
            }
            facet.set("format", .string(settings.dateTimeFormatDefault))
        default: break
        }
        try checkBounds(facet)
    }

    private static func checkBounds(_ facet: Facet) throws(GraphError) {
        guard facet.kind == .number, let low = facet["minimum"]?.double, let high = facet["maximum"]?.double
        else { return }
        guard low <= high else { throw .invalid("The minimum is above the maximum", inner: "invalidParameterFormat") }
    }
}
