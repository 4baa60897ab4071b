internal import ArgumentParser
internal import Core
internal import MetaStore

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
                guard try await metaStore.isFilled else { return LockText.nothing(output) }
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
                guard try await metaStore.exists else { throw LockText.noMetaStore("recording a hold") }
                try await metaStore.hold(
                    Hold(
                        project: desired.project.name, definition: name, reason: reason,
                        actor: ProcessSurroundings.actor, since: ProcessSurroundings.now()))
                let what = name.map { "definition/\($0)" } ?? "project \(desired.project.name)"
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
                        .usage, while: "releasing a hold", address: name.map { Address.definition($0).text },
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
                guard try await metaStore.exists else { throw LockText.noMetaStore("breaking a lease") }
                for lease in try await metaStore.leases(of: desired.project.name)
                where lease.name.definition == name {
                    if try await metaStore.breakLease(lease.name) { broken.append(lease) }
                }
                guard !broken.isEmpty else {
                    throw Failure(
                        .usage, while: "breaking a lease", address: name.map { Address.definition($0).text },
                        because: "nobody holds it", help: "see syncbridge lock list")
                }
                for lease in broken {
                    Output.standard.write(
                        "Broken: definition/\(lease.name.definition), held by \(TerminalText.safe(lease.actor)) since "
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
        let name = text.hasPrefix("definition/") ? String(text.dropFirst("definition/".count)) : text
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

enum LockText {
    static func render(_ leases: [LeaseHolder], _ holds: [Hold]) -> String {
        var lines: [String] = []
        if leases.isEmpty { lines.append("Nobody is applying.") }
        for lease in leases {
            let state = lease.isExpired ? "its time is over: the next apply takes it" : "held"
            lines.append(
                "definition/\(lease.name.definition)  \(state)  \(TerminalText.safe(lease.actor))  run \(lease.run)  since "
                    + "\(lease.acquiredAt.isoText)  last heard of \(lease.heartbeatAt.isoText)")
        }
        for hold in holds {
            let what = hold.definition.map { "definition/\($0)" } ?? "all definitions"
            lines.append(
                "\(what)  on hold  \(TerminalText.safe(hold.actor))  since \(hold.since.isoText)  "
                    + TerminalText.safe(hold.reason))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    static func json(_ leases: [LeaseHolder], _ holds: [Hold]) -> JSON {
        [
            "kind": "LockReport",
            "leases": .array(
                leases.map { lease in
                    [
                        "address": .string(Address.definition(lease.name.definition).text),
                        "site": .string(lease.name.site), "epoch": .number(lease.epoch),
                        "actor": .string(lease.actor), "run": .string(lease.run),
                        "acquiredAt": .string(lease.acquiredAt.isoText),
                        "heartbeatAt": .string(lease.heartbeatAt.isoText), "expired": .bool(lease.isExpired),
                    ]
                }),
            "holds": .array(
                holds.map { hold in
                    [
                        "address": hold.definition.map { .string(Address.definition($0).text) } ?? .null,
                        "actor": .string(hold.actor), "reason": .string(hold.reason),
                        "since": .string(hold.since.isoText),
                    ]
                }),
        ]
    }

    static func nothing(_ output: OutputOptions) -> ExitStatus {
        Output.standard.write(output.json ? json([], []).text(.pretty) : "Nothing was ever applied.\n")
        return .ok
    }

    static func noMetaStore(_ operation: String) -> Failure {
        Failure(
            .usage, while: operation, because: "nothing was ever applied, so the meta-store is empty",
            help: "run syncbridge migrate first")
    }
}
