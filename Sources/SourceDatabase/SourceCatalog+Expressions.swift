package import Core
internal import PostgreSQL

extension SourceCatalog {
    /// The type of an author's expression over the relation's columns. The server parses and plans it, and reads no row.
    /// - Throws: `Failure` with status `invalid` and PostgreSQL's words, `position` (in Unicode scalars from 1) among its
    ///   facts; also for aggregates and functions that give several rows.
    package func type(
        of expression: String, in relation: SourceRelation, at place: SourceRange? = nil
    ) async throws(Failure) -> SourceType {
        let operation = "checking an expression over \(relation.schema).\(relation.name)"
        let found = try await check(
            expression, operation, relation, place, before: "SELECT (", between: ") FROM ", after: " LIMIT 0")
        // In WHERE no aggregate, window function or set of rows is possible: each row has one value.
        _ = try await check(
            expression, operation, relation, place, before: "SELECT FROM ", between: nil, after: ") IS NULL LIMIT 0")
        guard let column = found.columns.first else { return .other("unknown") }
        do {
            return try await TypeCatalog(session: session, types: [column.typeOID])
                .resolve(column.typeOID, modifier: column.typeModifier)
        } catch {
            throw Failure(error, while: operation, at: place)
        }
    }

    /// Whether an author's predicate is a condition over the relation's columns, without reading a row.
    /// - Throws: As ``type(of:in:at:)``.
    package func check(predicate: Located<String>, in relation: SourceRelation) async throws(Failure) {
        let operation = "checking the condition over \(relation.schema).\(relation.name)"
        _ = try await check(
            predicate.value, operation, relation, predicate.place, before: "SELECT FROM ", between: nil,
            after: ") LIMIT 0")
    }

    /// Puts the text, alone between its parentheses, into `before text between relation after`, or, without `between`,
    /// into `before relation WHERE (text after`.
    private func check(
        _ text: String, _ operation: String, _ relation: SourceRelation, _ place: SourceRange?, before: String,
        between: String?, after: String
    ) async throws(Failure) -> ResultRows {
        do {
            try ExpressionGuard.check(text)
        } catch {
            throw Failure(
                .invalid, while: operation, source: place, because: "this SQL is refused: \(error.rawValue)",
                help: "Write one expression, as it could stand between parentheses.")
        }
        var start = before
        do {
            let name = try QualifiedName(schema: relation.schema, name: relation.name).sql
            if between == nil { start += "\(name) WHERE (" }
            let sql = start + text + (between.map { $0 + name } ?? "") + after
            return try await session.query(sql)
        } catch {
            var failure = Failure(error, while: operation, at: place)
            let offset = start.unicodeScalars.count
            if let position = error.position, position > offset, position <= offset + text.unicodeScalars.count {
                failure.facts["position"] = "\(position - offset)"
            }
            throw failure
        }
    }
}
