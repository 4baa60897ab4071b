/// The part of the meta-store that lists the runs.
///
/// A run writes its own record and no other, so that one whose lease was taken away can still say how it ended.
package protocol RunStore: Sendable {
    func beginRun(_ run: RunRecord) async throws(Failure)
    func endRun(_ run: RunRecord) async throws(Failure)
    /// The latest runs of a project, newest first.
    func runs(of project: String, limit: Int) async throws(Failure) -> [RunRecord]
}

package struct RunRecord: Hashable, Sendable {
    package var id: String
    package var project: String
    package var startedAt: Instant
    package var finishedAt: Instant?
    package var actor: String
    package var planDigest: String
    package var schemaDigest: String
    /// Counts of what was done, by word.
    package var counts: JSON
    package var exit: Int?

    package init(
        id: String, project: String, startedAt: Instant, finishedAt: Instant? = nil, actor: String,
        planDigest: String, schemaDigest: String, counts: JSON = .object([]), exit: Int? = nil
    ) {
        self.id = id
        self.project = project
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.actor = actor
        self.planDigest = planDigest
        self.schemaDigest = schemaDigest
        self.counts = counts
        self.exit = exit
    }
}
