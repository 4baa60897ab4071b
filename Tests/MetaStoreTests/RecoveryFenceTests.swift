import Conformance
import Core
import MetaStore
import PostgreSQL
import TestSupport
import Testing

@Suite("What only the real meta-store writes, under an old epoch", .serialized)
struct RecoveryFenceTests {
    enum Write: String, CaseIterable, Sendable, CustomTestStringConvertible {
        case clearFound, saveFound, rebuild, finishRecovery, erase

        var testDescription: String { rawValue }
    }

    private static let found = FoundItem(
        list: MetaStoreConformance.list, item: 7, etag: "\"e,1\"", syncKey: "projects/7", hashes: [1],
        whole: Digest(of: "x"), isMarked: false)

    private static let entry = KnownEntry(
        entry: LedgerEntry(key: MetaStoreConformance.key(7), state: .archived, version: 1), syncKey: "projects/7")

    @Test(arguments: Write.allCases)
    func changesNothing(_ write: Write) async throws {
        try await TestDatabase.with("recovery_\(write.rawValue)") { database, session in
            let store = try PostgreSQLMetaStore(database.parameters, schema: "syncbridge")
            try await MetaStoreConformance.prepare(store)
            let (definition, lease) = (MetaStoreConformance.definition, MetaStoreConformance.lease)
            try await store.save(found: [Self.found], definition: definition, under: lease)
            try await store.commit(
                MetaStoreConformance.commit([.put(Self.entry.entry, sourceKey: "projects/7", replaces: nil)]))
            #expect(try await store.breakLease(MetaStoreConformance.name))
            // Something to erase.
            try await session.script("UPDATE syncbridge.sync_ledger SET state = 'tombstone'")
            let before = try await MetaStoreContents.read(session)
            let failure = await #expect(throws: Failure.self) {
                switch write {
                case .clearFound: try await store.clearFound(definition: definition, under: lease)
                case .saveFound: try await store.save(found: [Self.found], definition: definition, under: lease)
                case .rebuild:
                    try await store.rebuild(
                        [Self.entry], project: "p", definition: definition, now: MetaStoreConformance.now, under: lease)
                case .erase: _ = try await store.erase(definition: definition, syncKey: "projects/7", under: lease)
                case .finishRecovery: _ = try await store.finishRecovery(definition: definition, under: lease)
                }
            }
            #expect(failure?.code == .locked)
            #expect(try await MetaStoreContents.read(session) == before)
            await store.close()
        }
    }
}
