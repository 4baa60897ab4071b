import Core

/// Keys of mappings and their fields.
enum MappingSchema {
    static let document = ObjectShape("a field mapping's spec", shared, needsOneOf: ["fields", "auto"])

    static let inline = ObjectShape(
        "a definition's mapping", [Key("ref", .text(.dnsLabel), "The name of a FieldMapping.")] + shared,
        exclusive: [["ref"], ["auto", "fields"]], needsOneOf: ["ref", "auto", "fields"])

    private static let shared = [
        Key(
            "auto",
            .object(
                ObjectShape(
                    "an automatic mapping",
                    [Key("skip", .list(of: .text(.identifier), atLeast: 0), "Columns that are left out.")])),
            "Maps every column that fields does not name."),
        Key("fields", .list(of: .object(field), atLeast: 1), "One column of the lists each."),
    ]

    static let field = ObjectShape(
        "a field",
        [
            Key("source", .text(.identifier), "The column of the table."),
            Key("expression", .text(.sql), "An SQL expression over the table's columns; read only."),
            Key("target", .text(.columnName), "The internal name of the column in the list.", required: .plain),
            Key("displayName", .text(.line), "The name that people see; by default the target."),
            Key("description", .text(.any), "What people read when they fill the column."),
            Key("type", .named(.columnType), "The type of the column; by default from the value."),
            Key("required", .boolean, "People must fill it.", default: false),
            Key("indexed", .boolean, "SharePoint keeps an index.", default: false),
            Key("unique", .boolean, "No two items may have the same value; implies an index.", default: false),
            Key(
                "default",
                .either(
                    scalar: .scalar, list: nil,
                    mapping: .object(
                        ObjectShape(
                            "a column's default",
                            [
                                Key("value", .scalar, "A value."),
                                Key("formula", .text(.line), "A formula, such as =Today."),
                            ],
                            holdsOneKey: true))), "What the column holds where people enter nothing."),
            Key(
                "transform",
                .either(
                    scalar: .named(.transform), list: .list(of: .named(.transform), atLeast: 0),
                    mapping: .named(.transform)),
                "Steps from the column's value to the list's, in order."),
            Key(
                "owner",
                .word([
                    Word("source", "The table."), Word("target", "The people: declared, never written."),
                    Word("shared", "Both.", isSupported: false),
                ]), "Whose value it is.", default: .string(Field.Owner.source.rawValue)),
            Key("mergeGroup", .text(.line), "Fields that change together.", support: .never),
            Key("shareable", .boolean, "Its values may be shown in plans and comments.", default: false),
            Key("sensitivity", .text(.line), "A word of your own about the values."),
            Key(
                "deletionPolicy", DefinitionSchema.deletionPolicy, "What happens to it when it leaves the tree.",
                default: "Retain"),
            Key(
                "renamedFrom",
                .either(scalar: .text(.columnName), list: .list(of: .text(.columnName), atLeast: 1), mapping: nil),
                "Earlier internal names.", support: .never),
        ], exclusive: [["source"], ["expression"]])
}

/// Column types: the name of a facet of Microsoft Graph, or `{ facet: options }`.
enum ColumnTypeSchema {
    static let shape = Shape.either(
        scalar: .word(
            words.map { Word($0.name, $0.doc) } + unsupported.map { Word($0, isSupported: false) }, code: .unknownType),
        list: nil,
        mapping: .object(
            ObjectShape(
                "a column type",
                words.map { Key($0.name, .object(ObjectShape("the options of \($0.name)", $0.options)), $0.doc) }
                    + unsupported.map { Key($0, .anything, "", support: .never) },
                holdsOneKey: true, unknownKeyCode: .unknownType)))

    struct Facet: Sendable {
        var name: String
        var doc: String
        var options: [Key]
    }

    static let unsupported = [
        "lookup", "personOrGroup", "hyperlinkOrPicture", "calculated", "geolocation", "term", "thumbnail",
    ]

