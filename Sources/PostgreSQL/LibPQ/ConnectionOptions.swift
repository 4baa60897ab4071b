internal import CPostgres

/// libpq's knowledge of connection strings, so that ours means what psql's means.
enum ConnectionOptions {
    /// The settings that a connection string spells out.
    static func parse(_ dsn: String) throws(PostgreSQLError) -> [String: String] {
        guard !dsn.utf8.contains(0) else {
            throw PostgreSQLError(.invalidValue, "A connection string cannot hold the character NUL.")
        }
        var words: UnsafeMutablePointer<CChar>?
        let list = PQconninfoParse(dsn, &words)
        defer {
            PQconninfoFree(list)
            PQfreemem(words)
        }
        guard let list else {
            // libpq quotes the place where it stopped, which may be the password.
            let reason = words.map { PostgreSQLError.withoutQuotedText(PostgreSQLError.firstLine(String(cString: $0))) }
            throw PostgreSQLError(
                .invalidValue, "The connection string cannot be read: \(reason ?? "out of memory")")
        }
        return values(list)
    }

    /// What libpq uses for settings that nobody wrote: its environment variables, else what it was built with.
    static func defaults() -> [String: String] {
        guard let list = PQconndefaults() else { return [:] }
        defer { PQconninfoFree(list) }
        return values(list)
    }

    /// Whether this libpq has the setting.
    static func knows(_ keyword: String) -> Bool {
        guard let list = PQconndefaults() else { return false }
        defer { PQconninfoFree(list) }
        var option = list
        while let name = option.pointee.keyword {
            if String(cString: name) == keyword { return true }
            option += 1
        }
        return false
    }

    private static func values(_ list: UnsafeMutablePointer<PQconninfoOption>) -> [String: String] {
        var result: [String: String] = [:]
        var option = list
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { result[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return result
    }
}
