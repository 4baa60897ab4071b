internal import Core
internal import PostgreSQL

/// Why the rows of a definition could not be read, in words that lead on. Pure; ``Circumstances`` is what has to be asked.
enum SourceFailure {
    /// What the server adds to its error when it is asked.
    struct Circumstances: Hashable, Sendable {
        /// The encoding of the database, such as `SQL_ASCII`.
        var encoding: String?
        /// Columns of the relation that the role may not read; `nil` if they were not asked for.
        var deniedColumns: [String]?
        /// Whether a policy hides rows of the relation from the role.
        var hidesRows = false
    }

    static func make(_ error: PostgreSQLError, _ bound: BoundDefinition, _ known: Circumstances = .init()) -> Failure {
        let relation = bound.relation
        let name = "\(relation.schema).\(relation.name)"
        var failure = Failure(
            error, while: "reading \(relation.kind.words) \(name)",
            address: .definition(bound.definition.name),
            at: bound.definition.tablePlace ?? bound.definition.place)
        failure.facts["encoding"] = known.encoding
        switch Cause(error, known) {
        case .bytes:
            failure.code = .invalid
            failure.reason = "the server could not convert a value to UTF-8: some bytes are no text"
            failure.help = bytesHelp(bound)
        case .notPopulated:
            failure.code = .unavailable
            failure.help = "Fill it with REFRESH MATERIALIZED VIEW, then run again. It does not count as empty."
        case .rowSecurity:
            failure.help =
                "A policy hides rows of \(name) from the role, and a part would look like deletes. Give the role "
                + "BYPASSRLS, or read a view that its owner made of the rows meant."
        case .columns(let columns):
            let list = columns.joined(separator: ", ")
            failure.reason = "the role may not read these columns: \(list)"
            failure.help =
                "Grant SELECT on them, or leave them out: mapping: { auto: { skip: [\(list)] } }."
        case .author:
            failure.code = .invalid
            failure.help = "Look at the view, the condition or the expression that the rows come from."
        case .server:
            failure.code = .unavailable
            failure.help = "Look into the server's log."
        case .plain: break
        }
        return failure
    }

    private enum Cause {
        case bytes, notPopulated, rowSecurity, author, server, plain
        case columns([String])

        init(_ error: PostgreSQLError, _ known: Circumstances) {
            switch error.sqlState {
            case "22021", "22P05": self = .bytes
            case "55000": self = .notPopulated
            case "42501" where known.hidesRows: self = .rowSecurity
            case "42501":
                let denied = known.deniedColumns ?? []
                self = denied.isEmpty ? .plain : .columns(denied)
            default: self = Cause(unnamed: error)
            }
        }

        /// What has no kind of its own. Nothing that happens to people is left as an error without a name.
        private init(unnamed error: PostgreSQLError) {
            // A domain or a function of a view may refuse a value as a constraint would.
            let isOfAuthor: Set<PostgreSQLError.Kind> = [.other, .uniqueViolation, .constraintViolation]
            guard isOfAuthor.contains(error.kind), let sqlState = error.sqlState else {
                self = .plain
                return
            }
            switch sqlState.prefix(2) {
            // The system below the server, a snapshot too old, damaged data.
            case "58", "72", "XX": self = .server
            default: self = .author
            }
        }
    }

    /// How to find rows that hold bytes beyond ASCII: those that cannot be converted are among them.
    private static func bytesHelp(_ bound: BoundDefinition) -> String {
        guard let relation = try? QualifiedName(schema: bound.relation.schema, name: bound.relation.name).sql else {
            return "Mend the rows that hold such bytes."
        }
        let key = bound.key.compactMap { try? SQLIdentifier($0.column).sql }.joined(separator: ", ")
        return "Mend the rows, or leave the column out. They are among those of: SET client_encoding = 'SQL_ASCII'; "
            + "SELECT \(key) FROM \(relation) t WHERE t::text ~ '[^\\x01-\\x7f]';"
    }
}

extension SourceFailure.Circumstances {
    /// Asks the server what its error leaves out. The session's transaction is over after that.
    static func ask(_ error: PostgreSQLError, _ bound: BoundDefinition, _ session: Session) async -> Self {
        var known = Self()
        switch error.sqlState {
        case "22021", "22P05":
            await session.rollback()
            known.encoding = try? await session.query("SELECT pg_catalog.current_setting('server_encoding')").first?
                .text(0)
        case "42501":
            await session.rollback()
            let row = try? await session.query(
                """
                SELECT pg_catalog.row_security_active($1::pg_catalog.oid), ARRAY(
                    SELECT a.attname::pg_catalog.text FROM pg_catalog.pg_attribute AS a
                    WHERE a.attrelid = $1::pg_catalog.oid AND a.attnum > 0 AND NOT a.attisdropped
                        AND NOT pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'SELECT')
                    ORDER BY a.attnum)
                """, [.int(bound.relation.oid)]
            ).first
            known.deniedColumns = row?.names(1).filter(bound.readColumns.contains)
            known.hidesRows = row?.bool(0) ?? false && known.deniedColumns?.isEmpty ?? true
        default: break
        }
        return known
    }
}

extension BoundDefinition {
    /// The columns that are read as they are; those of the author's expressions are not known.
    fileprivate var readColumns: Set<String> {
        Set(
            reads.compactMap { read in
                switch read.expression {
                case .column(let name, _): name
                case .sql: nil
                }
            })
    }
}
