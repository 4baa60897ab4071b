import Core
import Testing

/// When the faults are over.
extension ChaosWorld {
    /// An operator lets refused rows be tried again, and one apply is enough: it ends with 0, the next plan is empty, a
    /// second apply writes nothing, and the judge finds nothing.
    mutating func settle(_ hint: String) async throws {
        try endMoods()
        try await world.expect(0, "rows", "retry", "definition/projects", says: [])
        let last = try await run()
        #expect(ChaosEnd.quiet.takes(last.status), "\(hint): \(last.status)\n\(last.output)\(last.errors)")
        try await world.expectEmptyPlan()
        try world.resetCounters()
        let second = try await run()
        #expect(
            second.status == 0 && world.writes() == 0,
            "\(hint): a second apply writes \(world.writes()) times\n\(second.output)\(second.errors)")
        let faults = try await judge().faults()
        #expect(faults.isEmpty, "\(hint)")
        log.allIsWell(rows: try await rows(), items: try items())
    }

    func judge() async throws -> ChaosJudge {
        let kept = try await world.metaQuery("SELECT source_pk, field, value FROM sync_conflicts").compactMap { row in
            row[2].flatMap { try? JSON.parse($0) }.flatMap(ChaosJudge.normal).map {
                ChaosJudge.Kept(field: ChaosLog.Field(key: row[0] ?? "", name: row[1] ?? ""), value: $0)
            }
        }
        return ChaosJudge(
            rows: try await rows(), items: try items(), log: log, said: try await said(), kept: Set(kept),
            peoplesColumn: Self.notes)
    }

    /// What the program tells of people's deeds.
    private func said() async throws -> [ChaosJudge.Said] {
        let run = try await world.run("drift", "--json")
        #expect(run.status == 0, "\(run.output)\(run.errors)")
        let report = try JSON.parse(run.output)
        #expect(report["partial"]?.array == [], "the feeds of lists are not known")
        return (report["drift"]?.array ?? []).map { entry in
            let address = entry["address"]?.string ?? ""
            return ChaosJudge.Said(
                kind: entry["kind"]?.string ?? "",
                subject: address.hasPrefix("row/") ? String(address.dropFirst(4)) : address,
                fields: Set((entry["fields"]?.array ?? []).compactMap(\.string)))
        }
    }
}
