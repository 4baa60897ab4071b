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

    package func column(_ name: String) -> SourceColumn? { columns.first { $0.name == name } }
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

/// A PostgreSQL type, closed over what SyncBridge tells apart (SPEC §10).
package indirect enum SourceType: Hashable, Sendable {
    case smallint, integer, bigint, oid
    /// Declared precision and scale; both `nil` if unconstrained.
    case numeric(precision: Int?, scale: Int?)
    case real, double
    case money
    case boolean
    case date
    case timestamp, timestamptz
    case time, timetz, interval
    /// Declared length in characters; `nil` if unlimited.
    case varchar(length: Int?)
    case char(length: Int)
    case text
    case name
    case uuid
    case inet, cidr, macaddr
    case bit
    case json, jsonb
    case xml
    case bytea
    /// Its labels in their order.
    case enumeration(schema: String, name: String, labels: [String])
    case array(SourceType)
    case composite(schema: String, name: String)
    /// A range or multirange.
    case range(name: String)
    /// Anything else, by PostgreSQL's own name (`format_type`).
    case other(String)

    /// PostgreSQL's spelling, for messages.
    package var description: String {
        switch self {
        case .smallint: "smallint"
        case .integer: "integer"
        case .bigint: "bigint"
        case .oid: "oid"
        case .numeric(let precision?, let scale?): "numeric(\(precision),\(scale))"
        case .numeric: "numeric"
        case .real: "real"
        case .double: "double precision"
        case .money: "money"
        case .boolean: "boolean"
        case .date: "date"
        case .timestamp: "timestamp without time zone"
        case .timestamptz: "timestamp with time zone"
        case .time: "time without time zone"
        case .timetz: "time with time zone"
        case .interval: "interval"
        case .varchar(let length?): "character varying(\(length))"
        case .varchar: "character varying"
        case .char(let length): "character(\(length))"
        case .text: "text"
        case .name: "name"
        case .uuid: "uuid"
        case .inet: "inet"
        case .cidr: "cidr"
        case .macaddr: "macaddr"
        case .bit: "bit"
        case .json: "json"
        case .jsonb: "jsonb"
        case .xml: "xml"
        case .bytea: "bytea"
        case .enumeration(let schema, let name, _): "\(schema).\(name)"
        case .array(let element): "\(element.description)[]"
        case .composite(let schema, let name): "\(schema).\(name)"
        case .range(let name): name
        case .other(let name): name
        }
    }
}

/// Which database this is: recorded at a definition's first apply, so that another one is noticed (`SOURCE_CHANGED`).
package struct SourceIdentity: Hashable, Sendable {
    /// `pg_control_system()`'s identifier, in decimal; `nil` if the role may not ask.
    package var systemIdentifier: String?
    package var database: String
    package var databaseOid: UInt32
    package var role: String
    package var isInRecovery: Bool
    /// `server_version_num`, such as 150018.
    package var serverVersion: Int

    package init(
        systemIdentifier: String?, database: String, databaseOid: UInt32, role: String, isInRecovery: Bool,
        serverVersion: Int
    ) {
        self.systemIdentifier = systemIdentifier
        self.database = database
        self.databaseOid = databaseOid
        self.role = role
        self.isInRecovery = isInRecovery
        self.serverVersion = serverVersion
    }
}
