/// A value that travels beside a statement, never inside its text. The server takes its type from the statement: write
/// `$1::bigint`, `unnest($2::text[])`.
package enum Parameter: Hashable, Sendable {
    case null
    /// The value in PostgreSQL's text form, for any type.
    case text(String)
    /// For `bytea` only.
    case bytes([UInt8])
    /// Elements in PostgreSQL's text form, for an array of any type.
    case textArray([String?])
    /// For `text[]` only.
    case strings([String?])
    /// JSON texts in UTF-8, for `json[]` only.
    case jsonArray([[UInt8]])
    /// For `bytea[]` only.
    case bytesArray([[UInt8]?])
    /// For `bigint[]` only.
    case int64Array([Int64?])

    package static func int(_ value: some BinaryInteger) -> Parameter { .text("\(value)") }
    package static func bool(_ value: Bool) -> Parameter { .text(value ? "t" : "f") }
    package static func optional(_ value: String?) -> Parameter { value.map(Parameter.text) ?? .null }
}

extension Parameter: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByNilLiteral {
    package init(stringLiteral value: String) { self = .text(value) }
    package init(integerLiteral value: Int64) { self = .int(value) }
    package init(nilLiteral: ()) { self = .null }
}

/// Parameters are row values: what prints them shows their form and size only.
extension Parameter: CustomStringConvertible, CustomReflectable {
    package var description: String {
        switch self {
        case .null: "null"
        case .text(let text): "text(\(text.utf8.count) bytes)"
        case .bytes(let bytes): "bytes(\(bytes.count))"
        case .textArray(let elements): "textArray(\(elements.count))"
        case .strings(let elements): "strings(\(elements.count))"
        case .jsonArray(let elements): "jsonArray(\(elements.count))"
        case .bytesArray(let elements): "bytesArray(\(elements.count))"
        case .int64Array(let elements): "int64Array(\(elements.count))"
        }
    }

    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// The values of one statement, laid out for libpq: one block of bytes and, for each value, where it is in the block.
struct EncodedParameters {
    private(set) var block: [UInt8] = []
    /// Offset in ``block``, or nil for NULL.
    private(set) var offsets: [Int?] = []
    private(set) var lengths: [Int32] = []
    /// 0 text, 1 binary.
    private(set) var formats: [Int32] = []

    /// - Throws: ``PostgreSQLError`` of kind `invalidValue` for a text with a NUL, which libpq would cut there, a value
    ///   of 1 GiB or more, or more than 65,535 values.
    init(_ values: [Parameter]) throws(PostgreSQLError) {
        guard values.count <= Int(UInt16.max) else {
            throw PostgreSQLError(.invalidValue, "A statement takes at most 65535 values; \(values.count) were given.")
        }
        for value in values {
            let start = block.count
            var format: Int32 = 0
            switch value {
            case .null:
                break
            case .text(let text):
                block.append(contentsOf: text.utf8)
            case .bytes(let bytes):
                block.append(contentsOf: bytes)
                format = 1
            case .textArray(let elements):
                ArrayLiteral.append(elements, to: &block)
            case .strings(let elements):
                BinaryArray.append(elements, elementType: BinaryArray.textType, to: &block) {
                    $1.append(contentsOf: $0.utf8)
                }
                format = 1
            case .jsonArray(let elements):
                BinaryArray.append(elements, elementType: BinaryArray.jsonType, to: &block) {
                    $1.append(contentsOf: $0)
                }
                format = 1
            case .bytesArray(let elements):
                BinaryArray.append(elements, elementType: BinaryArray.byteaType, to: &block) {
                    $1.append(contentsOf: $0)
                }
                format = 1
            case .int64Array(let elements):
                BinaryArray.append(elements, elementType: BinaryArray.int8Type, to: &block) { $1.appendBigEndian($0) }
                format = 1
            }
            let length = block.count - start
            guard length < 1 << 30 else {
                throw PostgreSQLError(
                    .invalidValue, "A value of \(length) bytes is larger than a server takes (1 GiB).")
            }
            if format == 0, block[start...].contains(0) {
                throw PostgreSQLError(.invalidValue, "A text for PostgreSQL cannot hold the character NUL.")
            }
            offsets.append(value == .null ? nil : start)
            lengths.append(Int32(length))
            formats.append(format)
            block.append(0)  // ends a text, harmless after bytes
        }
    }

    /// Lends the values as libpq wants them.
    func withPointers<T>(
        _ body: (
            _ count: Int32, _ values: UnsafePointer<UnsafePointer<CChar>?>?, _ lengths: UnsafePointer<Int32>?,
            _ formats: UnsafePointer<Int32>?
        ) -> T
    ) -> T {
        block.withUnsafeBytes { block in
            let base = block.baseAddress?.assumingMemoryBound(to: CChar.self)
            let pointers = offsets.map { offset in offset.flatMap { base?.advanced(by: $0) } }
            return pointers.withUnsafeBufferPointer { pointers in
                lengths.withUnsafeBufferPointer { lengths in
                    formats.withUnsafeBufferPointer { formats in
                        body(Int32(offsets.count), pointers.baseAddress, lengths.baseAddress, formats.baseAddress)
                    }
                }
            }
        }
    }
}
