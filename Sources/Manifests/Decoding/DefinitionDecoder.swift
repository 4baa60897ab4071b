import Core

/// A definition as it is written, before its references are followed.
struct DefinitionDraft {
    var name: String
    var reader: ObjectReader
    var labels: [String: String]
    var renamedFrom: [Located<String>]
    var table: TableName?
    var deletes: SyncDefinition.Deletes?
    /// What it says about lists: a name of a policy, or rules of its own.
    var sharding: Sharding?
    var mapping: MappingSource?
    var place: SourceRange

    enum Sharding {
        case reference(Located<String>)
        case own(ShardingPolicy)
    }

    enum MappingSource {
        case reference(Located<String>)
        case own(Mapping)
    }

    var source: ObjectReader { reader.object("source") }
    var target: ObjectReader { reader.object("target") }
}

/// Reads definitions.
enum DefinitionDecoder {
    static func draft(_ document: ManifestDocument, name: String, _ diagnostics: inout Diagnostics) -> DefinitionDraft {
        let reader = document.spec
        let metadata = document.metadata
        let labels = metadata.entries("labels").compactMap { entry in entry.value.textValue.map { (entry.key, $0) } }
        return DefinitionDraft(
            name: name, reader: reader, labels: Dictionary(labels) { first, _ in first },
            renamedFrom: metadata.texts("renamedFrom"),
            table: reader.object("source").text("table").flatMap(TableNameParser.parse),
            deletes: reader.word("deletes"), sharding: sharding(reader, &diagnostics),
            mapping: mapping(reader, &diagnostics), place: metadata.place(of: "name"))
    }

    private static func sharding(_ reader: ObjectReader, _ diagnostics: inout Diagnostics) -> DefinitionDraft.Sharding?
    {
        let target = reader.object("target")
        let list = target.entry("list")
        if let sharding = reader.entry("sharding") {
            if let list {
                diagnostics.error(
                    .exclusiveKeys,
                    "\"sharding\" chooses the lists; \"list\" of the target at \(list.keyRange.text) does too.",
                    help: "keep one of the two", at: sharding.keyRange)
            }
            let inline = reader.object("sharding")
            if let name = inline.located("policy") { return .reference(name) }
            guard inline.entry("rules")?.value.sequence != nil else { return nil }
            return .own(ShardingDecoder.policy(inline, name: nil, place: sharding.keyRange, &diagnostics))
        }
        guard list != nil else {
            // Misspelled keys say more than that one is missing.
            guard let keys = reader.node?.mapping?.map(\.key) else { return nil }
            guard target.node == nil || target.node?.mapping != nil else { return nil }
            let targetKeys = target.node?.mapping?.map(\.key) ?? []
            if keys.allSatisfy({ reader.shape.key($0) != nil }), targetKeys.allSatisfy({ target.shape.key($0) != nil })
            {
                diagnostics.error(
                    .missingKey, "The definition names no list.",
                    help: "write target: { list: Name }, or sharding: with a policy or rules", at: target.anchor)
            }
            return nil
        }
        return target.located("list").map { .own(ShardingPolicy(defaultList: $0, place: $0.place)) }
    }

    private static func mapping(_ reader: ObjectReader, _ diagnostics: inout Diagnostics) -> DefinitionDraft
        .MappingSource?
    {
        guard let entry = reader.entry("mapping") else {
            return .own(Mapping(auto: AutoMapping(), place: reader.anchor))
        }
        let inline = reader.object("mapping")
        if let name = inline.located("ref") { return .reference(name) }
        return .own(MappingDecoder.mapping(inline, name: nil, place: entry.keyRange, &diagnostics))
    }

    static func capture(_ source: ObjectReader) -> SyncDefinition.Capture {
        guard let entry = source.entry("capture")?.value.entry("WATERMARK") else { return .snapshot }
        let reader = ObjectReader(entry.value, DefinitionSchema.watermark, at: entry.keyRange)
        guard let column = reader.located("column") else { return .snapshot }
        var overlap = reader.text("overlap").flatMap(DurationText.seconds).map(Watermark.Overlap.seconds)
        var place = reader.place(of: "overlap")
        if let values = reader.integer("overlapValues") {
            overlap = .values(Int64(values))
            place = reader.place(of: "overlapValues")
        }
        return .watermark(
            Watermark(
                column: column, overlap: overlap.map { Located($0, at: place) },
                snapshotEvery: reader.text("snapshotEvery").flatMap(DurationText.seconds)
                    ?? Watermark.defaultSnapshotEvery))
    }

    static func lists(_ reader: ObjectReader, _ diagnostics: inout Diagnostics) -> [String: ListSettings] {
        var settings: [String: ListSettings] = [:]
        for entry in reader.entries("lists") {
            let list = ObjectReader(entry.value, DefinitionSchema.listSettings, at: entry.keyRange)
            for column in list.texts("ignoreColumns") where column.value.lowercased() == SyncKey.column.lowercased() {
                diagnostics.error(
                    .badValue, "\(quoted(SyncKey.column)) cannot be ignored: rows are known by it.",
                    help: "take it off the list", at: column.place)
            }
            settings[entry.key] = ListSettings(
                displayName: list.text("displayName"), description: list.text("description"), adopt: list.flag("adopt"),
                deletionPolicy: list.word("deletionPolicy") ?? .retain,
                ignoreColumns: list.texts("ignoreColumns").map(\.value), place: entry.keyRange)
        }
        return settings
    }
}
