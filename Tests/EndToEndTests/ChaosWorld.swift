import Core
import Foundation
import GraphSimulator
import PostgreSQL
import Synchronization
import Testing

/// A random number generator with a seed, so that a failed run can be told from a chance.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &+ 0x9E37_79B9_7F4A_7C15 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// A world in which rows change, people type, the service fails and the program is killed; and what must be true of it
/// when all that has ended.
struct ChaosWorld: Sendable {
    let world: World

    static let tables = """
        CREATE TABLE projects (id bigint PRIMARY KEY, name text NOT NULL, status text NOT NULL, cost int, code text);
        INSERT INTO projects SELECT i, 'Project ' || i, (ARRAY['Active','Done','Old'])[1 + i % 3], i, 'c' || i
            FROM generate_series(1, 150) i;
        """

    static let tree = """
        apiVersion: syncbridge.arcore.io/v1
        kind: Project
        metadata: { name: default }
        spec: { guards: { maxDeletes: 1000, maxDeletePercent: 100, maxUpdatePercent: 100 } }
        ---
        apiVersion: syncbridge.arcore.io/v1
        kind: SyncDefinition
        metadata: { name: projects }
        spec:
          source: { table: public.projects }
          sharding:
            rules:
              - { when: { status: Active }, list: Active }
              - { when: { status: Done }, list: Done }
              - { default: Rest }
          mapping:
            fields:
              - { source: name, target: Title }
              - { source: cost, target: Cost }
              - { source: code, target: Code }
          deletes: PROPAGATE
        """

    static let lists = ["Active", "Done", "Rest"]

    /// Guards that a random day may trip.
    static let flags = [
        "--allow-hazards", "ROW_MOVE_LIMIT@**", "--allow-hazards", "ROW_DELETE_LIMIT@**", "--allow-hazards",
        "ROW_CREATE_LIMIT@**", "--allow-hazards", "WRITE_LOOP@**",
    ]

    /// What a person typed, to be found again.
    struct Edit: Sendable {
        var key: String
        var field: String
        var text: String
    }

    /// A day in the database.
    func changeRows(_ random: inout SeededGenerator) async throws {
        let statements = (0..<Int.random(in: 4...12, using: &random)).map { _ -> String in
            let id = Int.random(in: 1...170, using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<4: return "UPDATE projects SET name = 'n\(random.next() % 1_000_000)' WHERE id = \(id)"
            case 4..<6: return "UPDATE projects SET cost = \(random.next() % 1000) WHERE id = \(id)"
            case 6..<8:
                let status = ["Active", "Done", "Old"].randomElement(using: &random) ?? "Old"
                return "UPDATE projects SET status = '\(status)' WHERE id = \(id)"
            case 8: return "DELETE FROM projects WHERE id = \(id)"
            default:
                return
                    "INSERT INTO projects VALUES (\(id), 'new \(id)', 'Active', \(id), 'c\(id)') ON CONFLICT DO NOTHING"
            }
        }
        try await world.sourceQuery(
            "DO $$ BEGIN \(statements.map { $0 + ";" }.joined(separator: " ")) END $$")
    }

    /// What people do in the lists meanwhile: edits of a mapped field that are told apart by their text.
    func typeSomething(_ random: inout SeededGenerator, _ number: Int) throws -> [Edit] {
        var edits: [Edit] = []
        for _ in 0..<Int.random(in: 0...2, using: &random) {
            guard let list = Self.lists.randomElement(using: &random),
                let item = try world.items(list).randomElement(using: &random), let key = item.key
            else { continue }
            let text = "typed-\(number)-\(edits.count)"
            // The row may be moving at this very moment.
            let answer = world.person(
                "PATCH", "\(try world.path(list))/items/\(item.id)/fields", ["Code": .string(text)])
            if answer.status == 200 { edits.append(Edit(key: key, field: "Code", text: text)) }
        }
        return edits
    }