    static let words: [Facet] = [
        Facet(
            name: "text", doc: "Text; of one line unless allowMultipleLines says otherwise.",
            options: [
                Key("allowMultipleLines", .boolean, "Several lines.", default: false), maxLength,
                Key("linesForEditing", .integer(0...1000), "The height of the box in forms."),
            ]),
        Facet(
            name: "multilineText", doc: "Plain text of several lines.",
            options: [
                Key("linesForEditing", .integer(0...1000), "The height of the box in forms.", default: 6)
            ]),
        Facet(
            name: "number", doc: "A number.",
            options: [
                Key(
                    "decimalPlaces", .word(ColumnType.Number.Places.allCases.map { Word($0.rawValue) }),
                    "Shown decimals.",
                    default: "automatic"),
                Key(
                    "displayAs", .word(ColumnType.Number.Display.allCases.map { Word($0.rawValue) }),
                    "A percentage shows 0.25 as 25 %.", default: "number"),
                Key("minimum", anyNumber, "The least value people may enter."),
                Key("maximum", anyNumber, "The greatest value people may enter."),
            ]),
        Facet(name: "boolean", doc: "Yes or no.", options: []),
        Facet(
            name: "dateTime", doc: "A moment.",
            options: [
                Key(
                    "format", .word(ColumnType.DateTime.Format.allCases.map { Word($0.rawValue) }),
                    "With or without the time.",
                    default: "dateTime"), dateDisplay,
            ]),
        Facet(name: "dateOnly", doc: "A day, in the site's time zone.", options: [dateDisplay]),
        Facet(
            name: "choice", doc: "One of a list of texts.",
            options: [
                choices, textEntry,
                Key(
                    "displayAs",
                    .word([Word("dropDownMenu"), Word("radioButtons"), Word("checkBoxes", "Several may be chosen.")]),
                    "How people choose.", default: "dropDownMenu"),
            ]),
        Facet(name: "multiChoice", doc: "Some of a list of texts.", options: [choices, textEntry]),
        Facet(
            name: "currency", doc: "An amount of money.",
            options: [
                Key("locale", .text(.locale), "The country whose currency it is, such as en-us.", required: .plain)
            ]),
    ]

    private static let anyNumber = Shape.number(-1.7976931348623157e308...1.7976931348623157e308)
    private static let maxLength = Key(
        "maxLength", .integer(1...255), "The greatest length of one line, in UTF-16 units.", default: 255)
    private static let choices = Key(
        "choices", .list(of: .text(.line), atLeast: 1), "The texts, in the order in which people see them.",
        required: .plain)
    private static let textEntry = Key("allowTextEntry", .boolean, "People may enter other texts.", default: false)
    private static let dateDisplay = Key(
        "displayAs", .word(ColumnType.DateTime.Display.allCases.map { Word($0.rawValue) }), "How dates are shown.",
        default: "default")
}

/// Transforms: a word, or `{ WORD: argument }`.
enum TransformSchema {
    static let shape = Shape.either(
        scalar: .word(plain.map { Word($0.name, $0.doc) }, code: .unknownTransform), list: nil,
        mapping: .object(
            ObjectShape("a transform", withArgument, holdsOneKey: true, unknownKeyCode: .unknownTransform)))

    static let plain: [Word] = [
        Word("CAST_TO_STRING", "The value's text."),
        Word("CAST_TO_NUMBER", "The number that a text or truth value means."),
        Word("CAST_TO_BOOLEAN", "The truth value that a text or number means."),
        Word("DATE_FORMAT_ISO", "The text of a date, by ISO 8601."),
        Word("DATE_ONLY", "The day of a moment."),
        Word("TRIM", "Without blanks at the ends."),
        Word("UPPERCASE", "In capital letters."),
        Word("LOWERCASE", "In small letters."),
        Word("JSON_STRINGIFY", "The value as JSON."),
        Word("GUARD_FORMULA", "With an apostrophe before what a spreadsheet would run."),
    ]

    static let withArgument: [Key] = [
        Key("DATE_FORMAT", .text(.dateFormat), "The text of a date in a pattern, such as yyyy-MM-dd."),
        Key("TRUNCATE", .integer(1...63_999), "The first UTF-16 units, in whole characters."),
        Key("ROUND", .integer(0...20), "Rounded to so many decimals, half away from zero."),
        Key("SCALE", .factor, "Multiplied by a factor."),
        Key(
            "REPLACE", .list(of: .text(.anyOrEmpty), atLeast: 2),
            "Every occurrence of the first text becomes the second."),
        Key("MAP", .dictionary(keys: .anyOrEmpty, of: .scalar), "Other values for some; the rest pass."),
        Key("DEFAULT", .scalar, "A value for null."),
        Key("NULL_IF", .scalar, "Null for this value."),
        Key("JOIN", .text(.anyOrEmpty), "The elements of a list as one text, with this between them."),
        Key("SPLIT", .text(.any), "A text as a list, cut at this."),
    ]
}
