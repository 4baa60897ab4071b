import Testing

@testable import Core

@Suite("Choices that a column keeps")
struct KeptChoicesTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var wanted: [String]
        var found: [String]
        /// `nil`: the column is not ours.
        var applied: [String]?
        var remembered: [String]
        var written: [String]
        var hasNote = false

        var testDescription: String { name }
    }

    private static func column(_ choices: [String], multiple: Bool = false) -> DesiredColumn {
        DesiredColumn(
            name: "State", displayName: "State",
            type: .choice(.init(choices: choices, displayAs: multiple ? .checkBoxes : .dropDownMenu)))
    }

    private static func found(_ choices: [String]) -> RemoteColumn {
        RemoteColumn(id: "c", name: "State", displayName: "State", type: column(choices).type)
    }

    @Test(arguments: [
        Case(
            name: "as it was", wanted: ["a", "b"], found: ["a", "b"], applied: ["a", "b"], remembered: ["a", "b"],
            written: ["a", "b"]),
        Case(
            name: "one renamed", wanted: ["a", "B"], found: ["a", "b"], applied: ["a", "b"],
            remembered: ["a", "B", "b"], written: ["a", "B", "b"], hasNote: true),
        Case(
            name: "one dropped", wanted: ["b"], found: ["a", "b"], applied: ["a", "b"], remembered: ["b", "a"],
            written: ["b", "a"], hasNote: true),
        Case(
            name: "dropped, and taken away by a person since", wanted: ["b"], found: ["b"], applied: ["b", "a"],
            remembered: ["b"], written: ["b"]),
        Case(
            name: "one of a person", wanted: ["a", "c"], found: ["a", "p"], applied: ["a"], remembered: ["a", "c"],
            written: ["a", "c", "p"]),
        Case(
            name: "both", wanted: ["c"], found: ["p", "a"], applied: ["a"], remembered: ["c", "a"],
            written: ["c", "a", "p"], hasNote: true),
        Case(
            name: "a column that is not ours", wanted: ["c"], found: ["a"], applied: nil, remembered: ["c"],
            written: ["c"]),
    ])
    func keeps(_ c: Case) throws {
        let wanted = Self.column(c.wanted)
        let applied = c.applied.map { ColumnSpec.json(Self.column($0)).text(.canonical) }
        let kept = KeptChoices(wanted, found: Self.found(c.found), applied: applied)
        #expect(kept.remembered(wanted) == Self.column(c.remembered))
        #expect(kept.written(kept.remembered(wanted)) == Self.column(c.written))
        #expect((kept.note(at: .column("s", "A", "State")) != nil) == c.hasNote)
        // What was remembered stays so: the plan after an apply is empty.
        let later = KeptChoices(
            wanted, found: Self.found(c.written), applied: ColumnSpec.json(kept.remembered(wanted)).text(.canonical))
        if c.applied != nil { #expect(later.remembered(wanted) == kept.remembered(wanted)) }
    }

    @Test func oneChoiceAndSeveralAreOfAnotherKind() {
        let wanted = Self.column(["a"], multiple: true)
        let kept = KeptChoices(
            wanted, found: Self.found(["a", "b"]), applied: ColumnSpec.json(Self.column(["a", "b"])).text(.canonical))
        #expect(kept.remembered(wanted) == wanted && kept.written(wanted) == wanted)
    }
}
