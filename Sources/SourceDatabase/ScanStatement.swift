internal import Core
internal import PostgreSQL

/// The statements that read rows of a bound definition. Text is made of identifiers, of the author's own expressions,
/// which were checked, and of parameters.
struct ScanStatement {
    private let bound: BoundDefinition
    private let relation: QualifiedName

    init(_ bound: BoundDefinition) throws(PostgreSQLError) {
        self.bound = bound
        relation = try QualifiedName(schema: bound.relation.schema, name: bound.relation.name)
    }

    /// Every row, or those of the watermark, in the order of the ledger's keys. COPY takes no parameters: the mark's text
    /// is of our own making, digits and punctuation.
    func scan(since: CaptureMark? = nil) throws(PostgreSQLError) -> String {
        var order: [String] = []
        for part in bound.key {
            let column = "t.\(try SQLIdentifier(part.column).sql)"
            order.append(part.form.ordersNatively ? column : "\(text(part, column)) COLLATE \"C\"")
        }
        var conditions = rowsCondition()
        if let since {
            let column = "t.\(try SQLIdentifier(since.column).sql)"
            conditions += conditions.isEmpty ? " WHERE " : " AND "
            conditions += "(\(column) >= '\(since.text)'::\(since.kind.typeName) OR \(column) IS NULL)"
        }
        var columns = try columns() + widerColumns()
        if let rows = bound.wider?.rows {
            columns += [holds(own: true, rows), holds(own: false, rows)]
            order.append("\(columns.count - 1) DESC")
        }
        return "COPY (SELECT \(columns.joined(separator: ", ")) FROM \(relation.sql) t\(conditions) "
            + "ORDER BY \(order.joined(separator: ", "))) TO STDOUT"
    }

    /// The rows of given keys; one array parameter of texts for each column of the key.
    func byKey() throws(PostgreSQLError) -> String {
        var names: [String] = []
        var arrays: [String] = []
        var matches: [String] = []
        for (index, part) in bound.key.enumerated() {
            let column = "t.\(try SQLIdentifier(part.column).sql)"
            arrays.append("pg_catalog.unnest($\(index + 1)::pg_catalog.text[])")
            names.append("k\(index)")
            matches.append(
                part.form == .text
                    ? "\(text(part, column)) = k.k\(index)" : "\(column) = k.k\(index)::\(typeName(part))")
        }
        // `unnest` of several arrays is syntax and no function: with its schema before it, it takes one.
        return "SELECT \(try columns().joined(separator: ", ")) FROM ROWS FROM (\(arrays.joined(separator: ", "))) "
            + "AS k (\(names.joined(separator: ", "))) JOIN \(relation.sql) t ON \(matches.joined(separator: " AND "))"
            + predicate("WHERE")
    }

    /// The greatest value of the watermark column, and the time at which the transaction began. Without the author's
    /// condition, so that the end of an index answers: rows that the condition leaves out can only make the mark newer.
    func mark(_ watermark: BoundWatermark) throws(PostgreSQLError) -> String {
        "SELECT pg_catalog.max(t.\(try SQLIdentifier(watermark.column).sql)), pg_catalog.transaction_timestamp() "
            + "FROM \(relation.sql) t"
    }

    private func columns() throws(PostgreSQLError) -> [String] {
        var columns: [String] = []
        for (index, read) in bound.reads.enumerated() {
            let isOwn = bound.wider?.rows?.ownReads.contains(index) ?? false
            columns.append(try column(read, where: isOwn ? bound.definition.predicate?.value : nil))
        }
        return columns
    }

    /// - Parameter condition: Where an expression is evaluated, it being NULL elsewhere; `nil` for every row.
    private func column(
        _ read: BoundDefinition.Read, where condition: String?
    ) throws(PostgreSQLError) -> String {
        switch read.expression {
        case .column(let name, let form): return selected("t.\(try SQLIdentifier(name).sql)", form)
        case .sql(let sql, let form):
            guard let condition else { return selected("(\(sql)\n)", form) }
            return selected("(CASE WHEN (\(condition)\n) THEN (\(sql)\n) END)", form)
        }
    }

    // MARK: What is read beside the definition's own

    private func widerColumns() throws(PostgreSQLError) -> [String] {
        var columns: [String] = []
        for read in bound.wider?.reads ?? [] {
            columns.append(try column(read, where: bound.wider?.rows?.predicate))
        }
        return columns
    }

    /// Whether a condition holds, never NULL. Like every condition of an author's it stands alone in parentheses.
    private func holds(own: Bool, _ rows: WiderReading.Rows) -> String {
        let condition = own ? bound.definition.predicate?.value : rows.predicate
        return condition.map { "((\($0)\n) IS TRUE)" } ?? "true"
    }

    /// The rows of the definition, or those of either condition.
    private func rowsCondition() -> String {
        guard let rows = bound.wider?.rows else { return predicate("WHERE") }
        guard let own = bound.definition.predicate?.value, let other = rows.predicate else { return "" }
        return " WHERE ((\(own)\n) OR (\(other)\n))"
    }

    private func selected(_ expression: String, _ form: ReadForm) -> String {
        switch form {
        case .plain: expression
        case .text: "\(expression)::pg_catalog.text"
        case .numeric: "\(expression)::pg_catalog.numeric"
        // NULL stays NULL: to_json is strict.
        case .json: "pg_catalog.to_json(\(expression))::pg_catalog.text"
        }
    }

    /// The key part as text, in the one form that its canonical text has too.
    private func text(_ part: BoundDefinition.KeyPart, _ column: String) -> String {
        if case .money = part.type { return "pg_catalog.trim_scale(\(column)::pg_catalog.numeric)::pg_catalog.text" }
        return part.form == .numeric
            ? "pg_catalog.trim_scale(\(column))::pg_catalog.text" : "\(column)::pg_catalog.text"
    }

    /// The author's condition stands alone in parentheses, and its line ends before ours: a comment cannot reach it.
    private func predicate(_ word: String) -> String {
        bound.definition.predicate.map { " \(word) (\($0.value)\n)" } ?? ""
    }

    private func typeName(_ part: BoundDefinition.KeyPart) -> String {
        switch part.type {
        case .smallint, .integer, .bigint: "pg_catalog.int8"
        case .oid: "pg_catalog.oid"
        case .boolean: "pg_catalog.bool"
        case .uuid: "pg_catalog.uuid"
        case .date: "pg_catalog.date"
        case .timestamp: "pg_catalog.timestamp"
        case .timestamptz: "pg_catalog.timestamptz"
        // The text of a number means the same in every locale only as `numeric`.
        case .money: "pg_catalog.numeric::pg_catalog.money"
        default: "pg_catalog.numeric"
        }
    }
}

extension CaptureMark.Kind {
    fileprivate var typeName: String {
        switch self {
        case .number: "pg_catalog.int8"
        case .date: "pg_catalog.date"
        case .timestamp: "pg_catalog.timestamp"
        case .timestamptz: "pg_catalog.timestamptz"
        }
    }
}
