import Core
import Testing

@testable import Reconciler

@Suite("Rows that hold each other's unique values")
struct UniqueCyclesTests {
    private static let list = ListID("a")
    private static let other = ListID("b")

    /// An update of the row `number`, whose item shows `held` and shall show `wanted`: a title, which is unique, and a cost.
    private func task(
        _ number: UInt8, _ held: String?, _ wanted: String?, action: RowAction = .update, in list: ListID = list,
        from origin: ListID? = nil
    ) -> RowTask {
        let before: [Value] = [held.map(Value.text) ?? .null, .number(Double(number))]
        let after: [Value] = [wanted.map(Value.text) ?? .null, .number(Double(number))]
        let hashes = ContentHash(of: before).fields
        return RowTask(
            key: LedgerKey(bytes: [number]), syncKey: "d/\(number)", action: action, values: after,
            hash: ContentHash(of: after), changedFields: held == wanted ? [1] : [0],
            ledger: action == .create
                ? nil
                : LedgerEntry(
                    key: LedgerKey(bytes: [number]), state: .synced, list: origin ?? list, item: Int64(number),
                    etag: nil),
            base: action == .create ? nil : RowBase(sent: hashes, remote: hashes, seen: hashes),
            target: TargetList(id: list, keyIsUnique: true),
            origin: origin.map { TargetList(id: $0, keyIsUnique: true) })
    }

    private func cleared(_ tasks: [RowTask], unique: [Int] = [0]) -> UInt8? {
        UniqueCycles.breaking(tasks, unique: unique)?.key.bytes.first
    }

    @Test func twoThatSwap() {
        #expect(cleared([task(1, "a", "b"), task(2, "b", "a")]) == 1)
    }

    @Test func threeInARing() {
        #expect(cleared([task(3, "c", "a"), task(2, "b", "c"), task(1, "a", "b")]) == 1)
    }

    @Test func theFirstInKeyOrderOfTheRingLetsGoNotOneThatOnlyWaits() {
        #expect(cleared([task(1, "x", "a"), task(2, "a", "b"), task(3, "b", "a")]) == 2)
    }

    @Test func twoThatChangeListsAndSwap() throws {
        let away = task(1, "a", "b", action: .move, in: Self.other, from: Self.list)
        let back = task(2, "b", "a", action: .move, in: Self.list, from: Self.other)
        let step = try #require(UniqueCycles.breaking([away, back], unique: [0]))
        #expect(step.key == away.key && step.action == .update && step.target?.id == Self.list && step.origin == nil)
        let taken = task(3, "b", "a", in: Self.other)
        #expect(cleared([task(1, "a", "b", action: .move, in: Self.other, from: Self.list), taken]) == nil)
        let follower = task(4, "b", "z", action: .move, in: Self.list, from: Self.other)
        #expect(cleared([away, follower]) == nil, "a value that goes away with its row holds nobody up")
    }

    @Test func theSameValueInAnotherListIsNoRing() {
        #expect(cleared([task(1, "a", "b"), task(2, "b", "a", in: Self.other)]) == nil)
    }

    @Test func aChainIsNoRing() {
        #expect(cleared([task(1, "a", "b"), task(2, "b", "c")]) == nil)
    }

    @Test func aValueThatSomebodyElseHoldsIsNoRing() {
        #expect(cleared([task(1, "a", "z")]) == nil)
    }

    @Test func aRowThatKeepsItsValueIsNoRing() {
        #expect(cleared([task(1, "a", "a"), task(2, "b", "a")]) == nil)
    }

    @Test func onlyUniqueFieldsMatter() {
        #expect(cleared([task(1, "a", "b"), task(2, "b", "a")], unique: [1]) == nil)
        #expect(cleared([task(1, "a", "b"), task(2, "b", "a")], unique: []) == nil)
    }

    @Test func emptyValuesStandInNobodysWay() {
        #expect(cleared([task(1, nil, "b"), task(2, "b", nil)]) == nil)
    }

    @Test func aRowThatIsOnlyNowCreatedHoldsNothing() {
        #expect(cleared([task(1, nil, "b", action: .create), task(2, "b", "a")]) == nil)
        #expect(cleared([]) == nil)
    }

    @Test func theStepWritesNothingButAnEmptyValueAndSaysSo() throws {
        let first = task(1, "a", "b")
        let step = try #require(UniqueCycles.breaking([first, task(2, "b", "a")], unique: [0]))
        #expect(step.changedFields == [0] && step.values == [.null, .number(1)])
        // The ledger gets what the item then holds.
        #expect(step.hash?.fields == ContentHash(of: [.null, .number(1)]).fields)
        #expect(step.action == .update && step.base == first.base)
    }
}
