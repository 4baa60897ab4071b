package import Core
package import Reconciler

/// One row's story as text and as JSON; no value of the row is in either.
package enum RowStoryText {
    package static func render(_ story: RowStory) -> String {
        var lines = [story.address.text]
        func say(_ name: String, _ text: String) {
            lines.append("  \(name)\(String(repeating: " ", count: max(1, 12 - name.count)))\(text)")
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
        return TerminalText.joined(lines)
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

    package static func json(_ story: RowStory) -> JSON {
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
