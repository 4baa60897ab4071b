package import Core

/// Graph's `columnDefinition` and ``ColumnType`` (FACTS 3). Defaults are filled on both sides, so that a column read
/// back equals the one that was sent.
package enum ColumnDefinitionCoding {
    /// Facets in the order in which they are looked for. Those after the first six are not written by this version.
    private static let facets = [
        "text", "number", "boolean", "dateTime", "choice", "currency", "lookup", "personOrGroup", "calculated",
        "hyperlinkOrPicture", "term", "geolocation", "thumbnail", "contentApprovalStatus",
    ]

    /// For `$select`: hidden columns only come when `hidden` is named.
    static let selection =
        ([
            "id", "name", "displayName", "description", "required", "hidden", "readOnly", "indexed",
            "enforceUniqueValues", "defaultValue",
        ] + facets).joined(separator: ",")

    /// The largest double: Graph's spelling of "no bound" (FACTS 3.2).
    private static let openBound = Double.greatestFiniteMagnitude

    // MARK: - Reading

    /// - Returns: `nil` without an id or a name.
    package static func decode(_ json: JSON) -> RemoteColumn? {
        guard let id = json["id"]?.string, let name = json["name"]?.string, !id.isEmpty, !name.isEmpty else {
            return nil
        }
        let present = facets.filter { json[$0]?.members != nil }
        let facet = present.first
        // Two facets are a type of a newer service.
        let type = present.count == 1 ? facet.flatMap { facet in json[facet].flatMap { self.type(facet, $0) } } : nil
        let flag = { (name: String) in json[name]?.bool ?? false }
        return RemoteColumn(
            id: id, name: name, displayName: json["displayName"]?.string ?? name,
            description: json["description"]?.string ?? "", type: type, facet: facet, required: flag("required"),
            hidden: flag("hidden"), readOnly: flag("readOnly"), indexed: flag("indexed"),
            unique: flag("enforceUniqueValues"), defaultValue: json["defaultValue"].flatMap(defaultValue))
    }

    private static func type(_ facet: String, _ json: JSON) -> ColumnType? {
        switch facet {
        case "text": text(json)
        case "number": number(json)
        case "boolean": .boolean
        case "dateTime": dateTime(json)
        case "choice": choice(json)
        // Graph's locales are compared without regard to case.
        case "currency": .currency(locale: json["locale"]?.string?.lowercased() ?? "en-us")
        default: nil
        }
    }

    private static func text(_ json: JSON) -> ColumnType? {
        // Rich text is rewritten by the service, and an appending column is a log: neither keeps what is written.
        guard json["textType"]?.string?.lowercased() != "richtext",
            json["appendChangesToExistingText"]?.bool != true
        else { return nil }
        let isMultiline = json["allowMultipleLines"]?.bool ?? false
        return .text(
            ColumnType.Text(
                allowMultipleLines: isMultiline, maxLength: isMultiline ? 255 : json["maxLength"]?.integer ?? 255,
                linesForEditing: json["linesForEditing"]?.integer))
    }

    private static func number(_ json: JSON) -> ColumnType? {
        guard let places = word(json["decimalPlaces"], ColumnType.Number.Places.automatic),
            let display = word(json["displayAs"], ColumnType.Number.Display.number)
        else { return nil }
        let bound = { (name: String) in
            json[name]?.double.flatMap { abs($0) >= openBound ? nil : $0 }
        }
        return .number(
            ColumnType.Number(
                decimalPlaces: places, displayAs: display, minimum: bound("minimum"), maximum: bound("maximum")))
    }

    private static func dateTime(_ json: JSON) -> ColumnType? {
        // The default of the format is not documented; we always send it.
        guard let format = word(json["format"], ColumnType.DateTime.Format.dateTime),
            let display = word(json["displayAs"], ColumnType.DateTime.Display.default)
        else { return nil }
        return .dateTime(ColumnType.DateTime(format: format, displayAs: display))
    }

    private static func choice(_ json: JSON) -> ColumnType? {
        guard let display = word(json["displayAs"], ColumnType.Choice.Display.dropDownMenu) else { return nil }
        return .choice(
            ColumnType.Choice(
                choices: (json["choices"]?.array ?? []).compactMap(\.string),
                allowTextEntry: json["allowTextEntry"]?.bool ?? false, displayAs: display))
    }

    /// The value of an enumeration, its default where it is absent; `nil` if it is a word of a newer service.
    private static func word<Word: RawRepresentable<String>>(_ json: JSON?, _ absent: Word) -> Word? {
        guard let json, !json.isNull else { return absent }
        return json.string.flatMap(Word.init)
    }

    private static func defaultValue(_ json: JSON) -> ColumnDefault? {
        if let value = json["value"]?.string, !value.isEmpty { return .value(value) }
        if let formula = json["formula"]?.string, !formula.isEmpty { return .formula(formula) }
        return nil
    }

    // MARK: - Writing

    /// The body of a creation: exactly one facet with all its options, and no member that is null.
    package static func encode(_ column: ColumnCreation) -> JSON {
        var members: [JSON.Member] = [
            JSON.Member("name", .string(column.name)), JSON.Member("displayName", .string(column.displayName)),
            JSON.Member("description", .string(column.description)),
            JSON.Member(column.type.facet, facet(column.type, boundsAlways: false)),
        ]
        if let value = column.defaultValue { members.append(JSON.Member("defaultValue", encode(value))) }
        return .object(members)
    }

    /// The body of a PATCH: what changes and nothing else.
    static func encode(_ change: ColumnChange) -> JSON {
        var members: [JSON.Member] = []
        func add(_ name: String, _ value: JSON?) { if let value { members.append(JSON.Member(name, value)) } }
        add("displayName", change.displayName.map(JSON.string))
        add("description", change.description.map(JSON.string))
        if let type = change.type { add(type.facet, facet(type, boundsAlways: true)) }
        add("required", change.required.map(JSON.bool))
        add("indexed", change.indexed.map(JSON.bool))
        add("enforceUniqueValues", change.unique.map(JSON.bool))
        add("hidden", change.hidden.map(JSON.bool))
        add("defaultValue", change.defaultValue.map(encode))
        return .object(members)
    }

    private static func encode(_ value: ColumnDefault) -> JSON {
        switch value {
        case .value(let text): ["value": .string(text)]
        case .formula(let text): ["formula": .string(text)]
        }
    }

    /// - Parameter boundsAlways: Send an absent bound as the open one: in a PATCH a missing member would leave the old
    ///   bound in place.
    private static func facet(_ type: ColumnType, boundsAlways: Bool) -> JSON {
        switch type {
        case .text(let text):
            var members: [JSON.Member] = [
                JSON.Member("allowMultipleLines", .bool(text.allowMultipleLines)),
                JSON.Member("appendChangesToExistingText", false),
                JSON.Member("linesForEditing", .number(text.linesForEditing)),
            ]
            // Each of the two belongs to one kind only. Without the type, HTML may come back.
            members.append(
                text.allowMultipleLines
                    ? JSON.Member("textType", "plain") : JSON.Member("maxLength", .number(text.maxLength)))
            return .object(members)
        case .number(let number):
            var members: [JSON.Member] = [
                JSON.Member("decimalPlaces", .string(number.decimalPlaces.rawValue)),
                JSON.Member("displayAs", .string(number.displayAs.rawValue)),
            ]
            for (name, bound, open) in [
                ("minimum", number.minimum, -openBound), ("maximum", number.maximum, openBound),
            ] {
                if let value = bound ?? (boundsAlways ? open : nil) {
                    members.append(JSON.Member(name, .number(value)))
                }
            }
            return .object(members)
        case .boolean: return .object([])
        case .dateTime(let date):
            return ["displayAs": .string(date.displayAs.rawValue), "format": .string(date.format.rawValue)]
        case .choice(let choice):
            return [
                "allowTextEntry": .bool(choice.allowTextEntry), "choices": .array(choice.choices.map(JSON.string)),
                "displayAs": .string(choice.displayAs.rawValue),
            ]
        case .currency(let locale): return ["locale": .string(locale)]
        }
    }
}
