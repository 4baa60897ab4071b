/// The validated content of the manifests for one environment.
package struct DesiredState: Hashable, Sendable {
    package var project: Project
    /// The environment that was named; `nil` for a tree without environments.
    package var environment: String?
    /// In order of their names.
    package var sources: [SourceProfile]
    package var sites: [SiteProfile]
    package var definitions: [SyncDefinition]

    package init(
        project: Project, environment: String? = nil, sources: [SourceProfile], sites: [SiteProfile],
        definitions: [SyncDefinition]
    ) {
        self.project = project
        self.environment = environment
        self.sources = sources
        self.sites = sites
        self.definitions = definitions
    }

    package func source(_ name: String) -> SourceProfile? { sources.first { $0.name == name } }
    package func site(_ name: String) -> SiteProfile? { sites.first { $0.name == name } }
}

/// The scope of everything: a plan sees only its own project.
package struct Project: Hashable, Sendable {
    package var name: String
    package var metaStore: MetaStoreSettings
    package var guards: Guards
    package var retention: Retention
    package var allow: [Allowance]
    package var place: SourceRange?

    package init(
        name: String = "default", metaStore: MetaStoreSettings = MetaStoreSettings(), guards: Guards = Guards(),
        retention: Retention = Retention(), allow: [Allowance] = [], place: SourceRange? = nil
    ) {
        self.name = name
        self.metaStore = metaStore
        self.guards = guards
        self.retention = retention
        self.allow = allow
        self.place = place
    }
}

package struct MetaStoreSettings: Hashable, Sendable {
    package var dsn: SecretReference
    package var schema: String

    package init(
        dsn: SecretReference = SecretReference(.environment("SYNCBRIDGE_META_DSN"), isDefault: true),
        schema: String = "syncbridge"
    ) {
        self.dsn = dsn
        self.schema = schema
    }
}

/// How long records are kept, in days.
package struct Retention: Hashable, Sendable {
    package var runs: Int
    package var tombstones: Int
    package var conflicts: Int

    package init(runs: Int = 90, tombstones: Int = 90, conflicts: Int = 180) {
        self.runs = runs
        self.tombstones = tombstones
        self.conflicts = conflicts
    }
}

/// Limits on what one run may change. `nil` in a definition means: as in the project.
package struct Guards: Hashable, Sendable {
    package static let defaults = Guards(
        maxDeletes: 20, maxDeletePercent: 5, maxUpdatePercent: 90, maxRejectedPercent: 1)

    package var maxDeletes: Int?
    package var maxDeletePercent: Double?
    package var maxUpdatePercent: Double?
    package var maxRejectedPercent: Double?

    package init(
        maxDeletes: Int? = nil, maxDeletePercent: Double? = nil, maxUpdatePercent: Double? = nil,
        maxRejectedPercent: Double? = nil
    ) {
        self.maxDeletes = maxDeletes
        self.maxDeletePercent = maxDeletePercent
        self.maxUpdatePercent = maxUpdatePercent
        self.maxRejectedPercent = maxRejectedPercent
    }

    /// These limits, with those of `other` where none is set here.
    package func filled(from other: Guards) -> Guards {
        Guards(
            maxDeletes: maxDeletes ?? other.maxDeletes, maxDeletePercent: maxDeletePercent ?? other.maxDeletePercent,
            maxUpdatePercent: maxUpdatePercent ?? other.maxUpdatePercent,
            maxRejectedPercent: maxRejectedPercent ?? other.maxRejectedPercent)
    }
}

/// A hazard that somebody accepted, reviewed in Git like everything else.
package struct Allowance: Hashable, Sendable {
    package var hazard: HazardCode
    /// A glob over addresses.
    package var at: String
    package var reason: String
    /// The last day on which it counts.
    package var until: CivilDate?
    /// The greatest number of rows it covers.
    package var max: Int?
    package var place: SourceRange?

    package init(
        hazard: HazardCode, at: String, reason: String, until: CivilDate? = nil, max: Int? = nil,
        place: SourceRange? = nil
    ) {
        self.hazard = hazard
        self.at = at
        self.reason = reason
        self.until = until
        self.max = max
        self.place = place
    }
}
