internal import Core
internal import PostgreSQL

/// The server's types that some columns lead to, through domains and arrays.
struct TypeCatalog {
    private struct Entry {
        var schema: String
        var name: String
        var type: String
        var category: String
        var element: UInt32
        var base: UInt32
        var modifier: Int32
        var isNotNull: Bool
        var display: String
        var labels: [String]
    }

    private var entries: [UInt32: Entry] = [:]
    /// Of domains, by their OID.
    private var choices: [UInt32: [CheckExpression.Choices]] = [:]

    init(session: Session, types: [UInt32]) async throws(PostgreSQLError) {
        let rows = try await session.query(
            """
            WITH RECURSIVE reached (oid) AS (
                SELECT u.oid::pg_catalog.oid FROM pg_catalog.unnest($1::pg_catalog.int8[]) AS u (oid)
                UNION
                SELECT next.oid FROM reached JOIN pg_catalog.pg_type AS t ON t.oid = reached.oid
                CROSS JOIN LATERAL (VALUES (t.typbasetype), (t.typelem)) AS next (oid)
                WHERE next.oid <> 0
            )
            SELECT t.oid, n.nspname, t.typname, t.typtype, t.typcategory, t.typelem, t.typbasetype, t.typtypmod,
                t.typnotnull, pg_catalog.format_type(t.oid, NULL), ARRAY(
                    SELECT e.enumlabel::pg_catalog.text FROM pg_catalog.pg_enum AS e
                    WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder)
            FROM reached JOIN pg_catalog.pg_type AS t ON t.oid = reached.oid
            JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
            """, [.int64Array(types.map(Int64.init))])
        for row in rows {
            guard let oid = row.oid(0) else { continue }
            entries[oid] = Entry(
                schema: row.text(1) ?? "", name: row.text(2) ?? "", type: row.text(3) ?? "",
                category: row.text(4) ?? "", element: row.oid(5) ?? 0, base: row.oid(6) ?? 0,
                modifier: Int32(row.int(7) ?? -1), isNotNull: row.bool(8) ?? false, display: row.text(9) ?? "",
                labels: row.names(10))
        }
        try await readChoices(session)
    }

    private mutating func readChoices(_ session: Session) async throws(PostgreSQLError) {
        let domains = entries.filter { $0.value.type == "d" }.keys.sorted()
        guard !domains.isEmpty else { return }
        let rows = try await session.query(
            """
            SELECT c.contypid, pg_catalog.pg_get_expr(c.conbin, 0) FROM pg_catalog.pg_constraint AS c
            WHERE c.contypid = ANY ($1::pg_catalog.int8[]) AND c.contype = 'c' AND c.convalidated ORDER BY c.conname
            """, [.int64Array(domains.map(Int64.init))])
        for row in rows {
            guard let oid = row.oid(0), let list = row.text(1).flatMap(CheckExpression.choices), list.column == "VALUE"
            else { continue }
            choices[oid, default: []].append(list)
        }
    }

    // MARK: Domains

    /// A type and the domains before it, outermost first.
    private func chain(_ oid: UInt32) -> [UInt32] {
        var chain = [oid]
        while let last = chain.last, let entry = entries[last], entry.type == "d", entry.base != 0 {
            chain.append(entry.base)
        }
        return chain
    }

    func domainName(_ oid: UInt32) -> String? {
        guard let entry = entries[oid], entry.type == "d" else { return nil }
        return "\(entry.schema).\(entry.name)"
    }

    func forbidsNull(_ oid: UInt32) -> Bool {
        chain(oid).contains { entries[$0]?.type == "d" && entries[$0]?.isNotNull == true }
    }

    func domainChoices(_ oid: UInt32) -> [CheckExpression.Choices] { chain(oid).flatMap { choices[$0] ?? [] } }

    // MARK: Types

    /// - Parameter modifier: `atttypmod`; a domain's own wins, for a column of a domain has none.
    func resolve(_ oid: UInt32, modifier: Int32) -> SourceType {
        let chain = chain(oid)
        var modifier = modifier
        for domain in chain.dropLast() where modifier == -1 { modifier = entries[domain]?.modifier ?? -1 }
        guard let base = chain.last, let entry = entries[base] else { return .other("\(oid)") }
        if let builtIn = Self.builtIn(base, modifier) { return builtIn }
        switch entry.type {
        case "e": return .enumeration(schema: entry.schema, name: entry.name, labels: entry.labels)
        case "c": return .composite(schema: entry.schema, name: entry.name)
        case "r", "m": return .range(name: entry.display)
        case _ where entry.category == "A" && entry.element != 0:
            // An array's modifier is that of its elements.
            return .array(resolve(entry.element, modifier: modifier))
        default: return .other(entry.display)
        }
    }

    /// - SeeAlso: `pg_type.dat` of the server's source: these OIDs never change.
    private static func builtIn(_ oid: UInt32, _ modifier: Int32) -> SourceType? {
        switch oid {
        case 16: .boolean
        case 17: .bytea
        case 19: .name
        case 20: .bigint
        case 21: .smallint
        case 23: .integer
        case 25: .text
        case 26: .oid
        case 114: .json
        case 142: .xml
        case 650: .cidr
        case 700: .real
        case 701: .double
        case 790: .money
        case 829: .macaddr
        case 869: .inet
        // bpchar without a length is not padded.
        case 1042: modifier > 4 ? .char(length: Int(modifier) - 4) : .varchar(length: nil)
        case 1043: .varchar(length: modifier >= 4 ? Int(modifier) - 4 : nil)
        case 1082: .date
        case 1083: .time
        case 1114: .timestamp
        case 1184: .timestamptz
        case 1186: .interval
        case 1266: .timetz
        case 1560, 1562: .bit
        case 1700: numeric(modifier)
        case 2950: .uuid
        case 3802: .jsonb
        default: nil
        }
    }

    /// Precision in the upper 16 bits; scale in the lower 11, signed since PostgreSQL 15.
    private static func numeric(_ modifier: Int32) -> SourceType {
        guard modifier >= 4 else { return .numeric(precision: nil, scale: nil) }
        let bits = Int(modifier) - 4
        return .numeric(precision: bits >> 16, scale: ((bits & 0x7ff) ^ 0x400) - 0x400)
    }
}
