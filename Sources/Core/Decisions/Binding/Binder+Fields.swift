extension Binder {
    /// The fields that are written in the manifests, then one for each column that `auto` adds.
    mutating func resolvedFields() -> [Field] {
        let mapping = definition.mapping
        guard let auto = mapping.auto else { return mapping.fields }
        var skipped: Set<String> = []
        for skip in auto.skip {
            if relation.column(skip.value) == nil { unknownColumn(skip.value, at: skip.place ?? mapping.place) }
            skipped.insert(skip.value)
        }
        var named: Set<String> = []
        for field in mapping.fields {
            if case .column(let name) = field.origin { named.insert(name) }
        }
        let remaining = relation.columns.filter { !named.contains($0.name) && !skipped.contains($0.name) }
        let hasTitle = mapping.fields.contains { $0.target == "Title" }
        let title = hasTitle ? nil : titleColumn(among: remaining)
        let taken = mapping.fields.map(\.target)
        let names = ColumnNames.automatic(
            for: remaining.map(\.name).filter { $0 != title }, of: relation.name, stored: storedNames, taken: taken)
        return mapping.fields
            + remaining.compactMap { column in
                let target = column.name == title ? "Title" : names[column.name]
                return target.map { target in
                    Field(
                        origin: .column(column.name), target: target,
                        displayName: ColumnNames.displayWords(of: column.name), place: mapping.place)
                }
            }
    }

    /// The column that has it since an earlier apply, else `title`, else `name`, if it can be a single line of text.
    private func titleColumn(among columns: [SourceColumn]) -> String? {
        let earlier = columns.map(\.name).filter { storedNames[$0] == "Title" }
        return (earlier + ["title", "name"]).first { wanted in
            columns.contains { $0.name == wanted && $0.type.reading().kind == .text && $0.type != .bytea }
        }
    }

    /// The column of one field and, unless it belongs to people, what is written into it.
    mutating func bind(_ field: Field) -> (column: DesiredColumn, written: BoundField?)? {
        let place = field.place ?? definition.mapping.place ?? definition.place
        let sourceType: SourceType
        let sourceColumn: SourceColumn?
        switch field.origin {
        case .none:
            guard let type = field.type else {
                diagnostics.error(
                    .missingKey, "Column \"\(field.target)\" has no source, so its type must be written.",
                    help: "add type: text, or another facet", at: place)
                return nil
            }
            return (column(field, type: type, sourceColumn: nil), nil)
        case .column(let name):
            guard let column = relation.column(name) else {
                unknownColumn(name, at: place)
                return nil
            }
            (sourceType, sourceColumn) = (column.type, column)
        case .expression(let sql):
            // A missing type means that the server refused the expression; that has been reported with its message.
            guard let type = expressionTypes[sql] else { return nil }
            (sourceType, sourceColumn) = (type, nil)
        }
        if case .bytea = sourceType {
            diagnostics.error(
                .unsupportedType,
                "Column \"\(sourceColumn?.name ?? field.target)\" is bytea, which no list column can hold.",
                help: "leave it out with mapping: { auto: { skip: [\(sourceColumn?.name ?? field.target)] } }, or map "
                    + "an expression such as encode(…, 'hex')", at: place)
            return nil
        }
        let asList = wantsList(field, sourceType, sourceColumn)
        let read: (index: Int, kind: ValueKind)
        if case .expression(let sql) = field.origin {
            read = self.read(expression: sql, type: sourceType, asList: asList)
        } else if let sourceColumn {
            read = self.read(column: sourceColumn, asList: asList)
        } else {
            return nil
        }
        guard let (steps, kind) = boundSteps(field, from: read.kind, at: place) else { return nil }
        let type = field.type ?? DefaultType.choose(for: field, sourceType, sourceColumn, kind: kind)
        guard check(type, takes: kind, field, sourceType, at: place) else { return nil }
        let written = BoundField(
            target: field.target, sourceColumn: sourceColumn?.name, read: read.index, steps: steps, type: type,
            shareable: field.shareable, hasDefault: field.defaultValue != nil, place: place)
        return (column(field, type: type, sourceColumn: sourceColumn?.name), written)
    }

    private func wantsList(_ field: Field, _ type: SourceType, _ column: SourceColumn?) -> Bool {
        guard type.isTextArray else { return false }
        if let first = field.transforms.first?.value {
            if case .join = first { return true }
        }
        if case .choice(let choice) = field.type { return choice.isMultiple }
        guard field.type == nil, field.transforms.isEmpty else { return false }
        if case .array(.enumeration) = type { return true }
        return column?.allowedValues != nil
    }

    private mutating func boundSteps(
        _ field: Field, from kind: ValueKind, at place: SourceRange?
    ) -> (steps: [BoundField.Step], kind: ValueKind)? {
        var kind = kind
        var steps: [BoundField.Step] = []
        for transform in field.transforms {
            guard let result = transform.value.resultKind(of: kind) else {
                diagnostics.error(
                    .transformMismatch,
                    "Field \"\(field.target)\": \(transform.value.word) cannot take \(kind.words).",
                    help: "convert the value first, for example with CAST_TO_STRING, or leave the step out",
                    at: transform.place ?? place)
                return nil
            }
            steps.append(BoundField.Step(transform: transform.value, kind: kind))
            kind = result
        }
        return (steps, kind)
    }

    private mutating func check(
        _ type: ColumnType, takes kind: ValueKind, _ field: Field, _ sourceType: SourceType, at place: SourceRange?
    ) -> Bool {
        if (field.indexed && !type.canBeIndexed) || (field.unique && !type.canBeUnique) {
            diagnostics.error(
                .cannotIndex,
                "Field \"\(field.target)\" is \(type.words), which SharePoint cannot \(field.unique ? "keep unique" : "index").",
                help: "use a single-line text, number, date or choice column, or leave `indexed` and `unique` out",
                at: place)
        }
        guard type.takes(kind) else {
            diagnostics.error(
                .typeMismatch,
                "Field \"\(field.target)\" is \(type.words), but its value is \(kind.words) (\(sourceType.description)).",
                help: "choose another type, or convert the value with a transform", at: place)
            return false
        }
        if zone == nil, case .dateTime(let options) = type, options.format == .dateOnly {
            diagnostics.error(
                .missingTimeZone,
                "Field \"\(field.target)\" is a date, which SharePoint keeps as midnight in the zone of the site.",
                help: "say the site's zone: timeZone: Europe/Berlin in the profile \"\(definition.siteProfile)\", or "
                    + "SP_TIME_ZONE for a tree without profiles", at: place)
        }
        return true
    }

    private func column(_ field: Field, type: ColumnType, sourceColumn: String?) -> DesiredColumn {
        DesiredColumn(
            name: field.target, displayName: field.displayName ?? field.target, description: field.description ?? "",
            type: type, required: field.required, indexed: field.indexed || field.unique, unique: field.unique,
            defaultValue: field.defaultValue, sourceColumn: sourceColumn, place: field.place)
    }
}

extension ColumnType {
    /// Whether values of this kind can be written at all; single values may still be rejected.
    func takes(_ kind: ValueKind) -> Bool {
        switch self {
        case .text: true
        case .number, .currency: kind == .number || kind == .text
        case .boolean: kind == .boolean
        case .dateTime: kind.isTemporal || kind == .text
        case .choice(let choice): choice.isMultiple ? kind == .list || kind == .text : kind != .list && kind != .json
        }
    }
}
