import Core
import Testing

/// What both sides agreed on, after the item was read.
@Suite("What both sides agreed on") struct RowBaseTests {
    private struct Case: CustomTestStringConvertible {
        var sent: UInt64?
        var remote: UInt64?
        var seen: UInt64?
        var shown: UInt64?
        var isKnownVersion: Bool
        /// What is agreed on and seen afterwards.
        var expected: [UInt64?]
        var testDescription: String { "\(self.expected)" }
    }

    @Test(arguments: [
        // As it was sent, whatever the answer had shown, and whatever was seen between.
        Case(sent: 1, remote: 2, seen: 2, shown: 1, isKnownVersion: false, expected: [1, 1]),
        Case(sent: 1, remote: 2, seen: 3, shown: 1, isKnownVersion: false, expected: [1, 1]),
        // Another value under another tag may be a person's.
        Case(sent: 1, remote: 2, seen: 2, shown: 3, isKnownVersion: false, expected: [2, 2]),
        // Under the tag that is known nobody wrote: the answer showed something else than is stored.
        Case(sent: 1, remote: 2, seen: 2, shown: 3, isKnownVersion: true, expected: [3, 3]),
        // A person's edit that is known stays one.
        Case(sent: 1, remote: 2, seen: 3, shown: 4, isKnownVersion: true, expected: [2, 3]),
        // A column that the list lacks, or that the row was never written with, says nothing.
        Case(sent: 1, remote: 2, seen: 2, shown: nil, isKnownVersion: true, expected: [2, 2]),
        Case(sent: nil, remote: nil, seen: nil, shown: 3, isKnownVersion: true, expected: [nil, nil]),
    ])
    private func isCorrectedByWhatTheItemShows(_ one: Case) {
        var base = RowBase(sent: [one.sent], remote: [one.remote], seen: [one.seen])
        base.correct(by: [one.shown], isKnownVersion: one.isKnownVersion)
        let found = [base.remote[0], base.seen[0]]
        #expect(found == one.expected)
    }
}
