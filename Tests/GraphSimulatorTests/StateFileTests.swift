import Core
import Glibc
import GraphSimulator
import Synchronization
import Testing

/// A state file in a folder of its own, which goes with it.
private final class Scratch: Sendable {
    let folder: String

    var path: String { folder + "/state" }

    init() throws {
        var template = Array("/tmp/graph-simulator.XXXXXX".utf8CString)
        folder = try #require(mkdtemp(&template).map { String(cString: $0) })
    }

    deinit {
        unlink(path)
        rmdir(folder)
    }

    var bytes: [UInt8] { WholeFile.read(path) ?? [] }
    var lineCount: Int { bytes.count { $0 == 0x0A } }
}

@Suite("State files") struct StateFileTests {
    /// A graph that was started with the scratch file, with a session of its own or another's headers.
    private func start(_ scratch: Scratch, like other: Session? = nil, keepsJournal: Bool = true) throws -> Session {
        let graph = SimulatedGraph()
        let file = StateFile(path: scratch.path)
        try #require(graph.load(from: file) == nil)
        if keepsJournal { try graph.keepJournal(in: file) { Issue.record("\($0)") } }
        var session = Session(graph)
        if let other { session.headers = other.headers } else { try session.signIn() }
        return session
    }

    @Test func aJournalHoldsEveryAnsweredWrite() throws {
        let scratch = try Scratch()
        let first = try start(scratch)
        let list = try first.keyedList(columns: [["name": "Note", "text": [:]]])
        for number in 1...4 {
            #expect(first.createItem(list, ["SyncBridgeKey": .string("k\(number)"), "Note": "n"]).status == 201)
        }
        let link = try first.round("\(list)/items/delta?$expand=fields($select=SyncBridgeKey)").deltaLink
        _ = first.patch("\(list)/items/1/fields", ["Title": "changed"], ["X-Simulator-Person": "Kim"])
        _ = first.delete("\(list)/items/2")
        _ = first.delete("\(list)/items/3")
        _ = first.admin("POST", "/lists/Orders/items/3/restore")
        _ = first.admin("PUT", "/lists/Orders/items/4/label", ["label": "Keep"])
        _ = first.admin("PUT", "/lists/Orders/items/1/lock", ["status": 423, "holder": "Kim"])
        let ended = try first.list("Ended")
        _ = first.admin("DELETE", "/lists/Ended", ["forGood": true])
        _ = first.admin("PUT", "/lists/Orders/items/3/attachments", ["attachments": true])
        let gone = try first.list("Gone")
        _ = first.delete(gone)
        #expect(first.patch(list, ["displayName": "Bestellungen"]).status == 200)
        #expect(first.delete(try first.column("Note", of: list)).status == 204)
        first.graph.configure { $0.uniqueViolationStatus = 409 }
        first.graph.addFault(["kind": "500", "operations": ["getSite"], "times": 2])
        #expect(first.get("/sites/root").status == 500)
        first.graph.addSite(path: "/sites/Sales")

        // Nothing is saved: the process was killed. The token goes on.
        let second = try start(scratch, like: first)
        #expect(second.get("\(list)/items/1?$expand=fields").json == first.get("\(list)/items/1?$expand=fields").json)
        #expect(second.get(list)["displayName"] == "Bestellungen")
        #expect(second.get("\(list)/columns").json == first.get("\(list)/columns").json)
        let changes = try second.round(link)
        #expect(changes.ids == ["1", "2", "4", "3"])
        #expect(changes.entries[1]["deleted"] != nil)
        #expect(second.delete("\(list)/items/4").status == 423)
        #expect(second.delete("\(list)/items/1").status == 423)
        #expect(second.get(ended).status == 404)
        #expect(second.admin("POST", "/lists/Ended/restore").status == 404)
        #expect(second.get("\(list)/items/3/fields?$select=Attachments")["Attachments"] == true)
        #expect(second.createItem(list, ["SyncBridgeKey": "K1"]).status == 409, "settings and indexes are there")
        #expect(second.createItem(list, ["SyncBridgeKey": "k2"])["id"] == "5", "ids are not used again")
        #expect(second.admin("POST", "/lists/Bestellungen/items/2/restore").status == 409)
        #expect(second.admin("POST", "/lists/Gone/restore").status == 200)
        #expect([second.get("/sites/root").status, second.get("/sites/root").status] == [500, 200])
        #expect(second.get("/sites/contoso.sharepoint.com:/sites/Sales").status == 200)
    }

    @Test func theJournalOfAJournalLosesNothing() throws {
        let scratch = try Scratch()
        var session = try start(scratch)
        let list = try session.keyedList()
        for number in 0..<5 {
            #expect(session.createItem(list, ["SyncBridgeKey": .string("k\(number)")]).status == 201)
            let state = session.graph.state
            session = try start(scratch, like: session)
            #expect(session.get("\(list)/items").value.count == number + 1)
            #expect(session.graph.state["sites"] == state["sites"])
        }
    }