    /// All kinds of faults, together as often as `percent` says.
    func addFaults(percent: Double) throws {
        let kinds: [FaultKind] = [
            .generalException, .badGatewayBeforeWrite, .badGatewayAfterWrite, .timeoutAfterWrite, .throttled,
            .emptyUnavailable, .resourceModified, .resetBeforeWrite, .resetAfterWrite, .cutBody,
        ]
        for kind in kinds {
            try world.fault(
                kind, kind == .resourceModified ? ["createItem", "patchItem", "deleteItem"] : [],
                probability: percent / 100 / Double(kinds.count), retryAfter: kind == .throttled ? "0.01" : nil)
        }
    }

    /// Runs apply until it says that all is done, and checks what must be true then.
    func settle(_ edits: [Edit], _ hint: String) async throws {
        try world.clearFaults()
        var last = ProgramRun(status: -1, output: "", errors: "")
        for _ in 0..<4 where last.status != 0 {
            last = try await Program.run(
                ["apply", "--auto-approve", "--quiet"] + Self.flags,
                environment: environment, directory: world.folder)
        }
        #expect(last.status == 0, "\(hint)\n\(last.output)\(last.errors)")
        try await world.expectEmptyPlan()
        try await check(edits, hint)
    }

    var environment: [String: String] {
        world.environment.merging(["SYNCBRIDGE_REQUEST_TIMEOUT_MS": "5000"]) { $1 }.filter { !$0.value.isEmpty }
    }

    private func check(_ edits: [Edit], _ hint: String) async throws {
        #expect(try await world.metaQuery("SELECT count(*) FROM sync_intents") == [["0"]], "\(hint): open intents")
        var places: [String: [(list: String, item: World.Item)]] = [:]
        for list in Self.lists {
            for item in try world.items(list) { places[item.key ?? "?", default: []].append((list, item)) }
        }
        let deleted = Set(
            try await world.metaQuery("SELECT source_pk FROM sync_ledger WHERE state = 'deletedByPerson'")
                .compactMap { $0[0] })
        let drifted = Set(
            try await world.metaQuery("SELECT source_pk FROM sync_ledger WHERE seen_hashes IS NOT NULL")
                .compactMap { $0[0] })
        let rows = try await world.sourceQuery(
            "SELECT 'projects/' || id, name, status, cost, code FROM public.projects ORDER BY id")
        var live: Set<String> = []
        for row in rows {
            let key = row[0] ?? ""
            live.insert(key)
            guard !deleted.contains(key) else { continue }
            let found = places[key] ?? []
            #expect(found.count == 1, "\(hint): \(key) has \(found.count) items")
            guard let place = found.first else { continue }
            let wanted = row[2] == "Active" ? "Active" : row[2] == "Done" ? "Done" : "Rest"
            #expect(place.list == wanted, "\(hint): \(key) is in \(place.list) instead of \(wanted)")
            #expect(place.item.fields["Title"]?.string == row[1], "\(hint): title of \(key)")
            #expect(place.item.fields["Cost"]?.double == row[3].flatMap(Double.init), "\(hint): cost of \(key)")
            let code = place.item.fields["Code"]?.string
            #expect(
                code == row[4] || drifted.contains(key), "\(hint): \(key) shows \(code ?? "nothing"), unreported")
        }
        for key in places.keys { #expect(live.contains(key), "\(hint): \(key) has an item and no row") }
        try await checkEdits(edits, places.mapValues { $0.map(\.item) }, live, hint)
    }

    /// Everything a person typed is still there, or was typed over by a person, or is in the conflicts, or went with its
    /// row, and then it is in the conflicts too.
    private func checkEdits(
        _ edits: [Edit], _ places: [String: [World.Item]], _ live: Set<String>, _ hint: String
    ) async throws {
        let saved = Set(
            try await world.metaQuery("SELECT source_pk || ' ' || (value #>> '{}') FROM sync_conflicts")
                .compactMap { $0[0] })
        // A later edit of the same item replaced an earlier one: that is the person's own doing.
        var latest: [String: Edit] = [:]
        for edit in edits { latest[edit.key] = edit }
        for edit in latest.values.sorted(by: { $0.text < $1.text }) {
            let isThere = (places[edit.key] ?? []).contains { $0.fields[edit.field]?.string == edit.text }
            #expect(
                isThere || saved.contains("\(edit.key) \(edit.text)"), "\(hint): \(edit.text) of \(edit.key) is lost")
        }
    }
}
