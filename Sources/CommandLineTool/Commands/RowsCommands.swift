internal import ArgumentParser
internal import Core
internal import MetaStore
internal import Reconciler

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
                    Address(encoded: address), desired, call.sides, call.context)
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
            if address.hasPrefix("row/") {
                return try await Call.run(desired, output, side) { (call) async throws(Failure) in
                    let story = try await RowStory.tell(
                        Address(encoded: address), desired, call.sides, call.context)
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

        private func retry(
            _ definition: String, _ key: LedgerKey?, _ metaStore: (any MetaStore)?, _ desired: DesiredState
        ) async throws(Failure) -> Int {
            if address.hasPrefix("row/"), key == nil { return 0 }
            guard let metaStore, let declared = desired.definitions.first(where: { $0.name == definition }),
                let id = try await metaStore.registry(of: desired.project.name).definition(definition)?.id
            else { return 0 }
            return try await BriefLease.with(
                declared, of: desired.project.name, in: metaStore, while: "letting refused rows be tried again"
            ) { (lease) async throws(Failure) in
                try await metaStore.retry(definition: id, key: key, under: lease)
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
                let row = try RowAddress(Address(encoded: address), in: desired)
                guard try await metaStore.exists,
                    let declared = desired.definitions.first(where: { $0.name == row.definition }),
                    let definition = try await metaStore.registry(of: desired.project.name)
                        .definition(row.definition)
                else { return say(0) }
                let key = SyncKey(prefix: definition.prefix, parts: row.parts).text
                let erased = try await BriefLease.with(
                    declared, of: desired.project.name, in: metaStore, while: "erasing a row's values"
                ) { (lease) async throws(Failure) in
                    try await metaStore.erase(definition: definition.id, syncKey: key, under: lease)
                }
                guard let count = erased else {
                    throw Failure(
                        .denied, while: "erasing a row's values", address: address,
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

/// One row's story as text and as JSON; no value of the row is in either.
enum RowStoryText {
    static func render(_ story: RowStory) -> String {
        var lines = [story.address.text]
        func say(_ name: String, _ text: String) {
            lines.append("  \(name)\(String(repeating: " ", count: max(1, 12 - name.count)))\(TerminalText.safe(text))")
        }
        say("source", story.isInSource ? "the row is there" : "there is no such row, or it does not fit `where`")
        if story.isInSource {
            say("route", story.wantedList.map { "\($0), by \(story.rule ?? "?")" } ?? "no rule takes it: unrouted")
        }
        if let entry = story.entry {
            say("state", words(entry.state))
            if let list = story.itemList, let item = entry.item { say("item", "\(list), id \(item)") }
            if let prior = entry.prior { say("before", "list \(prior.list.text), id \(prior.item)") }
            if let refusal = entry.refusal {
                let list = story.refusedList.map { " in \($0)" } ?? ""
                say("refused", "\(refusal.code.rawValue)\(list): \(refusal.reason)")
                say("attempts", "\(refusal.attempts)" + (refusal.requestID.map { ", request-id \($0)" } ?? ""))
            }
            if !story.driftedFields.isEmpty {
                say("drift", "people changed \(story.driftedFields.joined(separator: ", "))")
            }
        } else {
            say("state", "never written")
        }
        if let rejection = story.rejection, story.entry?.refusal == nil {
            say(
                "rejected",
                "\(rejection.code.rawValue): \(rejection.code.words)"
                    + (story.rejectedField.map { " (\($0))" } ?? ""))
        }
        say("next apply", next(story))
        if let code = story.refusalCode { say("to mend", code.nextStep(story.address.text)) }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func next(_ story: RowStory) -> String {
        let fields = story.changedFields.isEmpty ? "" : ": \(story.changedFields.joined(separator: ", "))"
        return switch story.action {
        case .create: "creates its item"
        case .update: "updates\(fields)"
        case .move: "moves it to \(story.wantedList ?? "?")"
        case .finishMove: "finishes its move"
        case .delete: "deletes its item"
        case .mark: "marks its item as deleted"
        case .archive: "keeps its item, and remembers that the row is gone"
        case .rebase: "notes the new mapping; nothing is sent"
        case .forget: "forgets it; there is nothing to delete"
        case .reject: "leaves it until either side changes, \(allowance(story))or syncbridge rows retry"
        case .unrouted: "leaves it: no rule takes the row"
        case .unchanged, nil: "does nothing"
        }
    }

    private static func allowance(_ story: RowStory) -> String {
        guard let code = story.entry?.refusal?.code, code == .itemLoses || code == .writeLoop else { return "" }
        return "its hazard is allowed (--allow-hazards \(code.rawValue)@definition/\(story.definition)), "
    }

    private static func words(_ state: LedgerState) -> String {
        switch state {
        case .synced: "in step"
        case .moving: "moving: the old item is still to be deleted"
        case .archived: "archived: the row is gone, its item stays"
        case .marked: "marked: the row is gone, its item says so"
        case .deletedByPerson: "deleted by a person, and it stays deleted"
        case .quarantined: "kept away from the service"
        case .tombstone: "the row was deleted, and its item with it"
        }
    }

    static func json(_ story: RowStory) -> JSON {
        [
            "kind": "RowStory", "address": .string(story.address.text), "syncKey": .string(story.syncKey),
            "inSource": .bool(story.isInSource), "rule": story.rule.map(JSON.string) ?? .null,
            "list": story.wantedList.map(JSON.string) ?? .null,
            "state": story.entry.map { .string($0.state.rawValue) } ?? .null,
            "itemList": story.itemList.map(JSON.string) ?? .null,
            "item": story.entry?.item.map { .number($0) } ?? .null,
            "refusal": story.entry?.refusal.map { refusal in
                [
                    "code": .string(refusal.code.rawValue), "list": story.refusedList.map(JSON.string) ?? .null,
                    "reason": .string(refusal.reason),
                    "requestId": refusal.requestID.map(JSON.string) ?? .null, "attempts": .number(refusal.attempts),
                ]
            } ?? .null,
            "next": story.refusalCode.map { .string($0.nextStep(story.address.text)) } ?? .null,
            "rejection": story.rejection.map { .string($0.code.rawValue) } ?? .null,
            "drift": .array(story.driftedFields.map(JSON.string)),
            "nextAction": .string((story.action ?? .unchanged).rawValue),
            "changedFields": .array(story.changedFields.map(JSON.string)),
        ]
    }
}
