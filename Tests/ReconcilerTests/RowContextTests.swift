import Core
import Reconciler
import Testing

@Suite("What an item shows under a mapping of before")
struct RowContextTests {
    private static let context = RowContext(
        fields: ["Title", "Cost"].enumerated().map { index, name in
            BoundField(
                target: name, sourceColumn: nil, read: index, steps: [], type: .singleLineText, shareable: false,
                hasDefault: false)
        }, codec: FieldCodec(zone: .utc),
        mapping: MappingHistory(
            version: 2, fields: ["Title", "Cost"], registered: [1: ["Gone", "Title"], 2: ["Title", "Cost"]]),
        hasUniqueFields: false, now: Instant(seconds: 0))

    private static func entry(mapping: Int) -> LedgerEntry {
        let base = ContentHash(of: [.text("x"), .text("Bridge")])
        return LedgerEntry(
            key: LedgerKey(bytes: [1]), state: .synced, list: ListID("list"), item: 5, etag: "\"g,1\"",
            contentHash: base.whole, fieldHashes: base.fields, mappingVersion: mapping)
    }

    private static let item = RemoteItem(id: 5, etag: "\"g,2\"", fields: [JSON.Member("Title", "Kim's")])

    @Test func fieldsAreFoundByTheirNames() {
        var entry = Self.entry(mapping: 1)
        Self.context.see(Self.item, in: &entry)
        #expect(entry.etag == "\"g,2\"" && entry.mappingVersion == 2 && entry.driftedFields == [0])
    }

    @Test func whatIsInANewColumnIsAPersons() {
        var item = Self.item
        item.fields.append(JSON.Member("Cost", "Kim's too"))
        var entry = Self.entry(mapping: 1)
        Self.context.see(item, in: &entry)
        #expect(entry.driftedFields == [0, 1])
    }

    @Test func underAnUnknownMappingNothingIsTaken() {
        var entry = Self.entry(mapping: 7)
        Self.context.see(Self.item, in: &entry)
        #expect(entry == Self.entry(mapping: 7))
    }

    /// The list lacks Cost: it is not asked for, and what it held last counts as what it holds.
    @Test func aColumnThatTheListLacksWasNotEmptied() {
        var context = Self.context
        context.columns = [ListID("list"): ["SyncBridgeKey", "Title"]]
        #expect(
            context.selection(in: ListID("list"), and: ["Attachments"]) == ["SyncBridgeKey", "Title", "Attachments"])
        #expect(context.selection(in: ListID("another")) == ["SyncBridgeKey", "Title", "Cost"])
        let base = ContentHash(of: [.text("Bridge"), .text("12")])
        var entry = Self.entry(mapping: 2)
        (entry.contentHash, entry.fieldHashes) = (base.whole, base.fields)
        context.see(Self.item, in: &entry)
        #expect(entry.driftedFields == [0] && entry.etag == "\"g,2\"")
    }
}
