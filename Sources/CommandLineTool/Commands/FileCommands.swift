internal import ArgumentParser
internal import Composition
internal import Core
internal import Manifests
internal import Reconciler
internal import Reports

struct ValidateCommand: ParsableCommand, Verb {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Check the manifests: offline, or with --source against the database too.")

    @OptionGroup var manifests: ManifestOptions
    @OptionGroup var output: OutputOptions

    @Flag(name: .long, help: "Also check tables, columns and types against the source database.")
    var source = false

    func perform() async throws(Failure) -> ExitStatus {
        let tree = try manifests.load(environmentRequired: source)
        var diagnostics = tree.diagnostics
        var definitions = tree.desired?.definitions.count ?? 0
        if source, let desired = tree.desired {
            diagnostics.append(contentsOf: try await checkSource(desired).all)
        } else if tree.desired == nil {
            definitions = 0
        }
        let errors = diagnostics.all.count { $0.severity == .error }
        if output.json {
            Output.standard.write(
                JSON.object([
                    JSON.Member("kind", "ValidateReport"), JSON.Member("valid", .bool(errors == 0)),
                    JSON.Member("errors", .number(errors)),
                    JSON.Member("warnings", .number(diagnostics.all.count - errors)),
                    JSON.Member("diagnostics", DiagnosticRenderer.json(diagnostics.sorted())),
                ]).text(.pretty))
        } else {
            DiagnosticsPrinter.print(diagnostics, to: .standard, output)
            let warnings = diagnostics.all.count - errors
            let rest = warnings == 0 ? "" : ", \(warnings) warning\(warnings == 1 ? "" : "s")"
            if errors == 0 {
                Output.standard.write("Valid: \(definitions) definition\(definitions == 1 ? "" : "s")\(rest).\n")
            } else {
                Output.standard.write("\(errors) error\(errors == 1 ? "" : "s")\(rest).\n")
            }
        }
        return errors == 0 ? .ok : .invalid
    }

    private func checkSource(_ desired: DesiredState) async throws(Failure) -> Diagnostics {
        var alone = desired
        // Only the database is asked: without a site's client nothing else is reached.
        alone.project.metaStore.dsn = SecretReference(.environment(""), isDefault: true)
        let composition = try await Services.make(
            alone, allowedEndpoints: [], logger: LogSetup.logger(output), trust: TrustWindow(), observe: { _ in })
        var sides = composition.sides
        sides.sites = [:]
        let result: Result<Observation, Failure>
        do throws(Failure) { result = .success(try await Observer.observe(alone, sides, flags: [])) } catch {
            result = .failure(error)
        }
        await composition.close()
        return try result.get().diagnostics
    }
}

struct RenderCommand: ParsableCommand, Verb {
    static let configuration = CommandConfiguration(
        commandName: "render", abstract: "Print the documents with their variables resolved. Secrets stay references.")

    @OptionGroup var manifests: ManifestOptions
    @OptionGroup var output: OutputOptions

    func perform() async throws(Failure) -> ExitStatus {
        let tree = try manifests.load(environmentRequired: true)
        guard !tree.diagnostics.hasErrors else {
            DiagnosticsPrinter.print(tree.diagnostics, to: .diagnostic, output)
            throw ManifestOptions.invalid(tree.diagnostics)
        }
        Output.standard.write(ManifestRenderer.render(tree.result))
        return .ok
    }
}

struct SchemaCommand: ParsableCommand, Verb {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Print the JSON Schema of a kind of manifest, or of all.")

    @OptionGroup var output: OutputOptions

    @Argument(help: "Project, ConnectionProfile, ShardingPolicy, FieldMapping, SyncDefinition or Environment.")
    var kind: String?

    func perform() async throws(Failure) -> ExitStatus {
        var wanted: ManifestKind?
        if let kind {
            let all = ManifestKind.allCases.map(\.rawValue)
            wanted = ManifestKind.allCases.first { $0.rawValue.lowercased() == kind.lowercased() }
            guard wanted != nil else {
                throw Failure(
                    .usage, while: "printing a schema", because: "there is no kind \"\(kind)\"",
                    help: closest(to: kind, among: all).map { "did you mean \($0)?" }
                        ?? "kinds: \(all.joined(separator: ", "))")
            }
        }
        Output.standard.write(ManifestSchema.jsonSchema(wanted).text(.pretty))
        return .ok
    }
}

struct VersionCommand: ParsableCommand, Verb {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    @OptionGroup var output: OutputOptions

    func perform() async throws(Failure) -> ExitStatus {
        if output.json {
            Output.standard.write(
                JSON.object([JSON.Member("name", "syncbridge"), JSON.Member("version", .string(ProgramVersion.text))])
                    .text() + "\n")
        } else {
            Output.standard.write("syncbridge \(ProgramVersion.text)\n")
        }
        return .ok
    }
}
