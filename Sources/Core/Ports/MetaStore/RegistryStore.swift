/// The part of the meta-store that knows definitions, their mappings, and the lists and columns that are ours.
///
/// Every write is fenced: it throws `locked` and changes nothing once the epoch of its lease is not the current one.
package protocol RegistryStore: Sendable {
    /// What is registered, without the numbers of rows.
    func registry(of project: String) async throws(Failure) -> Registry
    /// The numbers of rows that have an item, which takes a look at the whole ledger.
    func liveRows(of project: String) async throws(Failure) -> LiveRows
    /// Writes the registration of a definition and the fields of its mapping. One that is registered by its id under
    /// another name gets the new name and keeps the rest; one that was forgotten under that name is registered again.
    func register(_ registration: DefinitionRegistration, under lease: LeaseTerm) async throws(Failure)
    /// Records that all of a definition's manifest changes have been applied, and under which limits: what was registered
    /// last is the applied spec then, and `now` when it was applied.
    func markApplied(
        definition: String, fingerprint: String, guards: Guards, now: Instant, under lease: LeaseTerm
    ) async throws(Failure)
    /// Records how far a definition's table was read by a run that left nothing to do.
    /// - Parameter snapshotAt: The run's `now` if it read the whole table; `nil` leaves the last one.
    func recordCapture(
        definition: String, mark: CaptureMark?, snapshotAt: Instant?, under lease: LeaseTerm
    ) async throws(Failure)
    /// Records what of its source a run has seen. It is forgotten when the definition is registered with another source.
    func save(snapshot: SourceSnapshot, of definition: String, under lease: LeaseTerm) async throws(Failure)
    /// Takes a definition out of the registry; its rows are kept as long as tombstones are.
    func forget(definition: String, now: Instant, under lease: LeaseTerm) async throws(Failure)
    /// - Parameter columns: Recorded with the list, as ``save(column:of:under:)`` does: all of it or nothing.
    func save(
        list: ManagedList, columns: [ManagedColumn], project: String, under lease: LeaseTerm
    ) async throws(Failure)
    /// Records what was found when a list's dates were read back; `nil` forgets it.
    func save(dates: DateCheck?, of list: ListID, under lease: LeaseTerm) async throws(Failure)
    func save(column: ManagedColumn, of list: ListID, under lease: LeaseTerm) async throws(Failure)
    func saveSnapshot(
        project: String, side: String, subject: String, content: JSON, now: Instant, under lease: LeaseTerm
    ) async throws(Failure)
}
