import Core

/// Reads the mapping of a document or of a definition.
enum MappingDecoder {
    static func mapping(
        _ reader: ObjectReader, name: String?, place: SourceRange?, _ diagnostics: inout Diagnostics
    ) -> Mapping {
        var mapping = Mapping(name: name, place: place)
        if reader.has("auto") { mapping.auto = AutoMapping(skip: reader.object("auto").texts("skip")) }
        for node in reader.list("fields") {
            guard let field = field(node, &diagnostics) else { continue }
            mapping.fields.append(field)
        }
        checkTargets(of: mapping, &diagnostics)
        checkSkips(of: mapping, &diagnostics)
        return mapping
    }

    private static func field(_ node: YAMLNode, _ diagnostics: inout Diagnostics) -> Field? {
        guard let first = node.mapping?.first else { return nil }
        let reader = ObjectReader(node, MappingSchema.field, at: first.keyRange)
        let owner = reader.word("owner", as: Field.Owner.self) ?? .source
        let origin = origin(reader, owner: owner, &diagnostics)
        let type = reader.entry("type").flatMap { ColumnTypeDecoder.type($0, &diagnostics) }
        let transforms = TransformDecoder.transforms(reader.entry("transform"), &diagnostics)
        guard let origin, let target = reader.text("target") else { return nil }
        let isUnique = reader.flag("unique")
        let field = Field(
            origin: origin, target: target, displayName: reader.text("displayName"),
            description: reader.text("description"), type: type, required: reader.flag("required"),
            indexed: reader.flag("indexed") || isUnique, unique: isUnique,
            defaultValue: columnDefault(reader.entry("default"), type, &diagnostics), transforms: transforms,
            owner: owner, shareable: reader.flag("shareable"), sensitivity: reader.text("sensitivity"),
            place: reader.place(of: "target"))
        check(field, reader, &diagnostics)
        return field
    }

    private static func origin(
        _ reader: ObjectReader, owner: Field.Owner, _ diagnostics: inout Diagnostics
    ) -> Field.Origin? {
        guard reader.has("source") || reader.has("expression") else {
            guard owner != .target else { return Field.Origin.none }
            // A misspelled key was reported, and says more than that one is missing.
            let keys = Set((reader.node?.mapping ?? []).map(\.key))
            guard keys.allSatisfy({ MappingSchema.field.key($0) != nil }) else { return nil }
            diagnostics.error(
                .missingKey, "The field names no column of the table.",
                help:
                    "write source: and the column, expression: and SQL, or owner: target for a column that people fill",
                at: reader.anchor)
            return nil
        }
        // `shared` is refused by its word already.
        if owner == .target {
            diagnostics.error(
                .notImplemented, "A field with a source whose values belong to the people needs two-way sync.",
                help: "leave out source, or owner", at: reader.place(of: "owner"))
        }
        if let column = reader.text("source") { return .column(column) }
        return reader.text("expression").map(Field.Origin.expression)
    }

    private static func columnDefault(
        _ entry: YAMLEntry?, _ type: ColumnType?, _ diagnostics: inout Diagnostics
    ) -> ColumnDefault? {
        guard let entry else { return nil }
        if let formula = entry.value["formula"]?.textValue { return .formula(formula) }
        guard let scalar = (entry.value["value"] ?? entry.value).scalar?.value else { return nil }
        guard let text = scalar.text else {
            diagnostics.error(
                .badValue, "A default of null is none.", help: "leave the key out", at: entry.value.range)
            return nil
        }
        if case .choice(let choice) = type, !choice.allowTextEntry, !choice.choices.contains(text) {
            diagnostics.error(
                .badValue, "The default \(quoted(text)) is not one of the choices.",
                help: closest(to: text, among: choice.choices).map { "did you mean \(quoted($0))?" }
                    ?? "choices: " + quoted(all: choice.choices), at: entry.value.range)
        }
        // SharePoint writes the default of a yes/no column as 1 or 0 (FACTS 3.2).
        if case .boolean(let value) = scalar { return .value(value ? "1" : "0") }
        return .value(text)
    }

    // MARK: - Sense

    private static func check(_ field: Field, _ reader: ObjectReader, _ diagnostics: inout Diagnostics) {
        if case .none = field.origin {
            checkPeoplesColumn(field, reader, &diagnostics)
        }
        guard let type = field.type else { return }
        if field.unique, !type.canBeUnique {
            diagnostics.error(
                .cannotIndex, "SharePoint keeps no unique values in a column of \(type.words).",
                help: "remove unique, or choose another type", at: reader.place(of: "unique"))
        } else if field.indexed, !type.canBeIndexed {
            diagnostics.error(
                .cannotIndex, "SharePoint cannot index a column of \(type.words).",
                help: "remove indexed, or choose another type", at: reader.place(of: "indexed"))
        }
        if field.target == "Title" {
            guard case .text(let text) = type, !text.allowMultipleLines, text.maxLength == 255 else {
                diagnostics.error(
                    .badValue, "\"Title\" is text of one line in every list; its type cannot be changed.",
                    help: "leave the type out, or choose another target", at: reader.place(of: "type"))
                return
            }
        }
    }

    private static func checkPeoplesColumn(_ field: Field, _ reader: ObjectReader, _ diagnostics: inout Diagnostics) {
        if field.type == nil, !reader.has("type") {
            diagnostics.error(
                .missingKey, "A column that belongs to people has no value to take its type from.",
                help: "write type: and the name of one, such as text", at: reader.place(of: "target"))
        }
        if let transform = reader.entry("transform") {
            diagnostics.error(
                .exclusiveKeys, "Values of a column that belongs to people are never changed.",
                help: "remove transform, or give the field a source", at: transform.keyRange)
        }
    }

    private static func checkTargets(of mapping: Mapping, _ diagnostics: inout Diagnostics) {
        var first: [String: Field] = [:]
        for field in mapping.fields {
            if let other = first[field.target.lowercased()] {
                diagnostics.error(
                    .duplicateTarget,
                    "The column \(quoted(field.target)) is already filled by the field at \(other.place?.text ?? "above").",
                    help: "give one of them another target; SharePoint compares names without regard to case",
                    at: field.place)
            } else {
                first[field.target.lowercased()] = field
            }
        }
    }

    private static func checkSkips(of mapping: Mapping, _ diagnostics: inout Diagnostics) {
        for skip in mapping.auto?.skip ?? [] where mapping.fields.contains(where: { $0.origin == .column(skip.value) })
        {
            diagnostics.error(
                .exclusiveKeys, "The column \(quoted(skip.value)) is skipped, and is the source of a field.",
                help: "remove it from skip: fields win over the automatic mapping anyway", at: skip.place)
        }
    }
}
