import Testing

@testable import Core
@testable import Reconciler

@Suite("What an approved plan lets be applied")
struct ApprovalTests {
    private static func definition(_ name: String, suspend: Bool = false) -> SyncDefinition {
        SyncDefinition(
            name: name, sourceProfile: "p", table: TableName(schema: "public", name: name), siteProfile: "s",
            sharding: ShardingPolicy(rules: []), deletes: .retain, suspend: suspend)
    }

    /// A plan in which these definitions have rows to write.
    private static func plan(_ names: [String]) -> PlanDocument {
        var document = PlanDocument(
            planID: "", createdAt: "", toolVersion: "", project: "", environment: nil, schemaUnchanged: 0)
        document.dataChanges = names.map { name in
            var counts = RowCounts()
            counts.update = 3
            return DataChange(
                address: .rows(name, "s", "A"), definition: name, list: "A", counts: counts, byField: [], moves: [],
                rejects: [], causes: [:], samples: [])
        }
        return document
    }

    private static func approval(
        _ plan: PlanDocument, _ definitions: [SyncDefinition], blocked: Set<String> = [], gone: [String] = []
    ) -> Approval {
        Approval(
            plan, definitions, blocked: blocked,
            gone: gone.map { RegisteredDefinition(id: $0, name: $0, prefix: $0) })
    }

    private static func hold(_ definition: String?) -> Hold {
        Hold(project: "p", definition: definition, reason: "r", actor: "a", since: Instant(seconds: 0))
    }

    @Test func hazardsAndSuspensionsLeaveTheOthers() {
        let definitions = [
            Self.definition("a"), Self.definition("b"), Self.definition("idle", suspend: true),
            Self.definition("paused", suspend: true),
        ]
        let approval = Self.approval(Self.plan(["a", "b", "paused"]), definitions, blocked: ["b"])
        #expect(approval.allowed == ["a"])
        // One that has nothing to do is not said to be kept from it.
        #expect(approval.denied == ["b", "paused"])
    }

    @Test func aHoldOfOneLeavesTheOthers() {
        let plan = Self.plan(["a", "b"])
        var approval = Self.approval(plan, [Self.definition("a"), Self.definition("b")], gone: ["old"])
        approval.leaveOut([Self.hold("a"), Self.hold("elsewhere")], of: plan)
        #expect(approval.allowed == ["b"] && approval.denied == ["a"] && approval.gone.map(\.name) == ["old"])
        #expect(approval.held == [Self.hold("a")])
        approval.leaveOut([Self.hold("old")], of: plan)
        #expect(approval.gone.isEmpty && approval.denied == ["a", "old"] && !approval.isEmpty)
    }

    /// It names those that it keeps from something, or all if there are none.
    @Test(arguments: [(["a"], ["a", "old"]), ([], ["a", "b", "old"])])
    func aHoldOfTheProjectLeavesNothing(busy: [String], denied: [String]) {
        let plan = Self.plan(busy)
        var approval = Self.approval(plan, [Self.definition("a"), Self.definition("b")], gone: ["old"])
        approval.leaveOut([Self.hold(nil)], of: plan)
        #expect(approval.isEmpty && approval.denied == denied)
    }
}
