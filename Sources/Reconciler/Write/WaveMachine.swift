package import Core

/// Many rows written together: runs the machines of its rows, groups their requests into batches, their intents and
/// results into statements. A step machine itself; the shell sends and commits.
///
/// Rows come and go while others are under way, so that the wire is busy while the meta-store commits.
package struct WaveMachine: Sendable {
    /// A request of a row that is under way.
    package struct Tagged: Hashable, Sendable {
        package var row: Int
        package var request: ItemRequest
    }

    /// What has to be durable before anything more of these rows is sent.
    package struct Records: Hashable, Sendable {
        package var changes: [LedgerCommit.Change] = []
        package var saved: [LedgerCommit.Saved] = []
        package var closed: [LedgerKey] = []
        package var claims: [LedgerKey: FingerprintClaim] = [:]

        package var isEmpty: Bool { changes.isEmpty && closed.isEmpty }
    }

    /// A row that has ended.
    package struct Ended: Sendable {
        package var task: RowTask
        package var result: RowResult
    }

    /// Parts of one `$batch` (FACTS 1.9).
    package static let batchMax = 20

    private var rows: [Int: RowMachine] = [:]
    private var nextRow = 0
    private var toSend: [Tagged] = []
    private var intents: [Intent] = []
    private var intending: [Int] = []
    private var records = Records()
    private var recording: [Int] = []
    private var ended: [Ended] = []

    package init() {}

    package init(_ tasks: [RowTask], _ context: RowContext) { add(tasks, context) }

    /// Rows that have not ended.
    package var rowsUnderWay: Int { rows.count }
    package var requestsWaiting: Int { toSend.count }
    package var isFinished: Bool { rows.isEmpty }
    /// The key of a row that has not ended.
    func key(of row: Int) -> LedgerKey? { rows[row]?.task.key }

    /// Whether all that is done with a row is to find out what became of an earlier effect.
    func isSettling(_ row: Int) -> Bool { rows[row]?.task.open != nil }

    package mutating func add(_ tasks: [RowTask], _ context: RowContext) {
        for task in tasks {
            let row = nextRow
            nextRow += 1
            var machine = RowMachine(task, context)
            let step = machine.step(.start)
            rows[row] = machine
            take(row, step)
        }
    }

    /// What is to be made durable now; results first. The shell says when that is done.
    package mutating func takeRecords() -> Records? {
        guard !records.isEmpty, recorded.isEmpty else { return nil }
        defer { records = Records() }
        recorded = recording
        recording = []
        return records
    }

    private var recorded: [Int] = []

    package mutating func recordsAreDurable() {
        let rows = recorded
        recorded = []
        for row in rows { step(row, .recorded) }
    }

    package mutating func takeIntents() -> [Intent]? {
        guard !intents.isEmpty, opened.isEmpty else { return nil }
        defer { intents = [] }
        opened = intending
        intending = []
        return intents
    }

    private var opened: [Int] = []

    package mutating func intentsAreDurable() {
        let rows = opened
        opened = []
        for row in rows { step(row, .intended) }
    }

    /// Requests for the next `$batch`.
    /// - Parameter partial: Fewer than a whole batch will do: nothing else is to come soon.
    package mutating func takeBatch(partial: Bool) -> [Tagged]? {
        guard toSend.count >= Self.batchMax || partial && !toSend.isEmpty else { return nil }
        let batch = Array(toSend.prefix(Self.batchMax))
        toSend.removeFirst(batch.count)
        return batch
    }

    /// - Parameter outcomes: One for each tagged request, in their order.
    package mutating func answered(_ tagged: [Tagged], _ outcomes: [Result<ItemAnswer, SiteFailure>]) {
        for (index, part) in tagged.enumerated() {
            let missing = SiteFailure(.malformed, outcome: .unknown, reason: "the answer has no part for the request")
            let outcome = outcomes.indices.contains(index) ? outcomes[index] : .failure(missing)
            step(part.row, .answered(outcome))
        }
    }

    /// Gives up what waits to be sent. Intents that are durable and whose request never left are closed.
    package mutating func abandonWaiting() {
        let waiting = toSend
        toSend = []
        for part in waiting {
            guard var machine = rows[part.row] else { continue }
            let step = machine.abandon()
            rows[part.row] = machine
            take(part.row, step)
        }
    }

    /// Rows that ended since the last time.
    package mutating func takeEnded() -> [Ended] {
        defer { ended = [] }
        return ended
    }

    private mutating func step(_ row: Int, _ event: RowMachine.Event) {
        guard var machine = rows.removeValue(forKey: row) else { return }
        let step = machine.step(event)
        rows[row] = machine
        take(row, step)
    }

    private mutating func take(_ row: Int, _ step: RowMachine.Step) {
        switch step {
        case .intend(let intent):
            intents.append(intent)
            intending.append(row)
        case .send(let request): toSend.append(Tagged(row: row, request: request))
        case .record(let change, let saved):
            records.changes.append(change)
            records.saved += saved
            if case .put(let entry, _, _) = change, let claim = rows[row]?.task.claim, entry.bears(claim) {
                records.claims[entry.key] = claim
            }
            recording.append(row)
        case .close(let key):
            records.closed.append(key)
            recording.append(row)
        case .finish(let result):
            if let machine = rows.removeValue(forKey: row) { ended.append(Ended(task: machine.task, result: result)) }
        }
    }
}
