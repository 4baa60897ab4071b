import Core
import Testing

@testable import Reconciler

@Suite("Requests whose outcome is unknown")
struct DoubtTests {
    private static let key = LedgerKey(bytes: [1])
    private static let other = LedgerKey(bytes: [2])

    /// Whoever had the lease before may have sent it just before we took it.
    @Test func aRequestOfBeforeMayArriveAMarginAfterTheLeaseWasTaken() {
        let doubt = Doubt(margin: 60)
        #expect(doubt.lastArrival(of: Self.key, of: "d", leaseTakenAt: 100) == 160)
        #expect(!doubt.concerns(Self.key, of: "d"))
    }

    @Test func aRequestOfOursMayArriveAMarginAfterItsOutcomeWasUnknown() {
        var doubt = Doubt(margin: 60)
        doubt.note(Self.key, of: "d", at: 130)
        #expect(doubt.lastArrival(of: Self.key, of: "d", leaseTakenAt: 100) == 190)
        #expect(doubt.concerns(Self.key, of: "d") && !doubt.concerns(Self.key, of: "e"))
        #expect(doubt.lastArrival(of: Self.other, of: "d", leaseTakenAt: 100) == 160)
        doubt.note(Self.key, of: "d", at: 150)
        #expect(doubt.lastArrival(of: Self.key, of: "d", leaseTakenAt: 100) == 210)
    }

    @Test func theLastArrivalIsWaitedForUnlessItWasOverWhenAsked() {
        var doubt = Doubt(margin: 60)
        #expect(doubt.verdict(on: []) == .none)
        #expect(doubt.verdict(on: [160, 190]) == .wait(rows: 2, until: 190))
        doubt.ask(at: 189)
        #expect(doubt.verdict(on: [160, 190]) == .wait(rows: 2, until: 190))
        doubt.ask(at: 190)
        #expect(doubt.verdict(on: [160, 190]) == .overdue(rows: 2))
    }
}
