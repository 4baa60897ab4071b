import Core
import PostgreSQL

extension FuzzTarget {
    /// Connection strings, whose passwords no message may show.
    static let connectionStrings = FuzzTarget(
        "connection-strings",
        words: [
            "postgresql://", "host=", "port=", "user=", "password=", "dbname=", "sslmode=", "connect_timeout=",
            "service=", "@", ":", "?", "&", "%41", "'", "\\'",
        ],
        stretches: [
            { Array(repeated("host=a ", upTo: $0).utf8) },
            { Array(("postgresql://" + repeated("a,", upTo: $0)).utf8) },
            { Array(("host='" + repeated("\\'", upTo: $0)).utf8) },
        ]
    ) { (input) throws(BrokenPromise) in
        guard let text = text(input) else { return }
        let canary = "c4n4ry"
        for dsn in [text, "postgresql://u:\(canary)@h/" + text, "password=\(canary) " + text] {
            let parameters: ConnectionParameters
            do throws(PostgreSQLError) {
                parameters = try ConnectionParameters(dsn: dsn)
            } catch {
                try promise(!"\(error)".contains(canary), "a password is in an error")
                continue
            }
            try promise(parameters.options["password"] == nil, "a password is among the options")
            try promise((1...3600).contains(parameters.connectSeconds), "an endless time to connect")
            // What stands elsewhere than in the password's place is no secret to us.
            if parameters.password?.reveal() == canary,
                !parameters.options.values.contains(where: { $0.contains(canary) })
            {
                try promise(!"\(parameters)".contains(canary), "a password is shown")
            }
            _ = (parameters.hosts, parameters.isLocal, parameters.sslMode)
        }
    }

    /// CHECK constraints as the catalog prints them, and the author's SQL.
    static let checkExpressions = FuzzTarget(
        "check-expressions",
        words: [
            "(", ")", "::text", " = ANY ", "ARRAY[", "]", "'a'", "E'a\\\\b'", " IS NULL", " OR ", "<@", "'{a,b}'",
            "\"", "''", "$$", "$a$", "--", "/*", ";",
        ],
        stretches: [
            { Array(repeated("(", upTo: $0).utf8) },
            { Array((repeated("(", upTo: $0 / 2) + "a" + repeated(")", upTo: $0 / 2)).utf8) },
            { Array((repeated("(a IS NULL) OR ", upTo: $0) + "a = 'b'").utf8) },
            { Array((repeated("(a IS NULL OR ", upTo: $0) + "a = 'b'").utf8) },
            { Array(("a = ANY (ARRAY[" + numbered(upTo: $0) { "'\($0)'," } + "'a'])").utf8) },
            { Array(("a" + repeated("::text", upTo: $0)).utf8) },
            { Array(repeated("$a", upTo: $0).utf8) },
            { Array(("$a$" + repeated("$a", upTo: $0)).utf8) },
            { Array(repeated("$a$", upTo: $0).utf8) },
        ]
    ) { (input) throws(BrokenPromise) in
        guard let text = text(input) else { return }
        if let choices = CheckExpression.choices(text) {
            try promise(!choices.values.isEmpty && !choices.column.isEmpty, "choices of nothing")
        }
        try? ExpressionGuard.check(text)
    }
}
