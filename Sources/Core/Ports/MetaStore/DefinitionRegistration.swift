package struct DefinitionRegistration: Hashable, Sendable {
    package var id: String
    package var project: String
    package var name: String
    package var prefix: String
    package var sourceTable: String
    package var mode: String
    package var shardingPolicy: JSON
    package var spec: JSON
    package var source: String
    package var mappingVersion: Int
    package var fields: [MappedField]
    /// Of the keys that its ledger is to have. One that is registered already stays until
    /// ``UpkeepStore/rekey(_:shape:of:now:under:)``; `nil` registers none.
    package var keyShape: KeyShape?

    package struct MappedField: Hashable, Sendable {
        package var source: String
        package var target: String
        package var transforms: String
        package var isAutomatic: Bool

        package init(source: String, target: String, transforms: String, isAutomatic: Bool) {
            self.source = source
            self.target = target
            self.transforms = transforms
            self.isAutomatic = isAutomatic
        }
    }

    package init(
        id: String, project: String, name: String, prefix: String, sourceTable: String, mode: String,
        shardingPolicy: JSON, spec: JSON, source: String, mappingVersion: Int, fields: [MappedField],
        keyShape: KeyShape? = nil
    ) {
        self.keyShape = keyShape
        self.id = id
        self.project = project
        self.name = name
        self.prefix = prefix
        self.sourceTable = sourceTable
        self.mode = mode
        self.shardingPolicy = shardingPolicy
        self.spec = spec
        self.source = source
        self.mappingVersion = mappingVersion
        self.fields = fields
    }
}
