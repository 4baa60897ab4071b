package import Core

/// One line of an answer's headers, with or without its line end.
package enum HeaderLine: Hashable, Sendable {
    /// The line that begins an answer: headers before it belong to an interim one.
    case status
    /// The blank line after the headers.
    case end
    case header(HTTPHeader)
    /// Neither: it is passed over.
    case other

    package init(_ line: UnsafeRawBufferPointer) {
        if line.starts(with: "HTTP/".utf8) {
            self = .status
        } else if line.allSatisfy({ $0 == 0x0D || $0 == 0x0A }) {
            self = .end
        } else if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
            let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }
            let value = line[(colon + 1)...].drop(while: isBlank)
            let end = value.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? value.startIndex
            self = .header(
                HTTPHeader(
                    String(decoding: line[..<colon], as: UTF8.self),
                    String(decoding: value[value.startIndex..<end], as: UTF8.self)))
        } else {
            self = .other
        }
    }
}
