/// One table kept in step with the lists its rows belong in.
package struct SyncDefinition: Hashable, Sendable {
    package enum Mode: String, Hashable, Sendable, CaseIterable {
        case oneWayPush = "ONE_WAY_PUSH"
        case twoWay = "TWO_WAY"
        case archiveOnly = "ARCHIVE_ONLY"
    }

    /// What happens to the item of a row that is gone from the table or from `where`.
    package enum Deletes: String, Hashable, Sendable, CaseIterable {
        case propagate = "PROPAGATE"
        case retain = "RETAIN"
        case mark = "MARK"
    }

    package enum OnDrift: String, Hashable, Sendable, CaseIterable {
        case report = "REPORT"
        case revert = "REVERT"
    }

    /// How changes of the table are found. Not part of the fingerprint: it changes no row.
    package enum Capture: Hashable, Sendable {
        case snapshot
        case watermark(Watermark)
    }

    package var name: String
    package var labels: [String: String]
    /// Names that it had before.
    package var renamedFrom: [Located<String>]
    /// The name of the source profile.
    package var sourceProfile: String
    package var table: TableName
    /// Columns of the key in order; `nil` means the primary key in index order.
    package var key: [String]?
    package var keyPlace: SourceRange?
    /// A condition over the table's columns, in SQL.
    package var predicate: Located<String>?
    package var capture: Capture
    /// The name of the site profile.
    package var siteProfile: String
    package var mode: Mode
    package var sharding: ShardingPolicy
    package var mapping: Mapping
    package var deletes: Deletes
    package var onDrift: OnDrift
    package var suspend: Bool
    package var guards: Guards
    package var lists: [String: ListSettings]
    package var place: SourceRange?
    package var tablePlace: SourceRange?

    package init(
        name: String, labels: [String: String] = [:], renamedFrom: [Located<String>] = [], sourceProfile: String,
        table: TableName, key: [String]? = nil, keyPlace: SourceRange? = nil, predicate: Located<String>? = nil,
        capture: Capture = .snapshot, siteProfile: String, mode: Mode = .oneWayPush, sharding: ShardingPolicy,
        mapping: Mapping = Mapping(auto: AutoMapping()), deletes: Deletes, onDrift: OnDrift = .report,
        suspend: Bool = false, guards: Guards = Guards(), lists: [String: ListSettings] = [:],
        place: SourceRange? = nil, tablePlace: SourceRange? = nil
    ) {
        self.name = name
        self.labels = labels
        self.renamedFrom = renamedFrom
        self.sourceProfile = sourceProfile
        self.table = table
        self.key = key
        self.keyPlace = keyPlace
        self.predicate = predicate
        self.capture = capture
        self.siteProfile = siteProfile
        self.mode = mode
        self.sharding = sharding
        self.mapping = mapping
        self.deletes = deletes
        self.onDrift = onDrift
        self.suspend = suspend
        self.guards = guards
        self.lists = lists
        self.place = place
        self.tablePlace = tablePlace
    }
}

/// A value with its place in the manifests.
package struct Located<Value: Hashable & Sendable>: Hashable, Sendable {
    package var value: Value
    package var place: SourceRange?

    package init(_ value: Value, at place: SourceRange? = nil) {
        self.value = value
        self.place = place
    }
}

/// A relation's name as a manifest writes it, `public.projects` or `"My Schema"."Odd.Table"`.
package struct TableName: Hashable, Sendable {
    /// `nil` means `public`.
    package var schema: String?
    package var name: String

    package init(schema: String?, name: String) {
        self.schema = schema
        self.name = name
    }

    package var text: String { schema.map { "\($0).\(name)" } ?? name }
}

/// Settings of one list, keyed by its logical name.
package struct ListSettings: Hashable, Sendable {
    package enum DeletionPolicy: String, Hashable, Sendable, CaseIterable {
        case retain = "Retain"
        case delete = "Delete"
    }

    package var displayName: String?
    package var description: String?
    package var adopt: Bool
    package var deletionPolicy: DeletionPolicy
    package var ignoreColumns: [String]
    package var place: SourceRange?

    package init(
        displayName: String? = nil, description: String? = nil, adopt: Bool = false,
        deletionPolicy: DeletionPolicy = .retain, ignoreColumns: [String] = [], place: SourceRange? = nil
    ) {
        self.displayName = displayName
        self.description = description
        self.adopt = adopt
        self.deletionPolicy = deletionPolicy
        self.ignoreColumns = ignoreColumns
        self.place = place
    }
}
