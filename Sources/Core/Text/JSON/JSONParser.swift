/// Why bytes are not JSON, and where.
package struct JSONError: Error, Hashable, CustomStringConvertible {
    /// What is wrong, in words that quote none of the text.
    package var reason: String
    /// Bytes before the place where reading stopped.
    package var byteOffset: Int

    package var description: String { "not JSON: \(reason) at byte \(byteOffset)" }
}

extension JSON {
    /// Reads one JSON text (RFC 8259, UTF-8) and nothing after it but blanks.
    /// - Parameters:
    ///   - bytes: The whole text.
    ///   - depthMax: How many arrays and objects may stand inside one another.
    /// - Throws: ``JSONError`` on the first thing that is not JSON.
    package static func parse(_ bytes: [UInt8], depthMax: Int = 128) throws(JSONError) -> JSON {
        var parser = JSONParser(bytes: bytes, depthMax: depthMax)
        return try parser.document { (parser) throws(JSONError) in try parser.value() }
    }

    /// Reads one JSON text whose top is an object with a long array, and hands on the elements one by one, so that they
    /// are not all in memory at a time.
    /// - Parameters:
    ///   - name: The array's member. What else the member holds stays where it is.
    ///   - take: Gets each element when it has been read. What it got counts only if nothing is thrown in the end.
    /// - Returns: The text's value with that array empty.
    package static func parse(
        _ bytes: [UInt8], elementsOf name: String, depthMax: Int = 128, _ take: (JSON) -> Void
    ) throws(JSONError) -> JSON {
        var parser = JSONParser(bytes: bytes, depthMax: depthMax)
        return try parser.document { (parser) throws(JSONError) in try parser.value(elementsOf: name, take) }
    }

    package static func parse(_ text: String, depthMax: Int = 128) throws(JSONError) -> JSON {
        try parse(Array(text.utf8), depthMax: depthMax)
    }
}

private struct JSONParser {
    let bytes: [UInt8]
    let depthMax: Int
    var at = 0
    var depth = 0

    init(bytes: [UInt8], depthMax: Int) {
        self.bytes = bytes
        self.depthMax = depthMax
    }

    mutating func document(
        _ read: (inout JSONParser) throws(JSONError) -> JSON
    ) throws(JSONError) -> JSON {
        // A byte order mark is not JSON, but gateways send it.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { at = 3 }
        let value = try read(&self)
        skipBlanks()
        guard at == bytes.count else { throw failure("something follows the value") }
        return value
    }

    private func failure(_ reason: String) -> JSONError { JSONError(reason: reason, byteOffset: at) }

    private mutating func skipBlanks() {
        while at < bytes.count, bytes[at] == 0x20 || bytes[at] == 0x0A || bytes[at] == 0x0D || bytes[at] == 0x09 {
            at += 1
        }
    }

    mutating func value(elementsOf name: String, _ take: (JSON) -> Void) throws(JSONError) -> JSON {
        skipBlanks()
        guard at < bytes.count, bytes[at] == UInt8(ascii: "{") else { return try value() }
        return try nested { (parser) throws(JSONError) in
            try parser.object { (parser, member) throws(JSONError) in
                parser.skipBlanks()
                guard member == name, parser.at < parser.bytes.count, parser.bytes[parser.at] == UInt8(ascii: "[")
                else { return try parser.value() }
                return try parser.nested { (parser) throws(JSONError) in
                    try parser.array(take)
                    return .array([])
                }
            }
        }
    }

    mutating func value() throws(JSONError) -> JSON {
        skipBlanks()
        guard at < bytes.count else { throw failure("the text ends too early") }
        switch bytes[at] {
        case UInt8(ascii: "{"):
            return try nested { (parser) throws(JSONError) in
                try parser.object { (parser, _) throws(JSONError) in try parser.value() }
            }
        case UInt8(ascii: "["):
            return try nested { (parser) throws(JSONError) in
                var elements: [JSON] = []
                try parser.array { elements.append($0) }
                return .array(elements)
            }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
        default: throw failure("an unexpected character")
        }
    }

    private mutating func nested(
        _ read: (inout JSONParser) throws(JSONError) -> JSON
    ) throws(JSONError) -> JSON {
        depth += 1
        guard depth <= depthMax else { throw failure("more than \(depthMax) nested arrays and objects") }
        defer { depth -= 1 }
        return try read(&self)
    }

    private mutating func word(_ text: StaticString, _ value: JSON) throws(JSONError) -> JSON {
        let length = text.utf8CodeUnitCount
        let matches = text.withUTF8Buffer { expected in
            bytes.count - at >= length && expected.elementsEqual(bytes[at..<at + length])
        }
        guard matches else { throw failure("an unknown word") }
        at += length
        return value
    }

