/// What a change costs, as the service counts.
struct ResourceUnits: Benchmark {
    let name = "ru"
    let summary = "resource units for a change of each kind, and for none"

    private static let rows = 2000
    private static let changes = 40
    private static let lists = 4

    func run(_ bench: Workbench) async throws -> [Measurement] {
        let world = try await ProjectsWorld.make(bench)
        let tenant = try await world.filled(rows: Self.rows)
        defer { tenant.kill() }
        let count = Self.changes
        let kinds: [(name: String, change: ProjectsWorld.Change, reach: Double)] = [
            ("create", .init(creates: count), 2), ("update", .init(updates: count), 2),
            ("delete", .init(deletes: count), 2), ("move", .init(moves: count), 5),
        ]
        let applied = Reading(try await counters(world, tenant))
        try await tenant.resetCounters()
        _ = try world.plan(world.connected(to: tenant.origin))
        let planned = Reading(try await tenant.counters())
        var measurements: [Measurement] = []
        for kind in kinds {
            try await world.change(kind.change)
            let counters = try await counters(world, tenant)
            guard counters.itemWrites >= count else { throw BenchmarkError("\(kind.name): nothing was written") }
            let each =
                Double(counters.resourceUnits(of: "createItem", "patchItem", "deleteItem", "getItem", "listItems"))
                / Double(count)
            measurements.append(
                Measurement(
                    "RU for one \(kind.name)", fixed(each, 2), reach: "≤ \(fixed(kind.reach, 0))",
                    isReached: each <= kind.reach))
        }
        return measurements + [
            planned.measurement("a plan of an unchanged definition", isClaimed: true),
            applied.measurement("an apply without changes", isClaimed: false),
        ]
    }

    /// What it costs to see that nothing is to be done.
    private struct Reading {
        var rows: Double
        var list: Double
        var site: Int
        var others: Int

        init(_ counters: SimulatedTenant.Counters) {
            let lists = Double(ResourceUnits.lists)
            rows = Double(counters.resourceUnits(of: "delta")) / lists
            list = Double(counters.resourceUnits(of: "getList", "getColumns", "getColumn")) / lists
            site = counters.resourceUnits(of: "getSite", "listLists")
            others =
                counters.resourceUnits
                - counters.resourceUnits(of: "delta", "getList", "getColumns", "getColumn", "getSite", "listLists")
        }

        func measurement(_ what: String, isClaimed: Bool) -> Measurement {
            Measurement(
                "RU for \(what): rows of a list; columns of a list; the site",
                "\(fixed(rows, 2)); \(fixed(list, 2)); \(site)" + (others > 0 ? "; others \(others)" : ""),
                reach: isClaimed ? "≤ 1; ≤ 3; ≤ 3" : nil,
                isReached: isClaimed ? rows <= 1 && list <= 3 && site <= 3 && others == 0 : nil)
        }
    }

    private func counters(_ world: ProjectsWorld, _ tenant: SimulatedTenant) async throws -> SimulatedTenant.Counters {
        try await tenant.resetCounters()
        try world.apply(world.connected(to: tenant.origin))
        return try await tenant.counters()
    }
}
