import Testing

@testable import Core
@testable import Reconciler

/// What people are told of a call on the site that failed.
@Suite("Failures of the site, for people")
struct SiteFailureTests {
    @Test(arguments: [
        (SiteFailure.Kind.throttled, Failure.Code.unavailable), (.transient, .unavailable), (.stale, .unavailable),
        (.gone, .unavailable), (.missing, .invalid), (.expired, .unavailable), (.forbidden, .auth),
        (.locked, .unavailable), (.itemLocked, .unavailable), (.unauthenticated, .auth), (.refused, .invalid),
        (.conflict, .invalid), (.unreachable, .unavailable), (.malformed, .unavailable), (.cancelled, .interrupted),
    ])
    func everyKindHasItsCodeAndAdvice(kind: SiteFailure.Kind, expected: Failure.Code) {
        let failure = SiteFailure(kind, reason: "it failed").failure(while: "testing", address: nil)
        #expect(failure.code == expected, "an error without a name helps nobody")
        #expect((failure.help == nil) == (kind == .cancelled))
    }

    /// What the ledger keeps of a create that the service refuses, on its last try.
    private func refusal(field: String?, unique: [String]) -> String {
        var script = RowScript(.create, unique: true, isLastTry: true)
        var context = script.machine.context
        context.uniqueFields = unique
        script.machine = RowMachine(script.machine.task, context)
        var failure = SiteFailure(.refused, reason: "creating an item: why")
        failure.explanation = "why"
        failure.field = field
        _ = script.start()
        _ = script.step(.answered(.failure(failure)))
        guard case .record(.put(let entry, _, _), _) = script.found([]) else { return "another step" }
        return "\(entry.refusal?.code.rawValue ?? ""): \(entry.refusal?.reason ?? "")"
    }

    /// A refusal in a list with unique columns is taken for one about them, unless another column is named.
    @Test func theColumnSaysWhatWasRefused() {
        #expect(refusal(field: "Cost", unique: ["Title"]) == "REFUSED: why")
        #expect(refusal(field: "Title", unique: ["Title"]) == "UNIQUE_VALUE: why")
        // Titles of columns as people see them are not known here.
        #expect(refusal(field: "Price", unique: ["Title"]) == "UNIQUE_VALUE: why")
        #expect(refusal(field: nil, unique: ["Title", "Cost"]) == "UNIQUE_VALUE: column Title or Cost: why")
    }
}