    @Test func readingWritesNothing() throws {
        let scratch = try Scratch()
        let session = try start(scratch)
        let list = try session.list()
        _ = session.createItem(list, [:])
        let before = scratch.bytes
        _ = session.get("\(list)/items?$expand=fields")
        _ = session.get("\(list)/items/delta")
        #expect(scratch.bytes == before)
        _ = session.patch("\(list)/items/1/fields", ["Title": "x"])
        #expect(scratch.bytes.count - before.count < 600, "a write adds its item and no more")
    }

    @Test func aLineThatWasCutIsForgotten() throws {
        let scratch = try Scratch()
        let first = try start(scratch)
        let list = try first.list()
        _ = first.createItem(list, ["Title": "a"])
        try WholeFile.write(scratch.bytes + Array("{\"of\":\"".utf8), to: scratch.path)
        let second = try start(scratch, like: first)
        #expect(second.get("\(list)/items").value.count == 1)
        #expect(scratch.bytes.last == 0x0A)
        try WholeFile.write(scratch.bytes + Array("{\"of\":\"\n{}\n".utf8), to: scratch.path)
        #expect(SimulatedGraph().load(from: StateFile(path: scratch.path))?.contains("is not JSON") == true)
    }

    @Test func savingMakesTheFileShort() throws {
        let scratch = try Scratch()
        let file = StateFile(path: scratch.path)
        var session = Session(SimulatedGraph())
        try session.graph.keepJournal(in: file) { Issue.record("\($0)") }
        try session.signIn()
        let list = try session.list()
        _ = session.createItem(list, [:])
        for number in 0..<50 { _ = session.patch("\(list)/items/1/fields", ["Title": .string("\(number)")]) }
        let before = scratch.lineCount
        try session.graph.save(to: file)
        #expect(scratch.lineCount < before - 90)
        _ = session.patch("\(list)/items/1/fields", ["Title": "last"])
        let second = try start(scratch, like: session)
        #expect(second.get("\(list)/items/1/fields")["Title"] == "last", "the journal goes on after a save")
    }

    @Test func aWornFileIsWrittenAnewAtTheStart() throws {
        let scratch = try Scratch()
        let session = try start(scratch)
        let list = try session.list()
        _ = session.createItem(list, [:])
        for number in 0..<300 { _ = session.patch("\(list)/items/1/fields", ["Title": .string("\(number)")]) }
        let before = scratch.bytes
        let second = try start(scratch, like: session)
        #expect(scratch.bytes == before, "few outdated lines stay")
        for number in 0..<300 { _ = second.patch("\(list)/items/1/fields", ["Title": .string("\(number)")]) }
        _ = try start(scratch, like: session)
        #expect(scratch.lineCount < 10)
    }

    @Test func theEndAddsTheQuota() throws {
        let scratch = try Scratch()
        let file = StateFile(path: scratch.path)
        var session = Session(SimulatedGraph())
        try session.graph.keepJournal(in: file) { Issue.record("\($0)") }
        try session.signIn()
        let list = try session.list()
        for _ in 0..<3 { _ = session.createItem(list, [:]) }
        try session.graph.endJournal(in: file)
        let second = try start(scratch, like: session, keepsJournal: false)
        let minute = second.admin("GET", "/counters")["quota"]?[Session.clientID]?["minute"]
        #expect(minute == session.admin("GET", "/counters")["quota"]?[Session.clientID]?["minute"])
        #expect(minute?.integer ?? 0 >= 6)
    }

    @Test func aLoadedStateIsInTheJournal() throws {
        let other = try Session()
        let list = try other.list("Elsewhere")
        _ = other.createItem(list, ["Title": "x"])
        let scratch = try Scratch()
        let session = try start(scratch)
        #expect(session.admin("PUT", "/state", other.graph.state).status == 204)
        let second = try start(scratch, like: other)
        #expect(second.get("\(list)/items").value.count == 1)
    }

    @Test func withoutAJournalAFileIsWrittenOnRequest() throws {
        let scratch = try Scratch()
        let first = try start(scratch, keepsJournal: false)
        let list = try first.list()
        _ = first.createItem(list, [:])
        #expect(scratch.bytes.isEmpty)
        try first.graph.save(to: StateFile(path: scratch.path))
        _ = first.createItem(list, [:])
        let second = try start(scratch, like: first, keepsJournal: false)
        #expect(second.get("\(list)/items").value.count == 1)
        #expect(second.graph.state["sites"] != first.graph.state["sites"])
    }

    @Test func aDocumentIsAStateFileToo() throws {
        let scratch = try Scratch()
        let first = try Session()
        let list = try first.list()
        _ = first.createItem(list, [:])
        for bytes in [first.graph.state.serialized(), first.admin("GET", "/state").response.body] {
            try WholeFile.write(bytes, to: scratch.path)
            #expect(try start(scratch, like: first, keepsJournal: false).get("\(list)/items").value.count == 1)
        }
        try WholeFile.write(Array("nonsense".utf8), to: scratch.path)
        #expect(SimulatedGraph().load(from: StateFile(path: scratch.path)) != nil)
    }

    @Test func aJournalThatFailsIsNoticed() throws {
        let graph = SimulatedGraph()
        #expect(throws: FileError.self) {
            try graph.keepJournal(in: StateFile(path: "/nowhere/state")) { _ in }
        }
    }
}
