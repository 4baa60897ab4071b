import Core
import GraphSimulator
import Testing

/// What a service makes of values, or says of them, otherwise than a client would think.
@Suite("Values that are stored or shown otherwise") struct StoredOtherwiseTests {
    private static let columns: [JSON] = [
        ["name": "Note", "text": ["allowMultipleLines": true, "textType": "plain"]],
        ["name": "Due", "dateTime": ["format": "dateOnly"]], ["name": "At", "dateTime": ["format": "dateTime"]],
        ["name": "Tag", "text": [:], "defaultValue": ["value": "new"]],
    ]

    private func start(_ change: (inout Settings) -> Void) throws -> (session: Session, list: String) {
        let session = try Session(zone: berlin, change)
        return (session, try session.keyedList(columns: Self.columns))
    }

    /// An e with an acute accent as two scalars, which is not in normal form C.
    private static let decomposed = "Cafe\u{301}"

    private func scalars(_ json: JSON?) -> [UInt32] { json?.string?.unicodeScalars.map(\.value) ?? [] }

    @Test func answersToWritesShowDatesShifted() throws {
        let (session, list) = try start { $0.answerDates = "shifted" }
        let link = try session.round("\(list)/items/delta?$expand=fields($select=At,Due)").deltaLink
        let created = session.createItem(list, ["At": "2026-07-01T10:00:00Z", "Due": "2026-07-01"])
        #expect(created["fields"]?["At"] == "2026-07-01T12:00:00Z")
        #expect(created["fields"]?["Due"] == "2026-07-01T00:00:00Z")
        let stored = session.get("\(list)/items/1/fields")
        #expect(stored["At"] == "2026-07-01T10:00:00Z")
        #expect(stored["Due"] == "2026-06-30T22:00:00Z")
        #expect(try session.round(link).entries.first?["fields"]?["At"] == "2026-07-01T10:00:00Z")
        let patched = session.patch("\(list)/items/1/fields", ["At": "2026-01-01T10:00:00Z"])
        #expect(patched["At"] == "2026-01-01T11:00:00Z", "by the offset of the day")
        #expect(session.get("\(list)/items?$expand=fields").value.first?["fields"]?["At"] == "2026-01-01T10:00:00Z")
    }

    @Test func answersToWritesShowTextsNormalised() throws {
        let (session, list) = try start { $0.answerTexts = "nfc" }
        let created = session.createItem(list, ["Title": .string(Self.decomposed), "Note": "a \n"])
        #expect(scalars(created["fields"]?["Title"]) == "Caf\u{E9}".unicodeScalars.map(\.value))
        #expect(scalars(session.get("\(list)/items/1/fields")["Title"]).count == 5, "as it was written")
        session.graph.configure { $0.answerTexts = "trimmed" }
        #expect(session.patch("\(list)/items/1/fields", ["Note": "b \n"])["Note"] == "b")
        #expect(session.get("\(list)/items/1/fields")["Note"] == "b \n")
    }

    @Test func textsAreStoredTrimmed() throws {
        let (session, list) = try start { $0.storedTexts = "trimmed" }
        let created = session.createItem(list, ["Title": "a  ", "Note": " b \t\n", "SyncBridgeKey": "k1"])
        #expect(created["fields"]?["Title"] == "a")
        let stored = session.get("\(list)/items/1/fields")
        #expect(stored["Title"] == "a")
        #expect(stored["Note"] == " b")
        _ = session.patch("\(list)/items/1/fields", ["Title": "  "])
        #expect(session.get("\(list)/items/1/fields")["Title"] == nil, "blanks alone are nothing")
        #expect(session.createItem(list, ["SyncBridgeKey": "k1 "]).status == 400, "uniqueness is of what is stored")
    }

    @Test func textsAreStoredInNormalForm() throws {
        let (session, list) = try start { $0.storedTexts = "nfc" }
        _ = session.createItem(list, ["Title": .string(Self.decomposed + "x\u{302}A\u{30A}\u{323}")])
        let scalars = scalars(session.get("\(list)/items/1/fields")["Title"])
        #expect(Array(scalars.prefix(4)) == [0x43, 0x61, 0x66, 0xE9])
        #expect(scalars.dropFirst(4).prefix(2) == [0x78, 0x302], "no single scalar is both")
    }

    // MARK: Defaults

    @Test func defaultsAreTaken() throws {
        let (session, list) = try start { _ in }
        #expect(session.createItem(list, [:])["fields"]?["Tag"] == "new")
        #expect(session.createItem(list, ["Tag": .null])["fields"]?["Tag"] == nil)
    }

    @Test func defaultsAreDroppedWithoutAWord() throws {
        let (session, list) = try start { $0.columnDefaults = "ignored" }
        let tag = try session.column("Tag", of: list)
        #expect(session.get(tag)["defaultValue"] == nil)
        #expect(session.createItem(list, [:])["fields"]?["Tag"] == nil)
        #expect(session.patch(tag, ["defaultValue": ["value": "x"]]).status == 200)
        #expect(session.get(tag)["defaultValue"] == nil)
    }

    @Test func aDefaultMayWinOverNull() throws {
        let (session, list) = try start { $0.nullOverridesDefault = false }
        #expect(session.createItem(list, ["Tag": .null])["fields"]?["Tag"] == "new")
        #expect(session.patch("\(list)/items/1/fields", ["Tag": .null])["Tag"] == nil, "a change clears it")
    }

    // MARK: The site's zone

    @Test func aDayIsADayOfTheSite() throws {
        let (session, list) = try start { _ in }
        // A client that takes the site for one in UTC sends the first moment of its day.
        _ = session.createItem(list, ["Due": "2026-03-01T00:00:00Z"])
        #expect(session.get("\(list)/items/1/fields")["Due"] == "2026-02-28T23:00:00Z")
        // One that takes it for one in New York writes another day than it thinks.
        _ = session.createItem(list, ["Due": "2026-03-01T05:00:00Z"])
        #expect(session.get("\(list)/items/2/fields")["Due"] == "2026-02-28T23:00:00Z")
        _ = session.createItem(list, ["Due": "2026-03-01T23:30:00Z"])
        #expect(session.get("\(list)/items/3/fields")["Due"] == "2026-03-01T23:00:00Z")
    }

    @Test func aDayStaysWhenTheZoneChanges() throws {
        let (session, list) = try start { _ in }
        _ = session.createItem(list, ["Due": "2026-07-01", "At": "2026-07-01T10:00:00Z"])
        let before = session.get("\(list)/items/1")["eTag"]
        #expect(session.get("\(list)/items/1/fields")["Due"] == "2026-06-30T22:00:00Z")
        #expect(session.admin("PUT", "/settings", ["timeZone": "UTC"]).status == 200)
        #expect(session.get("\(list)/items/1/fields")["Due"] == "2026-07-01T00:00:00Z")
        #expect(session.get("\(list)/items/1/fields")["At"] == "2026-07-01T10:00:00Z")
        #expect(session.get("\(list)/items/1")["eTag"] == before)
    }
}
