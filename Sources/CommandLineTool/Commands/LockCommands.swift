internal import ArgumentParser
internal import Composition
internal import Core
internal import MetaStore
internal import Reports

/// Who may apply what: the leases of running processes, and the holds of operators.
struct LockCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lock", abstract: "Show who is applying, and keep definitions from being applied.",
        subcommands: [List.self, HoldCommand.self, Release.self, Break.self])

    struct List: ParsableCommand, Verb {
        static let configuration = CommandConfiguration(abstract: "Show leases and holds.")

        @OptionGroup var manifests: ManifestOptions
        @OptionGroup var output: OutputOptions

        func perform() async throws(Failure) -> ExitStatus {
            try await MetaStoreCall.run(manifests, output) { (metaStore, desired) async throws(Failure) in
                guard try await metaStore.isFilled else { return NothingApplied.said(output) }
                let leases = try await metaStore.leases(of: desired.project.name)
                let holds = try await metaStore.holds(of: desired.project.name)
                Output.standard.write(
                    output.json ? LockText.json(leases, holds).text(.pretty) : LockText.render(leases, holds))
                return .ok
            }
        }
    }

    struct HoldCommand: ParsableCommand, Verb {
        static let configuration = CommandConfiguration(
            commandName: "hold", abstract: "Keep a definition, or the whole project, from being applied.")

        @OptionGroup var manifests: ManifestOptions
        @OptionGroup var output: OutputOptions

        @Argument(help: "definition/NAME, or a definition's name; without it the whole project.")
        var definition: String?

        @Option(name: .long, help: "Why, for whoever is stopped by it.")
        var reason: String

        func perform() async throws(Failure) -> ExitStatus {
            try await MetaStoreCall.run(manifests, output) { (metaStore, desired) async throws(Failure) in
                let name = try DefinitionArgument.name(definition, in: desired)
                guard try await metaStore.exists else { throw NothingApplied.failure("recording a hold") }
                try await metaStore.hold(
                    Hold(
                        project: desired.project.name, definition: name, reason: reason,
                        actor: ProcessSurroundings.actor, since: ProcessSurroundings.now()))
                let what = name.map { Address.definition($0).text } ?? "project \(desired.project.name)"
                Output.standard.write("Held: \(what). apply ends with 12 until `syncbridge lock release`.\n")
                return .ok
            }
        }
    }

    struct Release: ParsableCommand, Verb {
        static let configuration = CommandConfiguration(
            abstract: "Let a held definition, or the whole project, be applied again.")

        @OptionGroup var manifests: ManifestOptions
        @OptionGroup var output: OutputOptions

        @Argument(help: "definition/NAME, or a definition's name; without it the hold of the whole project.")
        var definition: String?

        func perform() async throws(Failure) -> ExitStatus {
            try await MetaStoreCall.run(manifests, output) { (metaStore, desired) async throws(Failure) in
                let exists = try await metaStore.exists
                // One that is gone from the manifests may still be held.
                let held = exists ? try await metaStore.holds(of: desired.project.name).compactMap(\.definition) : []
                let name = try DefinitionArgument.name(definition, in: desired, and: held)
                let isReleased =
                    exists
                    ? try await metaStore.releaseHold(project: desired.project.name, definition: name) : false
                guard isReleased else {
                    throw Failure(
                        .usage, while: "releasing a hold", address: name.map { .definition($0) },
                        because: "there is no such hold", help: "see syncbridge lock list")
                }
                Output.standard.write("Released.\n")
                return .ok
            }
        }
    }

    struct Break: ParsableCommand, Verb {
        static let configuration = CommandConfiguration(
            abstract: "Take the lease of a definition away from its holder, who records nothing from then on.")

        @OptionGroup var manifests: ManifestOptions
        @OptionGroup var output: OutputOptions

        @Argument(help: "definition/NAME, or a definition's name.")
        var definition: String

        func perform() async throws(Failure) -> ExitStatus {
            try await MetaStoreCall.run(manifests, output) { (metaStore, desired) async throws(Failure) in
                let name = try DefinitionArgument.name(definition, in: desired)
                var broken: [LeaseHolder] = []
                guard try await metaStore.exists else { throw NothingApplied.failure("breaking a lease") }
                for lease in try await metaStore.leases(of: desired.project.name)
                where lease.name.definition == name {
                    if try await metaStore.breakLease(lease.name) { broken.append(lease) }
                }
                guard !broken.isEmpty else {
                    throw Failure(
                        .usage, while: "breaking a lease", address: name.map { .definition($0) },
                        because: "nobody holds it", help: "see syncbridge lock list")
                }
                for lease in broken {
                    Output.standard.write(
                        "Broken: \(Address.definition(lease.name.definition).text), held by \(TerminalText.safe(lease.actor)) since "
                            + "\(lease.acquiredAt.isoText). What it sent last is settled by the next apply.\n")
                }
                return .ok
            }
        }
    }
}

/// A definition named on the command line.
enum DefinitionArgument {
    /// - Parameter others: Names that are known beside those of the manifests.
    static func name(
        _ text: String?, in desired: DesiredState, and others: [String] = []
    ) throws(Failure) -> String? {
        guard let text else { return nil }
        var name = text
        if case .definition(let meant) = try? Address(parsing: text) { name = meant }
        let names = desired.definitions.map(\.name) + others
        guard names.contains(name) else {
            throw Failure(
                .usage, while: "reading the argument \(text)", because: "the manifests have no definition \"\(name)\"",
                help: closest(to: name, among: names).map { "did you mean \($0)?" } ?? "see syncbridge status")
        }
        return name
    }
}

extension PostgreSQLMetaStore {
    /// Whether there is anything to read; a schema of the version before will do.
    var isFilled: Bool {
        get async throws(Failure) {
            let state = try await schemaState()
            try state.requireReadable()
            return state != .absent
        }
    }

    /// Whether there is anything to change.
    var exists: Bool {
        get async throws(Failure) {
            let state = try await schemaState()
            try state.requireWritable()
            return state != .absent
        }
    }
}

/// What is said where there is no meta-store yet.
enum NothingApplied {
    static func said(_ output: OutputOptions) -> ExitStatus {
        Output.standard.write(output.json ? LockText.json([], []).text(.pretty) : "Nothing was ever applied.\n")
        return .ok
    }

    static func failure(_ operation: String) -> Failure {
        Failure(
            .usage, while: operation, because: "nothing was ever applied, so the meta-store is empty",
            help: "run syncbridge migrate first")
    }
}
