internal import ArgumentParser
internal import Composition
internal import Core
internal import MetaStore
internal import Reconciler
internal import Reports

struct RowsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rows", abstract: "Show one row's story, let refused rows be tried again, erase stored values.",
        subcommands: [Show.self, Retry.self, Erase.self])

    struct Show: ParsableCommand, Verb {
        static let configuration = CommandConfiguration(
            abstract: "Show where a row belongs, where its item is, what went wrong, and what the next apply would do.")

        @OptionGroup var manifests: ManifestOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var side: SideOptions

        @Argument(help: "row/DEFINITION/KEY; several key columns are separated by /.")
        var address: String

        func perform() async throws(Failure) -> ExitStatus {
            let desired = try manifests.desired(output)
            return try await Call.run(desired, output, side) { (call) async throws(Failure) in
                let story = try await RowStory.tell(
                    try RowAddress(address, in: desired), desired, call.sides, call.context)
                Output.standard.write(
                    output.json ? RowStoryText.json(story).text(.pretty) : RowStoryText.render(story))
                return .ok
            }
        }
    }

    struct Retry: ParsableCommand, Verb {
        static let configuration = CommandConfiguration(
            abstract: "Let rows that SharePoint refused, or that are held, be tried again by the next apply.")

        @OptionGroup var manifests: ManifestOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var side: SideOptions

        @Argument(help: "row/DEFINITION/KEY, or definition/NAME for all its rows.")
        var address: String

        func perform() async throws(Failure) -> ExitStatus {
            let desired = try manifests.desired(output)
            if namesRow {
                return try await Call.run(desired, output, side) { (call) async throws(Failure) in
                    let story = try await RowStory.tell(
                        try RowAddress(address, in: desired), desired, call.sides, call.context)
                    let count = try await retry(
                        story.definition, story.entry?.key, call.sides.metaStore, desired)
                    return say(count)
                }
            }
            let name = try DefinitionArgument.name(address, in: desired) ?? ""
            return try await MetaStoreCall.run(manifests, output) { (metaStore, desired) async throws(Failure) in
                guard try await metaStore.exists else { return say(0) }
                return say(try await retry(name, nil, metaStore, desired))
            }
        }

        private var namesRow: Bool { Address.Kind(beginning: address) == .row }

        private func retry(
            _ definition: String, _ key: LedgerKey?, _ metaStore: (any MetaStore)?, _ desired: DesiredState
        ) async throws(Failure) -> Int {
            if namesRow, key == nil { return 0 }
            guard let metaStore, let declared = desired.definitions.first(where: { $0.name == definition }),
                let registered = try await metaStore.registry(of: desired.project.name)
                    .named(by: desired.definitions).definition(definition)
            else { return 0 }
            return try await BriefLease.with(
                declared, as: registered, of: desired.project.name, in: metaStore,
                while: "letting refused rows be tried again"
            ) { (lease) async throws(Failure) in
                try await metaStore.retry(definition: registered.id, key: key, under: lease)
            }
        }

        private func say(_ count: Int) -> ExitStatus {
            let json: JSON = ["kind": "RetryReport", "rows": .number(count)]
            Output.standard.write(
                output.json
                    ? json.text(.pretty)
                    : count == 0
                        ? "No row is refused or held there.\n"
                        : "\(grouped(count)) row\(count == 1 ? "" : "s") will be tried again by the next apply.\n")
            return .ok
        }
    }

    struct Erase: ParsableCommand, Verb {
        static let configuration = CommandConfiguration(
            abstract:
                "Remove every copy of a row's values that the meta-store keeps. Lists and source stay as they are.")

        @OptionGroup var manifests: ManifestOptions
        @OptionGroup var output: OutputOptions

        @Argument(help: "row/DEFINITION/KEY; several key columns are separated by /.")
        var address: String

        func perform() async throws(Failure) -> ExitStatus {
            try await MetaStoreCall.run(manifests, output) { (metaStore, desired) async throws(Failure) in
                let row = try RowAddress(address, in: desired)
                guard try await metaStore.exists,
                    let declared = desired.definitions.first(where: { $0.name == row.definition }),
                    let definition = try await metaStore.registry(of: desired.project.name)
                        .named(by: desired.definitions).definition(row.definition)
                else { return say(0) }
                let key = SyncKey(prefix: definition.prefix, parts: row.parts).text
                let erased = try await BriefLease.with(
                    declared, as: definition, of: desired.project.name, in: metaStore, while: "erasing a row's values"
                ) { (lease) async throws(Failure) in
                    try await metaStore.erase(definition: definition.id, syncKey: key, under: lease)
                }
                guard let count = erased else {
                    throw Failure(
                        .denied, while: "erasing a row's values", address: row.address,
                        because: "an effect on the row is under way, and its outcome needs the values",
                        help: "run syncbridge apply, which settles it; then erase again")
                }
                return say(count)
            }
        }

        private func say(_ count: Int) -> ExitStatus {
            let json: JSON = ["kind": "EraseReport", "removed": .number(count)]
            Output.standard.write(
                output.json
                    ? json.text(.pretty)
                    : "\(grouped(count)) stored cop\(count == 1 ? "y" : "ies") removed. Hashes stay as long as the item does.\n"
            )
            return .ok
        }
    }
}
