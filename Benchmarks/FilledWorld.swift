internal import Core
internal import Manifests
internal import MetaStore
internal import PostgreSQL
internal import Reconciler
internal import SourceDatabase

/// The definitions of a tree with their tables and registrations, as the program itself reads them.
struct FilledWorld {
    let project: String
    let definitions: [DefinitionWork]
    let source: PostgreSQLRowSource
    private let store: PostgreSQLMetaStore

    static func open(manifests: String, source: String, meta: String) async throws -> FilledWorld {
        let desired = try desired(manifests)
        let rows = PostgreSQLRowSource(try ConnectionParameters(dsn: source), profile: "warehouse")
        let store = try PostgreSQLMetaStore(try ConnectionParameters(dsn: meta), schema: "syncbridge")
        let zones = Dictionary(
            desired.sites.map { ($0.name, Surroundings.timeZone("Europe/Berlin")) }, uniquingKeysWith: { $1 }
        ).compactMapValues { $0 }
        let observation = try await Observer.observe(
            desired, Sides(sources: ["warehouse": rows], sites: [:], metaStore: store, zones: zones), flags: [])
        return FilledWorld(
            project: desired.project.name, definitions: observation.definitions, source: rows, store: store)
    }

    private static func desired(_ manifests: String) throws -> DesiredState {
        let (files, _) = ManifestFiles.find([manifests])
        let options = LoadOptions(
            processEnvironment: Surroundings.environment, knowsTimeZone: { Surroundings.timeZone($0) != nil })
        let result = ManifestLoader.load(files, options: options)
        guard let desired = result.desired, !result.diagnostics.hasErrors else {
            throw BenchmarkError(DiagnosticRenderer().text(result.diagnostics.all))
        }
        return desired
    }

    func close() async {
        await source.close()
        await store.close()
    }

    /// A row as an apply would write it.
    struct Row {
        var key: EvaluatedKey
        var list: ListID
        var values: [Value]
    }

    /// Hands on every row of a definition that has a list, a chunk at a time.
    func forEachChunk(of work: DefinitionWork, _ body: ([Row]) async throws -> Void) async throws {
        let evaluator = work.evaluator(now: Instant(seconds: 1_790_000_000))
        let scan = try await source.scan(work.bound)
        while let chunk = try await scan.next() {
            var rows: [Row] = []
            var row = CopyRow()
            try chunk.forEachRow(&row) { (row: borrowing CopyRow) in
                guard let index = evaluator.route(of: row).list, let list = work.listIDs[index] else { return }
                rows.append(
                    Row(key: try evaluator.key(of: row), list: list, values: try evaluator.projection(of: row)))
            }
            try await body(rows)
        }
        await scan.finish()
    }
}
