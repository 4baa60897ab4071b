package import Core

/// What a world is made of: manifests, tables, the habits of its service, and the settings of its runs.
package struct Blueprint: Sendable {
    /// One definition and its table.
    package struct Part: Sendable {
        package var name: String
        package var relation: SourceRelation
        /// The definition as it is now, and as a change of manifests makes it.
        package var versions: [SyncDefinition]
        package var hasUniqueCode: Bool
        package var hasTextKey: Bool
        package var rowsMax: Int
    }

    package var parts: [Part]
    package var rules: MemoryTenant.Rules
    package var faults: Faults
    /// People take part.
    package var hasPeople: Bool
    package var steps: Int

    package static let statuses = ["a", "b", "c"]
    /// The application that writes.
    package static let application = "11111111-1111-1111-1111-111111111111"
    /// A column that people add, and one that the service does not let be written.
    package static let notes = "Notes"
    package static let owner = "Owner"

    package init(_ random: inout SeededRandom) {
        faults = Faults(&random)
        rules = MemoryTenant.Rules()
        rules.answersConflict = random.chance(0.5)
        rules.trimsText = random.chance(0.15)
        if random.chance(0.06) {
            // Nobody refuses a second item, so nothing may arrive late, and a look must always be possible.
            rules.enforcesUnique = false
            rules.trimsText = false
            faults = Faults(doubtsOnly: faults)
        }
        hasPeople = random.chance(0.85) && rules.enforcesUnique
        steps = random.within(6...26)
        let count = random.chance(0.2) ? 2 : 1
        let names = ["projects", "people"]
        parts = []
        for name in names.prefix(count) { parts.append(Part(name, &random, enforcesUnique: rules.enforcesUnique)) }
        rules.newListColumns = random.chance(0.7) ? .taken : random.pick([.onlyFirst, .onlyFirstAccepted]) ?? .taken
    }
}

extension Blueprint.Part {
    init(_ name: String, _ random: inout SeededRandom, enforcesUnique: Bool) {
        self.name = name
        hasUniqueCode = enforcesUnique && random.chance(0.45)
        hasTextKey = random.chance(0.2)
        rowsMax = random.within(1...40)
        relation = SourceRelation(
            schema: "public", name: name, kind: .table, oid: 20_000,
            columns: [
                SourceColumn("id", hasTextKey ? .text : .bigint, isNullable: false), SourceColumn("name", .text),
                SourceColumn("cost", .numeric(precision: nil, scale: nil)), SourceColumn("status", .text),
                SourceColumn("code", .text), SourceColumn("at", .timestamptz), SourceColumn("grade", .text),
                SourceColumn("extra", .text),
            ], primaryKey: ["id"])
        let sharding = Self.sharding(name, &random)
        var fields = [
            Field(origin: .column("name"), target: random.chance(0.85) ? "Title" : "Name", type: .singleLineText),
            Field(origin: .column("cost"), target: "Cost", type: .number(ColumnType.Number())),
        ]
        if random.chance(0.7) {
            fields.append(Field(origin: .column("status"), target: "Status", type: .singleLineText))
        }
        if hasUniqueCode {
            fields.append(Field(origin: .column("code"), target: "Code", type: .singleLineText, unique: true))
        }
        if enforcesUnique, random.chance(0.3) {
            fields.append(
                Field(
                    origin: .column("grade"), target: "Grade", type: .singleLineText, defaultValue: .value("standard")))
        }
        if random.chance(0.3) {
            fields.append(
                Field(
                    origin: .column("at"), target: "At", type: .dateTime(ColumnType.DateTime(format: .dateTime))))
        }
        let deletes = random.pick([SyncDefinition.Deletes.propagate, .propagate, .retain, .mark]) ?? .propagate
        let definition = SyncDefinition(
            name: name, sourceProfile: "postgres", table: TableName(schema: "public", name: name),
            siteProfile: "sharepoint", sharding: sharding, mapping: Mapping(fields: fields), deletes: deletes,
            onDrift: random.chance(0.3) ? .revert : .report)
        versions = [definition]
        if random.chance(0.25) {
            var other = definition
            other.mapping.fields.append(Field(origin: .column("extra"), target: "Extra", type: .singleLineText))
            versions.append(other)
        }
    }

