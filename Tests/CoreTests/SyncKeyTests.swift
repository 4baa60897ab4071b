import TestSupport
import Testing

@testable import Core

/// SPEC §2. The hashes are Python's: `base64.b32encode(hashlib.sha256(…).digest())`.
@Suite("Sync keys")
struct SyncKeyTests {
    @Test(arguments: [
        (["42"], "orders/42"), ([""], "orders/"), (["", ""], "orders//"), (["%"], "orders/%25"), (["#"], "orders/%23"),
        (["a/b", "c"], "orders/a%2fb/c"), (["a", "b/c"], "orders/a/b%2fc"), (["de", "7"], "orders/de/7"),
        (["DE", "7"], "orders/DE/7~k6266m"), (["2013-01-01T05:00:00.25Z"], "orders/2013-01-01T05%3a00%3a00.25Z~jirwtz"),
        // Encoded, an upper-case umlaut has no upper-case letter.
        (["Ä"], "orders/%c3%84"), (["😀"], "orders/%f0%9f%98%80"),
    ])
    func vectors(parts: [String], expected: String) {
        #expect(SyncKey(prefix: "orders", parts: parts).text == expected)
        #expect(SyncKey.parts(of: expected, prefix: "orders") == parts)
    }

    @Test(arguments: [
        ("x", 253, "p/" + String(repeating: "x", count: 253)),
        ("x", 254, "p/#avpv6bgbp5hrij6swdqjlnv6vm7z4tn3wmn2w6q6whxolwioozqq"),
        ("X", 246, "p/" + String(repeating: "X", count: 246) + "~olojdq"),
        ("X", 247, "p/#uitmtpfgb4hxa3x4gykfsw4fvzryqcctgis4aptav2wrb4qw6zxq"),
        ("é", 43, "p/#m7kmed4mpcfg5ra6da5zuh6c7ehfu6xpz2seuqoyfgh5cocsihka"),
    ])
    func theLimitCountsSuffixAndEncoding(letter: String, count: Int, expected: String) {
        let parts = [String(repeating: letter, count: count)]
        #expect(SyncKey(prefix: "p", parts: parts).text == expected)
        // A hash gives nothing back.
        #expect(SyncKey.parts(of: expected, prefix: "p") == (expected.contains("#") ? nil : parts))
    }

    @Test(arguments: UInt64(0)..<20)
    func keysDifferAsRowsDoWithoutRegardToCase(seed: UInt64) {
        var random = SplitMix(state: seed)
        var seen: [String: [String]] = [:]
        for _ in 0..<60 {
            let parts = (0..<2).map { _ in random.text(3, of: ["a", "A", "~", "/", "%", "é", "É", "."]) }
            let key = SyncKey(prefix: "p", parts: parts).text
            #expect(key.utf8.allSatisfy { $0 < 0x80 } && key.utf8.count <= 255)
            let same = seen[key.lowercased()]
            #expect(same == nil || same.map { $0.map { Array($0.utf8) } } == parts.map { Array($0.utf8) }, "\(key)")
            seen[key.lowercased()] = parts
            #expect(
                SyncKey.parts(of: key, prefix: "p").map { $0.map { Array($0.utf8) } } == parts.map { Array($0.utf8) })
        }
    }

    @Test(arguments: [
        "orders", "other/42", "orders/a b", "orders/%2F", "orders/A", "orders/a~bcdefg", "orders/%zz", "orders/%c3",
        "orders/DE/7~k6266x", "orders/DE/7",
    ])
    func whatWeDidNotMakeIsNotOurs(text: String) {
        #expect(SyncKey.parts(of: text, prefix: "orders") == nil)
    }
}
