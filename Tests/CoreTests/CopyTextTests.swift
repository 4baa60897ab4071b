import Testing

@testable import Core

@Suite("COPY text")
struct CopyTextTests {
    private func fields(_ line: String) -> [String?] {
        Array(line.utf8).withUnsafeBytes { bytes in
            let row = CopyRow(bytes)
            return (0..<row.count).map { row.text($0) }
        }
    }

    @Test(
        arguments: [
            ("", [""]), ("\n", [""]), ("a", ["a"]), ("a\tb\n", ["a", "b"]), ("\t\t", ["", "", ""]),
            (#"\N"# + "\t" + #"\\N"# + "\tN", [nil, #"\N"#, "N"]),
            (#"\b\f\n\r\t\v\\\q"#, ["\u{8}\u{c}\n\r\t\u{b}\\q"]),
            (#"\101\x41\x4\60\0012\xg"#, ["AA\u{4}0\u{1}2xg"]),
            (#"\"#, ["\\"]),
            (
                "12345678\t12345678\t1234567\t123456789012345\t😀",
                ["12345678", "12345678", "1234567", "123456789012345", "😀"]
            ),
        ] as [(String, [String?])])
    func splitsAndUnescapes(line: String, expected: [String?]) {
        #expect(fields(line) == expected)
    }

    @Test func writesWhatTheServerWrites() {
        var encoder = CopyTextEncoder()
        encoder.append("\u{8}\u{c}\n\r\t\u{b}\\\u{7}\u{7f}é")
        encoder.endRow()
        #expect(String(decoding: encoder.take(), as: UTF8.self) == #"\b\f\n\r\t\v\\"# + "\u{7}\u{7f}é\n")
    }

    @Test func theFirstFieldsAreThoseOfAll() {
        var random = SplitMix(state: 8)
        var (row, first) = (CopyRow(), CopyRow())
        for _ in 0..<500 {
            let line = (0...random.next(60)).map { _ in Array("\t\t\\N1234567".utf8).randomElement(using: &random) ?? 0
            }
            line.withUnsafeBytes { bytes in
                row.read(bytes)
                for count in 1...3 {
                    first.read(bytes, first: count)
                    #expect(first.count == min(count, row.count) || first.count == row.count)
                    for field in 0..<min(count, row.count) { #expect(first.text(field) == row.text(field)) }
                    for field in 0..<min(count, row.count) where first.isNull(field) { #expect(first.hasEscapes) }
                    #expect(Array(first.bytes) == Array(row.bytes))
                }
            }
        }
    }

    @Test func findsEachTabWhereverItIs() {
        // Bytes that differ from a tab in one bit, and the high bit, must not be taken for one.
        for neighbour: UInt8 in [0x08, 0x0b, 0x01, 0x89, 0xff, 0x00, 0x0a] {
            for length in 0..<40 {
                for tab in 0..<length {
                    var line = [UInt8](repeating: neighbour, count: length)
                    line[tab] = 9
                    if tab + 1 < length { line[tab + 1] = neighbour == 0x0a ? 0x08 : neighbour }
                    let ranges = line.withUnsafeBytes { Array(CopyRow($0).fieldRanges) }
                    let end = line.last == 0x0a ? length - 1 : length
                    #expect(ranges == [0..<tab, tab + 1..<end])
                }
            }
        }
    }

    @Test func readsWhatItWrites() {
        var random = SplitMix(state: 7)
        for _ in 0..<500 {
            let values: [[UInt8]?] = (0...random.next(6)).map { _ in
                random.next(5) == 0
                    ? nil
                    : (0..<random.next(30)).map { _ in
                        Array("\\N\t\n\r\u{8}ax01é".utf8).randomElement(using: &random) ?? 0
                    }
            }
            let texts = values.map { $0.map { String(decoding: $0, as: UTF8.self) } }
            var encoder = CopyTextEncoder()
            for text in texts { encoder.append(text) }
            encoder.endRow()
            let line = encoder.take()
            #expect(line.filter { $0 == 10 }.count == 1)
            let read = line.withUnsafeBytes { bytes in
                let row = CopyRow(bytes)
                return (0..<row.count).map { row.text($0) }
            }
            #expect(read == texts)
        }
    }

    private struct SplitMix: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var z = state
            z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
            return z ^ (z >> 31)
        }

        mutating func next(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
    }
}
