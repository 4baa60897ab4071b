import TestSupport
import Testing

@testable import Core

/// What the registry remembers of a definition says all that decides about rows.
@Suite("Specs of before")
struct EarlierSpecTests {
    /// As the meta-store gives it back: members in another order.
    private static func stored(_ definition: SyncDefinition) throws -> JSON {
        try JSON.parse(definition.specJSON.text(.canonical))
    }

    private static func definition(_ fields: [Field] = [], _ rules: [ShardingPolicy.Rule] = []) -> SyncDefinition {
        SyncDefinition(
            name: "d", sourceProfile: "p", table: TableName(schema: "public", name: "t"), siteProfile: "s",
            sharding: ShardingPolicy(rules: rules, defaultList: Located("Rest")), mapping: Mapping(fields: fields),
            deletes: .propagate)
    }

    @Test(arguments: UInt64(0)..<200)
    func aSpecIsReadBackAsItWasWritten(seed: UInt64) throws {
        var rows = RandomRows(seed: seed)
        guard let before = rows.definition(fields: 6, zone: .utc)?.definition else { return }
        guard let now = rows.definition(fields: 2, zone: .utc)?.definition else { return }
        let read = try #require(now.earlier(try Self.stored(before)))
        #expect(read.specJSON == before.specJSON && read.fingerprint == before.fingerprint)
        #expect(read.mapping.fields.map(\.type) == before.mapping.fields.map(\.type))
        #expect(
            read.mapping.fields.map { $0.transforms.map(\.value) }
                == before.mapping.fields.map { $0.transforms.map(\.value) })
        #expect(read.sharding.rules.map(\.condition) == before.sharding.rules.map { $0.condition })
    }

    @Test func allThatDecidesAboutRowsIsRead() throws {
        var before = Self.definition(
            [
                Field(
                    origin: .expression("a || b"), target: "Both", displayName: "Both of them", description: "words",
                    required: true, indexed: true, unique: true, defaultValue: .formula("=1"), shareable: true),
                Field(
                    origin: .none, target: "Theirs",
                    type: .choice(.init(choices: ["x", "y"], allowTextEntry: true, displayAs: .checkBoxes)),
                    defaultValue: .value("x"), owner: .target),
                Field(origin: .column("c"), target: "C", type: .number(.init(decimalPlaces: .two, minimum: -1.5))),
                Field(origin: .column("d"), target: "D", type: .text(.init(maxLength: 12))),
                Field(
                    origin: .column("e"), target: "E", type: .dateTime(.init(format: .dateOnly, displayAs: .friendly))),
                Field(origin: .column("f"), target: "F", type: .currency(locale: "de-de")),
                Field(origin: .column("g"), target: "G", type: .boolean),
                Field(origin: .column("h"), target: "H", type: .multilineText),
            ],
            [
                .init(
                    when: .all([
                        .any([
                            .column("a", .olderThan(5), place: nil), .column("a", .newerThan(7), place: nil),
                            .column("b", .noneOf([.null, .number("1.50"), .boolean(false)]), place: nil),
                        ]), .not(.column("c", .isNull(false), place: nil)),
                        .column("d", .suffix("x"), place: nil), .column("d", .contains(""), place: nil),
                    ]), list: "A")
            ])
        before.key = ["a", "b"]
        before.predicate = Located("deleted IS NULL")
        before.deletes = .mark
        before.onDrift = .revert
        before.mapping.auto = AutoMapping(skip: [Located("z")])
        let read = try #require(Self.definition().earlier(try Self.stored(before)))
        #expect(read == before)
        // And what is left out.
        let other = Self.definition()
        #expect(before.earlier(try Self.stored(other)) == other)
    }

    @Test(arguments: [
        ("table", "public.other"), ("sourceProfile", "other"), ("siteProfile", "other"), ("mode", "SIDEWAYS"),
        ("deletes", "SOMETIMES"), ("onDrift", "LAUGH"),
    ])
    func whatCannotBeComparedIsNotRead(member: String, value: String) throws {
        let definition = Self.definition()
        guard case .object(let members) = definition.specJSON else { return }
        let changed = members.map { $0.name == member ? JSON.Member(member, .string(value)) : $0 }
        #expect(definition.earlier(definition.specJSON) != nil)
        #expect(definition.earlier(.object(changed)) == nil)
    }

    @Test(arguments: [
        #"{"rules": [{"when": {"column": "a", "is": {"likes": "b"}}, "target_list": "A"}]}"#,
        #"{"rules": [{"when": {"some": []}, "target_list": "A"}]}"#, #"{"rules": [{"target_list": "A"}]}"#,
    ])
    func aRuleOfAnotherVersionIsNotRead(sharding: String) throws {
        let definition = Self.definition()
        guard case .object(let members) = definition.specJSON else { return }
        let policy = try JSON.parse(sharding)
        #expect(
            definition.earlier(.object(members.map { $0.name == "sharding" ? JSON.Member("sharding", policy) : $0 }))
                == nil)
    }

    @Test(arguments: [
        #"{"transform": ["SHOUT"]}"#, #"{"transform": ["TRUNCATE \"x\""]}"#, #"{"type": {"lookup": {}}}"#,
        #"{"type": {"number": {}}}"#, #"{"owner": "nobody"}"#,
    ])
    func aFieldOfAnotherVersionIsNotRead(changes: String) throws {
        let definition = Self.definition([Field(origin: .column("a"), target: "A")])
        guard case .object(let members) = definition.specJSON, let changes = try JSON.parse(changes).members?.first,
            let field = definition.specJSON["mapping"]?["fields"]?.array?.first?.members
        else { return #expect(Bool(false), "the spec has no field") }
        let changed = JSON.object(field.map { $0.name == changes.name ? changes : $0 })
        let mapping: JSON = ["auto": .null, "fields": [changed]]
        #expect(
            definition.earlier(.object(members.map { $0.name == "mapping" ? JSON.Member("mapping", mapping) : $0 }))
                == nil)
    }
}
