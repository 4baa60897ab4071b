import Core
import Testing

@testable import Simulation

/// What the service in memory does where others report it to be otherwise than described (FACTS 13).
@Suite("Habits of the service in memory") struct HabitTests {
    private static func tenant(_ rules: MemoryTenant.Rules) throws -> (MemoryTenant, list: String) {
        var tenant = MemoryTenant(rules: rules)
        let list = try tenant.createList(
            ListCreation(
                title: "Parts", description: "",
                columns: [
                    ColumnCreation(
                        name: "Grade", displayName: "Grade", type: .singleLineText, defaultValue: .value("standard"))
                ]))
        return (tenant, list.id)
    }

    /// What an item shows that was made with these fields.
    private static func grade(_ rules: MemoryTenant.Rules, _ fields: [JSON.Member]) throws -> JSON? {
        var (tenant, list) = try tenant(rules)
        _ = try tenant.perform(.create(list: list, fields: fields), by: .person, at: 0).get()
        return tenant.list(list)?.items[1]?.fields["Grade"]
    }

    private static func rules(_ change: (inout MemoryTenant.Rules) -> Void) -> MemoryTenant.Rules {
        var rules = MemoryTenant.Rules()
        change(&rules)
        return rules
    }

    @Test func aDefaultFillsWhatIsAbsentAndNullKeepsItAway() throws {
        let rules = MemoryTenant.Rules()
        #expect(try Self.grade(rules, []) == "standard")
        #expect(try Self.grade(rules, [.init("Grade", .null)]) == nil)
        #expect(try Self.grade(rules, [.init("Grade", "gold")]) == "gold")
    }

    @Test func aDefaultWinsOverNullUntilItIsEmptied() throws {
        let rules = Self.rules { $0.defaultsWin = true }
        #expect(try Self.grade(rules, [.init("Grade", .null)]) == "standard")
        #expect(try Self.grade(rules, [.init("Grade", "gold")]) == "gold")
        var (tenant, list) = try Self.tenant(rules)
        _ = try tenant.perform(.create(list: list, fields: []), by: .person, at: 0).get()
        _ = try tenant.perform(
            .update(list: list, item: 1, etag: nil, fields: [.init("Grade", .null)]), by: .person, at: 0
        ).get()
        #expect(tenant.list(list)?.items[1]?.fields["Grade"] == nil)
    }

    @Test func aDefaultIsIgnored() throws {
        let rules = Self.rules { $0.ignoresDefaults = true }
        #expect(try Self.grade(rules, []) == nil)
        var (tenant, list) = try Self.tenant(rules)
        let column = try #require(tenant.list(list)?.column("Grade"))
        #expect(column.defaultValue == nil)
        try tenant.updateColumn(column.id, ColumnChange(defaultValue: .value("gold")), in: list)
        #expect(tenant.list(list)?.column("Grade")?.defaultValue == nil)
        let other = try tenant.createColumn(
            ColumnCreation(name: "Other", displayName: "Other", type: .singleLineText, defaultValue: .value("x")),
            in: list)
        #expect(other.defaultValue == nil)
    }

    @Test(arguments: [423, 403]) func aLockedItemIsReadAndNotWritten(status: Int) throws {
        var (tenant, list) = try Self.tenant(MemoryTenant.Rules())
        for _ in 0..<2 { _ = try tenant.perform(.create(list: list, fields: []), by: .person, at: 0).get() }
        tenant.lock(list, 1, status: status)
        func answer(_ request: ItemRequest) -> SiteFailure? {
            if case .failure(let failure) = tenant.perform(request, by: .application("a"), at: 0) { return failure }
            return nil
        }
        let fields = [JSON.Member("Grade", "gold")]
        #expect(answer(.update(list: list, item: 1, etag: nil, fields: fields))?.status == status)
        #expect(answer(.delete(list: list, item: 1, etag: nil))?.status == status)
        #expect(answer(.read(list: list, item: 1, select: ["Grade"])) == nil)
        #expect(answer(.update(list: list, item: 2, etag: nil, fields: fields)) == nil)
        #expect(answer(.create(list: list, fields: [])) == nil)
        tenant.lock(list, 1, status: nil)
        #expect(answer(.update(list: list, item: 1, etag: nil, fields: fields)) == nil)
    }

    @Test func aDeletedListIsGoneAndComesBackWithItsItems() throws {
        var (tenant, list) = try Self.tenant(MemoryTenant.Rules())
        _ = try tenant.perform(.create(list: list, fields: []), by: .person, at: 0).get()
        tenant.deleteList(list, forGood: false)
        guard case .failure(let failure) = tenant.perform(.read(list: list, item: 1, select: []), by: .person, at: 0)
        else {
            Issue.record("an item of a deleted list can be read")
            return
        }
        #expect(failure.kind == .gone && failure.status == 404)
        let (isBack, isBackAgain) = (tenant.restoreList(list), tenant.restoreList(list))
        #expect(isBack && !isBackAgain)
        #expect(tenant.list(list)?.items.count == 1)
    }
}
