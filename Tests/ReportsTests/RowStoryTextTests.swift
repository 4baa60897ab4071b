import Reports
import Testing

@testable import Core
@testable import Reconciler

@Suite("What people read of one row, and of a failure")
struct RowStoryTextTests {
    private static func story(_ name: String, _ change: (inout RowStory) -> Void) -> ReportCase {
        let key = EvaluatedKey(ledgerKey: LedgerKey(bytes: []), parts: ["SO-10442", "7"], prefix: "projects")
        var story = RowStory(
            address: .row("projects", key: key.parts), definition: "projects", syncKey: key.syncKey.text,
            isInSource: true,
            changedFields: [], driftedFields: [])
        (story.rule, story.wantedList) = ("main.yaml:12:9", "Active")
        change(&story)
        return ReportCase(name: name, text: RowStoryText.render(story), json: RowStoryText.json(story))
    }

    private static func entry(_ state: LedgerState, _ refusal: Refusal? = nil) -> LedgerEntry {
        LedgerEntry(
            key: LedgerKey(bytes: [1]), state: state, list: ListID("l1"), item: 5, etag: "e",
            prior: state == .moving ? ItemLocation(list: ListID("l2"), item: 9, etag: nil) : nil, refusal: refusal)
    }

    @Test func stories() {
        let cases = [
            Self.story("never written") { $0.action = .create },
            Self.story("in step, and people changed it") {
                ($0.entry, $0.itemList, $0.driftedFields) = (Self.entry(.synced), "Active", ["Title", "Cost"])
                $0.action = .unchanged
            },
            Self.story("the source changed") {
                ($0.entry, $0.itemList, $0.changedFields, $0.action) = (
                    Self.entry(.synced), "Active", ["Cost"], .update
                )
            },
            Self.story("it moves") { ($0.entry, $0.itemList, $0.action) = (Self.entry(.synced), "Closed", .move) },
            Self.story("a move under way") {
                ($0.entry, $0.itemList, $0.action) = (Self.entry(.moving), "Active", .finishMove)
            },
            Self.story("gone from the source") {
                ($0.isInSource, $0.rule, $0.wantedList) = (false, nil, nil)
                ($0.entry, $0.itemList, $0.action) = (Self.entry(.synced), "Active", .delete)
            },
            Self.story("deleted by a person") {
                var entry = Self.entry(.deletedByPerson)
                (entry.list, entry.item) = (nil, nil)
                entry.prior = ItemLocation(list: ListID("l1"), item: 5, etag: nil)
                ($0.entry, $0.action) = (entry, .unchanged)
            },
            Self.story("no rule takes it") { ($0.rule, $0.wantedList, $0.action) = (nil, nil, .unrouted) },
            Self.story("its value does not fit") {
                ($0.rejection, $0.rejectedField, $0.action) = (Rejection(.textTooLong, field: 0), "Title", .reject)
            },
            Self.story("the service refused it") {
                $0.entry = Self.entry(
                    .quarantined,
                    Refusal(.uniqueValue, list: ListID("l1"), reason: "column Code", requestID: "q-1", attempts: 3))
                ($0.itemList, $0.refusedList, $0.action) = ("Active", "Active", .reject)
            },
            Self.story("a move would lose something") {
                $0.entry = Self.entry(.quarantined, Refusal(.itemLoses, reason: "attachments"))
                ($0.itemList, $0.action) = ("Active", .reject)
            },
            Self.story("hostile texts") {
                $0.entry = Self.entry(.quarantined, Refusal(.refused, reason: Hostile.text, requestID: Hostile.text))
                ($0.itemList, $0.refusedList, $0.wantedList, $0.rule) = (
                    Hostile.text, Hostile.text, Hostile.text, Hostile.text
                )
                ($0.changedFields, $0.driftedFields, $0.action) = ([Hostile.text], [Hostile.text], .update)
            },
        ]
        ReportGolden.expect("row", cases)
    }

    /// Every action has words of its own: nobody reads the name of a case.
    @Test func everyActionIsSaid() {
        var said: Set<String> = []
        for action in RowAction.allCases {
            let text = Self.story("") { ($0.action, $0.entry) = (action, Self.entry(.synced)) }.text
            said.insert(String(text.split(separator: "\n").first { $0.contains("next apply") } ?? ""))
            #expect(!text.contains("\(action.rawValue): "))
        }
        #expect(said.count == RowAction.allCases.count)
        var states: Set<String> = []
        for state in LedgerState.allCases {
            let text = Self.story("") { $0.entry = Self.entry(state) }.text
            states.insert(String(text.split(separator: "\n").first { $0.contains("  state") } ?? ""))
        }
        #expect(states.count == LedgerState.allCases.count)
    }

    // MARK: Failures

    @Test func failures() {
        func situation(_ name: String, _ failure: Failure) -> ReportCase {
            ReportCase(
                name: name, text: FailureText.render(failure), json: FailureText.json(failure, ExitStatus(failure.code))
            )
        }
        let place = SourceRange(file: "manifests/main.yaml", line: 12, column: 5)
        ReportGolden.expect(
            "failure",
            [
                situation("as little as there is", Failure(.internal, while: "planning", because: "a bug of ours")),
                situation(
                    "all of it",
                    Failure(
                        .unavailable, while: "reading table public.projects", address: .definition("projects"),
                        source: place,
                        because: "the server does not answer", help: "look whether it runs",
                        facts: ["SQLSTATE": "08006", "request-id": "q-1", "HTTP status": "503"])),
                situation(
                    "a place only", Failure(.invalid, while: "loading manifests", source: place, because: "it is empty")
                ),
                situation(
                    "hostile texts",
                    Failure(
                        .unclassified, while: Hostile.text, address: .definition(Hostile.text),
                        source: SourceRange(file: Hostile.text, line: 1, column: 1), because: Hostile.text,
                        help: Hostile.text,
                        facts: [Hostile.text: Hostile.text])),
            ])
    }
}
