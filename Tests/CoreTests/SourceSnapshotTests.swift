import Testing

@testable import Core

/// Whether a reading of the source sees all that an earlier one saw.
@Suite("Age of a source's snapshot")
struct SourceSnapshotTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        /// In the registry's form.
        var now: String
        var before: String
        var includes: Bool

        var testDescription: String { name }
    }

    @Test(arguments: [
        Case(name: "the same", now: "10:10: primary 0/5", before: "10:10: primary 0/5", includes: true),
        Case(name: "later", now: "12:15:12 primary 0/9", before: "10:10: primary 0/5", includes: true),
        Case(name: "restored", now: "9:9: primary 0/4", before: "10:10: primary 0/5", includes: false),
        Case(
            name: "one that ran before still runs", now: "10:15:10 primary 0/9", before: "10:12:10,11 primary 0/5",
            includes: true),
        Case(
            name: "one that was over runs: another server", now: "11:15:11 primary 0/9",
            before: "10:12:10 primary 0/5", includes: false),
        Case(
            name: "a new one may run", now: "12:15:12 primary 0/9", before: "10:12:10 primary 0/5", includes: true),
        Case(
            name: "a standby in step", now: "10:10: standby 0/5", before: "10:10: primary 0/5", includes: true),
        Case(
            name: "a standby behind", now: "9:9: standby 0/4", before: "10:10: primary 0/5", includes: false),
        Case(
            name: "a standby with a running transaction, in step", now: "7:12: standby 0/5",
            before: "7:12:7 primary 0/5", includes: true),
        Case(
            name: "a standby with a running transaction, behind", now: "7:12: standby 0/4",
            before: "7:12:7 primary 0/5", includes: false),
        Case(
            name: "a standby that does not say how far it is", now: "7:12: standby -", before: "7:12:7 primary 0/5",
            includes: true),
        Case(
            name: "noise in the log alone", now: "12:12: standby 0/4", before: "12:12: primary 0/5", includes: true),
        Case(
            name: "the primary after a standby", now: "9:12:9 primary 0/9", before: "9:12: standby 0/5",
            includes: true),
        Case(
            name: "the primary lacks what the standby had", now: "8:12:8 primary 0/9", before: "9:12: standby 0/5",
            includes: false),
        Case(
            name: "positions are numbers", now: "7:12: standby 1/0", before: "7:12:7 primary 0/FFFFFFFF",
            includes: true),
    ])
    func compares(_ c: Case) throws {
        let now = try #require(SourceSnapshot(text: c.now))
        let before = try #require(SourceSnapshot(text: c.before))
        #expect(now.includes(before) == c.includes)
        #expect(SourceSnapshot(text: now.text) == now && SourceSnapshot(text: before.text) == before)
    }

    @Test(arguments: ["", "1:2", "2:1:", "a:b:", "1:2:x", "1:2: primary", "1:2: primary 0/5 x", "-1:2: primary 0/5"])
    func otherTextIsNone(_ text: String) {
        #expect(SourceSnapshot(text: text) == nil)
    }
}
