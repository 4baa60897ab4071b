import TestSupport
import Testing

@testable import Core

/// Every word of SPEC §10: what kinds it takes, that it is total, and that null stays null.
@Suite("Words of transforms")
struct TransformWordTests {
    private static let kinds: [ValueKind] = [
        .text, .number, .boolean, .date, .timestamp(zoned: false), .timestamp(zoned: true), .list, .json,
    ]

    private static let clock = ValueKind.timestamp(zoned: false)
    private static let moment = ValueKind.timestamp(zoned: true)

    struct Word: Sendable, CustomTestStringConvertible {
        var word: String
        var transform: Transform
        /// What comes out of each kind in the order of ``kinds``; `nil`: the mapping is refused.
        var results: [ValueKind?]

        var testDescription: String { word }
    }

    static let words: [Word] = [
        Word(word: "CAST_TO_STRING", transform: .castToString, results: Array(repeating: .text, count: 8)),
        Word(
            word: "CAST_TO_NUMBER", transform: .castToNumber,
            results: [.number, .number, .number, nil, nil, nil, nil, nil]),
        Word(
            word: "CAST_TO_BOOLEAN", transform: .castToBoolean,
            results: [.boolean, .boolean, .boolean, nil, nil, nil, nil, nil]),
        Word(
            word: "DATE_FORMAT_ISO", transform: .dateFormatISO,
            results: [nil, nil, nil, .text, .text, .text, nil, nil]),
        Word(
            word: "DATE_FORMAT", transform: .dateFormat("yyyy-MM-dd"),
            results: [nil, nil, nil, .text, .text, .text, nil, nil]),
        Word(word: "DATE_ONLY", transform: .dateOnly, results: [.date, nil, nil, .date, .date, .date, nil, nil]),
        Word(word: "TRIM", transform: .trim, results: [.text, nil, nil, nil, nil, nil, nil, nil]),
        Word(word: "UPPERCASE", transform: .uppercase, results: [.text, nil, nil, nil, nil, nil, nil, nil]),
        Word(word: "LOWERCASE", transform: .lowercase, results: [.text, nil, nil, nil, nil, nil, nil, nil]),
        Word(word: "JSON_STRINGIFY", transform: .jsonStringify, results: Array(repeating: .text, count: 8)),
        Word(word: "GUARD_FORMULA", transform: .guardFormula, results: [.text, nil, nil, nil, nil, nil, nil, nil]),
        Word(word: "TRUNCATE", transform: .truncate(50), results: [.text, nil, nil, nil, nil, nil, nil, nil]),
        Word(word: "ROUND", transform: .round(2), results: [nil, .number, nil, nil, nil, nil, nil, nil]),
        Word(word: "SCALE", transform: .scale("0.01"), results: [nil, .number, nil, nil, nil, nil, nil, nil]),
        Word(word: "REPLACE", transform: .replace("a", "b"), results: [.text, nil, nil, nil, nil, nil, nil, nil]),
        // Others pass a map, so that what comes out is text wherever an entry is.
        Word(
            word: "MAP", transform: .map([.init(from: "A", to: .text("Active"))]),
            results: [.text, .text, .text, .text, .text, .text, nil, nil]),
        Word(
            word: "DEFAULT", transform: .defaultValue(.text("2013-01-01")),
            results: [.text, nil, nil, .date, clock, moment, .list, nil]),
        Word(
            word: "NULL_IF", transform: .nullIf(.number("0")),
            results: [.text, .number, nil, nil, nil, nil, .list, nil]),
        Word(word: "JOIN", transform: .join(", "), results: [nil, nil, nil, nil, nil, nil, .text, nil]),
        Word(word: "SPLIT", transform: .split(";"), results: [.list, nil, nil, nil, nil, nil, nil, nil]),
    ]

    @Test(arguments: words)
    func takesTheseKindsAndNoOthers(_ c: Word) {
        #expect(c.transform.word == c.word)
        for (kind, result) in zip(Self.kinds, c.results) {
            #expect(c.transform.resultKind(of: kind) == result, "\(c.word) of \(kind.words)")
        }
    }

    /// SPEC §10's list, word for word.
    @Test func theseAreAllWords() {
        let contract =
            "CAST_TO_STRING CAST_TO_NUMBER CAST_TO_BOOLEAN DATE_FORMAT_ISO DATE_ONLY TRIM UPPERCASE LOWERCASE "
            + "JSON_STRINGIFY GUARD_FORMULA DATE_FORMAT TRUNCATE ROUND SCALE REPLACE MAP DEFAULT NULL_IF JOIN SPLIT"
        #expect(Set(Self.words.map(\.word)) == Set(contract.split(separator: " ").map(String.init)))
    }

    @Test(arguments: words)
    func nullStaysNullButForDefault(_ c: Word) throws {
        for (kind, result) in zip(Self.kinds, c.results) where result != nil {
            let value = try c.transform.apply(to: .null, kind: kind, zone: .utc)
            if case .defaultValue(let scalar) = c.transform {
                #expect(value == kind.value(of: scalar))
            } else {
                #expect(value == .null)
            }
        }
    }

    // MARK: Total

