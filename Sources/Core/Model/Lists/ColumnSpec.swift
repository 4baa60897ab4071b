/// The settings of a column as JSON: what plans show and what the registry remembers.
package enum ColumnSpec {
    package static func json(_ column: DesiredColumn) -> JSON {
        var members = [
            JSON.Member("displayName", .string(column.displayName)),
            JSON.Member("description", .string(column.description)),
            JSON.Member("required", .bool(column.required)), JSON.Member("indexed", .bool(column.indexed)),
            JSON.Member("unique", .bool(column.unique)), JSON.Member(column.type.facet, facet(column.type)),
        ]
        if let value = column.defaultValue { members.append(JSON.Member("default", json(value))) }
        return .object(members)
    }

    /// What is remembered of a column once it is applied.
    /// - Parameter ignoresDefault: The service did not take its default (FACTS 13): that it has none is no difference then.
    package static func applied(_ column: DesiredColumn, ignoresDefault: Bool = false) -> String {
        guard ignoresDefault, case .object(let members) = json(column) else { return json(column).text(.canonical) }
        return JSON.object(members + [JSON.Member("ignored", ["default"])]).text(.canonical)
    }

    package static func json(_ column: RemoteColumn) -> JSON {
        var members = [
            JSON.Member("displayName", .string(column.displayName)),
            JSON.Member("description", .string(column.description)),
            JSON.Member("required", .bool(column.required)), JSON.Member("indexed", .bool(column.indexed)),
            JSON.Member("unique", .bool(column.unique)),
        ]
        if let type = column.type {
            members.append(JSON.Member(type.facet, facet(type)))
        } else {
            members.append(JSON.Member(column.facet ?? "opaque", .object([])))
        }
        if let value = column.defaultValue { members.append(JSON.Member("default", json(value))) }
        return .object(members)
    }

    private static func json(_ value: ColumnDefault) -> JSON {
        switch value {
        case .value(let text): ["value": .string(text)]
        case .formula(let text): ["formula": .string(text)]
        }
    }

    /// The facet with all its options.
    package static func facet(_ type: ColumnType) -> JSON {
        switch type {
        case .text(let text):
            text.allowMultipleLines
                ? ["allowMultipleLines": true, "textType": "plain"]
                : ["allowMultipleLines": false, "maxLength": .number(text.maxLength)]
        case .number(let number):
            .object(
                [
                    JSON.Member("decimalPlaces", .string(number.decimalPlaces.rawValue)),
                    JSON.Member("displayAs", .string(number.displayAs.rawValue)),
                ] + (number.minimum.map { [JSON.Member("minimum", .number($0))] } ?? [])
                    + (number.maximum.map { [JSON.Member("maximum", .number($0))] } ?? []))
        case .boolean: .object([])
        case .dateTime(let date):
            ["format": .string(date.format.rawValue), "displayAs": .string(date.displayAs.rawValue)]
        case .choice(let choice):
            [
                "choices": .array(choice.choices.map(JSON.string)), "allowTextEntry": .bool(choice.allowTextEntry),
                "displayAs": .string(choice.displayAs.rawValue),
            ]
        case .currency(let locale): ["locale": .string(locale)]
        }
    }
}
