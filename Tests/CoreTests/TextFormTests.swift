import Testing

@testable import Core

/// Texts are compared code point by code point: the databases do, and so do hashes. Swift's own `==` does not.
@Suite("Unicode forms")
struct TextFormTests {
    private static let composed = "caf\u{E9}"
    private static let decomposed = "cafe\u{301}"

    @Test func anotherFormIsAnotherValue() {
        #expect(Self.composed == Self.decomposed)
        #expect(!Self.composed.isSameText(as: Self.decomposed))
        #expect(Value.text(Self.composed) != .text(Self.decomposed))
        #expect(Value.set([Self.composed]) != .set([Self.decomposed]))
        #expect(Value.text(Self.composed) == .text(Self.composed))
        #expect(Value.set(["a", Self.composed]) == .set(["a", Self.composed]))
    }

    @Test func anotherFormIsAnotherText() {
        #expect(JSON.string(Self.composed) != .string(Self.decomposed))
        #expect(JSON.array([.string(Self.composed)]) != .array([.string(Self.decomposed)]))
        let (one, other): (JSON, JSON) = (["a": .string(Self.composed)], ["a": .string(Self.decomposed)])
        #expect(one != other && one == ["a": .string(Self.composed)])
        #expect(JSON.object([.init(Self.composed, 1)]) != .object([.init(Self.decomposed, 1)]))
        #expect(JSON.number("1.0") != .number("1") && JSON.bool(true) == true && JSON.null == .null)
    }

    @Test func anotherFormIsAnotherChoice() {
        let (one, other) = (
            ColumnType.Choice(choices: [Self.composed]), ColumnType.Choice(choices: [Self.decomposed])
        )
        #expect(one != other && one == ColumnType.Choice(choices: [Self.composed]))
        #expect(![Self.composed].containsText(Self.decomposed) && [Self.composed].containsText(Self.composed))
    }

    /// A label whose form changes is added beside the one that items may have.
    @Test func aLabelThatChangesItsFormIsKeptBesideTheNewOne() {
        let wanted = DesiredColumn(
            name: "State", displayName: "State", type: .choice(ColumnType.Choice(choices: [Self.decomposed])))
        let found = RemoteColumn(
            id: "c", name: "State", displayName: "State", type: .choice(ColumnType.Choice(choices: [Self.composed])))
        var before = wanted
        before.type = .choice(ColumnType.Choice(choices: [Self.composed]))
        let kept = KeptChoices(wanted, found: found, applied: ColumnSpec.json(before).text(.canonical))
        #expect(kept.dropped.count == 1 && kept.dropped.containsText(Self.composed))
    }

    @Test func columnsOfATableAreFoundByTheirCodePoints() {
        let relation = SourceRelation(
            schema: "public", name: "t", kind: .table,
            columns: [SourceColumn(Self.decomposed, .text), SourceColumn(Self.composed, .integer)])
        #expect(relation.column(Self.composed)?.type == .integer)
        #expect(relation.column(Self.decomposed)?.type == .text)
    }
}
