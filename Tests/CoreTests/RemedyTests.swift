import Testing

@testable import Core

/// What is said of rows that cannot be written.
@Suite("Reasons and remedies of rejects")
struct RemedyTests {
    @Test(arguments: RejectCode.allCases) func everyCodeSaysWhatHelpsAndWhatHappensThen(code: RejectCode) {
        #expect(!code.remedy.isEmpty && code.remedy != code.words)
        let next = code.nextStep("row/d/1")
        #expect(next.hasPrefix(code.remedy))
        #expect(next.contains("syncbridge rows retry row/d/1") == code.isOfService)
    }
}
