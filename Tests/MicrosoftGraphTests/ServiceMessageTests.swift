import Core
import Testing

@testable import MicrosoftGraph

/// What of the service's words is shown: never a value of the row.
@Suite("Words of the service")
struct ServiceMessageTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var message: String
        var shown: String?
        var sent: JSON = ["fields": ["Code": "Top Secret", "Cost": .number(1234), "State": "x"]]

        var testDescription: String { message }
    }

    @Test(arguments: [
        Case(message: "General exception while processing", shown: "General exception while processing"),
        Case(message: "Field 'Code' is not recognized", shown: "Field 'Code' is not recognized"),
        Case(
            message: "duplicate values were found in the following field(s) in the list: [Code].",
            shown: "duplicate values were found in the following field(s) in the list: [Code]."),
        // A name that was not sent may be a value.
        Case(message: "Field 'Janet' is not recognized", shown: "Field … is not recognized"),
        Case(message: "the list: [Jane Doe]. Look", shown: "the list: … . Look"),
        Case(message: "'it's \"ours\"' is no choice", shown: "… is no choice"),
        Case(message: "the value “Top” of 'Code' is bad", shown: "the value … is bad"),
        Case(message: "the item doesn't take it", shown: "the item doesn't take it"),
        Case(message: "unclosed 'secret stuff", shown: "unclosed …"),
        Case(message: "top SECRET is taken, x too", shown: "… is taken, … too"),
        Case(message: "Secr was cut, Sec too", shown: "… was cut, Sec too"),
        Case(message: "1234 and 99 and a1b2 are too much", shown: "… and … and … are too much"),
        Case(message: "mail kim@example.com at https://x.example", shown: "mail … at …"),
        Case(message: "two\nlines\u{1B}[2J", shown: "two lines\u{FFFD} …"),
        Case(message: "Top Secret", shown: nil),
        Case(message: "postgres://u:hunter2@h/d", shown: nil),
        Case(message: "", shown: nil),
        Case(message: "Kim has it", shown: "… has it", sent: ["fields": "Kim", "A": "b"]),
        Case(message: "no body was sent", shown: "no body was sent", sent: .null),
        Case(
            message: "one of Red Green is no choice", shown: "one of … is no choice",
            sent: ["fields": ["A@odata.type": "Collection(Edm.String)", "A": ["Red", "Green"]]]),
    ])
    func isMasked(_ c: Case) {
        #expect(ServiceMessage.masked(c.message, sent: c.sent) == c.shown)
    }

    @Test func isOfBoundedLength() throws {
        let text = try #require(ServiceMessage.masked(String(repeating: "word ", count: 1000), sent: .null))
        #expect(text.count <= 241 && text.hasSuffix("…"))
    }

    @Test func aRefusalSaysTheColumnTheCauseAndTheWords() throws {
        let body = try JSON.parse(
            #"{"error":{"code":"invalidRequest","message":"The value of field 'Code' is not acceptable: Top Secret"}}"#)
        let verdict = Verdict.of(
            GraphAnswer(status: 400, body: body),
            operation: GraphOperation(.create, .items, list: "7d1c", words: "creating an item in list 7d1c"),
            sent: ["fields": ["Code": "Top Secret"]], now: 0)
        guard case .problem(let problem) = verdict else { throw Missing() }
        #expect(problem.failure.field == "Code")
        #expect(
            problem.failure.explanation
                == "column Code: the service refuses the request as it is (HTTP 400, invalidRequest; SharePoint says: The "
                + "value of field 'Code' is not acceptable: …)")
    }

    private struct Missing: Error {}
}
