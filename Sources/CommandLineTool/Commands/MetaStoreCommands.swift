internal import ArgumentParser
internal import Composition
internal import Core
internal import MetaStore
internal import Reports

struct MigrateCommand: ParsableCommand, Verb {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Bring the meta-store's schema up to date.")

    @OptionGroup var manifests: ManifestOptions
    @OptionGroup var output: OutputOptions

    @Flag(name: .long, help: "Only look: 0 if it is up to date, 2 if there is work.")
    var check = false

    func perform() async throws(Failure) -> ExitStatus {
        try await MetaStoreCall.run(manifests, output) { (metaStore, _) async throws(Failure) in
            let state = try await metaStore.schemaState()
            if case .newer = state { try state.requireReadable() }
            let functions = state == .absent ? [] : try await metaStore.pendingFunctions()
            if check {
                var isCurrent = false
                if case .current = state { isCurrent = functions.isEmpty }
                say(isCurrent ? "The meta-store is up to date." : "The meta-store has to be migrated.", isCurrent)
                return isCurrent ? .ok : .changes
            }
            let applied = try await metaStore.migrate()
            say(words(applied, functions), true)
            return .ok
        }
    }

    private func words(_ applied: [Int], _ functions: [String]) -> String {
        if !applied.isEmpty {
            let versions = applied.map(String.init).joined(separator: ", ")
            return "Applied migration\(applied.count == 1 ? "" : "s") \(versions)."
        }
        return functions.isEmpty
            ? "The meta-store is up to date."
            : "Replaced function\(functions.count == 1 ? "" : "s") \(functions.joined(separator: ", "))."
    }

    private func say(_ text: String, _ isCurrent: Bool) {
        let json = JSON.object([JSON.Member("kind", "MigrateReport"), JSON.Member("current", .bool(isCurrent))])
        Output.standard.write((output.json ? json.text() : text) + "\n")
    }
}

struct StatusCommand: ParsableCommand, Verb {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show the latest runs, the lists, and rows that SharePoint refused.")

    @OptionGroup var manifests: ManifestOptions
    @OptionGroup var output: OutputOptions

    func perform() async throws(Failure) -> ExitStatus {
        try await MetaStoreCall.run(manifests, output) { (metaStore, desired) async throws(Failure) in
            let project = desired.project.name
            guard try await metaStore.isFilled else {
                Output.standard.write(
                    output.json ? "{\"kind\":\"StatusReport\",\"runs\":[]}\n" : "Nothing was ever applied.\n")
                return .ok
            }
            let live = try await metaStore.liveRows(of: project)
            let registry = try await metaStore.registry(of: project).counted(live)
            let runs = try await metaStore.runs(of: project, limit: 10)
            let refused = try await metaStore.quarantined(of: project)
            var rows: [String: [KnownEntry]] = [:]
            for definition in registry.definitions where refused.contains(where: { $0.definition == definition.name }) {
                rows[definition.name] = try await metaStore.quarantinedRows(of: definition.id, limit: 20)
            }
            let leases = try await metaStore.leases(of: project)
            let holds = try await metaStore.holds(of: project)
            Output.standard.write(
                output.json
                    ? StatusText.json(registry, runs, refused, rows, leases, holds).text(.pretty)
                    : StatusText.render(project, registry, runs, refused, rows, leases, holds))
            return .ok
        }
    }
}

/// A call that needs the meta-store and nothing else.
enum MetaStoreCall {
    static func run(
        _ manifests: ManifestOptions, _ output: OutputOptions,
        _ body: (PostgreSQLMetaStore, DesiredState) async throws(Failure) -> ExitStatus
    ) async throws(Failure) -> ExitStatus {
        let desired = try manifests.desired(output)
        guard let metaStore = try Services.metaStore(desired) else {
            throw Failure(
                .auth, while: "opening the meta-store", because: "no meta-store is configured",
                help: "set SYNCBRIDGE_META_DSN to a PostgreSQL database that may hold the schema \"syncbridge\"")
        }
        let result: Result<ExitStatus, Failure>
        do throws(Failure) { result = .success(try await body(metaStore, desired)) } catch { result = .failure(error) }
        await metaStore.close()
        return try result.get()
    }
}
