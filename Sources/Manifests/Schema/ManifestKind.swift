import Core

/// The kinds of documents (SPEC §3).
package enum ManifestKind: String, Hashable, Sendable, CaseIterable {
    case project = "Project"
    case connectionProfile = "ConnectionProfile"
    case shardingPolicy = "ShardingPolicy"
    case fieldMapping = "FieldMapping"
    case syncDefinition = "SyncDefinition"
    case environment = "Environment"

    package static let apiVersion = "syncbridge.arcore.io/v1"

    /// What a document of this kind is for, in a sentence.
    package var doc: String {
        switch self {
        case .project: "The scope of everything: meta-store, guards, retention and allowances. At most one in a tree."
        case .connectionProfile: "A PostgreSQL database or a SharePoint site, with references to its secrets."
        case .shardingPolicy: "Rules that choose the list of each row, to be shared by definitions."
        case .fieldMapping: "Which columns of a table become which columns of a list, to be shared by definitions."
        case .syncDefinition: "One table kept in step with the lists its rows belong in."
        case .environment: "Variables for one environment, chosen with --env."
        }
    }

    var spec: ObjectShape {
        switch self {
        case .project: ProjectSchema.spec
        case .connectionProfile: ProfileSchema.spec
        case .shardingPolicy: ShardingSchema.policy
        case .fieldMapping: MappingSchema.document
        case .syncDefinition: DefinitionSchema.spec
        case .environment: EnvironmentSchema.spec
        }
    }

    /// A whole document of this kind.
    var document: ObjectShape {
        ObjectShape(
            "a document",
            [
                Key(
                    "apiVersion", .word([Word(ManifestKind.apiVersion)], code: .unknownApiVersion),
                    "The version of this format.",
                    required: .explained("write apiVersion: \(ManifestKind.apiVersion)")),
                Key(
                    "kind", .word([Word(rawValue, doc)], code: .unknownKind), "What the document declares.",
                    required: .plain),
                Key(
                    "metadata", .object(EnvelopeSchema.metadata(of: self)), "The document's name.",
                    required: .explained("write metadata: { name: … }")),
                Key(
                    "spec", .object(spec), "What is wanted.",
                    required: self == .project ? nil : .plain),
            ])
    }
}

/// What every document has around its `spec`.
enum EnvelopeSchema {
    static func metadata(of kind: ManifestKind) -> ObjectShape {
        ObjectShape(
            "the metadata of a document",
            [
                Key("name", .text(.dnsLabel), "The name, unique among documents of the kind.", required: .plain),
                Key(
                    "labels", .dictionary(keys: .labelKey, of: .text(.anyOrEmpty)), "Words of your own, for selection."),
                Key(
                    "renamedFrom",
                    .either(scalar: .text(.dnsLabel), list: .list(of: .text(.dnsLabel), atLeast: 1), mapping: nil),
                    "Earlier names, so that a new name is no new thing.",
                    support: kind == .syncDefinition ? .full : .never),
            ])
    }
}
