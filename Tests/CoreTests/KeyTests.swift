import Testing

@testable import Core

@Suite("Sync keys and ledger keys")
struct KeyTests {
    @Test(arguments: [
        ("projects", ["42"], "projects/42"),
        ("projects", ["A"], "projects/A~eztmk5"),
        ("projects", ["a~b"], "projects/a%7eb"),
        ("flights", ["2013", "1", "1", "ua", "1545"], "flights/2013/1/1/ua/1545"),
        ("p", ["é/ü"], "p/%c3%a9%2f%c3%bc"),
    ])
    func vectors(prefix: String, parts: [String], expected: String) {
        #expect(SyncKey(prefix: prefix, parts: parts).text == expected)
    }

    @Test func longKeysBecomeHashes() {
        let limit = SyncKey(prefix: "p", parts: [String(repeating: "a", count: 253)])
        #expect(limit.text.utf8.count == 255)
        let long = SyncKey(prefix: "p", parts: [String(repeating: "a", count: 254)])
        #expect(long.text.hasPrefix("p/#"))
        #expect(long.text.utf8.count == 3 + 52)
        // With an upper-case letter the suffix counts too.
        #expect(SyncKey(prefix: "p", parts: [String(repeating: "A", count: 250)]).text.hasPrefix("p/#"))
    }

    @Test(arguments: [
        (KeyForm.integer, ["-9223372036854775808", "-1", "0", "1", "9223372036854775807"]),
        (KeyForm.boolean, ["f", "t"]),
        (KeyForm.date, ["-infinity", "0044-03-15 BC", "1969-12-31", "1970-01-01", "2013-01-01", "infinity"]),
        (KeyForm.timestamp, ["-infinity", "1969-12-31 23:59:59.9", "2013-01-01 05:00:00", "2013-01-01 05:00:00.25"]),
        (KeyForm.text, ["", "B", "Z", "a", "a b", "ab", "é"]),
        (
            KeyForm.uuid,
            [
                "00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-00000000000f",
                "ffffffff-ffff-ffff-ffff-ffffffffffff",
            ]
        ),
    ])
    func ledgerFormsAscend(form: KeyForm, texts: [String]) {
        let keys = texts.map { text -> [UInt8] in
            var key: [UInt8] = []
            #expect(form.append(text, to: &key) != nil, "\(text)")
            return key
        }
        for (left, right) in zip(keys, keys.dropFirst()) { #expect(left.lexicographicallyPrecedes(right)) }
    }

    @Test func canonicalTexts() {
        var key: [UInt8] = []
        #expect(KeyForm.timestamp.append("2013-01-01 05:00:00.250000", to: &key) == "2013-01-01T05:00:00.25")
        #expect(KeyForm.timestamptz.append("2013-01-01 05:00:00+00", to: &key) == "2013-01-01T05:00:00Z")
        #expect(KeyForm.numeric.append("1.500", to: &key) == "1.5")
        #expect(KeyForm.numeric.append("100", to: &key) == "100")
        #expect(KeyForm.of(.double) == nil)
    }
}
