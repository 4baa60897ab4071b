import Core
import TestSupport
import Testing

@Suite("Fingerprints of rows")
struct RowFingerprintTests {
    /// The key and the inputs of the authors: bytes that count from 0.
    private static func hash(_ count: Int) -> String {
        let bytes = (0..<count).map { UInt8($0) }
        let (first, second) = bytes.withUnsafeBytes {
            SipHash.hash128($0, key: (0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908), rounds: (2, 4))
        }
        // They print the words little end first.
        return Hexadecimal.text(
            [first, second].flatMap { word in withUnsafeBytes(of: word.littleEndian) { Array($0) } })
    }

    /// - SeeAlso: `vectors.h` of the reference implementation, `vectors_sip128`.
    @Test func theHashIsThatOfItsAuthors() {
        #expect(Self.hash(0) == "a3817f04ba25a8e66df67214c7550293")
        #expect(Self.hash(1) == "da87c1d86b99af44347659119b22fc45")
        #expect(Self.hash(2) == "8177228da4a45dc7fca38bdef60affe4")
        #expect(Self.hash(7) == "a1f1ebbed8dbc153c0b84aa61ff08239")
        #expect(Self.hash(8) == "3b62a9ba6258f5610f83e264f31497b4")
        #expect(Self.hash(63) == "5150d1772f50834a503e069a973fbd7c")
    }

    @Test func everyBitOfARowCounts() {
        let key = FingerprintKey(of: "k")
        var seen: Set<RowFingerprint> = []
        var rows = 0
        func add(_ row: [UInt8]) {
            rows += 1
            _ = row.withUnsafeBytes { seen.insert(RowFingerprint(of: $0, key)) }
        }
        for length in 0..<40 {
            let row = [UInt8](repeating: 0x61, count: length)
            add(row)
            for bit in 0..<(8 * length) {
                var other = row
                other[bit / 8] ^= 1 << UInt8(bit % 8)
                add(other)
            }
        }
        #expect(seen.count == rows)
    }

    @Test func fingerprintsOfTwoKeysDiffer() {
        let (one, other) = (FingerprintKey(of: "1"), FingerprintKey(of: "2"))
        #expect(one == FingerprintKey(of: "1") && one.id != other.id)
        let row = Array("1\tBridge".utf8)
        row.withUnsafeBytes { #expect(RowFingerprint(of: $0, one) != RowFingerprint(of: $0, other)) }
    }

    @Test func aFingerprintIsItsBytes() {
        let print = Array("1\tBridge".utf8).withUnsafeBytes { RowFingerprint(of: $0, FingerprintKey(of: "k")) }
        #expect(print.bytes.count == RowFingerprint.byteCount)
        #expect(print.bytes.withUnsafeBytes { RowFingerprint(words: $0) } == print)
    }

    // MARK: What the key depends on

    private static let relation = SourceRelation(
        schema: "public", name: "t", kind: .table,
        columns: [SourceColumn("id", .bigint), SourceColumn("name", .text), SourceColumn("cost", .integer)],
        primaryKey: ["id"])

    private static func bound(
        _ change: (inout SyncDefinition) -> Void = { _ in }, relation: SourceRelation = relation,
        zone: SiteTimeZone = .utc
    ) throws -> BoundDefinition {
        var definition = SyncDefinition(
            name: "d", sourceProfile: "p", table: TableName(schema: nil, name: "t"), siteProfile: "s",
            sharding: ShardingPolicy(
                rules: [.init(when: .column("cost", .greater(.number("5")), place: nil), list: "A")],
                defaultList: Located("B")),
            mapping: Mapping(auto: AutoMapping()), deletes: .propagate)
        change(&definition)
        return try #require(Binder.bind(definition, to: relation, zone: zone).bound)
    }

    private static func decider(mapping: Int = 1, lists: [ListID?] = [ListID("a"), ListID("b")]) -> RowDecider {
        RowDecider(
            listIDs: lists, policy: RowPolicy(deletes: .propagate),
            mapping: MappingHistory(version: mapping, fields: []))
    }

    @Test func whateverAJudgementDependsOnChangesTheKey() throws {
        func key(_ bound: BoundDefinition, _ decider: RowDecider, _ program: String = "1") -> FingerprintKey {
            FingerprintKey(bound, decider, program: program)
        }
        let known = key(try Self.bound(), Self.decider())
        #expect(known == key(try Self.bound(), Self.decider()))
        var wider = Self.relation
        wider.columns.append(SourceColumn("extra", .text))
        var retyped = Self.relation
        retyped.columns[1] = SourceColumn("name", .varchar(length: 40))
        let others: [FingerprintKey] = [
            key(try Self.bound(), Self.decider(), "2"),
            key(try Self.bound(), Self.decider(mapping: 2)),
            key(try Self.bound(), Self.decider(lists: [ListID("a"), ListID("c")])),
            key(try Self.bound(), Self.decider(lists: [ListID("a"), nil])),
            key(try Self.bound { $0.sharding.defaultList = nil }, Self.decider()),
            key(
                try Self.bound {
                    $0.sharding.rules[0].condition = .column("cost", .greater(.number("6")), place: nil)
                }, Self.decider()),
            key(
                try Self.bound {
                    $0.mapping.fields = [
                        Field(origin: .column("name"), target: "Name", transforms: [Located(.trim)])
                    ]
                }, Self.decider()),
            key(try Self.bound(relation: wider), Self.decider()),
            key(try Self.bound(relation: retyped), Self.decider()),
            // The same name and another offset: newer data of the zone.
            key(try Self.bound(zone: SiteTimeZone(name: "UTC", fixedOffset: 3600)), Self.decider()),
        ]
        #expect(!others.contains(known))
        #expect(Set(others).count == others.count)
    }

    /// Swift describes a value of a private type with an address, which differs from process to process.
    @Test func theKeyIsTheSameInEveryProcess() {
        for seed in UInt64(0)..<100 {
            var rows = RandomRows(seed: seed)
            guard let bound = rows.definition(fields: 6, zone: .utc) else { continue }
            let text = FingerprintKey.text(bound, Self.decider(), program: "1")
            #expect(!text.contains("unknown context") && !text.contains("0x"), "\(text)")
        }
    }

    /// Where a field stands in its manifest says nothing of rows.
    @Test func placesDoNotChangeTheKey() throws {
        func key(_ place: SourceRange?) throws -> FingerprintKey {
            let bound = try Self.bound {
                $0.mapping.fields = [Field(origin: .column("name"), target: "Name", place: place)]
            }
            return FingerprintKey(bound, Self.decider(), program: "1")
        }
        let place = SourceRange(
            file: "a.yaml", start: .init(line: 1, column: 1), end: .init(line: 1, column: 2))
        #expect(try key(nil) == key(place))
    }
}
