/// The name of a database object, quoted. The only way by which a name enters SQL text.
package struct SQLIdentifier: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The longest name a server keeps, in bytes of UTF-8 (`NAMEDATALEN` - 1). It cuts longer ones silently, and the
    /// rest may be the name of another object.
    package static let bytesMax = 63

    /// The name as the catalog has it: not quoted, not folded.
    package let name: String

    /// - Throws: ``PostgreSQLError`` of kind `invalidValue` if the name is empty, holds a NUL or is longer than ``bytesMax``.
    package init(_ name: String) throws(PostgreSQLError) {
        guard !name.isEmpty else {
            throw PostgreSQLError(.invalidValue, "A name in the database cannot be empty.")
        }
        guard !name.utf8.contains(0) else {
            throw PostgreSQLError(.invalidValue, "A name in the database cannot hold the character NUL.")
        }
        guard name.utf8.count <= Self.bytesMax else {
            throw PostgreSQLError(
                .invalidValue,
                "A name in the database has at most \(Self.bytesMax) bytes; this one has \(name.utf8.count).")
        }
        self.name = name
    }

    /// A name written in this program's own source.
    package init(literal name: StaticString) {
        let name = "\(name)"
        precondition(!name.isEmpty && !name.utf8.contains(0) && name.utf8.count <= Self.bytesMax)
        self.name = name
    }

    /// The name between double quotes, ready for SQL text.
    package var sql: String {
        var result = "\""
        for scalar in name.unicodeScalars {
            if scalar == "\"" { result.unicodeScalars.append(scalar) }
            result.unicodeScalars.append(scalar)
        }
        result += "\""
        return result
    }

    package var description: String { sql }

    package static func < (left: SQLIdentifier, right: SQLIdentifier) -> Bool {
        left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
    }
}

/// A name with its schema, so that no `search_path` decides what it means.
package struct QualifiedName: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let schema: SQLIdentifier
    package let name: SQLIdentifier

    package init(schema: SQLIdentifier, name: SQLIdentifier) {
        self.schema = schema
        self.name = name
    }

    /// - Throws: As ``SQLIdentifier/init(_:)``.
    package init(schema: String, name: String) throws(PostgreSQLError) {
        self.schema = try SQLIdentifier(schema)
        self.name = try SQLIdentifier(name)
    }

    package var sql: String { "\(schema.sql).\(name.sql)" }
    package var description: String { sql }

    package static func < (left: QualifiedName, right: QualifiedName) -> Bool {
        (left.schema, left.name) < (right.schema, right.name)
    }
}
