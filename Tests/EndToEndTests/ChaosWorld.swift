import Core
import Foundation
import GraphSimulator
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

/// A world in which rows change, people do things to items, the service fails and the program is killed.
struct ChaosWorld: Sendable {
    let world: World
    var log = ChaosLog()
    var random: SeededGenerator
    /// All lists have the column that only people fill.
    var hasNotes = false

    init(_ world: World, seed: UInt64) throws {
        self.world = world
        random = SeededGenerator(seed: seed)
        try world.write(Self.tree)
    }

    static let tables = """
        CREATE TABLE projects (id bigint PRIMARY KEY, name text NOT NULL, status text NOT NULL, cost int, code text,
            due date, grade text);
        INSERT INTO projects SELECT i, 'Project ' || i, (ARRAY['Active','Done','Old'])[1 + i % 3], i, 'c' || i,
            date '2026-03-01' + i, CASE i % 4 WHEN 0 THEN 'gold' END
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
              - { source: due, target: Due }
              - { source: grade, target: Grade, type: text, default: standard }
          deletes: PROPAGATE
        """

    static let lists = ["Active", "Done", "Rest"]
    static let notes = "Notes"

    /// Guards that a random day may trip.
    static let flags = [
        "--allow-hazards", "ROW_MOVE_LIMIT@**", "--allow-hazards", "ROW_DELETE_LIMIT@**", "--allow-hazards",
        "ROW_CREATE_LIMIT@**", "--allow-hazards", "WRITE_LOOP@**",
    ]
    static let apply = ["apply", "--auto-approve", "--quiet"] + flags

    var environment: [String: String] {
        world.environment.merging(["SYNCBRIDGE_REQUEST_TIMEOUT_MS": "5000"]) { $1 }.filter { !$0.value.isEmpty }
    }

    /// Runs apply, which may end itself at a point.
    mutating func run(crashingAt point: String? = nil, changes: [String: String] = [:]) async throws -> ProgramRun {
        log.programRuns()
        var changes = changes
        if let point { changes["SYNCBRIDGE_CRASH_AT"] = point }
        return try await Program.run(
            Self.apply, environment: environment.merging(changes) { $1 }, directory: world.folder)
    }

    /// Starts apply.
    mutating func start() throws -> Program.Running {
        log.programRuns()
        return try Program.start(Self.apply, environment: environment, directory: world.folder)
    }

    // MARK: The table

    /// The rows as they should show; what day begins when in the site's zone is PostgreSQL's word.
    func rows() async throws -> [String: ChaosJudge.Row] {
        let rows = try await world.sourceQuery(
            """
            SELECT 'projects/' || id, CASE status WHEN 'Active' THEN 'Active' WHEN 'Done' THEN 'Done' ELSE 'Rest' END,
                name, cost, code, grade,
                to_char(due::timestamp AT TIME ZONE '\(world.zone.name)' AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
            FROM public.projects
            """)
        let pairs = rows.map { row -> (String, ChaosJudge.Row) in
            let fields: [String: JSON?] = [
                "Title": row[2].map(JSON.string), "Cost": row[3].map(JSON.number), "Code": row[4].map(JSON.string),
                "Grade": row[5].map(JSON.string), "Due": row[6].map(JSON.string),
            ]
            return (row[0] ?? "", ChaosJudge.Row(list: row[1] ?? "", fields: fields))
        }
        return Dictionary(pairs) { first, _ in first }
    }

    /// A day in the database.
    mutating func changeRows() async throws {
        let statements = (0..<Int.random(in: 4...12, using: &random)).map { _ in statement() }
        let before = try await rows()
        try await world.sourceQuery(
            "DO $$ BEGIN \(statements.map { $0 + ";" }.joined(separator: " ")) END $$")
        log.rows(before, become: try await rows())
    }

    private mutating func statement() -> String {
        let id = Int.random(in: 1...170, using: &random)
        switch Int.random(in: 0..<12, using: &random) {
        // Some end with a blank.
        case 0..<4:
            let blank = random.next() % 5 == 0 ? " " : ""
            return "UPDATE projects SET name = 'n\(random.next() % 1_000_000)\(blank)' WHERE id = \(id)"
        case 4..<6: return "UPDATE projects SET cost = \(random.next() % 1000) WHERE id = \(id)"
        case 6..<8:
            let status = ["Active", "Done", "Old"].randomElement(using: &random) ?? "Old"
            return "UPDATE projects SET status = '\(status)' WHERE id = \(id)"
        case 8:
            let grade = ["NULL", "'gold'", "'standard'"].randomElement(using: &random) ?? "NULL"
            return "UPDATE projects SET grade = \(grade), due = date '2026-06-01' + \(id) WHERE id = \(id)"
        case 9: return "UPDATE projects SET code = 'd\(random.next() % 1_000_000)' WHERE id = \(id)"
        case 10: return "DELETE FROM projects WHERE id = \(id)"
        default:
            return """
                INSERT INTO projects VALUES (\(id), 'new \(id)', 'Active', \(id), 'c\(id)', '2026-07-01', NULL) \
                ON CONFLICT DO NOTHING
                """
        }
    }
}
