import Reconciler
import Testing

@testable import Core
@testable import Reports

@Suite("How the program ends")
struct ExitStatusTests {
    @Test(arguments: [
        ([Reports.ExitStatus.ok, .partial, .denied], Reports.ExitStatus.partial), ([.denied, .auth], .denied),
        ([], .ok), ([.changes, .needsApproval], .needsApproval), ([.notConverged, .unavailable], .notConverged),
        ([.usage, .internal], .usage),
    ])
    func oneStatusDecides(statuses: [Reports.ExitStatus], expected: Reports.ExitStatus) {
        #expect(Reports.ExitStatus.deciding(among: statuses) == expected)
    }

    /// Scripts refer to these numbers and names.
    @Test(arguments: [
        (Failure.Code.usage, Int32(10), "usage"), (.invalid, 11, "invalid"), (.denied, 12, "denied"),
        (.stale, 13, "stale"), (.locked, 14, "locked"), (.auth, 15, "auth"), (.unavailable, 16, "unavailable"),
        (.partial, 17, "partial"), (.notConverged, 18, "not-converged"), (.inProgress, 22, "in-progress"),
        (.interrupted, 130, "interrupted"), (.internal, 70, "internal"), (.unclassified, 1, "error"),
    ])
    func everyCodeHasItsNumberAndName(code: Failure.Code, number: Int32, name: String) {
        let status = Reports.ExitStatus(code)
        #expect(status.rawValue == number && status.name == name)
    }

    @Test func noCodeIsLeftOut() {
        #expect(Set(Failure.Code.allCases.map { Reports.ExitStatus($0) }).count == Failure.Code.allCases.count)
    }

    @Test func anApplyEndsWithWhatWeighsMost() {
        var report = ApplyReport()
        #expect(report.exitStatus(interruptedBy: nil) == .ok)
        report.failures = [Failure(.auth, while: "", because: "")]
        report.denied = ["a"]
        #expect(report.exitStatus(interruptedBy: nil) == .denied)
        report.stop = .request
        #expect(report.exitStatus(interruptedBy: .terminated) == .terminated)
        report.quarantined = [.refused: 1]
        #expect(report.exitStatus(interruptedBy: .interrupted) == .interrupted)
        report.declined = true
        #expect(report.exitStatus(interruptedBy: nil) == .declined)
    }
}
