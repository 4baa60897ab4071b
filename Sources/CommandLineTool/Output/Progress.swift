internal import Core
internal import MicrosoftGraph
internal import Reconciler
internal import Reports
internal import SourceDatabase
internal import Synchronization

/// Shows what goes on: a bar for each list on a terminal, a line every ten seconds elsewhere.
final class Progress: Sendable {
    private struct State {
        /// Rows to be written and written, by list, in the order of the plan.
        var order: [String] = []
        var total: [String: Int] = [:]
        var done: [String: Int] = [:]
        var lastLine: Int64 = 0
        var drawnLines = 0
        var reading: [String: Int] = [:]
        /// The line about a wait: when it was shown, and until when it holds, both on this clock.
        var waitShown: Int64?
        var waitEnd: Int64 = 0
        var waiting: String?
    }

    private let state = Mutex(State())
    private let output: Output
    private let isQuiet: Bool
    private let isTerminal: Bool
    private let clock: @Sendable () -> Int64

    /// - Parameter clock: Seconds, of any beginning.
    init(output: Output = .diagnostic, isQuiet: Bool, clock: @escaping @Sendable () -> Int64) {
        self.output = output
        self.isQuiet = isQuiet
        self.isTerminal = output.isTerminal
        self.clock = clock
    }

    /// Takes the totals of the bars from the plan.
    func expect(_ plan: PlanDocument) {
        state.withLock { state in
            // The plan is printed below what was drawn so far.
            state.drawnLines = 0
            for change in plan.dataChanges where change.counts.effects > 0 {
                let name = "\(change.definition) → \(change.list ?? "")"
                if state.total[name] == nil { state.order.append(name) }
                state.total[name] = change.counts.effects
            }
        }
    }

    func note(_ event: ProgressEvent) {
        guard !isQuiet else { return }
        let text = state.withLock { state -> String in
            switch event {
            case .reading(let definition, let rows):
                state.reading[definition] = rows
                return due(&state) ? "reading \(definition): \(grouped(rows)) rows\n" : ""
            case .provisioning(let address): return isTerminal ? "" : "provisioning \(address.text)\n"
            case .round(let number): return isTerminal || number == 1 ? "" : "round \(number)\n"
            case .waitingForLease(let holder):
                return due(&state) || isTerminal
                    ? "waiting for \(TerminalText.safe(holder.actor)), who is applying \(holder.name.definition)\n" : ""
            case .settling(let rows, let seconds):
                return "\(grouped(rows)) requests of an earlier run may still arrive: waiting \(seconds) s\n"
            case .writing(let definition, let list, let done):
                let name = "\(definition) → \(list)"
                state.done[name, default: 0] += done
                if isTerminal { return bars(&state) }
                return due(&state) ? line(state) : ""
            }
        }
        if !text.isEmpty { output.write(text) }
    }

    /// Told of a lock of another session that is waited for.
    func note(_ holder: LockHolder, secondsMax: Double) {
        guard !isQuiet else { return }
        let seconds = grouped(Int(secondsMax))
        output.write("waiting up to \(seconds) s (--lock-wait): \(TerminalText.safe(holder.words))\n")
    }

    /// Told of waiting: what is spent, and for how long nothing is sent. Off a terminal at most every ten seconds, but
    /// for a wait that goes on for more than ten seconds longer than was said.
    func note(_ event: GraphEvent) {
        guard !isQuiet, let (seconds, cause) = Progress.wait(in: event) else { return }
        let text = "waiting \(grouped(seconds)) s for SharePoint's quota (\(cause))"
        let shown = state.withLock { state -> String in
            let now = clock()
            if isTerminal {
                state.waitEnd = now + Int64(seconds)
                state.waiting = text
                return bars(&state)
            }
            let isDue = state.waitShown.map { now - $0 >= 10 || now + Int64(seconds) > state.waitEnd + 10 } ?? true
            guard isDue else { return "" }
            state.waitShown = now
            state.waitEnd = now + Int64(seconds)
            return text + "\n"
        }
        if !shown.isEmpty { output.write(shown) }
    }

    private static func wait(in event: GraphEvent) -> (seconds: Int, cause: String)? {
        switch event {
        case .retrying: nil
        case .throttled(let seconds, until: _): (seconds, "the service asks for a pause")
        case .waiting(let reason, let seconds, until: _):
            switch reason {
            case .paused: (seconds, "the service asks for a pause")
            case .daySpent: (seconds, "our share of the day is spent; the next begins at 00:00 UTC")
            case .minuteSpent: (seconds, "our share of the minute is spent")
            case .runningLow: (seconds, "others use it too, and little is left")
            }
        }
    }

    private func due(_ state: inout State) -> Bool {
        guard !isTerminal else { return false }
        let now = clock()
        if state.lastLine == 0 { state.lastLine = now }
        guard now - state.lastLine >= 10 else { return false }
        state.lastLine = now
        return true
    }

    private func line(_ state: State) -> String {
        let done = state.done.values.reduce(0, +)
        let total = state.total.values.reduce(0, +)
        return "writing rows: \(grouped(done)) of \(grouped(max(done, total)))\n"
    }

    private func bars(_ state: inout State) -> String {
        var text = state.drawnLines > 0 ? "\u{1B}[\(state.drawnLines)A" : ""
        let names = state.order.filter { state.total[$0] ?? 0 > 0 }
        for name in names {
            let total = max(state.total[name] ?? 1, 1)
            let done = min(state.done[name] ?? 0, total)
            let filled = done * 30 / total
            let bar = String(repeating: "█", count: filled) + String(repeating: "·", count: 30 - filled)
            text += "\r\u{1B}[K  \(bar) \(grouped(done)) of \(grouped(total))  \(TerminalText.safe(name))\n"
        }
        var lines = names.count
        if let waiting = state.waiting {
            if clock() < state.waitEnd {
                text += "\r\u{1B}[K  \(waiting)\n"
                lines += 1
            } else {
                state.waiting = nil
            }
        }
        // What an earlier drawing had below.
        if lines < state.drawnLines { text += "\u{1B}[J" }
        state.drawnLines = lines
        return text
    }
}
