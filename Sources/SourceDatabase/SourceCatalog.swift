package import Core
package import PostgreSQL

/// Reads a source's catalog. Only what every role may read; no object is created, and no row of a table is read.
///
/// Uses its session for itself while a call is under way. The session has ``SessionSettings/source(statementTimeoutMilliseconds:)``.
package struct SourceCatalog: Sendable {
    package let session: Session

    package init(_ session: Session) {
        self.session = session
    }

    /// - Throws: `Failure`, as for any work of a session.
    package func identity() async throws(Failure) -> SourceIdentity {
        do {
            let row = try await session.query(
                """
                SELECT pg_catalog.current_database(), d.oid, current_user, pg_catalog.pg_is_in_recovery(),
                    pg_catalog.current_setting('server_version_num')
                FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()
                """
            ).first
            return SourceIdentity(
                systemIdentifier: try await systemIdentifier(), database: row?.text(0) ?? "",
                databaseOid: row?.oid(1) ?? 0, role: row?.text(2) ?? "", isInRecovery: row?.bool(3) ?? false,
                serverVersion: row?.int(4) ?? 0)
        } catch {
            throw Failure(error, while: "reading which database the source is")
        }
    }

    /// Some hosted servers do not let anybody ask.
    private func systemIdentifier() async throws(PostgreSQLError) -> String? {
        do {
            return try await session.query("SELECT system_identifier FROM pg_catalog.pg_control_system()").first?.text(
                0)
        } catch  where error.kind == .connectionLost || error.kind == .cancelled {
            throw error
        } catch {
            return nil
        }
    }

    /// Reads one relation, all of it from one snapshot.
    /// - Parameter place: Where the manifests name it.
    /// - Throws: `Failure` with status `invalid` if it does not exist or has no rows to read (an index, a sequence); its
    ///   help names relations that may be meant.
    package func relation(_ table: TableName, at place: SourceRange? = nil) async throws(Failure) -> SourceRelation {
        let operation = "reading the structure of \(table.text)"
        let found: SourceRelation?
        do {
            found = try await session.transaction(.snapshot) { () async throws(PostgreSQLError) in
                try await RelationReader(session: session).relation(schema: table.schema ?? "public", name: table.name)
            }
        } catch {
            throw Failure(error, while: operation, at: place)
        }
        if let found { return found }
        throw Failure(
            .invalid, while: operation, source: place,
            because:
                "no table, view or materialized view \(table.schema ?? "public").\(table.name) exists in \(session.server)",
            help: await alternatives(to: table))
    }

    /// Relations that a person may have meant: the same name elsewhere, or in another case.
    private func alternatives(to table: TableName) async -> String? {
        let rows = try? await session.query(
            """
            SELECT n.nspname, c.relname FROM pg_catalog.pg_class AS c
            JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
            WHERE pg_catalog.lower(c.relname::pg_catalog.text) = pg_catalog.lower($1::pg_catalog.text)
                AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
            ORDER BY n.nspname, c.relname LIMIT 5
            """, [.text(table.name)])
        let names =
            rows?.compactMap { row in row.text(0).flatMap { schema in row.text(1).map { "\(schema).\($0)" } } } ?? []
        if names.isEmpty { return nil }
        return "Did you mean \(names.joined(separator: " or "))? Write the name with its schema."
    }
}

extension ResultRows.Row {
    func oid(_ column: Int) -> UInt32? { text(column).flatMap { UInt32($0) } }

    /// Names; a NULL among them would be the catalog's fault and is left out.
    func names(_ column: Int) -> [String] { textArray(column)?.compactMap(\.self) ?? [] }
}
