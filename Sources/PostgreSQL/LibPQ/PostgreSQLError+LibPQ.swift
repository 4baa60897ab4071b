internal import CPostgres

extension PostgreSQLError {
    /// From a failed result.
    init(result: OpaquePointer, server: ServerAddress?) {
        func field(_ code: Int) -> String? {
            PQresultErrorField(result, Int32(code)).map { String(cString: $0) }
        }
        let whole = PQresultErrorMessage(result).map { String(cString: $0) } ?? ""
        let sqlState = field(cpostgres_diag_sqlstate)
        guard let sqlState else {
            // libpq itself made this result: the connection broke, or memory ran out.
            self.init(.connectionLost, Self.firstLine(whole), server: server)
            return
        }
        let primary = field(cpostgres_diag_message) ?? ""
        self.init(
            Kind(sqlState: sqlState), Self.safeMessage(primary, sqlState: sqlState), sqlState: sqlState, server: server)
        let detail = field(cpostgres_diag_detail)
        let hint = field(cpostgres_diag_hint)
        detailMasked = Hidden([primary, detail, hint].compactMap(\.self).joined(separator: "\n"))
        schema = field(cpostgres_diag_schema)
        table = field(cpostgres_diag_table)
        column = field(cpostgres_diag_column)
        constraint = field(cpostgres_diag_constraint)
        position = field(cpostgres_diag_position).flatMap { Int($0) }
    }

    /// From a connection that came to nothing. libpq gives no result to ask for a SQLSTATE, only text; but asked for
    /// verbose messages it puts the SQLSTATE before the server's words, whatever their language:
    ///
    ///     connection to server at "db" (10.0.0.7), port 5432 failed: FATAL:  28P01: password authentication failed …
    ///     LOCATION:  auth_failed, auth.c:338
    ///
    /// This is the one place that reads it. Without a SQLSTATE no server refused: libpq gave up (TLS, a method it must
    /// not use), or nobody answered.
    /// - Parameter serverAnswers: Whether PQping got an answer; asked only if the text does not decide.
    init(connectFailure text: String, server: ServerAddress, serverAnswers: () -> Bool) {
        let lines = text.split(whereSeparator: \.isNewline).map(String.init)
        // Of several hosts the last one tried speaks.
        for line in lines.reversed() {
            guard let (sqlState, message) = Self.sqlStateAndMessage(line) else { continue }
            let kind = Kind(sqlState: sqlState)
            self.init(
                // A server that stops ends new sessions at once; nothing was under way on this one.
                kind == .connectionLost ? .unreachable : kind, Self.safeMessage(message, sqlState: sqlState),
                sqlState: sqlState, server: server)
            return
        }
        // Several hosts give a line each, and some lines are followed by indented advice.
        let failures = lines.filter { !$0.hasPrefix("\t") }
        let message = failures.last ?? "the connection failed"
        let words = message.lowercased()
        if ["certificate", "ssl ", "channel binding"].contains(where: words.contains) {
            self.init(.insecure, message, server: server)
        } else if serverAnswers() {
            self.init(.authentication, message, server: server)
        } else {
            self.init(.unreachable, message, server: server)
        }
    }

    /// Finds `:  XXXXX: words` in a line of a verbose message.
    static func sqlStateAndMessage(_ line: String) -> (sqlState: String, message: String)? {
        let bytes = Array(line.utf8)
        guard bytes.count > 10 else { return nil }
        for start in 0..<(bytes.count - 9)
        where bytes[start..<start + 3].elementsEqual(":  ".utf8) && bytes[start + 8] == UInt8(ascii: ":") {
            let state = bytes[start + 3..<start + 8]
            let isState = state.allSatisfy { byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            }
            guard isState else { continue }
            return (
                String(decoding: state, as: UTF8.self),
                String(decoding: bytes[(start + 9)...].drop { $0 == 32 }, as: UTF8.self)
            )
        }
        return nil
    }
}
