import Core

/// Keys of `SyncDefinition`.
enum DefinitionSchema {
    static let spec = ObjectShape(
        "a definition's spec",
        [
            Key("source", .object(source), "The table.", required: .plain),
            Key("target", .object(target), "The site, where there is more than one, or one list for all rows."),
            Key(
                "mode",
                .word([
                    Word("ONE_WAY_PUSH", "From the table to the lists."),
                    Word("TWO_WAY", "Both ways.", isSupported: false),
                    Word("ARCHIVE_ONLY", "Create and update, never delete.", isSupported: false),
                ]), "The direction.", default: .string(SyncDefinition.Mode.oneWayPush.rawValue)),
            Key("sharding", .object(ShardingSchema.inline), "Which list each row belongs in."),
            Key("mapping", .object(MappingSchema.inline), "Which columns are kept in step; by default all of them."),
            Key(
                "deletes",
                .word([
                    Word("PROPAGATE", "The item goes to the recycle bin of the site."),
                    Word("RETAIN", "The item stays as it is."),
                    Word("MARK", "The item stays, with the time in the column SyncBridgeDeletedAt."),
                ]), "What happens to the item of a row that is gone.",
                required: .explained(
                    "say what happens to the item of a row that is gone: PROPAGATE deletes it, RETAIN leaves it, MARK marks it"
                )),
            Key(
                "onDrift",
                .word([
                    Word("REPORT", "A person's edit stays and is reported."),
                    Word("REVERT", "A person's edit is overwritten, and kept in the conflicts."),
                ]), "What happens to edits in the list.", default: .string(SyncDefinition.OnDrift.report.rawValue)),
            Key("suspend", .boolean, "Plan it, but never apply it.", default: false),
            Key(
                "conflicts",
                .word(["POSTGRES_WINS", "SHAREPOINT_WINS", "LATEST_WINS", "FIELD_MERGE", "MANUAL"].map { Word($0) }),
                "Who wins where both sides changed.", support: .never),
            Key(
                "allowTargetCreates", .boolean, "Items that people create become rows.", default: false,
                support: .onlyOff),
            Key("guards", .object(ProjectSchema.guards(withDefaults: false)), "Limits of its own."),
            Key("schedule", .text(.line), "When a worker runs it: every 5m, or a cron line.", support: .never),
            Key("lists", .dictionary(keys: .listName, of: .object(listSettings)), "Settings of lists, by their names."),
        ])

    private static let source = ObjectShape(
        "a definition's source",
        [
            Key("profile", .text(.dnsLabel), "The database; may be left out when there is one."),
            Key("table", .text(.tableName), "The table or view, such as public.projects.", required: .plain),
            Key(
                "key", .list(of: .text(.identifier), atLeast: 1),
                "The columns that name a row; by default the primary key. A view must state it."),
            Key("where", .text(.sql), "A condition in SQL: rows for which it does not hold do not exist."),
            Key(
                "capture",
                .either(
                    scalar: .word([Word("SNAPSHOT", "Reads the whole table.")]),
                    list: nil,
                    mapping: .object(
                        ObjectShape(
                            "a capture",
                            [
                                Key(
                                    "WATERMARK",
                                    .object(watermark),
                                    "Between whole reads, reads only rows whose column is at or after the last mark.")
                            ], holdsOneKey: true))), "How changes are found.", default: "SNAPSHOT"),
        ])

    static let watermark = ObjectShape(
        "a watermark",
        [
            Key(
                "column", .text(.identifier), "A time or number that grows with every change of a row.",
                required: .plain),
            Key(
                "overlap", .text(.duration),
                "How far before the last mark a read begins: longer than a transaction is open. By default 10m."),
            Key(
                "overlapValues", .integer(0...1_000_000_000),
                "The same for a column of whole numbers: by default 1000."),
            Key(
                "snapshotEvery", .text(.duration),
                "How often the whole table is read all the same, which finds deleted rows and late commits.",
                default: "24h"),
        ], exclusive: [["overlap"], ["overlapValues"]])

    private static let target = ObjectShape(
        "a definition's target",
        [
            Key("profile", .text(.dnsLabel), "The site; may be left out when there is one."),
            Key("list", .text(.listName), "The one list of all rows: short for a sharding with this default."),
        ])

    static let listSettings = ObjectShape(
        "a list's settings",
        [
            Key("displayName", .text(.line), "The title that people see; by default its name."),
            Key("description", .text(.any), "What people read below the title."),
            Key("adopt", .boolean, "Take over a list of this name that is already there.", default: false),
            Key("deletionPolicy", deletionPolicy, "What happens to it when it leaves the tree.", default: "Retain"),
            Key(
                "ignoreColumns", .list(of: .text(.line), atLeast: 0),
                "Columns, by their internal names, that are not compared and whose changes are not reported."),
            Key(
                "statusColumn", .boolean, "One column in which people read the state of their row.", default: false,
                support: .onlyOff),
        ])

    static let deletionPolicy = Shape.word([
        Word("Retain", "It stays."), Word("Delete", "It is deleted, if that is allowed.", isSupported: false),
    ])
}
