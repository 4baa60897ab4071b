import Testing

@testable import Core

@Suite("What failures mean")
struct FailureCodeTests {
    /// All others want a person first.
    @Test func someWorthAnotherRun() {
        let retryable: Set<Failure.Code> = [.stale, .locked, .unavailable, .partial, .inProgress, .interrupted]
        #expect(Set(Failure.Code.allCases.filter(\.isRetryable)) == retryable)
    }

    @Test func someEndTheRunAndNotOnlyAListOfIt() {
        let ending: Set<Failure.Code> = [.locked, .interrupted]
        #expect(Set(Failure.Code.allCases.filter(\.endsTheRun)) == ending)
        // A run that could never be repeated would have to say so otherwise.
        #expect(ending.isSubset(of: Failure.Code.allCases.filter(\.isRetryable)))
    }
}
