/// What PostgreSQL's catalog says about one relation, as far as SyncBridge needs it.
package struct SourceRelation: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        case table, partitionedTable, view, materializedView, foreignTable
    }

    package var schema: String
    package var name: String
    package var kind: Kind
    /// The OID of the relation.
    package var oid: UInt32
    package var comment: String?
    /// In `attnum` order, without dropped ones.
    package var columns: [SourceColumn]
    /// The primary key's columns in index order; empty if there is none.
    package var primaryKey: [String]
    /// Unique constraints and unique indexes without predicate or expression, each its columns in index order.
    package var uniqueKeys: [[String]]
    package var foreignKeys: [ForeignKey]
    /// The first columns of the indexes that know every row.
    package var indexedColumns: Set<String>
    /// Whether the connected role may SELECT.
    package var isReadable: Bool

    package struct ForeignKey: Hashable, Sendable {
        package var columns: [String]
        package var referencedSchema: String
        package var referencedTable: String
        package var referencedColumns: [String]

        package init(columns: [String], referencedSchema: String, referencedTable: String, referencedColumns: [String])
        {
            self.columns = columns
            self.referencedSchema = referencedSchema
            self.referencedTable = referencedTable
            self.referencedColumns = referencedColumns
        }
    }

    package init(
        schema: String, name: String, kind: Kind, oid: UInt32 = 0, comment: String? = nil, columns: [SourceColumn],
        primaryKey: [String] = [], uniqueKeys: [[String]] = [], foreignKeys: [ForeignKey] = [],
        indexedColumns: Set<String> = [], isReadable: Bool = true
    ) {
        self.schema = schema
        self.name = name
        self.kind = kind
        self.oid = oid
        self.comment = comment
        self.columns = columns
        self.primaryKey = primaryKey
        self.uniqueKeys = uniqueKeys
        self.foreignKeys = foreignKeys
        self.indexedColumns = indexedColumns
        self.isReadable = isReadable
    }

    package func column(_ name: String) -> SourceColumn? { columns.first { $0.name.isSameText(as: name) } }

    /// A unique index whose columns are never NULL and can be a key; of several one with the fewest columns.
    package var servingKey: [String]? {
        uniqueKeys.filter { names in
            !names.isEmpty
                && names.allSatisfy { name in
                    column(name).map { !$0.isNullable && KeyForm.of($0.type) != nil } ?? false
                }
        }.min { $0.count < $1.count }
    }
}

/// One column of a source relation.
package struct SourceColumn: Hashable, Sendable {
    package var name: String
    /// The type with its domains resolved.
    package var type: SourceType
    /// `schema.name` of the domain the column is declared with.
    package var domain: String?
    package var isNullable: Bool
    package var isGenerated: Bool
    package var comment: String?
    /// The values a validated `CHECK (col IN (…))` or `CHECK (col <@ ARRAY[…])` allows, in its order.
    package var allowedValues: [String]?

    package init(
        _ name: String, _ type: SourceType, domain: String? = nil, isNullable: Bool = true, isGenerated: Bool = false,
        comment: String? = nil, allowedValues: [String]? = nil
    ) {
        self.name = name
        self.type = type
        self.domain = domain
        self.isNullable = isNullable
        self.isGenerated = isGenerated
        self.comment = comment
        self.allowedValues = allowedValues
    }
}
