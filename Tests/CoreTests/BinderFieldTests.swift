import Testing

@testable import Core

/// What only the catalog can tell of a mapping.
@Suite("Binding fields to columns")
struct BinderFieldTests {
    private static let place = SourceRange(file: "main.yaml", line: 7, column: 9)

    private static let relation = SourceRelation(
        schema: "public", name: "projects", kind: .table,
        columns: [
            SourceColumn("id", .bigint), SourceColumn("name", .text),
            SourceColumn("cost", .numeric(precision: 8, scale: 2)),
            SourceColumn("state", .enumeration(schema: "public", name: "e", labels: ["Active", "Closed"])),
            SourceColumn("tags", .array(.text), allowedValues: ["a", "b"]), SourceColumn("free", .array(.text)),
            SourceColumn("started_on", .date), SourceColumn("meta", .jsonb),
        ], primaryKey: ["id"])

    private static func bind(
        _ fields: [Field], auto: AutoMapping? = nil, expressions: [String: SourceType] = [:],
        relation: SourceRelation = relation
    ) -> (bound: BoundDefinition?, diagnostics: Diagnostics) {
        let definition = SyncDefinition(
            name: "d", sourceProfile: "p", table: TableName(schema: nil, name: "projects"), siteProfile: "s",
            sharding: ShardingPolicy(defaultList: Located("A")), mapping: Mapping(auto: auto, fields: fields),
            deletes: .propagate)
        return Binder.bind(definition, to: relation, zone: .utc, expressionTypes: expressions)
    }

    private static func field(
        _ column: String, _ target: String = "C", type: ColumnType? = nil, steps transforms: Transform...,
        indexed: Bool = false, unique: Bool = false
    ) -> Field {
        Field(
            origin: .column(column), target: target, type: type, indexed: indexed, unique: unique,
            transforms: transforms.map { Located($0) }, place: place)
    }

    // MARK: Errors

    struct Wrong: Sendable, CustomTestStringConvertible {
        var name: String
        var field: Field
        var code: DiagnosticCode
        /// What the detail or the help must name.
        var names: [String]

        var testDescription: String { name }
    }

    @Test(arguments: [
        Wrong(
            name: "a column that is not there", field: field("costs"), code: .unknownColumn,
            names: ["public.projects has no column \"costs\"", "did you mean \"cost\"?"]),
        Wrong(
            name: "nothing like it", field: field("zzzzzzzz"), code: .unknownColumn,
            names: ["its columns: id, name, cost, state, tags, free, started_on, meta"]),
        Wrong(
            name: "a step that cannot take the kind", field: field("name", steps: .round(2)), code: .transformMismatch,
            names: ["ROUND cannot take text", "CAST_TO_STRING"]),
        Wrong(
            name: "a step that cannot take what the one before gives",
            field: field("cost", steps: .castToString, .scale("2")),
            code: .transformMismatch, names: ["SCALE cannot take text"]),
        Wrong(
            name: "a structure without a cast", field: field("meta", steps: .trim), code: .transformMismatch,
            names: ["TRIM cannot take a structure"]),
        Wrong(
            name: "a type that cannot hold the kind", field: field("name", type: .boolean), code: .typeMismatch,
            names: ["Field \"C\" is yes/no, but its value is text (text)."]),
        Wrong(
            name: "a list into one choice", field: field("meta", type: .choice(.init(choices: ["a"]))),
            code: .typeMismatch,
            names: ["a structure"]),
        Wrong(
            name: "an index over many lines", field: field("name", type: .multilineText, indexed: true),
            code: .cannotIndex,
            names: ["multi-line text, which SharePoint cannot index"]),
        Wrong(
            name: "unique yes or no", field: field("name", type: .boolean, steps: .castToBoolean, unique: true),
            code: .cannotIndex,
            names: ["yes/no, which SharePoint cannot keep unique"]),
        Wrong(
            name: "people's column without a type", field: Field(origin: .none, target: "C", place: place),
            code: .missingKey, names: ["has no source, so its type must be written"]),
    ])
    func anErrorHasItsPlaceAndSaysWhatToDo(_ c: Wrong) throws {
        let (bound, diagnostics) = Self.bind([c.field])
        #expect(bound == nil)
        let error = try #require(diagnostics.all.first)
        #expect(diagnostics.all.count == 1 && error.code == c.code && error.source == Self.place)
        let text = error.detail + "\n" + (error.help ?? "")
        for name in c.names { #expect(text.contains(name), "\(text)") }
    }

    @Test func everyErrorIsReportedAtOnce() {
        let (bound, diagnostics) = Self.bind([
            Self.field("nope", "A"), Self.field("name", "B", steps: .round(1)), Self.field("name", "C", type: .boolean),
            Self.field("name", "D"),
        ])
        #expect(bound == nil)
        #expect(diagnostics.all.map(\.code) == [.unknownColumn, .transformMismatch, .typeMismatch])
    }

    @Test func aPlaceOfItsOwnBeatsThatOfTheField() {
        let step = SourceRange(file: "main.yaml", line: 8, column: 20)
        var field = Self.field("name")
        field.transforms = [Located(.round(1), at: step)]
        #expect(Self.bind([field]).diagnostics.all.map(\.source) == [step])
    }

    // MARK: What is bound

    @Test func fieldsOfOneColumnReadItOnce() throws {
        let bound = try #require(
            Self.bind([
                Self.field("cost", "Cost"), Self.field("cost", "Text", steps: .castToString),
                Self.field("id", "Number"),
            ])
            .bound)
        // The key is read as its text, and its number beside it.
        #expect(bound.reads.map(\.kind) == [.text, .number, .number])
        #expect(bound.fields.map(\.read) == [1, 1, 2])
        #expect(bound.fields[1].steps == [BoundField.Step(transform: .castToString, kind: .number)])
    }

