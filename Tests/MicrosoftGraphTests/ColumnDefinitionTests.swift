import Core
import Testing

@testable import MicrosoftGraph

@Suite("Columns as Graph writes them") struct ColumnDefinitionTests {
    static let types: [ColumnType] =
        [
            .singleLineText, .text(ColumnType.Text(maxLength: 40)), .multilineText,
            .text(ColumnType.Text(allowMultipleLines: true, linesForEditing: 12)), .boolean,
            .currency(locale: "en-us"), .number(ColumnType.Number(minimum: 0)),
            .number(ColumnType.Number(decimalPlaces: .two, displayAs: .percentage, minimum: -1.5, maximum: 1e300)),
            .choice(ColumnType.Choice(choices: ["a", "b"], allowTextEntry: true)),
            .choice(ColumnType.Choice(choices: [])),
        ]
        + ColumnType.Number.Places.allCases.map { .number(ColumnType.Number(decimalPlaces: $0)) }
        + ColumnType.Choice.Display.allCases.map { .choice(ColumnType.Choice(choices: ["x"], displayAs: $0)) }
        + ColumnType.DateTime.Format.allCases.flatMap { format in
            ColumnType.DateTime.Display.allCases.map {
                .dateTime(ColumnType.DateTime(format: format, displayAs: $0))
            }
        }

    private func withID(_ json: JSON) -> JSON { .object((json.members ?? []) + [JSON.Member("id", "c1")]) }

    @Test(arguments: types) func comesBackAsItWasCreated(type: ColumnType) throws {
        let creation = ColumnCreation(
            name: "A", displayName: "An A", description: "d", type: type, defaultValue: .value("1"))
        let column = try #require(ColumnDefinitionCoding.decode(withID(ColumnDefinitionCoding.encode(creation))))
        #expect(column.type == type)
        #expect(column.facet == type.facet)
        #expect(column.defaultValue == .value("1"))
        #expect(column.displayName == "An A" && column.description == "d" && column.name == "A")
    }

    @Test(arguments: types) func comesBackAsItWasChanged(type: ColumnType) throws {
        let body = ColumnDefinitionCoding.encode(ColumnChange(type: type))
        #expect(body.members?.map(\.name) == [type.facet])
        let whole = JSON.object((withID(body).members ?? []) + [JSON.Member("name", "A")])
        #expect(ColumnDefinitionCoding.decode(whole)?.type == type)
    }

    @Test func sendsExactlyThis() {
        let multiline = ColumnCreation(name: "Note", displayName: "Note", type: .multilineText)
        #expect(
            ColumnDefinitionCoding.encode(multiline).text(.canonical)
                == #"{"description":"","displayName":"Note","name":"Note","text":{"allowMultipleLines":true,"#
                + #""appendChangesToExistingText":false,"linesForEditing":6,"textType":"plain"}}"#)
        let change = ColumnChange(displayName: "N", required: false, indexed: true, unique: true, hidden: true)
        #expect(
            ColumnDefinitionCoding.encode(change).text()
                == #"{"displayName":"N","required":false,"indexed":true,"enforceUniqueValues":true,"hidden":true}"#)
        #expect(
            ColumnDefinitionCoding.encode(ColumnChange(defaultValue: .formula("=today"))).text()
                == #"{"defaultValue":{"formula":"=today"}}"#)
    }

    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var facets: String
        var type: ColumnType?
        var facet: String?
        var testDescription: String { name }
    }

    @Test(arguments: [
        Case(name: "text, all defaults", facets: #""text":{}"#, type: .singleLineText, facet: "text"),
        Case(
            name: "text as captured",
            facets: #""text":{"allowMultipleLines":false,"appendChangesToExistingText":"#
                + #"false,"linesForEditing":0,"maxLength":255}"#, type: .singleLineText, facet: "text"),
        Case(
            name: "multi-line defaults", facets: #""text":{"allowMultipleLines":true}"#, type: .multilineText,
            facet: "text"),
        Case(
            name: "rich text", facets: #""text":{"allowMultipleLines":true,"textType":"richText"}"#, type: nil,
            facet: "text"),
        Case(
            name: "appending text", facets: #""text":{"appendChangesToExistingText":true}"#, type: nil, facet: "text"),
        Case(
            name: "open bounds",
            facets: #""number":{"decimalPlaces":"none","displayAs":"number","#
                + #""minimum":-1.7976931348623157e308,"maximum":1.7976931348623157E+308}"#,
            type: .number(ColumnType.Number(decimalPlaces: .none)), facet: "number"),
        Case(
            name: "bounds past any double", facets: #""number":{"maximum":1.8e308}"#, type: .number(.init()),
            facet: "number"),
        Case(name: "unknown word", facets: #""number":{"decimalPlaces":"six"}"#, type: nil, facet: "number"),
        Case(
            name: "date without format", facets: #""dateTime":{}"#, type: .dateTime(.init(format: .dateTime)),
            facet: "dateTime"),
        Case(name: "boolean", facets: #""boolean":{}"#, type: .boolean, facet: "boolean"),
        Case(
            name: "locale in another case", facets: #""currency":{"locale":"en-US"}"#, type: .currency(locale: "en-us"),
            facet: "currency"),
        Case(
            name: "lookup", facets: #""lookup":{"listId":"x","columnName":"Title"}"#, type: nil, facet: "lookup"),
        Case(name: "person", facets: #""personOrGroup":{}"#, type: nil, facet: "personOrGroup"),
        Case(name: "calculated", facets: #""calculated":{"outputType":"text"}"#, type: nil, facet: "calculated"),
        Case(name: "none", facets: #""indexed":false"#, type: nil, facet: nil),
        Case(name: "null", facets: #""text":null"#, type: nil, facet: nil),
        Case(name: "two", facets: #""text":{},"term":{}"#, type: nil, facet: "text"),
    ])
    func reads(_ c: Case) throws {
        let json = try JSON.parse(#"{"id":"c","name":"N","defaultValue":null,\#(c.facets)}"#)
        let column = try #require(ColumnDefinitionCoding.decode(json))
        #expect(column.type == c.type)
        #expect(column.facet == c.facet)
        #expect(column.displayName == "N")
        #expect(column.defaultValue == nil)
    }

    @Test func readsFlags() throws {
        let json = try JSON.parse(
            #"{"id":"c","name":"N","required":true,"hidden":true,"readOnly":true,"indexed":true,"#
                + #""enforceUniqueValues":true,"defaultValue":{"value":"","formula":"=1"}}"#)
        let column = try #require(ColumnDefinitionCoding.decode(json))
        #expect(column.required && column.hidden && column.readOnly && column.indexed && column.unique)
        #expect(column.defaultValue == .formula("=1"))
        #expect(ColumnDefinitionCoding.decode(["id": "c"]) == nil)
        #expect(ColumnDefinitionCoding.decode(["name": "N"]) == nil)
    }

    @Test func asksForWhatIsHidden() {
        let names = ColumnDefinitionCoding.selection.split(separator: ",")
        for name in ["hidden", "text", "calculated", "lookup", "enforceUniqueValues"] {
            #expect(names.contains(Substring(name)))
        }
    }
}