    private mutating func object(
        _ read: (inout JSONParser, _ name: String) throws(JSONError) -> JSON
    ) throws(JSONError) -> JSON {
        at += 1
        var members: [JSON.Member] = []
        skipBlanks()
        if peek(UInt8(ascii: "}")) { return .object(members) }
        while true {
            skipBlanks()
            guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else { throw failure("a name is missing") }
            let name = try string()
            skipBlanks()
            guard peek(UInt8(ascii: ":")) else { throw failure("a colon is missing") }
            members.append(JSON.Member(name, try read(&self, name)))
            skipBlanks()
            if peek(UInt8(ascii: ",")) { continue }
            if peek(UInt8(ascii: "}")) { return .object(members) }
            throw failure("a comma or a closing brace is missing")
        }
    }

    private mutating func array(_ take: (JSON) -> Void) throws(JSONError) {
        at += 1
        skipBlanks()
        if peek(UInt8(ascii: "]")) { return }
        while true {
            take(try value())
            skipBlanks()
            if peek(UInt8(ascii: ",")) { continue }
            if peek(UInt8(ascii: "]")) { return }
            throw failure("a comma or a closing bracket is missing")
        }
    }

    /// Steps over `byte` if it comes next.
    private mutating func peek(_ byte: UInt8) -> Bool {
        guard at < bytes.count, bytes[at] == byte else { return false }
        at += 1
        return true
    }

    private mutating func number() throws(JSONError) -> String {
        let start = at
        _ = peek(UInt8(ascii: "-"))
        if !peek(UInt8(ascii: "0")) { try digits() }
        if peek(UInt8(ascii: ".")) { try digits() }
        if at < bytes.count, bytes[at] == UInt8(ascii: "e") || bytes[at] == UInt8(ascii: "E") {
            at += 1
            if !peek(UInt8(ascii: "+")) { _ = peek(UInt8(ascii: "-")) }
            try digits()
        }
        return bytes[start..<at].withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }

    private mutating func digits() throws(JSONError) {
        let start = at
        while at < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[at]) { at += 1 }
        guard at > start else { throw failure("a digit is missing") }
    }

    private mutating func string() throws(JSONError) -> String {
        at += 1
        let start = at
        while at < bytes.count, bytes[at] != UInt8(ascii: "\""), bytes[at] != UInt8(ascii: "\\"), bytes[at] >= 0x20 {
            at += 1
        }
        guard at < bytes.count else { throw failure("a string does not end") }
        if bytes[at] == UInt8(ascii: "\"") {
            defer { at += 1 }
            return try decoded(bytes[start..<at])
        }
        var unescaped = Array(bytes[start..<at])
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "\""):
                at += 1
                return try decoded(unescaped[...])
            case UInt8(ascii: "\\"):
                at += 1
                try escape(into: &unescaped)
            case 0..<0x20: throw failure("a control character inside a string")
            case let byte:
                unescaped.append(byte)
                at += 1
            }
        }
        throw failure("a string does not end")
    }

    private func decoded(_ slice: ArraySlice<UInt8>) throws(JSONError) -> String {
        let text: String? = slice.withUnsafeBufferPointer { bytes in
            // Most texts are ASCII, which needs no check: the check is slow to call.
            if isASCII(bytes) { return String(decoding: bytes, as: UTF8.self) }
            return String(validating: bytes, as: UTF8.self)
        }
        guard let text else { throw failure("bytes that are not UTF-8") }
        return text
    }

    private func isASCII(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var all: UInt8 = 0
        for byte in bytes { all |= byte }
        return all < 0x80
    }

    private mutating func escape(into unescaped: inout [UInt8]) throws(JSONError) {
        guard at < bytes.count else { throw failure("a string does not end") }
        let letter = bytes[at]
        at += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): unescaped.append(letter)
        case UInt8(ascii: "b"): unescaped.append(0x08)
        case UInt8(ascii: "f"): unescaped.append(0x0C)
        case UInt8(ascii: "n"): unescaped.append(0x0A)
        case UInt8(ascii: "r"): unescaped.append(0x0D)
        case UInt8(ascii: "t"): unescaped.append(0x09)
        case UInt8(ascii: "u"):
            let unit = try hexadecimalUnit()
            var code = UInt32(unit)
            if UTF16.isLeadSurrogate(unit), at + 1 < bytes.count, bytes[at] == UInt8(ascii: "\\"),
                bytes[at + 1] == UInt8(ascii: "u")
            {
                at += 2
                let trail = try hexadecimalUnit()
                guard UTF16.isTrailSurrogate(trail) else { throw failure("half a surrogate pair") }
                code = 0x10000 + ((UInt32(unit) & 0x3FF) << 10) + (UInt32(trail) & 0x3FF)
            }
            guard let scalar = Unicode.Scalar(code) else { throw failure("half a surrogate pair") }
            unescaped.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        default: throw failure("an unknown escape")
        }
    }

    private mutating func hexadecimalUnit() throws(JSONError) -> UInt16 {
        guard bytes.count - at >= 4 else { throw failure("a short \\u escape") }
        var unit: UInt16 = 0
        for byte in bytes[at..<at + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { throw failure("a bad \\u escape") }
            unit = unit << 4 | UInt16(digit)
        }
        at += 4
        return unit
    }
}