    /// Values of each kind, those at the edges first.
    private static let values: [SourceValue] =
        [
            .text(""), .text(" "), .text("=1"), .text("e\u{301}😀\r\n"), .text("1e5"), .text("true"),
            .text("2013-01-01"),
            .text("2013-01-01T05:00:00.5+02:00"), .text(String(repeating: "x", count: 1000)), .double(-0.0),
            .double(.leastNonzeroMagnitude),
            .double(1.7976931348623157e308), .notFinite, .boolean(true), .boolean(false), .date(.min), .date(.max),
            .date(0),
            .timestamp(microseconds: .min, zoned: true), .timestamp(microseconds: .max, zoned: true),
            .timestamp(microseconds: .min, zoned: false), .timestamp(microseconds: -1, zoned: false),
            .endless(positive: true),
            .endless(positive: false), .list([]), .list(["", "a", ";"]), .json(.null), .json(["a": [1, "x"]]),
        ]
        + ["0", "-1", "1", "0.5", "12345678901234567890123.456", "-1e3"].compactMap {
            DecimalNumber($0).map(SourceValue.decimal)
        }

    private static func kinds(of value: SourceValue) -> [ValueKind] {
        switch value {
        case .null: kinds
        case .text: [.text]
        case .decimal, .double, .notFinite: [.number]
        case .boolean: [.boolean]
        case .date: [.date]
        case .timestamp(_, let zoned): [.timestamp(zoned: zoned)]
        case .endless: [.date, clock, moment]
        case .list: [.list]
        case .json: [.json]
        }
    }

    /// What comes out is of the kind that was promised; what cannot come out is a reject of a value, and nothing traps.
    @Test(arguments: words)
    func isTotalAndKeepsItsPromise(_ c: Word) {
        for value in Self.values {
            for kind in Self.kinds(of: value) {
                guard let promised = c.transform.resultKind(of: kind) else { continue }
                do throws(Rejection) {
                    let result = try c.transform.apply(to: value, kind: kind, zone: .utc)
                    #expect(
                        result == .null || Self.kinds(of: result).contains(promised), "\(c.word) \(value) → \(result)")
                } catch {
                    #expect(!error.code.isOfService && error.field == nil)
                }
            }
        }
    }

    /// A step twice is a step once.
    @Test func stepsThatCleanDoNothingTheSecondTime() throws {
        let steps: [Transform] = [
            .castToString, .trim, .uppercase, .lowercase, .truncate(3), .dateOnly, .castToNumber, .castToBoolean,
            .round(1),
        ]
        for step in steps {
            for value in Self.values {
                for kind in Self.kinds(of: value) {
                    guard let next = step.resultKind(of: kind),
                        let once = try? step.apply(to: value, kind: kind, zone: .utc)
                    else { continue }
                    #expect(try step.apply(to: once, kind: next, zone: .utc) == once, "\(step.word) \(value)")
                }
            }
        }
    }

    // MARK: Texts by their bytes

    @Test(arguments: UInt64(0)..<20)
    func splittingAndJoiningGivesTheTextBack(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        for _ in 0..<50 {
            let text = random.text(10, of: ["a", ";", ";;", "é", "e\u{301}", "😀"])
            let separator = random.pick([";", ";;", "é", "\u{301}", "😀"])
            let parts = try Transform.split(separator).apply(to: .text(text), kind: .text, zone: .utc)
            let joined = try Transform.join(separator).apply(to: parts, kind: .list, zone: .utc)
            guard case .text(let back) = joined else { continue }
            #expect(Array(back.utf8) == Array(text.utf8), "\(text) at \(separator)")
        }
    }

    @Test(arguments: UInt64(0)..<20)
    func truncatingKeepsWholeCharactersOfTheBeginning(seed: UInt64) {
        var random = SplitMix(state: seed)
        for _ in 0..<50 {
            let text = random.text(8, of: ["a", "é", "e\u{301}", "😀", "👨‍👩‍👧", "\r\n"])
            let units = Int.random(in: 0...12, using: &random)
            let cut = text.truncated(utf16Units: units)
            #expect(cut.utf16.count <= units && Array(text).starts(with: Array(cut)))
            // One character more would be too many.
            if cut.count < text.count {
                let next = text[text.index(text.startIndex, offsetBy: cut.count)]
                #expect(cut.utf16.count + next.utf16.count > units)
            }
        }
    }

    // MARK: What is remembered

    /// The text by which a mapping is told from another one: equal only for equal steps.
    @Test func everyArgumentIsInTheTextOfAStep() {
        let steps: [Transform] =
            Self.words.map(\.transform) + [
                .truncate(51), .round(3), .scale("0.1"), .replace("a", "c"), .replace("b", "b"), .dateFormat("yyyy"),
                .map([.init(from: "A", to: .number("1"))]), .map([.init(from: "A", to: .text("1"))]), .map([]),
                .map([.init(from: "A", to: .null)]), .defaultValue(.null), .defaultValue(.boolean(true)),
                .defaultValue(.text("true")), .defaultValue(.number("1")), .defaultValue(.text("1")),
                .nullIf(.text("0")),
                .join(","), .split(","),
            ]
        #expect(Set(steps.map(\.text)).count == steps.count)
        #expect(Transform.trim.text == "TRIM" && Transform.truncate(50).text == "TRUNCATE 50")
        #expect(Transform.replace("a", "\"").text == #"REPLACE ["a","\""]"#)
        #expect(Transform.nullIf(.number("0")).text == #"NULL_IF {"number":"0"}"#)
    }
}
