/// The database that rows come from. Nothing here writes to it.
package protocol RowSource: Sendable {
    func identity() async throws(Failure) -> SourceIdentity
    /// - Parameter place: Where the manifests name the table, for the error.
    func relation(_ table: TableName, at place: SourceRange?) async throws(Failure) -> SourceRelation
    /// The type of an SQL expression over the relation's columns, as the server describes it without running it.
    func type(of expression: String, in relation: SourceRelation, at place: SourceRange?) async throws(Failure)
        -> SourceType
    /// Checks that a predicate is a condition over the relation's columns, without running it.
    func check(predicate: Located<String>, in relation: SourceRelation) async throws(Failure)
    /// The rows of one snapshot, in the order of the ledger's keys: every row, or, with `since`, those whose watermark
    /// column is at or after it, or NULL. With ``BoundDefinition/wider`` also what that says.
    func scan(_ bound: BoundDefinition, since: CaptureMark?) async throws(Failure) -> any RowScan
    /// The rows of these keys that exist and fit the predicate, in a fresh snapshot and in no order.
    /// - Parameter keys: For each row the canonical texts of its key columns.
    /// - Throws: `unavailable` if fewer transactions are seen than by an earlier reading of this source.
    func rows(of bound: BoundDefinition, keys: [[String]]) async throws(Failure) -> CopyChunk
}

/// The rows of one scan, a few thousand at a time. Its snapshot ends with ``finish()``.
package protocol RowScan: Sendable {
    /// The mark of this snapshot: the greatest value of the watermark column, but none that lies in the future; `nil`
    /// without a watermark, or without such a value.
    var mark: CaptureMark? { get async }
    /// What of the source is seen; `nil` if the source does not say.
    var snapshot: SourceSnapshot? { get async }
    /// The next rows; `nil` after the last.
    func next() async throws(Failure) -> CopyChunk?
    func finish() async
}

extension RowSource {
    package func scan(_ bound: BoundDefinition) async throws(Failure) -> any RowScan {
        try await scan(bound, since: nil)
    }
}

extension RowScan {
    package var snapshot: SourceSnapshot? { nil }
}
