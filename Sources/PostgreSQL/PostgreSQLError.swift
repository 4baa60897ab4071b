/// What went wrong between this program and a PostgreSQL server. Translated once, where libpq is called; above it,
/// switch on ``kind``, never search ``message``.
package struct PostgreSQLError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// No server answered, or it is starting or stopping: nothing was done.
        case unreachable
        /// We refused before a secret left: its way to the server is not protected, or the server could not be verified.
        case insecure
        /// The server refused the login (SQLSTATE class 28).
        case authentication
        /// The login lacks a right (42501).
        case permission
        /// A database, schema, table, column, function or type that does not exist.
        case missingObject
        /// The server has no connection, memory or disk left (class 53).
        case resources
        /// The statement was stopped: by our task's end, a timeout or an administrator.
        case cancelled
        /// Lost against another transaction; nothing was done, repeat the whole transaction (40001, 40P01).
        case serialization
        /// A lock was not available at once or in time (55P03).
        case lockNotAvailable
        /// A row with this key exists (23505).
        case uniqueViolation
        /// Another constraint refused the row (rest of class 23).
        case constraintViolation
        /// A value that a type or a function does not take (class 22), or one that cannot be sent.
        case invalidValue
        /// The statement makes no sense to the server (rest of class 42).
        case syntax
        /// The connection broke during a statement: whether the server acted is **unknown**.
        case connectionLost
        /// Everything else; ``PostgreSQLError/sqlState`` says what.
        case other
    }

    package var kind: Kind
    /// Five characters, if the server said so.
    package var sqlState: String?
    /// The server's or libpq's words in one line, without row values and secrets.
    package var message: String
    /// All that the server said, row values included: message, DETAIL, HINT and context. Never printed.
    package var detailMasked: Hidden?
    package var schema: String?
    package var table: String?
    package var column: String?
    package var constraint: String?
    /// Where in the statement, in Unicode scalars from 1.
    package var position: Int?
    /// Where the session was, or was to be.
    package var server: ServerAddress?

    package init(_ kind: Kind, _ message: String, sqlState: String? = nil, server: ServerAddress? = nil) {
        self.kind = kind
        self.message = message
        self.sqlState = sqlState
        self.server = server
    }

    /// `warehouse.example:5432/sales as reader: relation "x" does not exist (42P01)`
    package var description: String {
        let place = server.map { "\($0): " } ?? ""
        let state = sqlState.map { " (\($0))" } ?? ""
        return place + message + state
    }

    /// Whether the same work may succeed when it is done again from its beginning, with nothing changed by hand.
    /// - Note: After ``Kind/connectionLost`` look first: the work may be done.
    package var isRetryable: Bool {
        switch kind {
        case .unreachable, .resources, .serialization, .lockNotAvailable, .connectionLost: true
        case .insecure, .authentication, .permission, .missingObject, .cancelled, .uniqueViolation,
            .constraintViolation, .invalidValue, .syntax, .other:
            false
        }
    }
}

/// The place of a database, without secrets.
package struct ServerAddress: Hashable, Sendable, CustomStringConvertible {
    /// As it was given: a name, an address, or the directory of a socket; several are separated by commas.
    package var host: String
    package var port: String
    package var database: String
    package var user: String

    package init(host: String, port: String, database: String, user: String) {
        self.host = host
        self.port = port
        self.database = database
        self.user = user
    }

    package var description: String { "\(host):\(port)/\(database) as \(user)" }
}

/// An error type that can carry what the driver throws, so that ``Session/transaction(_:_:)`` works with the errors of
/// the port it is used for.
package protocol PostgreSQLErrorConvertible: Error {
    init(_ error: PostgreSQLError)
}

extension PostgreSQLError: PostgreSQLErrorConvertible {
    package init(_ error: PostgreSQLError) {
        self = error
    }
}

extension PostgreSQLError.Kind {
    /// - SeeAlso: "Appendix A. PostgreSQL Error Codes" of the manual.
    package init(sqlState: String) {
        self =
            switch sqlState {
            case "42501": .permission
            case "42P01", "42703", "42704", "42883", "3D000", "3F000": .missingObject
            case "57014": .cancelled
            case "40001", "40P01": .serialization
            case "55P03": .lockNotAvailable
            case "23505": .uniqueViolation
            case "57P03": .unreachable
            // The server ended our session while it could have been at work.
            case "57P01", "57P02", "57P05", "25P03": .connectionLost
            default:
                switch sqlState.prefix(2) {
                case "08": .connectionLost
                case "22": .invalidValue
                case "23": .constraintViolation
                case "28": .authentication
                case "42": .syntax
                case "53": .resources
                default: .other
                }
            }
    }
}

extension PostgreSQLError {
    /// The server's primary message as it may be shown. Messages of class 22 quote the value they refuse; errors that
    /// triggers and functions raise (P0001) say what their authors liked.
    static func safeMessage(_ message: String, sqlState: String?) -> String {
        guard let sqlState else { return firstLine(message) }
        if sqlState == "P0001" { return "a function or trigger of the database raised an error" }
        return sqlState.hasPrefix("22") ? withoutQuotedText(firstLine(message)) : firstLine(message)
    }

    /// The text with everything from its first to its last quotation mark, of any language, taken out.
    static func withoutQuotedText(_ text: String) -> String {
        let marks: Set<Unicode.Scalar> = ["\"", "'", "`", "«", "»", "„", "“", "”", "‘", "’", "「", "」"]
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: marks.contains) else { return text }
        let last = scalars.lastIndex(where: marks.contains) ?? first
        return String(scalars[..<first]) + "\"…\"" + String(scalars[scalars.index(after: last)...])
    }

    static func firstLine(_ text: String) -> String {
        String(text.prefix { $0 != "\n" && $0 != "\r\n" })
    }
}
