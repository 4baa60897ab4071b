import Core
import Testing

@testable import Simulation

@Suite("What a world may have beside what every world has", .serialized)
struct ExtraTests {
    @Test(arguments: Extra.allCases) func itHappensAndTheSameSeedIsTheSameWorld(_ extra: Extra) async {
        var happens = false
        for seed in 0..<20 as Range<UInt64> where !happens {
            await Task.yield()
            happens = Simulation.run(seed: seed, with: [extra]).counts[extra.rawValue] ?? 0 > 0
        }
        #expect(happens)
        let (first, second) = (Simulation.run(seed: 3, with: [extra]), Simulation.run(seed: 3, with: [extra]))
        #expect(first.hash == second.hash && first.events == second.events)
        #expect(first.hash != Simulation.run(seed: 3).hash)
    }

    @Test func theProgramHoldsInAllOfThemTogether() async {
        for seed in 0..<40 as Range<UInt64> {
            await Task.yield()
            let outcome = Simulation.run(seed: seed, with: Set(Extra.allCases))
            #expect(outcome.violations.isEmpty, "seed \(seed) --all: \(outcome.violations)")
        }
    }

    @Test(arguments: Extra.allCases)
    func theProgramHolds(_ extra: Extra) async {
        for seed in 0..<12 as Range<UInt64> {
            await Task.yield()
            let outcome = Simulation.run(seed: seed, with: [extra])
            #expect(outcome.violations.isEmpty, "seed \(seed) --with \(extra.rawValue): \(outcome.violations)")
        }
    }
}

/// A judge that never finds anything proves nothing: each of these worlds ended well and is then broken by hand.
@Suite("The judge of a world", .serialized) struct JudgeTests {
    private let world: World
    private let list: MemoryList
    private let item: MemoryItem

    /// The first world whose end has an item of a row that is there, in a definition that deletes what is gone.
    init() throws {
        for seed in 0..<100 as Range<UInt64> {
            let world = World(seed: seed, extras: [.columnsRenamed], keepsLines: false)
            Task(executorPreference: world.executor) {
                await world.live()
                world.hasEnded = true
            }
            guard world.executor.run(until: { world.hasEnded }) == .finished, world.checker.violations.isEmpty,
                let (list, item) = Self.example(world)
            else { continue }
            (self.world, self.list, self.item) = (world, list, item)
            return
        }
        throw Failure(.internal, while: "looking for a world", because: "none of a hundred has what the tests need")
    }

    private static func example(_ world: World) -> (MemoryList, MemoryItem)? {
        guard world.blueprint.parts.count == 1, world.definition(0).deletes == .propagate,
            world.checker.deletedByPeople.isEmpty, world.checker.unforeseen.isEmpty
        else { return nil }
        for list in world.tenant.lists {
            let item = list.sortedItems.first { $0.syncKey != nil && $0.fields["Cost"] != nil && !$0.hasAttachments }
            if let item { return (list, item) }
        }
        return nil
    }

    /// What it says after this was done to the item's list.
    private func judged(_ change: (inout MemoryList) -> Void) throws -> Set<String> {
        let index = try #require(world.tenant.lists.firstIndex { $0.id == list.id })
        change(&world.tenant.lists[index])
        world.judgeEnd()
        return Set(world.checker.violations.map(\.invariant))
    }

    @Test func aGoodEndIsGood() throws { #expect(try judged { _ in }.isEmpty) }

    @Test func anItemIsMissing() throws { #expect(try judged { $0.items[item.id] = nil } == ["J1"]) }

    @Test func anItemIsThereTwice() throws {
        let twin = MemoryItem(
            id: 9_999, guid: "twin", version: 1, fields: item.fields, editor: item.editor, createdAt: item.createdAt,
            modifiedAt: item.modifiedAt)
        #expect(try judged { $0.items[twin.id] = twin } == ["J1"])
    }

    @Test func aValueIsNeitherTheRowsNorAPersons() throws {
        #expect(try judged { $0.items[item.id]?.fields["Cost"] = .number(77_777) } == ["J2"])
    }

    @Test func aValueIsAPersons() throws {
        guard world.definition(0).onDrift == .report, let key = item.syncKey else { return }
        world.checker.typed[Checker.Place(key: key, field: "Cost"), default: []].insert(.number(77_777))
        #expect(try judged { $0.items[item.id]?.fields["Cost"] = .number(77_777) }.isEmpty)
    }

    @Test func aKeyIsGone() throws {
        #expect(try judged { $0.items[item.id]?.fields[SyncKey.column] = nil }.contains("key"))
    }

    @Test func aStampIsAnother() throws {
        #expect(
            try judged { list in
                let at = list.columns.firstIndex { $0.name == SyncKey.column }
                if let at { list.columns[at].description = "Kim's" }
            } == ["key"])
    }

    @Test func theRowIsGone() throws {
        world.tables[0].rows = [:]
        #expect(try judged { _ in } == ["J1"])
    }
}
