/// The columns of a definition's key and how each is written: what the keys in the ledger were made of.
///
/// The registry keeps it, because the ledger's keys are bytes that only their forms can read.
package struct KeyShape: Hashable, Sendable {
    package struct Part: Hashable, Sendable {
        package var column: String
        package var form: KeyForm
        /// The form's name; for types that share a form and print the same value differently, such as `interval`, the
        /// type's own.
        package var word: String

        package init(column: String, type: SourceType, form: KeyForm) {
            self.column = column
            self.form = form
            word = Self.word(of: type, form)
        }

        fileprivate init(column: String, word: String) {
            self.column = column
            self.word = word
            form = KeyForm(rawValue: word) ?? .text
        }

        private static func word(of type: SourceType, _ form: KeyForm) -> String {
            switch type {
            case .time, .timetz, .interval, .inet, .cidr, .macaddr, .bit, .range, .other: type.description
            case .smallint, .integer, .bigint, .oid, .numeric, .real, .double, .money, .boolean, .date, .timestamp,
                .timestamptz, .varchar, .char, .text, .name, .uuid, .json, .jsonb, .xml, .bytea, .enumeration, .array,
                .composite:
                form.rawValue
            }
        }
    }

    package var parts: [Part]

    package init(parts: [Part]) { self.parts = parts }

    /// `id:integer,tenant:text`, names percent-encoded: what the registry stores.
    package var text: String {
        parts.map { "\(PercentEncoding.encode($0.column)):\(PercentEncoding.encode($0.word))" }.joined(separator: ",")
    }

    /// - Returns: `nil` for a text that no shape has.
    package init?(_ text: String) {
        parts = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let names = part.split(separator: ":", omittingEmptySubsequences: false).map(PercentEncoding.decode)
            guard names.count == 2, let column = names[0], let word = names[1], !column.isEmpty, !word.isEmpty else {
                return nil
            }
            parts.append(Part(column: column, word: word))
        }
    }

    package var columns: [String] { parts.map(\.column) }

    /// `id (integer), tenant (text)`, for people.
    package var words: String { parts.map { "\($0.column) (\($0.word))" }.joined(separator: ", ") }

    /// The canonical texts that a ledger key of this shape stands for; `nil` if it has another.
    package func parts(of key: LedgerKey) -> [String]? { key.parts(parts.lazy.map(\.form)) }

    /// The ledger's key of these canonical texts; `nil` if they are not of these forms.
    package func ledgerKey(_ texts: [String]) -> LedgerKey? { LedgerKey(parts: texts, forms: parts.lazy.map(\.form)) }
}
