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
