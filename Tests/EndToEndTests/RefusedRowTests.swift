import Core
import GraphSimulator
import Testing

/// What people read of a row that SharePoint refused: where, which column, why, and what to do; no value of it.
@Suite("Refused rows end to end", .serialized)
struct RefusedRowTests {
    private static let tables = """
        CREATE TABLE parts (id bigint PRIMARY KEY, code text NOT NULL, state text NOT NULL);
        INSERT INTO parts VALUES (1, 'First Secret', 'a'), (2, 'Second Secret', 'b');
        """

    private static func tree(_ code: String = "unique: true") -> String {
        """
        apiVersion: syncbridge.arcore.io/v1
        kind: SyncDefinition
        metadata: { name: parts }
        spec:
          source: { table: public.parts }
          target: { list: Parts }
          mapping:
            fields:
              - { source: code, target: Code, \(code) }
              - { source: state, target: State, type: { choice: { choices: [a, b, c] } } }
          deletes: PROPAGATE
        """
    }

    /// - Parameter words: What each of the texts has to say.
    private static func expect(_ world: World, _ run: ProgramRun, row: String, _ code: String, says words: [String])
        async throws
    {
        let status = try await world.run("status")
        let show = try await world.run("rows", "show", row)
        let json = try await world.run("status", "--json")
        let id = try world.listID("Parts")
        for (name, text) in [
            ("apply", run.output), ("status", status.output), ("show", show.output), ("json", json.output),
        ] {
            for word in words + [code, "rows retry"] {
                #expect(text.contains(word), "\(name) says nothing of \(word):\n\(text)")
            }
            #expect(!text.contains("Secret") && !text.contains("secret"), "\(name):\n\(text)")
            let urls = text.split(separator: "\n").filter { !$0.contains("https://") }.joined(separator: "\n")
            #expect(!urls.contains(id), "\(name):\n\(text)")
        }
        #expect(run.output.contains("list/sharepoint/Parts") && status.output.contains("list/sharepoint/Parts"))
        #expect(status.output.contains(row) && show.output.contains("refused     \(code) in Parts: "), "\(show.output)")
        #expect(!run.output.contains(row), "a key is a value, and an apply's output is a log")
        let story = try JSON.parse(try await world.run("rows", "show", row, "--json").output)
        #expect(story["refusal"]?["list"] == "Parts" && story["next"]?.string?.contains("rows retry \(row)") == true)
    }

    @Test(arguments: [400, 409]) func aTakenValueIsSaidWithItsListAndColumn(status: Int) async throws {
        try await World.with("taken", tables: Self.tables) { world in
            try world.setting("uniqueViolationStatus", .number(status))
            try world.write(Self.tree())
            try await world.apply()
            try await world.sql("UPDATE parts SET code = 'first secret' WHERE id = 2")
            let run = try await world.expect(17, "apply", "--auto-approve", says: ["1 refused: UNIQUE_VALUE"])
            try await Self.expect(
                world, run, row: "row/parts/2", "UNIQUE_VALUE",
                says: [
                    "column Code: ", "HTTP \(status)", "SharePoint says: The list item could not be added",
                    "give the row, or the item that has the value, another one",
                ])
            // The advice helps.
            try await world.sql("UPDATE parts SET code = 'third' WHERE id = 2")
            try await world.apply()
        }
    }

    @Test(arguments: ["unique: true", "indexed: true"]) func aRefusedValueIsNotTakenForATakenOne(code: String)
        async throws
    {
        try await World.with("choices", tables: Self.tables) { world in
            try world.write(Self.tree(code))
            try await world.apply()
            // A person takes a choice away, so that the service refuses what the mapping allows.
            try world.personChanges(
                "Parts", column: "State", ["choice": ["choices": ["a", "b"], "displayAs": "dropDownMenu"]])
            try await world.sql("UPDATE parts SET state = 'c' WHERE id = 2")
            let run = try await world.expect(17, "apply", "--auto-approve", says: ["1 refused: REFUSED"])
            try await Self.expect(
                world, run, row: "row/parts/2", "REFUSED",
                says: [
                    "column State: ", "HTTP 400", "SharePoint says: ",
                    "change the row, or what the mapping makes of it",
                ])
            try await world.sql("UPDATE parts SET state = 'a' WHERE id = 2")
            try await world.apply()
        }
    }

    @Test func theEventsOfAnApplySayTheSame() async throws {
        try await World.with("events", tables: Self.tables) { world in
            try world.write(Self.tree())
            try await world.apply()
            try await world.sql("UPDATE parts SET code = 'first secret' WHERE id = 2")
            let run = try await world.expect(17, "apply", "--auto-approve", "--json")
            let events = try run.output.split(separator: "\n").map { try JSON.parse(String($0)) }
            let refused = try #require(events.first { $0["type"] == "apply_summary" }?["refused"]?.array?.first)
            #expect(
                refused["list"] == "list/sharepoint/Parts" && refused["field"] == "Code"
                    && refused["rows"]?.integer == 1)
            #expect(refused["next"]?.string?.contains("rows retry definition/parts") == true)
        }
    }

    @Test func aRowThatCannotBeWrittenSaysWhatHelps() async throws {
        let tables = """
            CREATE TABLE parts (id bigint PRIMARY KEY, code text NOT NULL, state text NOT NULL, n bigint);
            INSERT INTO parts VALUES (1, 'c', 'a', 9007199254740993);
            """
        try await World.with("precise", tables: tables) { world in
            try world.write(
                ExitCodeTests.smallest.replacing("projects", with: "parts").replacing("Projects", with: "Parts"))
            try await world.expect(0, "plan", says: ["PRECISION_LOSS", "type: text"])
            try await world.expect(
                0, "rows", "show", "row/parts/1", says: ["PRECISION_LOSS", "to mend", "use type: text"])
        }
    }

    /// Neither the feed nor the list behind it makes sense: a proxy answers for the service.
    @Test func aFeedThatCannotBeReadIsNoErrorWithoutAName() async throws {
        try await World.with("oddfeed", tables: Self.tables) { world in
            try world.write(Self.tree())
            try await world.apply()
            try world.fault(.oddPage, ["delta", "listItems"])
            // Looking is possible without: it is said what is not known.
            for verb in ["plan", "drift"] {
                try await world.expect(0, verb, says: ["list/sharepoint/Parts", "not known"])
            }
            let run = try await world.expect(
                16, "apply", "--auto-approve", says: ["list/sharepoint/Parts", "help: look whether a proxy answers"])
            #expect(!run.errors.contains("error ERROR"), "\(run.errors)")
            try world.clearFaults()
            try await world.apply()
        }
    }
}
