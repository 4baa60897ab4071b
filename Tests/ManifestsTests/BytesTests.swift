import Core
import Testing

@testable import Manifests

@Suite("Bytes of manifests")
struct BytesTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var bytes: [UInt8]
        var code: DiagnosticCode
        var line: Int
        var column: Int
        var testDescription: String { name }
    }

    static let head = Array("apiVersion: syncbridge.arcore.io/v1\nkind: ".utf8)

    static func utf16(_ text: String, mark: Bool) -> [UInt8] {
        (mark ? [0xFF, 0xFE] : []) + text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    }

    static let cases: [Case] = [
        Case(name: "NUL", bytes: head + [0], code: .badEncoding, line: 2, column: 7),
        Case(name: "UTF-16 with a mark", bytes: utf16("a: b\n", mark: true), code: .badEncoding, line: 1, column: 1),
        Case(name: "UTF-16 without", bytes: utf16("a: b\n", mark: false), code: .badEncoding, line: 1, column: 1),
        Case(name: "UTF-16, big end first", bytes: [0xFE, 0xFF, 0, 0x61], code: .badEncoding, line: 1, column: 1),
        Case(name: "UTF-32", bytes: [0xFF, 0xFE, 0, 0, 0x61, 0, 0, 0], code: .badEncoding, line: 1, column: 1),
        Case(name: "Latin-1", bytes: Array("a: ü\nb: K".utf8) + [0xF6, 0x6C], code: .badEncoding, line: 2, column: 5),
        Case(
            name: "cut in a character", bytes: Array("a: ".utf8) + [0xE2, 0x82], code: .badEncoding, line: 1, column: 4),
        Case(name: "overlong", bytes: [0x61, 0x3A, 0xC0, 0xAF], code: .badEncoding, line: 1, column: 3),
        Case(name: "surrogate", bytes: [0x61, 0xED, 0xA0, 0x80], code: .badEncoding, line: 1, column: 2),
        Case(
            name: "escape character", bytes: Array("a: b\r\nc: \u{1B}[31m".utf8), code: .badEncoding, line: 2, column: 4
        ),
        Case(
            name: "mark in the middle", bytes: Array("a: b\n\u{FEFF}c: d".utf8), code: .badEncoding, line: 2, column: 1),
        Case(
            name: "next line as break", bytes: Array("a: b\u{85}c: \u{7F}".utf8), code: .badEncoding, line: 2, column: 4
        ),
        Case(
            name: "huge", bytes: [UInt8](repeating: UInt8(ascii: "#"), count: YAMLLimits.fileBytes + 1),
            code: .fileTooLarge, line: 1, column: 1),
        Case(
            name: "brackets", bytes: [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000), code: .yamlTooDeep,
            line: 1,
            column: 65),
        Case(
            name: "dashes", bytes: Array(String(repeating: "- ", count: 100_000).utf8), code: .yamlTooDeep, line: 1,
            column: 129),
        Case(
            name: "question marks", bytes: Array(String(repeating: "? ", count: 100_000).utf8), code: .yamlTooDeep,
            line: 1, column: 129),
    ]

    @Test(arguments: cases) func giveOneErrorWithItsPlace(_ c: Case) throws {
        let result = ManifestLoader.load([ManifestFile(path: "x.yaml", content: c.bytes)])
        #expect(result.desired == nil)
        let found = try #require(result.diagnostics.all.first)
        #expect(result.diagnostics.all.count == 1)
        #expect(found.code == c.code)
        #expect(found.help?.isEmpty == false)
        #expect(found.source?.start == SourceRange.Position(line: c.line, column: c.column))
    }

    @Test func aMarkAtTheStartIsAllowed() {
        let file = ManifestFile(path: "x.yaml", text: "\u{FEFF}" + LoadingTests.smallest)
        #expect(ManifestLoader.load([file]).desired != nil)
    }

    @Test func everyLineEndIsRead() {
        for lineEnd in ["\n", "\r\n", "\r"] {
            let text = LoadingTests.smallest.replacing("\n", with: lineEnd)
            #expect(ManifestLoader.load([ManifestFile(path: "x.yaml", text: text)]).desired != nil)
        }
    }

    /// Cuts, repeats and overwrites of real manifests: whatever comes, there is an answer.
    @Test(arguments: UInt64(0)..<400) func anyBytesHaveAnAnswer(seed: UInt64) {
        var random = SplitMix(state: seed)
        var bytes = Array(LoadingTests.everything.utf8)
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            let at = Int.random(in: 0...bytes.count, using: &random)
            let end = min(bytes.count, at + Int.random(in: 0...20, using: &random))
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes.removeSubrange(at..<end)
            case 1: bytes.insert(contentsOf: bytes[at..<end], at: at)
            case 2:
                bytes.insert(
                    contentsOf: Array("[]{}:,-&*!|>'\"%@`\t\n ${}~?<<".utf8).shuffled(using: &random).prefix(3), at: at)
            default: if at < bytes.count { bytes[at] = UInt8.random(in: 0...255, using: &random) }
            }
        }
        let result = ManifestLoader.load([ManifestFile(path: "x.yaml", content: bytes)])
        #expect((result.desired == nil) == result.diagnostics.hasErrors)
        // A definition never gets lost in silence.
        let declared = result.documents.count { $0.kind == .syncDefinition }
        #expect(result.desired.map { $0.definitions.count == declared } != false)
        _ = DiagnosticRenderer(colour: true).text(result.diagnostics.all)
        _ = ManifestRenderer.render(result)
    }
}

/// A generator whose numbers follow from its seed.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
