/// Whole rows of `COPY … TO STDOUT`, in the order of the server.
package struct CopyChunk: Hashable, Sendable {
    /// The rows one after another; in text format each with its line feed.
    package var bytes: [UInt8]
    /// For each row the offset in ``bytes`` behind its end; ascending, the last is `bytes.count`.
    package var rowEnds: [Int]

    package init(bytes: [UInt8] = [], rowEnds: [Int] = []) {
        self.bytes = bytes
        self.rowEnds = rowEnds
    }

    /// Calls `body` with each row. `row` is the caller's, so that its memory serves for many chunks; what it shows is
    /// valid within one call of `body` only.
    package func forEachRow<Failure: Error>(
        _ row: inout CopyRow, _ body: (borrowing CopyRow) throws(Failure) -> Void
    ) throws(Failure) {
        let outcome = bytes.withUnsafeBytes { bytes -> Result<Void, Failure> in
            var start = 0
            for end in rowEnds {
                row.read(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
                do throws(Failure) { try body(row) } catch { return .failure(error) }
                start = end
            }
            return .success(())
        }
        try outcome.get()
    }
}

/// A view of one row of COPY text, split into its fields, which stay escaped until asked for. Valid while the bytes are.
///
/// Fields end at tabs; a tab, line feed, carriage return or backslash within a value is escaped, so bytes need no context.
/// - SeeAlso: "COPY", "Text Format", in PostgreSQL's manual.
package struct CopyRow {
    /// The row without its line feed.
    package private(set) var bytes: UnsafeRawBufferPointer
    package private(set) var count = 0
    /// Where each field is in ``bytes``, still escaped; there may be more behind ``count``, of other rows.
    private var ranges: [Range<Int>]
    /// Whether there is any escape sequence; without one no field is NULL, and all are as they arrived.
    package private(set) var hasEscapes = false

    package init() {
        bytes = UnsafeRawBufferPointer(start: nil, count: 0)
        ranges = []
    }

    /// - Parameter line: One row, with or without its line feed. A row has one field or more; one of no columns cannot be
    ///   told from one empty field.
    package init(_ line: UnsafeRawBufferPointer) {
        self.init()
        read(line)
    }

    /// Shows another row, reusing memory.
    package mutating func read(_ line: UnsafeRawBufferPointer) {
        let lineFeed = UInt8(ascii: "\n")
        bytes = line.last == lineFeed ? UnsafeRawBufferPointer(rebasing: line.dropLast()) : line
        split()
        if count > ranges.count {
            ranges = Array(repeating: 0..<0, count: count)
            split()
        }
    }

    /// Shows the first fields of another row only, which is faster than all of them: ``count`` is how many.
    @inline(__always)
    package mutating func read(_ line: UnsafeRawBufferPointer, first fields: Int) {
        let lineFeed = UInt8(ascii: "\n")
        bytes = line.last == lineFeed ? UnsafeRawBufferPointer(rebasing: line.dropLast()) : line
        guard ranges.count >= fields else {
            split()
            if count > ranges.count { ranges = Array(repeating: 0..<0, count: count) }
            return split()
        }
        let bytes = bytes
        (count, hasEscapes) = ranges.withUnsafeMutableBufferPointer { ranges in
            ByteSearch.split(
                bytes, at: UInt8(ascii: "\t"), lookingFor: UInt8(ascii: "\\"),
                into: UnsafeMutableBufferPointer(rebasing: ranges[..<fields]), most: fields)
        }
    }

    /// Finds the fields; notes as many as there is room for, and counts them all.
    private mutating func split() {
        let bytes = bytes
        (count, hasEscapes) = ranges.withUnsafeMutableBufferPointer { ranges in
            ByteSearch.split(bytes, at: UInt8(ascii: "\t"), lookingFor: UInt8(ascii: "\\"), into: ranges)
        }
    }

    package var fieldRanges: ArraySlice<Range<Int>> { ranges[..<count] }

    @inline(__always)
    private func range(_ field: Int) -> Range<Int> {
        precondition(field < count, "the row has no such field")
        return ranges[field]
    }

    /// The bytes of the first fields, as a row of no more than these would have them.
    /// - Parameter fields: 1 to ``count``.
    package func bytes(first fields: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[..<range(fields - 1).upperBound])
    }

    /// The field as it arrived, escaped.
    package func escaped(_ field: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[range(field)])
    }

    /// `\N`; a value that is these two characters arrives as `\\N`.
    package func isNull(_ field: Int) -> Bool {
        let range = range(field)
        return range.count == 2 && bytes[range.lowerBound] == UInt8(ascii: "\\")
            && bytes[range.lowerBound + 1] == UInt8(ascii: "N")
    }

    /// The value's bytes; nil for NULL.
    package func unescaped(_ field: Int) -> [UInt8]? {
        if isNull(field) { return nil }
        var result: [UInt8] = []
        appendUnescaped(field, to: &result)
        return result
    }

    /// The value as text; nil for NULL. The server has checked its encoding.
    package func text(_ field: Int) -> String? {
        if isNull(field) { return nil }
        let escaped = escaped(field)
        guard ByteSearch.contains(UInt8(ascii: "\\"), in: escaped) else {
            return String(decoding: escaped, as: UTF8.self)
        }
        return unescaped(field).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Appends the value's bytes; nothing for NULL.
    package func appendUnescaped(_ field: Int, to result: inout [UInt8]) {
        if isNull(field) { return }
        let escaped = escaped(field)
        guard ByteSearch.contains(UInt8(ascii: "\\"), in: escaped) else {
            result.append(contentsOf: escaped)
            return
        }
        var at = 0
        while at < escaped.count {
            let byte = escaped[at]
            at += 1
            guard byte == UInt8(ascii: "\\"), at < escaped.count else {
                result.append(byte)
                continue
            }
            result.append(Self.escapedByte(escaped, &at))
        }
    }

    /// The value's bytes in `scratch`; `nil` for NULL, and if there is not so much room.
    func unescaped(_ field: Int, in scratch: inout ScratchText) -> UnsafeRawBufferPointer? {
        let escaped = escaped(field)
        guard !isNull(field), let memory = scratch.take(escaped.count) else { return nil }
        var (from, to) = (0, 0)
        while from < escaped.count {
            let byte = escaped[from]
            from += 1
            memory[to] =
                byte == UInt8(ascii: "\\") && from < escaped.count ? Self.escapedByte(escaped, &from) : byte
            to += 1
        }
        return UnsafeRawBufferPointer(rebasing: memory[..<to])
    }

    /// The byte that the escape sequence at `at`, behind its backslash, stands for; `at` moves behind the sequence.
    private static func escapedByte(_ bytes: UnsafeRawBufferPointer, _ at: inout Int) -> UInt8 {
        let letter = bytes[at]
        at += 1
        switch letter {
        case UInt8(ascii: "b"): return 8
        case UInt8(ascii: "t"): return 9
        case UInt8(ascii: "n"): return 10
        case UInt8(ascii: "v"): return 11
        case UInt8(ascii: "f"): return 12
        case UInt8(ascii: "r"): return 13
        case UInt8(ascii: "0")...UInt8(ascii: "7"):
            at -= 1
            return digits(bytes, &at, most: 3, base: 8)
        case UInt8(ascii: "x") where at < bytes.count && digit(bytes[at], base: 16) != nil:
            return digits(bytes, &at, most: 2, base: 16)
        default: return letter
        }
    }

    private static func digits(_ bytes: UnsafeRawBufferPointer, _ at: inout Int, most: Int, base: Int) -> UInt8 {
        var value = 0
        var count = 0
        while count < most, at < bytes.count, let digit = digit(bytes[at], base: base) {
            value = value * base + digit
            at += 1
            count += 1
        }
        return UInt8(truncatingIfNeeded: value)
    }

    private static func digit(_ byte: UInt8, base: Int) -> Int? {
        let value: UInt8
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): value = byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): value = byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): value = byte - UInt8(ascii: "A") + 10
        default: return nil
        }
        return Int(value) < base ? Int(value) : nil
    }
}

