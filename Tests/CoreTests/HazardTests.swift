import Testing

@testable import Core

/// Every hazard is raised where there is danger, and is silent where there is none.
@Suite("Hazards")
struct HazardTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var code: HazardCode
        var danger: @Sendable () throws -> [Hazard]
        var calm: @Sendable () throws -> [Hazard]

        var testDescription: String { code.rawValue }

        /// What a plan of lists says after a change of a world in which all is as it was applied.
        static func lists(
            _ code: HazardCode, _ danger: @escaping @Sendable (inout SchemaPlannerTests.World) -> Void,
            calm: @escaping @Sendable (inout SchemaPlannerTests.World) -> Void = { _ in }
        ) -> Case {
            @Sendable func hazards(_ change: (inout SchemaPlannerTests.World) -> Void) throws -> [Hazard] {
                var world = try #require(SchemaPlannerTests.World())
                change(&world)
                return world.plan.hazards
            }
            return Case(code: code, danger: { try hazards(danger) }, calm: { try hazards(calm) })
        }

        /// What the guards say of so many rows of these actions beside 100 that are as they were.
        static func rows(
            _ code: HazardCode, _ danger: [RowAction: Int], calm: [RowAction: Int], besides unchanged: Int = 100,
            cause: Cause = .source
        ) -> Case {
            @Sendable func hazards(_ rows: [RowAction: Int]) throws -> [Hazard] {
                var tally = Made.tally()
                tally.addUnchanged(unchanged, list: 0)
                for action in RowAction.allCases { tally.add(action, rows[action] ?? 0, cause: cause) }
                return RowGuards.check(
                    try #require(Made.bound()), tally,
                    registered: RegisteredDefinition(id: "id", name: "d", prefix: "d", appliedFingerprint: "f"),
                    guards: Guards())
            }
            return Case(code: code, danger: { try hazards(danger) }, calm: { try hazards(calm) })
        }
    }

    static let cases: [Case] = [
        .lists(.columnTypeReplace, { $0.want("Cost") { $0.type = .boolean } }),
        .lists(.columnNarrow, { $0.want("Cost") { $0.type = .number(ColumnType.Number(minimum: 0)) } }),
        .lists(
            .requiredOnExisting, { $0.want("Cost") { $0.required = true } },
            calm: {
                $0.want("Cost") { $0.required = true }
                $0.registry.lists[0].liveRows = 0
            }),
        .lists(
            .uniqueOnExisting, { $0.want("Cost") { $0.unique = true } },
            calm: {
                $0.want("Cost") { $0.unique = true }
                $0.registry.lists[0].liveRows = 0
            }),
        .lists(
            .foreignOwner,
            {
                $0.forgetEverything()
                $0.site.columns = [:]
            },
            calm: {
                $0.forgetEverything()
                $0.site.columns = [:]
                $0.bound.definition.lists["A"] = ListSettings(adopt: true)
            }),
        .lists(.metaStoreBehind, { $0.forgetEverything() }),
        .lists(.listGone, { $0.site.lists = [] }),
        .lists(
            .caseCollision,
            {
                $0.registry.lists = []
                $0.site.lists[0].displayName = "a"
                $0.column(SyncKey.column) { $0.description = "syncbridge:v1 m default id d a" }
            },
            calm: {
                $0.registry.lists = []
                $0.site.lists[0].displayName = "a"
            }),
        .lists(
            .listTooWide,
            {
                for number in 0..<256 { $0.site.columns["id-a"]?.append(.people("C\(number)")) }
                $0.add("Price", from: "price")
            },
            calm: { world in
                for number in 0..<256 { world.site.columns["id-a"]?.append(.people("C\(number)")) }
            }),
        .lists(.keysLost, { $0.remove(SyncKey.column) }),
        .lists(
            .timeZoneMismatch,
            {
                $0.bound.fields[1].type = .dateTime(ColumnType.DateTime(format: .dateOnly))
                $0.registry.lists[0].dates = .wrong(zone: $0.bound.zone.name)
            },
            calm: {
                $0.bound.fields[1].type = .dateTime(ColumnType.DateTime(format: .dateOnly))
                $0.registry.lists[0].dates = .right(zone: $0.bound.zone.name)
            }),
        .lists(
            .siteMoved, { $0.site.site?.id = "another" }, calm: { $0.registry.lists[0].remoteSiteID = "" }),
        .lists(
            .probableRename,
            {
                $0.registry.definitions[0].mappings = [1: ["Title", "Cost"]]
                $0.drop("Cost")
                $0.add("Price", from: "price")
            },
            calm: {
                $0.registry.definitions[0].mappings = [1: ["Title", "Cost"]]
                $0.add("Price", from: "price")
            }),
        .rows(.rowDeleteLimit, [.delete: 21], calm: [.delete: 20]),
        .rows(.rowCreateLimit, [.create: 1001], calm: [.create: 1000]),
        .rows(.rowUpdateLimit, [.update: 100], calm: [.update: 90], besides: 10),
        .rows(.rowMoveLimit, [.move: 30], calm: [.move: 20]),
        .rows(.rejectLimit, [.reject: 21], calm: [.reject: 20]),
        .rows(.emptySource, [.delete: 5], calm: [.delete: 5, .create: 1], besides: 0),
        .rows(.shardRuleRemaps, [.move: 1], calm: [.update: 100], cause: .manifest),
        Case(
            code: .keyChanged, danger: { try keyHazards(rows: [["2", "1"]]) },
            calm: { try keyHazards(from: "code:numeric", rows: [["1"]]) }),
        Case(
            code: .guardLoosened, danger: { try loosened(from: 20, to: 50) }, calm: { try loosened(from: 50, to: 20) }),
        Case(
            code: .definitionsVanished,
            danger: {
                let gone = RegisteredDefinition(id: "id", name: "d", prefix: "d")
                return RowGuards.vanished([gone], of: Registry(definitions: [gone]))
            }, calm: { RowGuards.vanished([], of: Registry(definitions: [])) }),
    ]

    private static func loosened(from old: Int?, to new: Int) throws -> [Hazard] {
        var (applied, wanted) = (Guards.defaults, Guards.defaults)
        applied.maxDeletes = old
        wanted.maxDeletes = new
        let definition = try #require(Made.bound()).definition
        return [LooserGuards.hazard(old == nil ? nil : applied, wanted, definition)].compactMap(\.self)
    }

    @Test func everyLooserLimitIsSaidAndNoOther() throws {
        let definition = try #require(Made.bound()).definition
        let applied = Guards(maxDeletes: 20, maxDeletePercent: 5, maxUpdatePercent: 90, maxRejectedPercent: 1)
        let wanted = Guards(maxDeletes: 20, maxDeletePercent: 12.5, maxUpdatePercent: 50, maxRejectedPercent: 3)
        let hazard = try #require(LooserGuards.hazard(applied, wanted, definition))
        #expect(
            hazard.message == "maxDeletePercent was 5 and is now 12.5, maxRejectedPercent was 1 and is now 3")
        #expect(!hazard.blocks)
        #expect(Guards(applied.json) == applied)
        // Before anybody wrote them down there is nothing to compare with.
        #expect(try Self.loosened(from: nil, to: 50).isEmpty)
    }

    /// Of a table with the key `code` and one row in the ledger.
    private static func keyHazards(from shape: String = "id:integer", rows: [[String?]]) throws -> [Hazard] {
        let columns = [SourceColumn("id", .integer), SourceColumn("code", .integer)]
        let bound = try #require(KeyChangeTests.bound(columns, key: ["code"]))
        let old = try KeyChangeTests.shape(shape)
        let change = try #require(KeyChange(from: old, to: bound))
        let outcome = KeyChangeTests.outcome(change, bound, rows: rows, keys: [try KeyChangeTests.key(old, "1")])
        return [KeyGuard.hazard(change, outcome, bound.definition)].compactMap(\.self)
    }

    @Test(arguments: cases)
    func isRaisedAndStaysSilent(_ c: Case) throws {
        let raised = try c.danger().filter { $0.code == c.code }
        #expect(raised.count == 1)
        #expect(try c.calm().allSatisfy { $0.code != c.code })
        for hazard in raised { #expect(!hazard.message.isEmpty && !hazard.remedy.isEmpty) }
    }

    @Test func indexesOfPeopleCount() throws {
        var world = try #require(SchemaPlannerTests.World())
        for number in 0..<19 {
            var column = RemoteColumn.people("C\(number)")
            column.indexed = true
            world.site.columns["id-a"]?.append(column)
        }
        #expect(world.plan.hazards.isEmpty)
        world.want("Cost") { $0.indexed = true }
        let hazard = try #require(world.plan.hazards.first)
        #expect(hazard.code == .listTooWide && hazard.address == .list("s", "A"))
        #expect(hazard.message == "it has 20 indexes and would get 1 more; a list has 20")
    }

    @Test func twoListsOfOneNameAreACollisionThatNothingAllows() throws {
        var world = try #require(SchemaPlannerTests.World())
        world.forgetEverything()
        world.site.columns = [:]
        world.site.lists = [
            RemoteList(id: "1", name: "A", displayName: "A"), RemoteList(id: "2", name: "B", displayName: "a"),
        ]
        #expect(world.plan.hazards.map(\.code) == [.caseCollision])
        #expect(HazardCode.caseCollision.whyNeverAllowed != nil)
    }

    @Test func movesThatNoManifestCausedAreNoRemap() throws {
        let hazards = try Case.rows(.shardRuleRemaps, [.move: 5], calm: [:]).danger()
        #expect(hazards.isEmpty)
    }

    @Test func aMovedSiteIsSaidOnceAndDoesNotBlock() throws {
        var world = try #require(SchemaPlannerTests.World())
        world.site.site = RemoteSite(id: "another", displayName: "", webURL: "https://c.example/sites/B")
        let hazard = try #require(world.plan.hazards.first)
        #expect(world.plan.hazards.count == 1 && !hazard.blocks && hazard.address == .profile("s"))
        #expect(
            hazard.message
                == "the profile means the site https://c.example/sites/B now; lists that were made in another one: \"A\""
        )
    }

    /// Found where the table itself is read, which tests of whole runs do.
    private static let ofTheTable: Set<HazardCode> = [.sourceChanged, .keyNotUnique]
    /// They keep single rows away, with the reject code of the same name.
    private static let ofSingleRows: Set<HazardCode> = [.itemLoses, .writeLoop, .precisionLoss]
    /// Nothing raises these yet. May only get shorter.
    private static let gaps: Set<HazardCode> = [
        .listDelete, .columnDeleteData,
    ]

    /// SPEC §5, word for word. `FIRST_PULL` comes with pulling, which this version does not do.
    @Test func theCodesAreThoseOfTheContract() {
        let contract =
            "LIST_DELETE COLUMN_DELETE_DATA COLUMN_TYPE_REPLACE COLUMN_NARROW REQUIRED_ON_EXISTING UNIQUE_ON_EXISTING "
            + "ROW_DELETE_LIMIT ROW_CREATE_LIMIT ROW_UPDATE_LIMIT ROW_MOVE_LIMIT REJECT_LIMIT WRITE_LOOP EMPTY_SOURCE "
            + "DEFINITIONS_VANISHED PROBABLE_RENAME FOREIGN_OWNER SHARD_RULE_REMAPS ITEM_LOSES PRECISION_LOSS "
            + "CASE_COLLISION KEY_NOT_UNIQUE KEY_CHANGED SOURCE_CHANGED META_STORE_BEHIND SITE_MOVED LIST_GONE "
            + "TIMEZONE_MISMATCH GUARD_LOOSENED LIST_TOO_WIDE KEYS_LOST FIRST_PULL"
        let later: Set<String> = ["FIRST_PULL"]
        let words = Set(contract.split(separator: " ").map(String.init))
        #expect(words.subtracting(later) == Set(HazardCode.allCases.map(\.rawValue)))
    }

    @Test func everyHazardHasItsPlace() {
        let places = [Set(Self.cases.map(\.code)), Self.ofTheTable, Self.ofSingleRows, Self.gaps]
        #expect(Set(places.joined()) == Set(HazardCode.allCases))
        #expect(places.reduce(0) { $0 + $1.count } == HazardCode.allCases.count, "each in one place only")
    }
}

extension RemoteColumn {
    /// A column of one line that somebody made.
    fileprivate static func people(_ name: String) -> RemoteColumn {
        RemoteColumn(id: name, name: name, displayName: name, type: .singleLineText)
    }
}
