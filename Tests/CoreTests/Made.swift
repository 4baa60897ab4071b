import TestSupport
import Testing

@testable import Core

/// What tests of the pure half are made of: small definitions, rows and tallies, all by number.
enum Made {
    static let lists = [ListID("id-a"), ListID("id-b")]

    /// A definition over `id bigint, name text, cost numeric` with the lists A and B.
    static func bound(
        lists: [String] = ["A", "B"], fields: [Field] = [], deletes: SyncDefinition.Deletes = .propagate,
        settings: [String: ListSettings] = [:], zone: SiteTimeZone = .utc
    ) -> BoundDefinition? {
        let rules = lists.dropLast().map { list in
            ShardingPolicy.Rule(when: .column("name", .equal(.text(list)), place: nil), list: list)
        }
        let definition = SyncDefinition(
            name: "d", sourceProfile: "p", table: TableName(schema: nil, name: "t"), siteProfile: "s",
            sharding: ShardingPolicy(rules: Array(rules), defaultList: lists.last.map { Located($0) }),
            mapping: fields.isEmpty ? Mapping(auto: AutoMapping()) : Mapping(fields: fields), deletes: deletes,
            lists: settings)
        let relation = SourceRelation(
            schema: "public", name: "t", kind: .table,
            columns: [
                SourceColumn("id", .bigint), SourceColumn("name", .text), SourceColumn("cost", .double),
            ],
            primaryKey: ["id"])
        return Binder.bind(definition, to: relation, zone: zone).bound
    }

    static func key(_ number: Int) -> LedgerKey {
        var bytes: [UInt8] = []
        _ = KeyForm.integer.append(String(number), to: &bytes)
        return LedgerKey(bytes: bytes)
    }

    static func entry(_ number: Int, in list: ListID = lists[0]) -> LedgerEntry {
        LedgerEntry(key: key(number), state: .synced, list: list, item: Int64(number), version: 1)
    }

    static func tally() -> RowTally { RowTally(definition: "d", lists: ["A", "B"], listIDs: lists) }
}

extension RowTally {
    /// Counts so many rows alike; those that have an item have it in A.
    mutating func add(_ action: RowAction, _ count: Int, to list: Int = 0, cause: Cause = .source) {
        let isNew = action == .create
        for _ in 0..<count {
            let number = total.sourceRows + total.delete + 1
            let from = action == .move ? Made.lists[1 - list] : Made.lists[list]
            let decision = RowDecision(
                action, list: list, from: isNew ? nil : from, route: .byDefault,
                rejection: action == .reject ? Rejection(.textTooLong) : nil)
            add(
                decision, ledgerKey: Made.key(number), entry: isNew ? nil : Made.entry(number, in: from),
                isInSource: action != .delete, cause: cause, parts: { [String(number)] }, values: { [] })
        }
    }
}

/// A change of a value with a name: the argument of a test.
struct Edit<Value>: Sendable, CustomTestStringConvertible {
    var name: String
    var apply: @Sendable (inout Value) -> Void

    init(_ name: String, _ apply: @escaping @Sendable (inout Value) -> Void) { (self.name, self.apply) = (name, apply) }

    var testDescription: String { name }
}

extension SplitMix {
    /// A text of up to so many of these, which are by default what encoders trip over.
    mutating func text(
        _ most: Int,
        of pieces: [String] = ["a", "Z", "9", ".", "/", "%", "~", " ", "\t", "é", "e\u{301}", "中", "😀", "\0"]
    ) -> String {
        (0..<Int.random(in: 0...most, using: &self)).map { _ in pick(pieces) }.joined()
    }
}