/// Writes rows for `COPY … FROM STDIN` in text format, byte by byte as `COPY … TO STDOUT` writes them.
package struct CopyTextEncoder {
    package private(set) var bytes: [UInt8] = []
    private var isRowStart = true

    package init() {}

    package mutating func appendNull() {
        beginField()
        bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "N")])
    }

    /// A value in the text form of its type. It holds no NUL: no type of PostgreSQL does.
    package mutating func append(_ text: String) {
        beginField()
        var text = text
        text.withUTF8 { utf8 in
            for byte in utf8 { appendEscaped(byte) }
        }
    }

    package mutating func append(_ text: String?) {
        guard let text else { return appendNull() }
        append(text)
    }

    package mutating func append(_ number: some BinaryInteger) {
        beginField()
        bytes.append(contentsOf: "\(number)".utf8)
    }

    /// A value for a column of type `bytea`.
    package mutating func append(bytea value: [UInt8]) {
        beginField()
        bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "\\"), UInt8(ascii: "x")])
        for byte in value {
            bytes.append(Self.hexDigits[Int(byte >> 4)])
            bytes.append(Self.hexDigits[Int(byte & 15)])
        }
    }

    package mutating func endRow() {
        bytes.append(UInt8(ascii: "\n"))
        isRowStart = true
    }

    /// The rows so far; the encoder is empty after that, its memory kept by the result.
    package mutating func take() -> [UInt8] {
        defer { bytes = [] }
        return bytes
    }

    private static let hexDigits = Array("0123456789abcdef".utf8)

    private mutating func beginField() {
        if !isRowStart { bytes.append(UInt8(ascii: "\t")) }
        isRowStart = false
    }

    private mutating func appendEscaped(_ byte: UInt8) {
        let letter: UInt8
        switch byte {
        case UInt8(ascii: "\\"): letter = byte
        case UInt8(ascii: "\t"): letter = UInt8(ascii: "t")
        case UInt8(ascii: "\n"): letter = UInt8(ascii: "n")
        case UInt8(ascii: "\r"): letter = UInt8(ascii: "r")
        case 8: letter = UInt8(ascii: "b")
        case 11: letter = UInt8(ascii: "v")
        case 12: letter = UInt8(ascii: "f")
        default:
            bytes.append(byte)
            return
        }
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(letter)
    }
}