    private static func sharding(_ name: String, _ random: inout SeededRandom) -> ShardingPolicy {
        func rule(_ status: String, _ list: String) -> ShardingPolicy.Rule {
            ShardingPolicy.Rule(when: .column("status", .equal(.text(status)), place: nil), list: "\(name)_\(list)")
        }
        let rest = Located("\(name)_rest")
        switch random.below(10) {
        case 0..<3: return ShardingPolicy(defaultList: Located("\(name)_all"))
        case 3..<6: return ShardingPolicy(rules: [rule("a", "a")], defaultList: rest)
        case 6: return ShardingPolicy(rules: [rule("a", "a"), rule("b", "b")])
        case 7..<9: return ShardingPolicy(rules: [rule("a", "a"), rule("b", "b")], defaultList: rest)
        default:
            let old = ShardingPolicy.Rule(
                when: .column("at", .olderThan(600), place: nil), list: "\(name)_old")
            return ShardingPolicy(rules: [old, rule("a", "a")], defaultList: rest)
        }
    }
}

extension Blueprint {
    /// The manifests, with the given version of each definition.
    func desired(_ versions: [Int]) -> DesiredState {
        DesiredState(
            project: Project(name: "simulated"), sources: [.fromEnvironment], sites: [.fromEnvironment],
            definitions: zip(parts, versions).map { $0.versions[min($1, $0.versions.count - 1)] }
                .sorted { $0.name < $1.name })
    }
}

extension Blueprint {
    /// Prepares the world for its extras.
    mutating func add(_ extras: inout Extras) {
        // A world without extras stays the world that it always was.
        rules.refusesUnknownSelections = !extras.isEmpty
        if let drawn = extras.draw(.answersDiffer, { ($0.chance(0.6), $0.pick([0, 3600, -18_000]) ?? 0) }) {
            rules.answersTrimmed = drawn.0
            rules.answersShifted = Int64(drawn.1)
        }
        for index in parts.indices where extras.happens(.columnsRetyped, 0.7) { parts[index].makeStatusAChoice() }
        for index in parts.indices {
            if let others = extras.draw(.manifestsChanged, { parts[index].others(&$0) }) {
                parts[index].versions += others
            }
        }
        guard rules.enforcesUnique else { return }
        rules.ignoresDefaults = extras.happens(.defaultsIgnored, 0.6)
        rules.defaultsWin = extras.happens(.defaultsWin, 0.8)
        if rules.ignoresDefaults || rules.defaultsWin {
            for index in parts.indices { parts[index].giveGradeADefault() }
        }
    }
}

extension Blueprint.Part {
    /// The definition's versions stay the same in all but this field.
    fileprivate mutating func giveGradeADefault() {
        let field = Field(
            origin: .column("grade"), target: "Grade", type: .singleLineText, defaultValue: .value("standard"))
        for version in versions.indices
        where !versions[version].mapping.fields.contains(where: { $0.target == "Grade" }) {
            versions[version].mapping.fields.insert(field, at: 1)
        }
    }

    /// The definition as it may become: with other rules, another condition, other values.
    fileprivate func others(_ random: inout SeededRandom) -> [SyncDefinition] {
        (0..<random.within(1...3)).compactMap { _ in
            guard var other = random.pick(versions) else { return nil }
            if random.chance(0.6) { other.sharding = Self.sharding(name, &random) }
            let conditions = [nil, "extra IS NULL", "extra IS NOT NULL", "status <> 'b'", "status = 'a'"]
            if random.chance(0.5) { other.predicate = (random.pick(conditions) ?? nil).map { Located($0) } }
            if random.chance(0.3) { other.mapping.fields[0].transforms = [Located(.uppercase)] }
            return other
        }
    }

    /// People can only change choices where there are some.
    fileprivate mutating func makeStatusAChoice() {
        for version in versions.indices {
            let at = versions[version].mapping.fields.firstIndex { $0.target == "Status" }
            guard let at else { continue }
            versions[version].mapping.fields[at].type = .choice(ColumnType.Choice(choices: Blueprint.statuses))
        }
    }
}