    @Test func aTextArrayIsAListWhereSomethingWantsOne() throws {
        let several = ColumnType.choice(.init(choices: ["x"], displayAs: .checkBoxes))
        let cases: [(Field, ValueKind)] = [
            (Self.field("tags"), .list), (Self.field("free"), .json), (Self.field("free", type: several), .list),
            (Self.field("free", steps: .join(", ")), .list), (Self.field("tags", steps: .jsonStringify), .json),
            (Self.field("tags", type: .multilineText), .json),
        ]
        for (field, kind) in cases {
            let bound = try #require(Self.bind([field]).bound, "\(field)")
            #expect(bound.reads[bound.fields[0].read].kind == kind, "\(field)")
        }
    }

    @Test func anExpressionHasTheTypeThatTheServerSays() throws {
        let sql = "upper(name)"
        let field = Field(origin: .expression(sql), target: "Upper")
        let bound = try #require(Self.bind([field], expressions: [sql: .text]).bound)
        #expect(bound.reads[bound.fields[0].read].expression == .sql(sql, .plain))
        #expect(bound.fields[0].sourceColumn == nil && bound.columns[0].type == .multilineText)
        // One that the server refused has been reported with its message.
        let refused = Self.bind([field])
        #expect(refused.bound?.fields.isEmpty == true && refused.diagnostics.isEmpty)
    }

    @Test func aColumnOfPeopleIsWantedAndNeverWritten() throws {
        let field = Field(
            origin: .none, target: "Remarks", displayName: "Remarks of the team", description: "Yours",
            type: .multilineText,
            required: true, defaultValue: .value("–"))
        let bound = try #require(Self.bind([field, Self.field("name", "Title")]).bound)
        #expect(bound.fields.map(\.target) == ["Title"])
        let column = bound.columns[0]
        #expect(
            column.name == "Remarks" && column.displayName == "Remarks of the team" && column.description == "Yours")
        #expect(column.required && column.sourceColumn == nil && column.defaultValue == .value("–"))
        #expect(!column.isTitle && bound.columns[1].isTitle)
    }

    @Test func uniqueImpliesAnIndex() throws {
        let bound = try #require(Self.bind([Self.field("name", unique: true)]).bound)
        #expect(bound.columns[0].unique && bound.columns[0].indexed && bound.columns[0].type == .singleLineText)
        #expect(bound.columns[0].displayName == "C")
    }

    // MARK: Auto

    @Test func fieldsWinAndTheRestComesInTheTablesOrder() throws {
        let (bound, diagnostics) = Self.bind(
            [Self.field("cost", "Price")], auto: AutoMapping(skip: [Located("meta"), Located("free")]))
        #expect(diagnostics.isEmpty)
        #expect(bound?.fields.map(\.target) == ["Price", "projects_id", "Title", "state", "tags", "started_on"])
        #expect(bound?.columns.map(\.displayName) == ["Price", "Id", "Name", "State", "Tags", "Started on"])
    }

    @Test func whatIsSkippedMustBeThere() {
        let (bound, diagnostics) = Self.bind([], auto: AutoMapping(skip: [Located("metas", at: Self.place)]))
        #expect(bound == nil && diagnostics.all.map(\.code) == [.unknownColumn])
        #expect(diagnostics.all.first?.source == Self.place)
    }

    @Test(arguments: [
        (["title", "name"], "title" as String?), (["name"], "name"), (["label"], nil),
    ])
    func titleIsTheColumnOfThatNameElseName(columns: [String], expected: String?) {
        let relation = SourceRelation(
            schema: "public", name: "t", kind: .table,
            columns: [SourceColumn("id", .bigint)] + columns.map { SourceColumn($0, .text) }, primaryKey: ["id"])
        let bound = Self.bind([], auto: AutoMapping(), relation: relation).bound
        #expect(bound?.fields.first { $0.target == "Title" }?.sourceColumn == expected)
    }

    /// A number is no title, nor is a structure; a field that is one leaves `name` to its own column.
    @Test func titleIsText() {
        for type in [SourceType.integer, .jsonb, .date] {
            let relation = SourceRelation(
                schema: "public", name: "t", kind: .table,
                columns: [SourceColumn("id", .bigint), SourceColumn("title", type), SourceColumn("name", .text)],
                primaryKey: ["id"])
            let bound = Self.bind([], auto: AutoMapping(), relation: relation).bound
            #expect(bound?.fields.first { $0.target == "Title" }?.sourceColumn == "name", "\(type.description)")
        }
        let bound = Self.bind([Self.field("state", "Title")], auto: AutoMapping()).bound
        #expect(bound?.fields.filter { $0.target == "Title" }.map(\.sourceColumn) == ["state"])
        #expect(bound?.fields.first { $0.sourceColumn == "name" }?.target == "name")
    }
}
