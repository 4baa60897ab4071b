internal import Core
internal import Dispatch

/// Many changes under the quota of one class of licences.
struct Drain: Benchmark {
    let name = "drain"
    let summary = "10,000 mixed changes (--changes) under the quota of a class of licences (--class, 5): 5 to 25 min"

    private static let licences = [1000, 5000, 15_000, 50_000, 100_000]
    private static let share = 80

    func run(_ bench: Workbench) async throws -> [Measurement] {
        let licenceClass = bench.size.licenceClass
        let changes = bench.size.changes
        let change = ProjectsWorld.Change(
            creates: changes * 4 / 10, updates: changes * 4 / 10, deletes: changes / 10, moves: changes / 10)
        let minute = 1250 * licenceClass
        let ours = minute * Self.share / 100
        Log.note("filling a table and a site with \(2 * changes) rows")
        let world = try await ProjectsWorld.make(
            bench, quota: "{ licences: \(Self.licences[licenceClass - 1]), share: \(Self.share) }")
        // So many that no guard objects.
        let tenant = try await world.filled(rows: 2 * changes)
        defer { tenant.kill() }
        try await world.change(change)
        try await tenant.set([
            "enforceQuota": true, "quotaPerMinute": .number(minute), "quotaPerDay": .number(1_200_000 * licenceClass),
            "quotaPerTenantFiveMinutes": .number(18_750 * licenceClass), "latencyMilliseconds": 100,
        ])
        try await tenant.resetCounters()
        let floor = 2 * (change.creates + change.updates + change.deletes) + 5 * change.moves
        Log.note("draining \(changes) changes: \(floor) RU at \(ours) RU/min")
        let (finished, samples) = try await drain(world, tenant)
        let counters = try await tenant.counters()
        let expected = change.creates + change.updates + change.deletes + 2 * change.moves
        guard counters.itemWrites == expected else {
            throw BenchmarkError("\(counters.itemWrites) items were written instead of \(expected)")
        }
        let used = Double(counters.resourceUnits) / Double(floor)
        let (share, minutes) = shareUsed(samples, ours)
        return [
            Measurement(
                "drain of \(changes) changes in class \(licenceClass): RU / floor", fixed(used, 4), reach: "≤ 1.02",
                isReached: used <= 1.02),
            Measurement(
                "its use of the share of \(ours) RU/min over \(minutes) whole min",
                minutes > 0 ? "\(fixed(share * 100, 1)) %" : "–", reach: "98 to 100 %",
                isReached: minutes > 0 ? share >= 0.98 && share <= 1.001 : nil),
            Measurement(
                "its throttled answers; calls inside a Retry-After",
                "\(counters.throttled); \(counters.insideRetryAfter)", reach: "0; 0",
                isReached: counters.throttled == 0 && counters.insideRetryAfter == 0),
            Measurement(
                "its wall time; its busiest minute; its peak memory",
                "\(fixed(finished.seconds, 1)) s; \(counters.busiestMinute) RU; "
                    + "\(fixed(Double(finished.peakBytes) / 1_048_576, 1)) MiB"),
        ]
    }

    private struct Sample {
        var seconds: Double
        var units: Int
    }

    /// Runs the apply and looks at the service's counters while it lasts.
    private func drain(_ world: ProjectsWorld, _ tenant: SimulatedTenant) async throws -> (Finished, [Sample]) {
        let environment = world.connected(to: tenant.origin)
        return try await withThrowingTaskGroup(of: Finished?.self) { group in
            group.addTask {
                try await withCheckedThrowingContinuation { continuation in
                    DispatchQueue.global().async {
                        continuation.resume(with: Result { try world.apply(environment) })
                    }
                }
            }
            let sampler = Task {
                var samples: [Sample] = []
                while !Task.isCancelled {
                    samples.append(
                        Sample(seconds: monotonicSeconds(), units: try await tenant.counters().resourceUnits))
                    try? await Task.sleep(for: .milliseconds(200))
                }
                return samples
            }
            defer { sampler.cancel() }
            guard case let finished?? = try await group.next() else { throw BenchmarkError("the apply did not end") }
            sampler.cancel()
            return (finished, try await sampler.value)
        }
    }

    /// What was spent from the first unit on, in as many whole minutes as the work lasted.
    private func shareUsed(_ samples: [Sample], _ perMinute: Int) -> (share: Double, minutes: Int) {
        guard let begin = samples.first(where: { $0.units > 0 }), let last = samples.last,
            let end = samples.first(where: { $0.units == last.units })
        else { return (0, 0) }
        let minutes = Int((end.seconds - begin.seconds) / 60)
        guard minutes > 0, let mark = samples.last(where: { $0.seconds <= begin.seconds + Double(minutes) * 60 }) else {
            return (0, 0)
        }
        return (Double(mark.units) / Double(perMinute * minutes), minutes)
    }
}
