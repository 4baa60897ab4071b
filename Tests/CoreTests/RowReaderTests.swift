import TestSupport
import Testing

@testable import Core

@Suite("Reading rows in place")
struct RowReaderTests {
    private static let zones = [
        SiteTimeZone.utc, SiteTimeZone(name: "East", fixedOffset: 2 * 3600 + 1800),
        SiteTimeZone(name: "West", fixedOffset: -11 * 3600),
    ]

    private static let keys: [(type: SourceType, texts: [String?])] = [
        (.bigint, ["0", "-1", "9223372036854775807", "-9223372036854775808", "42", nil]),
        (.uuid, ["6f2a0f0e-8f5d-4d5e-9d55-0a6d1c1f7b11", "00000000-0000-0000-0000-000000000000", nil]),
        (.text, ["a", "", "é/ü", "a\tb\\", "\\N", nil]), (.date, ["2013-01-01", "infinity", "0044-03-15 BC", nil]),
        (.timestamptz, ["2013-01-01 05:00:00.25+00", "1969-12-31 23:59:59.999999+00", "-infinity"]),
        (.numeric(precision: nil, scale: nil), ["1.50", "-0.001", "12345678901234567890123"]), (.boolean, ["t", "f"]),
    ]

    /// What an evaluator or a reader says of a row.
    private struct Outcome: Equatable {
        var key: [UInt8]?
        var route: Route
        var hash: Result<ContentHash, Rejection>
    }

    private func general(_ evaluator: RowEvaluator, _ row: borrowing CopyRow) -> Outcome {
        let hash: Result<ContentHash, Rejection>
        do throws(Rejection) { hash = .success(ContentHash(of: try evaluator.projection(of: row))) } catch {
            hash = .failure(error)
        }
        return Outcome(
            key: (try? evaluator.key(of: row))?.ledgerKey.bytes, route: evaluator.route(of: row), hash: hash)
    }

    private func inPlace(_ reader: inout RowReader, _ row: borrowing CopyRow) -> Outcome {
        let route = reader.route(of: row)
        let key = reader.readKey(of: row) ? Array(reader.key) : nil
        let hash: Result<ContentHash, Rejection>
        do throws(Rejection) {
            try reader.project(row)
            hash = .success(reader.contentHash)
            #expect(reader.digest == reader.contentHash.whole)
        } catch {
            hash = .failure(error)
        }
        return Outcome(key: key, route: route, hash: hash)
    }

    /// The reader may be fast only where it is right: what it says is what values say.
    @Test(arguments: UInt64(0)..<150)
    func saysWhatValuesSay(seed: UInt64) throws {
        var rows = RandomRows(seed: seed)
        let key = rows.random.pick(Self.keys)
        let zone = rows.random.pick(Self.zones)
        let fields = Int.random(in: 1...6, using: &rows.random)
        guard let bound = rows.definition(fields: fields, key: key.type, zone: zone) else { return }
        let evaluator = RowEvaluator(bound, prefix: "d", now: 1_770_000_000_000_000)
        var reader = RowReader(evaluator)
        for _ in 0..<40 {
            let line = rows.row(of: bound, key: rows.random.pick(key.texts))
            line.withUnsafeBytes { bytes in
                let row = CopyRow(bytes)
                let (expected, found) = (general(evaluator, row), inPlace(&reader, row))
                #expect(
                    expected == found,
                    "\(String(decoding: line, as: UTF8.self))\n\(bound.fields)\n\(bound.routing)")
            }
        }
    }

    @Test func definitionsByChanceAreMostlySound() {
        let bound = (UInt64(0)..<150).count { seed in
            var rows = RandomRows(seed: seed)
            return rows.definition(fields: 4, zone: .utc) != nil
        }
        #expect(bound > 50)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var type: SourceType
        var text: String
        var transforms: [Transform] = []
        var column: ColumnType
        var testDescription: String { "\(type.description) \(text) \(transforms.map(\.word))" }
    }

    /// What tables hold most must not take the general way.
    @Test(arguments: [
        Case(type: .bigint, text: "42", column: .number(.init())),
        Case(type: .numeric(precision: 12, scale: 2), text: "-1234.50", column: .currency(locale: "en-us")),
        Case(
            type: .numeric(precision: 12, scale: 2), text: "2.345", transforms: [.round(2), .scale("0.1")],
            column: .number(.init())),
        Case(type: .double, text: "0.1", column: .number(.init())),
        Case(type: .boolean, text: "t", column: .boolean),
        Case(type: .date, text: "2024-02-29", column: .dateOnly),
        Case(type: .timestamptz, text: "2024-02-29 23:00:00.125+00", column: .dateOnly),
        Case(type: .timestamptz, text: "2024-02-29 23:00:00.125+00", column: .dateTime(.init(format: .dateTime))),
        Case(type: .text, text: "Łódź – a place", column: .multilineText),
        Case(type: .text, text: "one\\ntwo\\\\", column: .multilineText),
        Case(type: .text, text: " Ab ", transforms: [.trim, .uppercase, .truncate(5)], column: .singleLineText),
        Case(type: .text, text: "\\N", transforms: [.defaultValue(.text("x"))], column: .singleLineText),
        Case(
            type: .integer, text: "1", transforms: [.map([.init(from: "1", to: .text("High"))])],
            column: .singleLineText),
        Case(type: .text, text: "Active", column: .choice(.init(choices: ["Closed", "Active"]))),
    ])
    func commonValuesAreReadInPlace(_ c: Case) {
        let read = BoundDefinition.Read(
            expression: .column("c", .plain), type: c.type, kind: c.type.reading().kind)
        var kind = read.kind
        var steps: [BoundField.Step] = []
        for transform in c.transforms {
            steps.append(BoundField.Step(transform: transform, kind: kind))
            kind = transform.resultKind(of: kind) ?? kind
        }
        let field = BoundField(
            target: "C", sourceColumn: "c", read: 0, steps: steps, type: c.column, shareable: false, hasDefault: false)
        let program = FieldProgram(field, reads: [read], zone: BorrowedZone(.utc))
        var output = ByteWriter()
        var scratch = ScratchText()
        let isDone = Array(c.text.utf8).withUnsafeBytes { program.append(CopyRow($0), to: &output, &scratch) }
        #expect(isDone)
    }
}
