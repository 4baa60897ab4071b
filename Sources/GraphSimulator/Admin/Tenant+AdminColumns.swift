internal import Core

/// Columns as a person changes them in the settings of a list, where more is possible than by Graph.
extension Tenant {
    /// Changes what a column is called, its description, flags, choices or type. Values follow a type as far as they
    /// can; the others go. No item gets a new version by it, and the change feed shows nothing.
    func change(_ column: SimulatedColumn, of list: SimulatedList, _ json: JSON) throws(GraphError) {
        let own = ["person", "addChoices", "removeChoices"]
        let draft = try ColumnDraft(.object((json.members ?? []).filter { !own.contains($0.name) }))
        guard draft.name == nil else { throw .invalid("The name of a column cannot be changed") }
        guard var facet = column.facet else { throw .invalid("The column has no type") }
        for (kind, options) in draft.facets {
            facet = try FacetRules.replace(facet, by: kind, options, settings: settings)
        }
        if let choices = try choices(of: facet, json) { facet.set("choices", .array(choices)) }
        let indexed = draft.indexed ?? column.indexed
        let unique = draft.enforceUniqueValues ?? column.enforceUniqueValues
        guard !indexed || ValueType(facet).canBeIndexed else {
            throw .invalid("A column of this type cannot be indexed")
        }
        try check(column, list, indexed: indexed, unique: unique)
        if facet != column.facet { retype(column, of: list, facet) }
        apply(draft, to: column, list, indexed: indexed, unique: unique)
        noteSchema(of: list, by: person(in: json))
    }

    /// The choices with those that a person added and without those that a person removed; values stay what they are.
    private func choices(of facet: Facet, _ json: JSON) throws(GraphError) -> [JSON]? {
        let (added, removed) = (json["addChoices"]?.array ?? [], json["removeChoices"]?.array ?? [])
        guard !added.isEmpty || !removed.isEmpty else { return nil }
        guard let before = facet["choices"]?.array else { throw .invalid("The column has no choices") }
        let choices = (before + added.filter { !before.contains($0) }).filter { !removed.contains($0) }
        guard !choices.isEmpty, choices.allSatisfy({ $0.string != nil }) else {
            throw .invalid("A choice is a text, and a column needs one")
        }
        return choices
    }

    private func retype(_ column: SimulatedColumn, of list: SimulatedList, _ facet: Facet) {
        column.facet = facet
        list.columnsChanged()
        for item in list.slots.compactMap({ $0 }) + list.recycled {
            guard let value = item[column.slot] else { continue }
            let kept = column.valueType.taken(from: value)
            guard kept != value else { continue }
            item[column.slot] = kept
            unsaved.note(item, in: list)
        }
        if column.indexed { list.buildIndex(column) }
    }
}

extension ValueType {
    /// What a column that gets this type makes of a value that it has; nil if nothing is left.
    fileprivate func taken(from value: FieldValue) -> FieldValue? {
        switch (self, value) {
        case (.text, .text(let text)), (.note, .text(let text)): .text(text)
        case (.choice, .text(let text)): .text(text)
        case (.text, .texts(let texts)), (.note, .texts(let texts)), (.choice, .texts(let texts)):
            texts.first.map { .text($0) }
        case (.choices, .texts(let texts)): .texts(texts)
        case (.choices, .text(let text)): .texts([text])
        case (.text, .number(let number)), (.note, .number(let number)): .text(JSON.number(number).text())
        case (.text, .bool(let flag)), (.note, .bool(let flag)): .text(flag ? "Yes" : "No")
        case (.number, .number(let number)): .number(number)
        case (.number, .text(let text)): Double(text).flatMap { $0.isFinite ? .number($0) : nil }
        case (.boolean, .bool(let flag)): .bool(flag)
        case (.dateTime, .instant(let instant)), (.dateOnly, .instant(let instant)): .instant(instant)
        case (.lookup, .reference(let id)), (.person, .reference(let id)): .reference(id)
        case (.lookups, .references(let ids)), (.persons, .references(let ids)): .references(ids)
        case (.hyperlink, .link): value
        default: nil
        }
    }
}
