/// A column of a result.
package struct ResultColumn: Hashable, Sendable {
    package var name: String
    /// `pg_type.oid`.
    package var typeOID: UInt32
    /// What was written in parentheses after the type, in the type's own form; -1 for nothing.
    package var typeModifier: Int32

    package init(name: String, typeOID: UInt32, typeModifier: Int32) {
        self.name = name
        self.typeOID = typeOID
        self.typeModifier = typeModifier
    }
}

/// What a statement would take and give; found without running it.
package struct StatementDescription: Hashable, Sendable {
    package var columns: [ResultColumn]
    /// `pg_type.oid` of `$1`, `$2`, ….
    package var parameterTypes: [UInt32]
}

/// The rows of one statement in PostgreSQL's text form, free of libpq: one block of bytes for all values. For answers
/// that fit in memory; tables are read by COPY.
package struct ResultRows: Sendable, RandomAccessCollection {
    package let columns: [ResultColumn]
    /// Rows inserted, updated, deleted or returned; 0 for a statement that counts none.
    package let affected: Int
    package let count: Int
    private let block: [UInt8]
    /// One range of ``block`` for each value, row by row; nil for NULL.
    private let values: [Range<Int>?]

    init(columns: [ResultColumn], affected: Int, count: Int, block: [UInt8], values: [Range<Int>?]) {
        self.columns = columns
        self.affected = affected
        self.count = count
        self.block = block
        self.values = values
    }

    package var startIndex: Int { 0 }
    package var endIndex: Int { count }

    package subscript(row: Int) -> Row {
        precondition(row >= 0 && row < count, "row \(row) of \(count)")
        return Row(rows: self, index: row)
    }

    /// One row. Columns count from 0. A value that is NULL, or not of the type asked for, is nil.
    package struct Row: Sendable {
        private let rows: ResultRows
        private let index: Int

        fileprivate init(rows: ResultRows, index: Int) {
            self.rows = rows
            self.index = index
        }

        private func raw(_ column: Int) -> ArraySlice<UInt8>? {
            precondition(column >= 0 && column < rows.columns.count, "column \(column) of \(rows.columns.count)")
            return rows.values[index * rows.columns.count + column].map { rows.block[$0] }
        }

        package func isNull(_ column: Int) -> Bool { raw(column) == nil }

        package func text(_ column: Int) -> String? { raw(column).map { String(decoding: $0, as: UTF8.self) } }

        package func int(_ column: Int) -> Int? { text(column).flatMap { Int($0) } }

        package func bool(_ column: Int) -> Bool? {
            switch text(column) {
            case "t": true
            case "f": false
            default: nil
            }
        }

        /// The bytes of a `bytea`, which arrives as `\x` and hexadecimal digits (a session pins `bytea_output`).
        package func bytes(_ column: Int) -> [UInt8]? {
            guard let raw = raw(column), raw.starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "x")]), raw.count % 2 == 0
            else { return nil }
            var bytes: [UInt8] = []
            bytes.reserveCapacity(raw.count / 2 - 1)
            var at = raw.startIndex + 2
            while at < raw.endIndex {
                guard let high = hexDigit(raw[at]), let low = hexDigit(raw[at + 1]) else { return nil }
                bytes.append(high << 4 | low)
                at += 2
            }
            return bytes
        }

        /// The elements of an array with one dimension.
        package func textArray(_ column: Int) -> [String?]? { raw(column).flatMap { ArrayLiteral.parse(Array($0)) } }
    }
}

private func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}
