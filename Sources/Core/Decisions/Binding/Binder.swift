/// Binds a definition to the table it names: resolves columns and types, chooses defaults, checks what only the catalog
/// can tell. Pure; reports every problem it meets.
package struct Binder {
    let definition: SyncDefinition
    let relation: SourceRelation
    let zone: SiteTimeZone?
    let expressionTypes: [String: SourceType]
    let storedNames: [String: String]
    var diagnostics = Diagnostics()
    var reads: [BoundDefinition.Read] = []

    /// - Parameters:
    ///   - zone: The site's zone; `nil` if the profile names none.
    ///   - expressionTypes: The types of the fields' expressions, as the server describes them.
    ///   - storedNames: Internal names that earlier applies chose for source columns under `auto`.
    package static func bind(
        _ definition: SyncDefinition, to relation: SourceRelation, zone: SiteTimeZone?,
        expressionTypes: [String: SourceType] = [:], storedNames: [String: String] = [:]
    ) -> (bound: BoundDefinition?, diagnostics: Diagnostics) {
        var binder = Binder(
            definition: definition, relation: relation, zone: zone, expressionTypes: expressionTypes,
            storedNames: storedNames)
        let bound = binder.bound()
        return (binder.diagnostics.hasErrors ? nil : bound, binder.diagnostics)
    }

    private mutating func bound() -> BoundDefinition? {
        let key = boundKey()
        let mapped = resolvedFields()
        var fields: [BoundField] = []
        var columns: [DesiredColumn] = []
        for field in mapped {
            guard let (column, written) = bind(field) else { continue }
            columns.append(column)
            if let written { fields.append(written) }
        }
        checkLimits(columns)
        let lists = definition.sharding.listNames
        let (routing, shardingReads) = boundRouting(lists: lists, key: key)
        var bound = BoundDefinition(
            definition: definition, relation: relation, key: key, reads: reads, fields: fields,
            shardingReads: shardingReads, routing: routing, lists: lists, columns: columns, zone: zone ?? .utc)
        bound.watermark = boundWatermark(shape: bound.shape)
        return bound
    }

    // MARK: Key

    private mutating func boundKey() -> [BoundDefinition.KeyPart] {
        let names = definition.key ?? relation.primaryKey
        let place = definition.keyPlace ?? definition.tablePlace
        if names.isEmpty {
            diagnostics.error(
                .missingKeyColumns,
                "\(relation.kind.words) \(relation.schema).\(relation.name) has no primary key, and definition "
                    + "\"\(definition.name)\" names no key.",
                help: relation.servingKey.map {
                    "a unique index would serve: source: { table: …, key: [\($0.joined(separator: ", "))] }"
                } ?? "write the columns that identify a row: source: { table: …, key: [id] }", at: place)
        }
        var parts: [BoundDefinition.KeyPart] = []
        for name in names {
            guard let column = relation.column(name) else {
                unknownColumn(name, at: place)
                continue
            }
            guard let form = KeyForm.of(column.type) else {
                diagnostics.error(
                    .badKeyType,
                    "Key column \"\(name)\" has the type \(column.type.description), whose values have no one text.",
                    help: "choose integers, uuid, dates or text as the key", at: place)
                continue
            }
            reads.append(
                BoundDefinition.Read(
                    expression: .column(name, form.readForm(of: column.type)), type: column.type, kind: .text))
            parts.append(BoundDefinition.KeyPart(column: name, form: form, type: column.type))
        }
        return parts
    }

    // MARK: Reads

    /// The index of the read that gives `column`, added if it is new.
    mutating func read(column: SourceColumn, asList: Bool) -> (index: Int, kind: ValueKind) {
        let (form, kind) = column.type.reading(asList: asList)
        return (
            index(
                of: BoundDefinition.Read(expression: .column(column.name, form), type: column.type, kind: kind)), kind
        )
    }

    mutating func read(expression sql: String, type: SourceType, asList: Bool) -> (index: Int, kind: ValueKind) {
        let (form, kind) = type.reading(asList: asList)
        return (index(of: BoundDefinition.Read(expression: .sql(sql, form), type: type, kind: kind)), kind)
    }

    private mutating func index(of read: BoundDefinition.Read) -> Int {
        if let found = reads.firstIndex(of: read) { return found }
        reads.append(read)
        return reads.count - 1
    }

    mutating func unknownColumn(_ name: String, at place: SourceRange?) {
        let suggestion = closest(to: name, among: relation.columns.map(\.name))
        diagnostics.error(
            .unknownColumn, "\(relation.schema).\(relation.name) has no column \"\(name)\".",
            help: suggestion.map { "did you mean \"\($0)\"?" }
                ?? "its columns: " + relation.columns.map(\.name).joined(separator: ", "), at: place)
    }

    // MARK: Limits of a list

    private mutating func checkLimits(_ columns: [DesiredColumn]) {
        // The key column has an index too (FACTS 3.4: at most 20 for a list).
        let indexes = columns.count { $0.indexed || $0.unique } + 1
        if indexes > ListLimits.indexes {
            diagnostics.error(
                .tooManyIndexes,
                "The lists of definition \"\(definition.name)\" would have \(indexes) indexes, with the one on "
                    + "SyncBridgeKey; SharePoint allows \(ListLimits.indexes).",
                help: "take `indexed` or `unique` off some fields", at: definition.mapping.place ?? definition.place)
        }
        let width = columns.reduce(ListLimits.titleBytes) { $0 + $1.type.rowBytes }
        if width > ListLimits.rowBytes {
            diagnostics.error(
                .rowTooWide,
                "The columns of definition \"\(definition.name)\" take \(grouped(width)) of the "
                    + "\(grouped(ListLimits.rowBytes)) bytes a row may have.",
                help: "leave some out: mapping: { auto: { skip: […] } }",
                at: definition.mapping.place ?? definition.place)
        }
    }
}

extension KeyForm {
    func readForm(of type: SourceType) -> ReadForm {
        if case .money = type { return .numeric }
        return self == .text ? .text : .plain
    }
}

extension SourceRelation.Kind {
    package var words: String {
        switch self {
        case .table: "table"
        case .partitionedTable: "partitioned table"
        case .view: "view"
        case .materializedView: "materialised view"
        case .foreignTable: "foreign table"
        }
    }
}
