import Core
import GraphSimulator
import Testing

/// Berlin without its history: an hour ahead in winter, two in summer.
let berlin = SiteTimeZone(name: "Europe/Berlin", tzif: berlinFile) ?? .utc

/// A version 2 file without transitions, whose footer holds the rule.
private let berlinFile: [UInt8] = {
    func block(_ version: UInt8) -> [UInt8] {
        Array("TZif".utf8) + [version] + [UInt8](repeating: 0, count: 15)
            + [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 4]
            + [0, 0, 0x0E, 0x10, 0, 0] + Array("CET\0".utf8)
    }
    return block(0x32) + block(0x32) + Array("\nCET-1CEST,M3.5.0,M10.5.0/3\n".utf8)
}()

@Suite("Values") struct ValueTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var column: JSON
        var written: JSON
        /// What is read; `nil` if the value is absent then.
        var read: JSON?
        var annotation: String?

        var testDescription: String { "\(column["name"]?.string ?? "") \(written.text())" }
    }

    private static let note: JSON = ["name": "Note", "text": ["allowMultipleLines": true, "textType": "plain"]]
    private static let choice: JSON = ["name": "Colour", "choice": ["choices": ["red", "green"]]]
    private static let choices: JSON = [
        "name": "Tags", "choice": ["choices": ["a", "b"], "displayAs": "checkBoxes"],
    ]
    private static let day: JSON = ["name": "Due", "dateTime": ["format": "dateOnly"]]
    private static let moment: JSON = ["name": "At", "dateTime": ["format": "dateTime"]]

    @Test(arguments: [
        Case(column: ["name": "Name", "text": [:]], written: "a\tb", read: "a\tb"),
        Case(column: ["name": "Name", "text": [:]], written: " a ", read: " a "),
        Case(column: note, written: "a\r\nb\nc", read: "a\r\nb\nc"),
        Case(column: note, written: "", read: nil),
        Case(column: ["name": "Weight", "number": [:]], written: .number("1e2"), read: 100),
        Case(column: ["name": "Weight", "number": [:]], written: .number("0.1"), read: .number("0.1")),
        Case(
            column: ["name": "Price", "currency": ["locale": "en-us"]], written: .number("9.50"), read: .number("9.5")),
        Case(column: ["name": "Active", "boolean": [:]], written: false, read: false),
        Case(column: choice, written: "red", read: "red"),
        Case(column: ["name": "Any", "choice": ["choices": ["x"], "allowTextEntry": true]], written: "y", read: "y"),
        Case(column: day, written: "1900-01-01", read: "1899-12-31T23:00:00Z"),
        Case(column: day, written: "1899-12-31T23:00:00Z", read: "1899-12-31T23:00:00Z"),
        Case(column: day, written: "2026-03-01", read: "2026-02-28T23:00:00Z"),
        Case(column: day, written: "2026-07-01", read: "2026-06-30T22:00:00Z"),
        Case(column: day, written: "2026-02-28T23:00:00Z", read: "2026-02-28T23:00:00Z"),
        Case(column: day, written: "2026-03-01T12:34:56Z", read: "2026-02-28T23:00:00Z"),
        Case(column: day, written: "2026-03-01T22:59:59Z", read: "2026-02-28T23:00:00Z"),
        Case(column: moment, written: "2026-03-01T10:00:00.999Z", read: "2026-03-01T10:00:00Z"),
        Case(column: moment, written: "2026-03-01T10:00:00+02:00", read: "2026-03-01T08:00:00Z"),
        Case(column: choices, written: ["b", "a", "b"], read: ["b", "a"], annotation: "Collection(Edm.String)"),
        Case(column: choices, written: [], read: nil, annotation: "Collection(Edm.String)"),
        Case(column: choices, written: .null, read: nil),
    ])
    func accepted(_ value: Case) throws {
        let session = try Session(zone: berlin)
        let list = try session.list(columns: [value.column])
        let name = try #require(value.column["name"]?.string)
        var fields: [JSON.Member] = []
        if let annotation = value.annotation { fields.append(.init("\(name)@odata.type", .string(annotation))) }
        fields.append(.init(name, value.written))
        let created = session.createItem(list, .object(fields))
        #expect(created.status == 201, "\(created.message)")
        #expect(created["fields"]?[name] == value.read)
        #expect(session.get("\(list)/items/1/fields?$select=\(name)")[name] == value.read)
        if value.annotation != nil, value.read != nil {
            #expect(created["fields"]?["\(name)@odata.type"] == "#Collection(Edm.String)")
        }
    }

    @Test(arguments: [
        Case(column: ["name": "Name", "text": [:]], written: 5),
        Case(column: ["name": "Name", "text": [:]], written: "a\nb"),
        Case(column: ["name": "Name", "text": [:]], written: "a\u{1}"),
        Case(column: ["name": "Name", "text": [:]], written: .string(String(repeating: "a", count: 256))),
        Case(column: ["name": "Name", "text": [:]], written: .string(String(repeating: "😀", count: 128))),
        Case(column: ["name": "Name", "text": ["maxLength": 2]], written: "abc"),
        Case(column: note, written: "a\u{8}"), Case(column: note, written: "a\u{FFFE}"),
        Case(column: ["name": "Name", "text": [:]], written: "a\u{FFFF}"),
        Case(column: note, written: .string(String(repeating: "a", count: 64_000))),
        Case(column: ["name": "Weight", "number": [:]], written: "5"),
        Case(column: ["name": "Weight", "number": [:]], written: .number("1e400")),
        Case(column: ["name": "Weight", "number": ["minimum": 0, "maximum": 10]], written: 11),
        Case(column: ["name": "Weight", "number": ["minimum": 0, "maximum": 10]], written: .number("-0.1")),
        Case(column: ["name": "Price", "currency": ["locale": "en-us"]], written: "1.0"),
        Case(column: ["name": "Active", "boolean": [:]], written: 1),
        Case(column: ["name": "Active", "boolean": [:]], written: "true"),
        Case(column: choice, written: "blue"), Case(column: choice, written: "RED"),
        Case(column: choice, written: ["red"]),
        Case(column: day, written: "2026-02-30"), Case(column: day, written: "1899-12-31"),
        Case(column: day, written: "8900-12-31T23:00:00Z"),
        Case(column: day, written: "1.3.2026"), Case(column: moment, written: "2026-03-01"),
        Case(column: moment, written: "2026-03-01T10:00:00"), Case(column: moment, written: "9000-01-01T00:00:00Z"),
        Case(column: choices, written: ["a"]), Case(column: choices, written: "a"),
        Case(column: choices, written: ["c"], annotation: "Collection(Edm.String)"),
        Case(column: choices, written: [1], annotation: "Collection(Edm.String)"),
        Case(column: choices, written: ["a"], annotation: "Collection(Edm.Int32)"),
        Case(column: ["name": "Sum", "calculated": ["formula": "=1"]], written: 1),
    ])
    func refused(_ value: Case) throws {
        let session = try Session(zone: berlin)
        let list = try session.list(columns: [value.column])
        let name = try #require(value.column["name"]?.string)
        var fields: [JSON.Member] = [.init(name, value.written)]
        if let annotation = value.annotation { fields.append(.init("\(name)@odata.type", .string(annotation))) }
        #expect(session.createItem(list, .object(fields)).status == 400)
        #expect(session.get("\(list)/items").value.isEmpty)
    }

    @Test func arraysWithoutTypeSayWhatIsWrong() throws {
        let session = try Session()
        let list = try session.list(columns: [Self.choices])
        let answer = session.createItem(list, ["Tags": ["a"]])
        #expect(answer.message.hasPrefix("A value without a type name was found"))
    }

    @Test func lookupsAreWrittenByIDAndReadAsText() throws {
        let session = try Session()
        let target = try session.list("Parts")
        let id = try #require(session.get(target)["id"]?.string)
        let list = try session.list(columns: [
            ["name": "Part", "lookup": ["listId": .string(id), "columnName": "Title"]],
            ["name": "More", "lookup": ["listId": .string(id), "columnName": "Title", "allowMultipleValues": true]],
        ])
        _ = session.createItem(target, ["Title": "Bearing"])
        let answer = session.createItem(list, ["PartLookupId": 1])
        #expect(answer["fields"]?["PartLookupId"] == "1")
        #expect(answer["fields"]?["Part"] == nil)
        #expect(session.get("\(list)/items/1/fields?$select=Part")["Part"] == "Bearing")
        #expect(session.createItem(list, ["Part": 1]).status == 400)
        #expect(session.createItem(list, ["PartLookupId": 9]).status == 400)
        #expect(session.patch("\(list)/items/1/fields", ["PartLookupId": "1"]).status == 200)
        #expect(session.patch("\(list)/items/1/fields", ["PartLookupId": .null])["PartLookupId"] == nil)
        let many: JSON = ["MoreLookupId@odata.type": "Collection(Edm.Int32)", "MoreLookupId": [1]]
        let read = session.patch("\(list)/items/1/fields", many)["More"]
        #expect(read == [["LookupId": 1, "LookupValue": "Bearing"]])
        #expect(session.patch("\(list)/items/1/fields", ["MoreLookupId": [1]]).status == 400)
    }

    @Test func peopleAreWrittenByID() throws {
        let session = try Session()
        let list = try session.list(columns: [["name": "Owner", "personOrGroup": [:]]])
        #expect(session.createItem(list, ["OwnerLookupId": 13])["fields"]?["OwnerLookupId"] == "13")
        #expect(session.createItem(list, ["Owner": "Kim"]).status == 400)
    }

    @Test func hyperlinksNeedTheirPreference() throws {
        let session = try Session()
        let list = try session.list(columns: [["name": "Link", "hyperlinkOrPicture": [:]]])
        let fields: JSON = ["fields": ["Link": ["Url": "https://example.com", "Description": "d"]]]
        #expect(session.post("\(list)/items", fields).status == 400)
        let answer = session.post("\(list)/items", fields, ["Prefer": "apiversion=2.1"])
        #expect(answer["fields"]?["Link"]?["Url"] == "https://example.com")
        let strict = try Session { $0.hyperlinkColumns = false }
        #expect(strict.post("\(try strict.list())/columns", ["name": "L", "hyperlinkOrPicture": [:]]).status == 400)
    }

    @Test func richTextIsWrapped() throws {
        let session = try Session()
        let list = try session.list(columns: [["name": "Note", "text": ["allowMultipleLines": true]]])
        let text = session.createItem(list, ["Note": "a"])["fields"]?["Note"]?.string
        #expect(text?.hasPrefix("<div class=\"ExternalClass") == true)
    }

    @Test func columnsThatAppendKeepWhatTheyHad() throws {
        let session = try Session()
        let list = try session.list(columns: [
            [
                "name": "Log",
                "text": ["allowMultipleLines": true, "textType": "plain", "appendChangesToExistingText": true],
            ]
        ])
        _ = session.createItem(list, ["Log": "a"])
        #expect(session.patch("\(list)/items/1/fields", ["Log": "b"])["Log"] == "a\nb")
    }

    @Test func switchesOfValues() throws {
        let session = try Session(zone: berlin) {
            $0.checkChoices = false
            $0.wholeNumbersWithFraction = true
            $0.lineEnds = "crlf"
            $0.longText = "cut"
            $0.unzonedTimes = "site"
            $0.multiChoiceSorted = true
            $0.nullClearsMultiValue = false
        }
        let list = try session.list(columns: [
            Self.choice, Self.choices, Self.note, Self.moment, ["name": "Weight", "number": [:]],
        ])
        let fields = session.createItem(
            list,
            [
                "Colour": "blue", "Weight": 5, "Note": "a\nb", "At": "2026-03-01T10:00:00",
                "Tags@odata.type": "Collection(Edm.String)", "Tags": ["b", "a"],
            ])["fields"]
        #expect(fields?["Colour"] == "blue")
        #expect(fields?["Weight"] == .number("5.0"))
        #expect(fields?["Note"] == "a\r\nb")
        #expect(fields?["At"] == "2026-03-01T09:00:00Z")
        #expect(fields?["Tags"] == ["a", "b"])
        #expect(session.createItem(list, ["Tags": .null]).status == 400)
        let long = session.createItem(list, ["Note": .string(String(repeating: "a", count: 64_000))])
        #expect(long["fields"]?["Note"]?.string?.utf16.count == 63_999)
    }

    @Test func theZoneCanBeChanged() throws {
        let session = try Session(zone: berlin)
        #expect(session.admin("PUT", "/settings", ["timeZone": "UTC"]).status == 200)
        #expect(session.admin("PUT", "/settings", ["timeZone": "Nowhere/None"]).status == 400)
        let list = try session.list(columns: [Self.day])
        #expect(session.createItem(list, ["Due": "2026-03-01"])["fields"]?["Due"] == "2026-03-01T00:00:00Z")
    }
}
