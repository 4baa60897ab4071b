import Core
import PostgreSQL

extension FuzzTarget {
    /// Rows of `COPY … TO STDOUT`.
    static let copyText = FuzzTarget(
        "copy-text", words: ["\\N", "\\\\N", "\\\\", "\\x41", "\\101", "\\400", "\t", "\n", "\\t", "\\n", "\\"],
        stretches: [
            { Array(repeated("\\x4", upTo: $0).utf8) }, { Array(repeated("\t", upTo: $0).utf8) },
            { Array(repeated("\\", upTo: $0).utf8) }, { Array(repeated("a\n", upTo: $0).utf8) },
        ]
    ) { (input) throws(BrokenPromise) in
        var ends = input.indices.filter { input[$0] == 0x0A }.map { $0 + 1 }
        if ends.last != input.count { ends.append(input.count) }
        var row = CopyRow()
        var rows = 0
        try CopyChunk(bytes: input, rowEnds: ends).forEachRow(&row) { (row) throws(BrokenPromise) in
            rows += 1
            try promise(row.count == row.bytes.count { $0 == 0x09 } + 1, "\(row.count) fields")
            var encoder = CopyTextEncoder()
            var values: [[UInt8]?] = []
            var isText = true
            for field in 0..<row.count {
                let value = row.unescaped(field)
                values.append(value)
                try promise((value == nil) == row.isNull(field), "NULL is not NULL")
                guard let value else {
                    encoder.appendNull()
                    continue
                }
                // What the server sends is text; then writing and reading again must give the same.
                guard let text = String(validating: value, as: UTF8.self) else {
                    isText = false
                    continue
                }
                try promise(row.text(field)?.utf8.elementsEqual(value) == true, "text and bytes differ")
                encoder.append(text)
            }
            guard isText else { return }
            encoder.endRow()
            let again = encoder.take().withUnsafeBytes { bytes in
                let row = CopyRow(bytes)
                return (0..<row.count).map { row.unescaped($0) }
            }
            try promise(again == values, "a row does not read back")
        }
        try promise(rows == ends.count, "\(rows) rows of \(ends.count)")
    }

    /// Arrays as PostgreSQL prints them.
    static let arrayLiteral = FuzzTarget(
        "array-literal", words: ["{", "}", ",", "\"", "\\\"", "\\\\", "NULL", "\"NULL\"", "{}"],
        stretches: [
            { Array(("{" + repeated("a,", upTo: $0) + "a}").utf8) },
            { Array(("{" + repeated("\"\\\"\",", upTo: $0) + "a}").utf8) },
            { Array(("{" + repeated("a", upTo: $0) + "}").utf8) }, { Array(repeated("{", upTo: $0).utf8) },
        ]
    ) { (input) throws(BrokenPromise) in
        guard let text = text(input), let elements = ArrayLiteral.parse(text) else { return }
        let again = ArrayLiteral.parse(ArrayLiteral.text(elements))
        try promise(again == elements, "an array does not read back")
    }
}
