import Core

/// Keys of sharding: policies, rules and conditions.
enum ShardingSchema {
    static let policy = ObjectShape("a sharding policy's spec", shared(required: true))

    static let inline = ObjectShape(
        "a definition's sharding",
        [Key("policy", .text(.dnsLabel), "The name of a ShardingPolicy.")] + shared(required: false),
        exclusive: [["policy"], ["rules", "unrouted", "rollout"]], needsOneOf: ["policy", "rules"])

    private static func shared(required: Bool) -> [Key] {
        [
            Key(
                "rules", .list(of: .object(rule), atLeast: 1), "The first whose condition holds decides.",
                required: required ? .plain : nil),
            Key(
                "unrouted", .word([Word("hold", "An item that is there stays; none is created.")]),
                "What happens to rows that no rule takes.", default: "hold"),
            Key(
                "rollout",
                .object(
                    ObjectShape(
                        "a rollout",
                        [Key("maxMovesPerDay", .integer(1...1_000_000_000), "Items moved in a day.", required: .plain)])
                ),
                "Spreads a large change over days.", support: .never),
        ]
    }

    static let rule = ObjectShape(
        "a sharding rule",
        [
            Key("when", .named(.condition), "The condition; all of its columns must hold."),
            Key("list", .text(.listName), "The list of rows for which it holds."),
            Key("default", .text(.listName), "The list of all other rows; the last rule."),
        ], exclusive: [["default"], ["when", "list"]], needsOneOf: ["list", "default"],
        missingHelp: "write list: and the name of the list that the rows belong in")
}

/// `when`: a mapping from columns to tests, with `all`, `any`, `not` and `columns` beside them.
enum ConditionSchema {
    static let combinators = ["all", "any", "not", "columns"]

    static let shape: Shape =
        .object(
            ObjectShape(
                "a condition",
                [
                    Key("all", .list(of: .named(.condition), atLeast: 1), "Conditions that must all hold."),
                    Key("any", .list(of: .named(.condition), atLeast: 1), "Conditions of which one must hold."),
                    Key("not", .named(.condition), "A condition that must not hold."),
                    Key(
                        "columns", .dictionary(keys: .identifier, of: test),
                        "Tests of columns that are called all, any, not or columns."),
                ], others: test))

    static let test = Shape.either(
        scalar: .scalar, list: .list(of: .scalar, atLeast: 1),
        mapping: .object(ObjectShape("a test of a column", operators)))

    private static let operators = [
        Key("eq", .scalar, "Equal; with null: has no value."),
        Key("ne", .scalar, "Not equal."),
        Key("in", .list(of: .scalar, atLeast: 1), "One of."),
        Key("notIn", .list(of: .scalar, atLeast: 1), "None of."),
        Key("gt", .scalar, "Greater than."),
        Key("gte", .scalar, "Greater than or equal."),
        Key("lt", .scalar, "Less than."),
        Key("lte", .scalar, "Less than or equal."),
        Key("prefix", .text(.any), "Begins with."),
        Key("suffix", .text(.any), "Ends with."),
        Key("contains", .text(.any), "Holds this text."),
        Key("matches", .text(.any), "Matches a regular expression.", support: .never),
        Key("isNull", .boolean, "Has no value, or has one."),
        Key("olderThan", .text(.duration), "Further back than this duration."),
        Key("newerThan", .text(.duration), "Not as far back as this duration."),
    ]
}
