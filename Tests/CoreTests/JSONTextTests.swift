import Core
import Testing

@Suite("Strings in JSON") struct JSONTextTests {
    /// Escapes are looked for eight bytes at a time: what is near a border, at every place, alone and beside others.
    @Test func findsWhatMustBeEscapedAtEveryPlace() throws {
        for length in 0...19 {
            for place in 0..<length {
                for scalar in "\0\u{1}\u{8}\t\n\u{b}\u{c}\r\u{1f} !\"#[\\]\u{7f}\u{80}\u{a0}\u{a2}\u{dc}€😀"
                    .unicodeScalars
                {
                    var scalars = [Unicode.Scalar](repeating: "a", count: length)
                    scalars[place] = scalar
                    if place + 2 < length { scalars[place + 2] = "\"" }
                    var text = String.UnicodeScalarView()
                    text.append(contentsOf: scalars)
                    let written = JSON.string(String(text)).serialized()
                    #expect(written == expected(String(text)))
                    #expect(try JSON.parse(written).string == String(text))
                }
            }
        }
    }

    private func expected(_ text: String) -> [UInt8] {
        var output = Array("\"".utf8)
        for byte in text.utf8 {
            switch byte {
            case 0x22, 0x5C: output += [0x5C, byte]
            case 0x08: output += Array("\\b".utf8)
            case 0x09: output += Array("\\t".utf8)
            case 0x0A: output += Array("\\n".utf8)
            case 0x0C: output += Array("\\f".utf8)
            case 0x0D: output += Array("\\r".utf8)
            case 0..<0x10: output += Array("\\u000\(String(byte, radix: 16))".utf8)
            case 0x10..<0x20: output += Array("\\u00\(String(byte, radix: 16))".utf8)
            default: output.append(byte)
            }
        }
        return output + Array("\"".utf8)
    }

    @Test(arguments: [[0x22, 0x61, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22]] as [[UInt8]])
    func refusesBytesThatAreNotUTF8(bytes: [UInt8]) {
        #expect(throws: JSONError.self) { try JSON.parse(bytes) }
    }
}
