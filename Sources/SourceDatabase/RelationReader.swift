internal import Core
internal import PostgreSQL

/// The catalog queries behind one relation. Names and operators are PostgreSQL's own (`search_path` is `pg_catalog`);
/// what the user wrote travels as a parameter.
struct RelationReader {
    let session: Session

    /// Nil if there is none with rows to read.
    func relation(schema: String, name: String) async throws(PostgreSQLError) -> SourceRelation? {
        let row = try await session.query(
            """
            SELECT c.oid, c.relkind::pg_catalog.text, pg_catalog.obj_description(c.oid, 'pg_class'),
                pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_any_column_privilege(c.oid, 'SELECT')
            FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
            WHERE n.nspname = $1::pg_catalog.text AND c.relname = $2::pg_catalog.text
            """, [.text(schema), .text(name)]
        ).first
        guard let row, let oid = row.oid(0), let kind = row.text(1).flatMap(Self.kind) else { return nil }
        let constraints = try await constraints(of: oid)
        let (primaryKey, uniqueKeys) = try await keys(of: oid)
        return SourceRelation(
            schema: schema, name: name, kind: kind, oid: oid, comment: row.text(2),
            columns: try await columns(of: oid, constraints), primaryKey: primaryKey, uniqueKeys: uniqueKeys,
            foreignKeys: try await foreignKeys(of: oid), indexedColumns: try await indexedColumns(of: oid),
            isReadable: row.bool(3) ?? false)
    }

    private static func kind(_ relkind: String) -> SourceRelation.Kind? {
        switch relkind {
        case "r": .table
        case "p": .partitionedTable
        case "v": .view
        case "m": .materializedView
        case "f": .foreignTable
        default: nil
        }
    }

    // MARK: Columns

    private func columns(
        of relation: UInt32, _ constraints: [CheckExpression.Choices]
    ) async throws(PostgreSQLError) -> [SourceColumn] {
        let rows = try await session.query(
            """
            SELECT a.attname, a.atttypid, a.atttypmod, a.attnotnull, a.attgenerated <> '' OR a.attidentity = 'a',
                pg_catalog.col_description(a.attrelid, a.attnum)
            FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid = $1::pg_catalog.oid AND a.attnum > 0 AND NOT a.attisdropped
            ORDER BY a.attnum
            """, [.int(relation)])
        let types = try await TypeCatalog(session: session, types: rows.compactMap { $0.oid(1) })
        return rows.map { row in
            let name = row.text(0) ?? ""
            let declared = row.oid(1) ?? 0
            let type = types.resolve(declared, modifier: Int32(row.int(2) ?? -1))
            let lists = types.domainChoices(declared) + constraints.filter { $0.column == name }
            return SourceColumn(
                name, type, domain: types.domainName(declared),
                isNullable: row.bool(3) == false && !types.forbidsNull(declared), isGenerated: row.bool(4) ?? false,
                comment: row.text(5), allowedValues: Self.allowedValues(lists, for: type))
        }
    }

    /// What all of the constraints allow, in the order of the first; nil if none is a list of values for such a column.
    private static func allowedValues(_ lists: [CheckExpression.Choices], for type: SourceType) -> [String]? {
        let isSubset: Bool
        switch type {
        case .text, .varchar, .char, .name: isSubset = false
        case .array(.text), .array(.varchar), .array(.char), .array(.name): isSubset = true
        default: return nil
        }
        let fitting = lists.filter { $0.isSubset == isSubset }.map { list -> [String] in
            guard case .char = type else { return list.values }
            // The padding of char(n) is no part of its value.
            return list.values.map { value in
                String(
                    decoding: Array(value.utf8.reversed().drop { $0 == UInt8(ascii: " ") }.reversed()), as: UTF8.self)
            }
        }
        guard let first = fitting.first else { return nil }
        return first.filter { value in fitting.allSatisfy { $0.contains(value) } }
    }

    private func constraints(of relation: UInt32) async throws(PostgreSQLError) -> [CheckExpression.Choices] {
        try await session.query(
            """
            SELECT a.attname, pg_catalog.pg_get_expr(c.conbin, c.conrelid) FROM pg_catalog.pg_constraint AS c
            JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
            WHERE c.conrelid = $1::pg_catalog.oid AND c.contype = 'c' AND c.convalidated
                AND pg_catalog.cardinality(c.conkey) = 1
            ORDER BY c.conname
            """, [.int(relation)]
        ).compactMap { row in
            guard let choices = row.text(1).flatMap(CheckExpression.choices), choices.column == row.text(0) else {
                return nil
            }
            return choices
        }
    }

    // MARK: Keys

    private func keys(of relation: UInt32) async throws(PostgreSQLError) -> (primary: [String], unique: [[String]]) {
        let rows = try await session.query(
            """
            SELECT i.indisprimary, ARRAY(
                SELECT a.attname::pg_catalog.text
                FROM pg_catalog.unnest(i.indkey::pg_catalog.int2[]) WITH ORDINALITY AS k (attnum, position)
                JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
                WHERE k.position <= i.indnkeyatts ORDER BY k.position)
            FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
            WHERE i.indrelid = $1::pg_catalog.oid AND i.indisunique AND i.indisvalid
                AND i.indpred IS NULL AND i.indexprs IS NULL
            ORDER BY c.relname
            """, [.int(relation)])
        return (
            rows.first { $0.bool(0) == true }?.names(1) ?? [], rows.filter { $0.bool(0) == false }.map { $0.names(1) }
        )
    }

    private func indexedColumns(of relation: UInt32) async throws(PostgreSQLError) -> Set<String> {
        let rows = try await session.query(
            """
            SELECT a.attname FROM pg_catalog.pg_index AS i
            JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
            JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid JOIN pg_catalog.pg_am AS m ON m.oid = c.relam
            WHERE i.indrelid = $1::pg_catalog.oid AND i.indisvalid AND i.indpred IS NULL
                AND m.amname IN ('btree', 'brin')
            """, [.int(relation)])
        return Set(rows.compactMap { $0.text(0) })
    }

    private func foreignKeys(of relation: UInt32) async throws(PostgreSQLError) -> [SourceRelation.ForeignKey] {
        // A key that refers to a partitioned table has a row more for each partition; the parent's row says it all.
        try await session.query(
            """
            SELECT n.nspname, r.relname, ARRAY(
                    SELECT a.attname::pg_catalog.text
                    FROM pg_catalog.unnest(c.conkey) WITH ORDINALITY AS k (attnum, position)
                    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = k.attnum
                    ORDER BY k.position), ARRAY(
                    SELECT a.attname::pg_catalog.text
                    FROM pg_catalog.unnest(c.confkey) WITH ORDINALITY AS k (attnum, position)
                    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.confrelid AND a.attnum = k.attnum
                    ORDER BY k.position)
            FROM pg_catalog.pg_constraint AS c
            JOIN pg_catalog.pg_class AS r ON r.oid = c.confrelid
            JOIN pg_catalog.pg_namespace AS n ON n.oid = r.relnamespace
            WHERE c.conrelid = $1::pg_catalog.oid AND c.contype = 'f' AND NOT EXISTS (
                SELECT FROM pg_catalog.pg_constraint AS p WHERE p.oid = c.conparentid AND p.conrelid = c.conrelid)
            ORDER BY c.conname
            """, [.int(relation)]
        ).map { row in
            SourceRelation.ForeignKey(
                columns: row.names(2), referencedSchema: row.text(0) ?? "", referencedTable: row.text(1) ?? "",
                referencedColumns: row.names(3))
        }
    }
}
