import Testing

@testable import Core

/// What of a column may be changed in place, and what stands in the way.
@Suite("Comparing a column with what is wanted")
struct ColumnComparisonTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var wanted: DesiredColumn
        var found: RemoteColumn
        var hasItems = true
        var change = ColumnChange()
        var hazards: [HazardCode] = []
        var words: [String] = []

        var testDescription: String { name }
    }

    private static func wanted(
        _ type: ColumnType = .singleLineText, required: Bool = false, indexed: Bool = false, unique: Bool = false,
        displayName: String = "C", defaultValue: ColumnDefault? = nil
    ) -> DesiredColumn {
        DesiredColumn(
            name: "C", displayName: displayName, type: type, required: required, indexed: indexed, unique: unique,
            defaultValue: defaultValue)
    }

    private static func found(
        _ type: ColumnType? = .singleLineText, facet: String? = nil, required: Bool = false, indexed: Bool = false,
        unique: Bool = false, description: String = "", defaultValue: ColumnDefault? = nil
    ) -> RemoteColumn {
        RemoteColumn(
            id: "1", name: "C", displayName: "C", description: description, type: type, facet: facet,
            required: required, indexed: indexed, unique: unique, defaultValue: defaultValue)
    }

    private static func text(_ length: Int) -> ColumnType { .text(ColumnType.Text(maxLength: length)) }
    private static func choice(
        _ choices: String..., isOpen: Bool = false, display: ColumnType.Choice.Display = .dropDownMenu
    ) -> ColumnType {
        .choice(ColumnType.Choice(choices: choices, allowTextEntry: isOpen, displayAs: display))
    }
    private static func number(
        _ places: ColumnType.Number.Places = .automatic, _ bounds: ClosedRange<Double>? = nil,
        display: ColumnType.Number.Display = .number
    ) -> ColumnType {
        .number(
            ColumnType.Number(
                decimalPlaces: places, displayAs: display, minimum: bounds?.lowerBound, maximum: bounds?.upperBound))
    }
    private static let friendly = ColumnType.dateTime(ColumnType.DateTime(format: .dateOnly, displayAs: .friendly))

    private func expect(_ c: Case) {
        let comparison = ColumnComparison(c.wanted, found: c.found, hasItems: c.hasItems)
        #expect(comparison.change == c.change)
        #expect(comparison.obstacles.map(\.hazard) == c.hazards)
        if !c.words.isEmpty { #expect(comparison.differences == c.words) }
        #expect(comparison.differences.isEmpty == (c.change.isEmpty && c.hazards.isEmpty))
    }

    @Test(arguments: [
        Case(name: "as it is", wanted: wanted(), found: found()),
        Case(
            name: "another display name", wanted: wanted(displayName: "Cost"), found: found(),
            change: ColumnChange(displayName: "Cost"), words: ["display name: \"C\" → \"Cost\""]),
        Case(
            name: "another description", wanted: wanted(), found: found(description: "old"),
            change: ColumnChange(description: ""), words: ["description"]),
        Case(
            name: "a new default", wanted: wanted(defaultValue: .value("x")), found: found(),
            change: ColumnChange(defaultValue: .value("x")), words: ["default"]),
        Case(
            name: "another default", wanted: wanted(defaultValue: .value("x")),
            found: found(defaultValue: .formula("=1")), change: ColumnChange(defaultValue: .value("x"))),
        Case(name: "a default that people set is theirs", wanted: wanted(), found: found(defaultValue: .value("x"))),
    ])
    func settings(_ c: Case) { expect(c) }

    @Test(arguments: [
        Case(
            name: "longer text", wanted: wanted(text(255)), found: found(text(100)),
            change: ColumnChange(type: text(255)), words: ["maxLength: 100 → 255"]),
        Case(name: "shorter text", wanted: wanted(text(100)), found: found(text(255)), hazards: [.columnNarrow]),
        Case(
            name: "more choices", wanted: wanted(choice("a", "b", "c")), found: found(choice("a", "b")),
            change: ColumnChange(type: choice("a", "b", "c")), words: ["choices: + \"c\""]),
        Case(
            name: "a choice less", wanted: wanted(choice("a")), found: found(choice("a", "b")), hazards: [.columnNarrow]
        ),
        Case(
            name: "a choice renamed", wanted: wanted(choice("a", "B")), found: found(choice("a", "b")),
            hazards: [.columnNarrow]),
        Case(
            name: "own values may be typed", wanted: wanted(choice("a", isOpen: true)), found: found(choice("a")),
            change: ColumnChange(type: choice("a", isOpen: true))),
        Case(
            name: "own values may no longer be typed", wanted: wanted(choice("a")),
            found: found(choice("a", isOpen: true)),
            hazards: [.columnNarrow]),
        Case(
            name: "radio buttons", wanted: wanted(choice("a", display: .radioButtons)), found: found(choice("a")),
            change: ColumnChange(type: choice("a", display: .radioButtons))),
        Case(
            name: "fewer decimals are shown", wanted: wanted(number(.none)), found: found(number(.two)),
            change: ColumnChange(type: number(.none)), words: ["number format"]),
        Case(
            name: "wider bounds", wanted: wanted(number(.automatic, 0...10)), found: found(number(.automatic, 1...9)),
            change: ColumnChange(type: number(.automatic, 0...10))),
        Case(
            name: "no bounds any more", wanted: wanted(number()), found: found(number(.automatic, 1...9)),
            change: ColumnChange(type: number())),
        Case(
            name: "bounds where there were none", wanted: wanted(number(.automatic, 1...9)), found: found(number()),
            hazards: [.columnNarrow]),
        Case(
            name: "as a percentage", wanted: wanted(number(display: .percentage)), found: found(number()),
            hazards: [.columnNarrow]),
        Case(
            name: "friendly dates", wanted: wanted(friendly), found: found(.dateOnly),
            change: ColumnChange(type: friendly), words: ["date display"]),
        Case(
            name: "dates get a time", wanted: wanted(.dateTime(ColumnType.DateTime(format: .dateTime))),
            found: found(.dateOnly), hazards: [.columnNarrow]),
        Case(
            name: "another currency", wanted: wanted(.currency(locale: "de-de")),
            found: found(.currency(locale: "en-us")),
            hazards: [.columnNarrow]),
    ])
    func sameKind(_ c: Case) { expect(c) }

    @Test(arguments: [
        Case(name: "number for text", wanted: wanted(number()), found: found(), hazards: [.columnTypeReplace]),
        Case(name: "many lines for one", wanted: wanted(.multilineText), found: found(), hazards: [.columnTypeReplace]),
        Case(
            name: "several choices for one", wanted: wanted(choice("a", display: .checkBoxes)),
            found: found(choice("a")),
            hazards: [.columnTypeReplace]),
        Case(
            name: "text for a kind that we do not write", wanted: wanted(), found: found(nil, facet: "lookup"),
            hazards: [.columnTypeReplace],
            words: ["it is lookup and would have to be single-line text (255)"]),
        Case(
            name: "text for a kind that Graph does not describe", wanted: wanted(), found: found(nil),
            hazards: [.columnTypeReplace],
            words: ["it is a type that Graph does not describe and would have to be single-line text (255)"]),
    ])
    func otherKind(_ c: Case) { expect(c) }

    @Test(arguments: [
        Case(
            name: "an index is added", wanted: wanted(indexed: true), found: found(),
            change: ColumnChange(indexed: true)),
        Case(name: "an index is taken away", wanted: wanted(), found: found(indexed: true), hazards: [.columnNarrow]),
        Case(
            name: "unique values in an empty list", wanted: wanted(unique: true), found: found(), hasItems: false,
            change: ColumnChange(unique: true), words: ["unique values"]),
        Case(
            name: "unique values over items", wanted: wanted(unique: true), found: found(),
            change: ColumnChange(unique: true), hazards: [.uniqueOnExisting]),
        Case(name: "no longer unique", wanted: wanted(), found: found(unique: true), hazards: [.columnNarrow]),
        Case(
            name: "required in an empty list", wanted: wanted(required: true), found: found(), hasItems: false,
            change: ColumnChange(required: true), words: ["required"]),
        Case(
            name: "required over items", wanted: wanted(required: true), found: found(),
            change: ColumnChange(required: true), hazards: [.requiredOnExisting]),
        Case(
            name: "no longer required", wanted: wanted(), found: found(required: true),
            change: ColumnChange(required: false), words: ["not required"]),
    ])
    func limits(_ c: Case) { expect(c) }
}
