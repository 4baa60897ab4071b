import TestSupport
import Testing

@testable import Core

/// What looks at eight bytes at a time says what looking at each says.
@Suite("Bytes in place")
struct ByteTests {
    private static func bytes(_ random: inout SplitMix, _ most: Int) -> [UInt8] {
        (0..<Int.random(in: 0...most, using: &random)).map { _ in
            random.pick([0, 1, 8, 9, 10, 0x1F, 0x20, 0x5C, 0x61, 0x7E, 0x7F, 0x80, 0x89, 0xEF, 0xFF])
        }
    }

    @Test(arguments: UInt64(0)..<20)
    func comparisons(seed: UInt64) {
        var random = SplitMix(state: seed)
        for _ in 0..<30 {
            let left = Self.bytes(&random, 24)
            // Often the same but for one place, or a beginning of it.
            var right = random.isTrue(oneIn: 3) ? Self.bytes(&random, 24) : left
            if random.isTrue(oneIn: 2), !right.isEmpty {
                right[Int.random(in: right.indices, using: &random)] = 0x61
            } else if random.isTrue(oneIn: 2) {
                right = Array(right.prefix(Int.random(in: 0...right.count, using: &random)))
            }
            left.withUnsafeBytes { a in
                right.withUnsafeBytes { b in
                    #expect(a.isSame(as: b) == (left == right))
                    let expected = left == right ? 0 : left.lexicographicallyPrecedes(right) ? -1 : 1
                    #expect(a.order(against: b).signum() == expected, "\(left) \(right)")
                    #expect(a.starts(withBytes: b) == left.starts(with: right))
                    #expect(a.ends(withBytes: b) == left.suffix(right.count).elementsEqual(right))
                }
            }
        }
    }

    @Test(arguments: UInt64(0)..<20)
    func searches(seed: UInt64) {
        var random = SplitMix(state: seed)
        for _ in 0..<30 {
            let all = (0..<Int.random(in: 0...30, using: &random)).map { _ in random.pick([1, 2] as [UInt8]) }
            let part = (0..<Int.random(in: 0...4, using: &random)).map { _ in random.pick([1, 2] as [UInt8]) }
            let expected = (0...max(0, all.count - part.count)).first { start in
                start + part.count <= all.count && all[start..<start + part.count].elementsEqual(part)
            }
            all.withUnsafeBytes { a in
                part.withUnsafeBytes { b in #expect(a.firstOffset(of: b) == expected, "\(all) \(part)") }
            }
            let mixed = Self.bytes(&random, 40)
            mixed.withUnsafeBytes { bytes in
                for byte: UInt8 in [0, 9, 0x5C, 0x80, 0xFF] {
                    #expect(ByteSearch.contains(byte, in: bytes) == mixed.contains(byte))
                }
            }
        }
    }

    /// May say so of a text without; never the other way round.
    @Test(arguments: UInt64(0)..<20)
    func copyingNeverMissesWhatNoColumnHolds(seed: UInt64) {
        var random = SplitMix(state: seed)
        for _ in 0..<30 {
            let all = Self.bytes(&random, 40)
            var writer = ByteWriter(capacity: 8)
            let isSuspect = all.withUnsafeBytes { writer.appendLookingForUnwritable($0) }
            #expect(Array(writer.bytes) == all)
            let mayBe = all.contains { $0 < 0x20 || $0 == 0x7F || $0 == 0xEF }
            if mayBe { #expect(isSuspect, "\(all)") }
        }
        for length in 0...24 {
            let plain = [UInt8](repeating: 0x61, count: length)
            var writer = ByteWriter()
            #expect(!plain.withUnsafeBytes { writer.appendLookingForUnwritable($0) })
        }
    }

    @Test func whatIsWrittenStaysWhileTheMemoryGrows() {
        var writer = ByteWriter(capacity: 1)
        var expected: [UInt8] = []
        for number in UInt64(0)..<50 {
            writer.append(UInt8(number))
            writer.appendBig(number &* 0x0101_0101_0101_0101)
            writer.append(tag: 7, word: 0x0102_0304_0506_0708)
            expected.append(UInt8(number))
            expected += [UInt8](repeating: UInt8(number), count: 8)
            expected += [7, 0, 0, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8]
        }
        #expect(Array(writer.bytes) == expected && writer.count == expected.count)
        writer.truncate(to: 3)
        #expect(Array(writer.bytes) == Array(expected.prefix(3)))
        writer.clear()
        #expect(writer.bytes.isEmpty)
    }

    @Test func scratchTextIsGivenWhileItLasts() {
        var scratch = ScratchText(capacity: 10)
        #expect(scratch.take(6)?.count == 6)
        #expect(scratch.take(5) == nil && scratch.take(4)?.count == 4 && scratch.take(1) == nil)
        scratch.giveBack(2)
        #expect(scratch.take(2)?.count == 2)
        scratch.clear()
        #expect(scratch.take(10)?.count == 10)
    }

    // MARK: Chunks

    @Test func aChunkShowsItsRowsAndStopsAtTheFirstError() throws {
        struct Stop: Error {}
        var encoder = CopyTextEncoder()
        var ends: [Int] = []
        for number in 1...3 {
            encoder.append(number)
            encoder.append(number == 2 ? nil : "row \(number)")
            encoder.endRow()
            ends.append(encoder.bytes.count)
        }
        let chunk = CopyChunk(bytes: encoder.take(), rowEnds: ends)
        var row = CopyRow()
        var texts: [String?] = []
        chunk.forEachRow(&row) { (row: borrowing CopyRow) in
            #expect(row.count == 2)
            texts.append(row.text(1))
        }
        #expect(texts == ["row 1", nil, "row 3"])
        var seen = 0
        #expect(throws: Stop.self) {
            try chunk.forEachRow(&row) { (_: borrowing CopyRow) throws(Stop) in
                seen += 1
                if seen == 2 { throw Stop() }
            }
        }
        #expect(seen == 2)
    }

    @Test func byteaIsWrittenAsThePostgreSQLReadsIt() {
        var encoder = CopyTextEncoder()
        encoder.append(bytea: [0, 9, 10, 92, 255])
        encoder.append(bytea: [])
        encoder.appendNull()
        encoder.append(-5)
        encoder.endRow()
        #expect(String(decoding: encoder.take(), as: UTF8.self) == "\\\\x00090a5cff\t\\\\x\t\\N\t-5\n")
        #expect(encoder.bytes.isEmpty)
    }
}
