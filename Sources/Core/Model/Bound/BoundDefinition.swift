/// A sync definition bound to the table it names: every name resolved, every type known.
///
/// What it takes to read rows, to find their lists and to project them; a pure function of manifests and catalog.
package struct BoundDefinition: Hashable, Sendable {
    package var definition: SyncDefinition
    package var relation: SourceRelation
    package var key: [KeyPart]
    /// What is selected, in order: first the parts of the key, then what fields and rules need.
    package var reads: [Read]
    package var fields: [BoundField]
    /// Indices into `reads` of the columns that sharding asks for, in the order of its values.
    package var shardingReads: [ShardingRead]
    package var routing: Routing
    /// Logical names; the index is the one that ``Routing`` uses.
    package var lists: [String]
    /// The columns every list of the definition has, `SyncBridgeKey` not included.
    package var columns: [DesiredColumn]
    package var zone: SiteTimeZone
    /// `nil`: only whole reads are asked for.
    package var watermark: BoundWatermark?
    /// What a scan reads beside it; never what is read by key.
    package var wider: WiderReading?

    package struct KeyPart: Hashable, Sendable {
        package var column: String
        package var form: KeyForm
        package var type: SourceType
    }

    package struct Read: Hashable, Sendable {
        package enum Expression: Hashable, Sendable {
            case column(String, ReadForm)
            case sql(String, ReadForm)
        }

        package var expression: Expression
        package var type: SourceType
        package var kind: ValueKind
    }

    package struct ShardingRead: Hashable, Sendable {
        package var read: Int
    }
}

/// A field that is written: where its value comes from, what is done to it, and the column that takes it.
package struct BoundField: Hashable, Sendable {
    package struct Step: Hashable, Sendable {
        package var transform: Transform
        /// The kind of value that goes in.
        package var kind: ValueKind
    }

    /// The internal name of the column.
    package var target: String
    /// The source column's name; `nil` for an expression.
    package var sourceColumn: String?
    /// Index into ``BoundDefinition/reads``.
    package var read: Int
    package var steps: [Step]
    package var type: ColumnType
    package var shareable: Bool
    package var hasDefault: Bool
    package var place: SourceRange?

    package init(
        target: String, sourceColumn: String?, read: Int, steps: [Step], type: ColumnType, shareable: Bool,
        hasDefault: Bool, place: SourceRange? = nil
    ) {
        self.target = target
        self.sourceColumn = sourceColumn
        self.read = read
        self.steps = steps
        self.type = type
        self.shareable = shareable
        self.hasDefault = hasDefault
        self.place = place
    }
}
