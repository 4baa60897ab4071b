import Core
import Foundation
import GraphSimulator
import PostgreSQL
import TestSupport
import Testing

/// What tests do to the simulated tenant, and what they ask it.
extension World {
    @discardableResult
    func admin(_ method: String, _ path: String, _ body: JSON? = nil) throws -> JSON {
        let answer = graph.handle(HTTPRequest(method, "\(origin)/admin\(path)", body: body?.serialized()))
        try #require(
            (200..<300).contains(answer.status), "\(method) \(path): \(String(decoding: answer.body, as: UTF8.self))")
        return answer.body.isEmpty ? .null : try JSON.parse(answer.body)
    }

    /// Adds a fault for these operations; without any, for all but batches and tokens.
    /// - Returns: Its number, by which it is cleared alone.
    @discardableResult
    func fault(
        _ kind: FaultKind, _ operations: [String] = [], times: Int? = nil, skip: Int = 0, probability: Double = 1,
        retryAfter: String? = nil, pathPrefix: String? = nil, latencyMilliseconds: Int? = nil,
        restoreAfterRequests: Int? = nil
    ) throws -> Int {
        var members: [JSON.Member] = [
            .init("kind", .string(kind.rawValue)), .init("operations", .array(operations.map(JSON.string))),
            .init("skip", .number(skip)), .init("probability", .number(probability)),
        ]
        if let times { members.append(.init("times", .number(times))) }
        if let retryAfter { members.append(.init("retryAfter", .string(retryAfter))) }
        if let pathPrefix { members.append(.init("pathPrefix", .string(pathPrefix))) }
        if let restoreAfterRequests {
            members.append(.init("restoreAfterRequests", .number(restoreAfterRequests)))
        }
        if let latencyMilliseconds { members.append(.init("latencyMilliseconds", .number(latencyMilliseconds))) }
        let rules = try admin("POST", "/faults", .object(members))["faults"]?.array
        return try #require(rules?.first?["id"]?.integer)
    }

    /// Holds the answers to this kind of request back, from the given one on, until faults are cleared: the program is still
    /// at work when the test has noticed that it was made, however busy the machine is.
    /// - Parameter times: So many of them; otherwise all.
    /// - Returns: The fault's number, by which it is cleared alone.
    @discardableResult
    func holdBack(_ operation: String, from count: Int, times: Int? = nil) throws -> Int {
        try fault(.slow, [operation], times: times, skip: count - 1, latencyMilliseconds: 300_000)
    }

    func clearFaults() throws { try admin("DELETE", "/faults") }

    func clearFault(_ id: Int) throws { try admin("DELETE", "/faults/\(id)") }

    func setting(_ name: String, _ value: JSON) throws { try admin("PUT", "/settings", .object([.init(name, value)])) }

    func rights(_ word: String) throws {
        try admin("PUT", "/applications/11111111-1111-1111-1111-111111111111", ["rights": .string(word)])
    }

    /// Calls that changed lists, columns or items since the counters were reset.
    func writes() -> Int {
        (counters()["requests"]?.members ?? []).filter { request in
            ["create", "patch", "delete"].contains { request.name.hasPrefix($0) }
        }.reduce(0) { $0 + ($1.value.integer ?? 0) }
    }

    func writes(_ operation: String) -> Int { counters()["requests"]?[operation]?.integer ?? 0 }

    /// Returns when so many of these requests came since the counters were reset, or the program has ended.
    func waitUntil(_ program: Program.Running, hasSent count: Int, of operation: String) async {
        while writes(operation) < count, kill(program.id, 0) == 0 { await Task.yield() }
    }

    func resetCounters() throws { try admin("POST", "/counters/reset") }

    /// No schema calls side by side, and none inside a `Retry-After`.
    func expectManners(sourceLocation: SourceLocation = #_sourceLocation) {
        let manners = counters()["manners"]?.members ?? []
        #expect(manners.allSatisfy { $0.value.integer == 0 }, "\(manners)", sourceLocation: sourceLocation)
    }

    // MARK: People

    /// A list that a person makes, with columns of Graph's form.
    @discardableResult
    func personList(_ name: String, columns: [JSON] = []) throws -> String {
        let answer = person(
            "POST", "/sites/\(try siteID())/lists",
            ["displayName": .string(name), "list": ["template": "genericList"], "columns": .array(columns)])
        try #require(answer.status == 201, "\(String(decoding: answer.body, as: UTF8.self))")
        return try #require(try JSON.parse(answer.body)["id"]?.string)
    }

    @discardableResult
    func personItem(_ list: String, _ fields: JSON) throws -> String {
        let answer = person("POST", "\(try path(list))/items", ["fields": fields])
        try #require(answer.status == 201, "\(String(decoding: answer.body, as: UTF8.self))")
        return try #require(try JSON.parse(answer.body)["id"]?.string)
    }

    func personEdits(_ list: String, _ item: String, _ fields: JSON) throws {
        let answer = person("PATCH", "\(try path(list))/items/\(item)/fields", fields)
        try #require(answer.status == 200, "\(String(decoding: answer.body, as: UTF8.self))")
    }

    func personDeletes(_ list: String, _ item: String) throws {
        try #require(person("DELETE", "\(try path(list))/items/\(item)").status == 204)
    }

    func personAddsColumn(_ list: String, _ column: JSON) throws {
        let answer = person("POST", "\(try path(list))/columns", column)
        try #require(answer.status == 201, "\(String(decoding: answer.body, as: UTF8.self))")
    }

    /// Changes a list, or one of its columns by internal name.
    func personChanges(_ list: String, column: String? = nil, _ body: JSON) throws {
        var target = try path(list)
        if let column { target += "/columns/\(try #require(try self.column(list, column)?["id"]?.string))" }
        let answer = person("PATCH", target, body)
        try #require(answer.status == 200, "\(String(decoding: answer.body, as: UTF8.self))")
    }

    func personDeletesColumn(_ list: String, _ column: String) throws {
        try admin("DELETE", "/lists/\(try listID(list))/columns/\(column)")
    }

    func personDeletesList(_ list: String, forGood: Bool = false) throws {
        try admin("DELETE", "/lists/\(try listID(list))", ["forGood": .bool(forGood)])
    }

    /// `/sites/…/lists/…` of a list, by its id or its display name.
    func path(_ list: String) throws -> String { "/sites/\(try siteID())/lists/\(try listID(list))" }

    func listID(_ list: String) throws -> String { try #require(try knownListID(list), "no list \(list)") }

    /// The same; `nil` while there is no such list.
    func knownListID(_ list: String) throws -> String? {
        let lists = try admin("GET", "/lists")["lists"]?.array ?? []
        return lists.first { $0["name"]?.string == list || $0["id"]?.string == list }?["id"]?.string
    }

    /// A column as Graph shows it.
    func column(_ list: String, _ name: String) throws -> JSON? {
        let shown = try JSON.parse(person("GET", "\(try path(list))/columns?$top=500").body)["value"]?.array
        if let found = shown?.first(where: { $0["name"]?.string == name }) { return found }
        // Hidden columns show only to who asks for that.
        let all = person("GET", "\(try path(list))/columns?$top=500&$select=id,name,description,hidden")
        return try JSON.parse(all.body)["value"]?.array?.first { $0["name"]?.string == name }
    }

    /// The one item with this sync key.
    func item(_ list: String, _ key: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> Item {
        let found = try items(list).filter { $0.key == key }
        #expect(found.count == 1, sourceLocation: sourceLocation)
        return try #require(found.first, "no item \(key) in \(list)", sourceLocation: sourceLocation)
    }

    // MARK: The meta-store

    /// One statement in the meta-store's database; its rows as text.
    @discardableResult
    func metaQuery(_ sql: String) async throws -> [[String?]] {
        try await Self.query(meta, schema: "syncbridge, public", sql)
    }

    /// Statements in the meta-store's database.
    func metaScript(_ sql: String) async throws {
        let session = try await Session.connect(meta.parameters)
        let outcome: Result<Void, any Error>
        do {
            try await session.script("SET search_path = syncbridge, public; \(sql)")
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        await session.close()
        try outcome.get()
    }

    /// Makes every write of a table of the meta-store fail as on a full disk.
    func fillDisk(under table: String) async throws {
        try await metaScript(
            """
            CREATE OR REPLACE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100';
            END $$;
            CREATE TRIGGER disk_is_full BEFORE INSERT OR UPDATE OR DELETE ON \(table)
                FOR EACH STATEMENT EXECUTE FUNCTION disk_is_full();
            """)
    }

    func freeDisk(under table: String) async throws { try await metaScript("DROP TRIGGER disk_is_full ON \(table);") }

    // MARK: Expectations

    /// Runs the program and expects this exit status and these words in what it says.
    @discardableResult
    func expect(
        _ status: Int32, _ arguments: String..., changes: [String: String] = [:], says words: [String] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> ProgramRun {
        let all = environment.merging(changes) { $1 }.filter { !$0.value.isEmpty }
        let run = try await Program.run(arguments, environment: all, directory: folder)
        let text = run.output + run.errors
        #expect(run.status == status, "\(text)", sourceLocation: sourceLocation)
        for word in words {
            #expect(text.contains(word), "says nothing of \"\(word)\":\n\(text)", sourceLocation: sourceLocation)
        }
        return run
    }
}
