import Core

/// Keys of `Project` and `Environment`.
enum ProjectSchema {
    static let spec = ObjectShape(
        "a project's spec",
        [
            Key(
                "metaStore",
                .object(
                    ObjectShape(
                        "a project's metaStore",
                        [
                            Key(
                                "dsn", .secret,
                                "The connection string of the meta-store; by default from SYNCBRIDGE_META_DSN."),
                            Key(
                                "schema", .text(.identifier), "The schema that holds its tables.",
                                default: .string(MetaStoreSettings().schema)),
                        ])), "Where SyncBridge keeps its records."),
            Key("variables", variables, "Values for ${name} that every environment shares."),
            Key("guards", .object(guards(withDefaults: true)), "Limits on what one run may change."),
            Key("retention", .object(retention), "How long records are kept."),
            Key("allow", .list(of: .object(allowance), atLeast: 0), "Hazards that somebody accepted, with a reason."),
        ])

    static let variables = Shape.dictionary(keys: .variableName, of: .scalar)

    /// - Parameter withDefaults: A definition has none of its own: what it leaves out is as in the project.
    static func guards(withDefaults: Bool) -> ObjectShape {
        let defaults = withDefaults ? Guards.defaults : Guards()
        let percent = Shape.number(0...100)
        return ObjectShape(
            "guards",
            [
                Key(
                    "maxDeletes", .integer(0...1_000_000_000), "Items that a run may delete.",
                    default: defaults.maxDeletes.map { .number($0) }),
                Key(
                    "maxDeletePercent", percent, "Percent of a definition's items that a run may delete.",
                    default: defaults.maxDeletePercent.map { .number($0) }),
                Key(
                    "maxUpdatePercent", percent,
                    "Percent of the rows that may change while the mapping does not; 100 accepts tables that change whole.",
                    default: defaults.maxUpdatePercent.map { .number($0) }),
                Key(
                    "maxRejectedPercent", percent, "Percent of the rows that may not fit their list.",
                    default: defaults.maxRejectedPercent.map { .number($0) }),
            ])
    }

    private static let retention = ObjectShape(
        "a project's retention",
        [
            Key("runs", .text(.retentionPeriod), "Runs.", default: days(Retention().runs)),
            // Runs are kept as a whole: there are no records of single operations yet.
            Key("operations", .text(.retentionPeriod), "Single operations of runs.", support: .never),
            Key("tombstones", .text(.retentionPeriod), "Rows that are gone.", default: days(Retention().tombstones)),
            Key(
                "conflicts", .text(.retentionPeriod), "Both versions of a lost value.",
                default: days(Retention().conflicts)),
        ])

    private static func days(_ count: Int) -> JSON { .string("\(count)d") }

    static let allowance = ObjectShape(
        "an allowance",
        [
            Key("hazard", .word(HazardCode.allCases.map { Word($0.rawValue) }), "The hazard's code.", required: .plain),
            Key(
                "at", .text(.addressGlob), "Where it is allowed: an address, * for one segment, ** for any.",
                required: .plain),
            Key("reason", .text(.any), "Why, for whoever reads this next year.", required: .plain),
            Key("until", .text(.date), "The last day on which it counts."),
            Key("max", .integer(0...1_000_000_000), "The greatest number of rows it covers."),
        ])
}

enum EnvironmentSchema {
    static let spec = ObjectShape(
        "an environment's spec",
        [
            Key("variables", ProjectSchema.variables, "Values for ${name}; they win over the project's."),
            Key(
                "patches", .list(of: .object(patch), atLeast: 0), "Changes to documents by kind and name.",
                support: .onlyOff),
        ])

    private static let patch = ObjectShape(
        "a patch",
        [
            Key(
                "kind",
                .word(
                    ManifestKind.allCases.filter { $0 != .environment }.map { Word($0.rawValue) }, code: .unknownKind),
                "The kind of the document that it changes.", required: .plain),
            Key("name", .text(.dnsLabel), "The name of the document that it changes.", required: .plain),
            Key("spec", .dictionary(keys: .any, of: .anything), "A JSON merge patch (RFC 7396).", required: .plain),
        ])
}
