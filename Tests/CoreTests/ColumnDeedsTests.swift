import Core
import Testing

@Suite("What a person did to a column") struct ColumnDeedsTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var applied: DesiredColumn
        var found: RemoteColumn
        var words: [String]
        var testDescription: String { name }
    }

    private static func column(_ type: ColumnType = .number(ColumnType.Number()), required: Bool = false)
        -> DesiredColumn
    {
        DesiredColumn(name: "N", displayName: "N", type: type, required: required)
    }

    private static func found(
        _ type: ColumnType? = .number(ColumnType.Number()), displayName: String = "N", description: String = "",
        facet: String? = nil, required: Bool = false, indexed: Bool = false
    ) -> RemoteColumn {
        RemoteColumn(
            id: "1", name: "N", displayName: displayName, description: description, type: type, facet: facet,
            required: required, indexed: indexed)
    }

    private static func choice(_ choices: String...) -> ColumnType { .choice(ColumnType.Choice(choices: choices)) }

    private static func text(_ length: Int) -> ColumnType { .text(ColumnType.Text(maxLength: length)) }

    static let cases: [Case] = [
        Case(name: "nothing", applied: column(), found: found(), words: []),
        Case(
            name: "a rename goes from what it was to what it is", applied: column(),
            found: found(displayName: "Number!"),
            words: ["renamed: \"N\" → \"Number!\""]),
        Case(
            name: "a choice taken away is not called an addition", applied: column(choice("A", "B", "C")),
            found: found(choice("A", "B")), words: ["choices removed: \"C\""]),
        Case(
            name: "a choice added is not called a narrowing", applied: column(choice("A")),
            found: found(choice("A", "D")),
            words: ["choices added: \"D\""]),
        Case(
            name: "both", applied: column(choice("A", "B")), found: found(choice("B", "C")),
            words: ["choices removed: \"A\"", "choices added: \"C\""]),
        Case(
            name: "limits", applied: column(), found: found(.number(ColumnType.Number(minimum: 1, maximum: 9))),
            words: ["minimum: none → 1", "maximum: none → 9"]),
        Case(
            name: "a shorter text", applied: column(text(255)), found: found(text(100)),
            words: ["maxLength: 255 → 100"]),
        Case(
            name: "a type that Graph does not describe", applied: column(),
            found: found(nil, facet: "hyperlinkOrPicture"),
            words: ["type: number → hyperlinkOrPicture"]),
        Case(
            name: "settings", applied: column(), found: found(description: "x", required: true, indexed: true),
            words: ["description changed", "index added", "made required"]),
        Case(
            name: "no longer required", applied: column(required: true), found: found(), words: ["no longer required"]),
    ]

    @Test(arguments: cases) func words(_ c: Case) {
        #expect(ColumnDeeds.words(c.applied, found: c.found) == c.words)
    }
}
