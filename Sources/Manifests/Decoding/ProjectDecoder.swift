import Core

/// Reads the project.
enum ProjectDecoder {
    static func project(_ spec: ObjectReader, name: String, place: SourceRange?) -> Project {
        let store = spec.object("metaStore")
        let retention = spec.object("retention")
        func days(_ key: String, _ otherwise: Int) -> Int {
            retention.text(key).flatMap(DurationText.days) ?? otherwise
        }
        let defaults = Retention()
        return Project(
            name: name,
            metaStore: MetaStoreSettings(
                dsn: store.secret("dsn") ?? MetaStoreSettings().dsn,
                schema: store.text("schema") ?? MetaStoreSettings().schema),
            guards: guards(spec.object("guards")),
            retention: Retention(
                runs: days("runs", defaults.runs), tombstones: days("tombstones", defaults.tombstones),
                conflicts: days("conflicts", defaults.conflicts)),
            allow: spec.list("allow").compactMap(allowance), place: place)
    }

    static func guards(_ reader: ObjectReader) -> Guards {
        Guards(
            maxDeletes: reader.integer("maxDeletes"), maxDeletePercent: reader.number("maxDeletePercent"),
            maxUpdatePercent: reader.number("maxUpdatePercent"),
            maxRejectedPercent: reader.number("maxRejectedPercent"))
    }

    private static func allowance(_ node: YAMLNode) -> Allowance? {
        let reader = ObjectReader(node, ProjectSchema.allowance, at: node.range)
        guard let hazard = reader.word("hazard", as: HazardCode.self), let at = reader.text("at"),
            let reason = reader.text("reason")
        else { return nil }
        return Allowance(
            hazard: hazard, at: at, reason: reason, until: reader.text("until").flatMap { CivilDate(isoText: $0) },
            max: reader.integer("max"), place: node.range)
    }
}
