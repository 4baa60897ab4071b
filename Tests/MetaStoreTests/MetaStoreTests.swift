import Core
import MetaStore
import PostgreSQL
import TestSupport
import Testing

@Suite("The meta-store in PostgreSQL")
struct MetaStoreTests {
    private static let now = Instant(seconds: 1_770_000_000)
    private static let definition = "6f2a0f0e-8f5d-4d5e-9d55-0a6d1c1f7b11"
    private static let run = "0d9b2a34-1c53-4a63-8f0e-6d4b6f0c2e22"

    private func with(
        _ hint: String, _ body: (PostgreSQLMetaStore, Session) async throws -> Void
    ) async throws {
        try await TestDatabase.with(hint) { database, session in
            let store = try PostgreSQLMetaStore(database.parameters, schema: "syncbridge")
            try await body(store, session)
            await store.close()
        }
    }

    private func registered(_ store: PostgreSQLMetaStore, mapping: Int = 1, fields: [String] = ["Title", "Cost"])
        async throws
    {
        try await store.register(
            DefinitionRegistration(
                id: Self.definition, project: "p", name: "projects", prefix: "projects", sourceTable: "public.projects",
                mode: "ONE_WAY_PUSH", shardingPolicy: ["rules": []], spec: ["v": .number(mapping)], source: "s",
                mappingVersion: mapping,
                fields: fields.map { .init(source: $0.lowercased(), target: $0, transforms: "", isAutomatic: true) }))
    }

    private static let name = LeaseName(project: "p", definition: "projects", site: "contoso")
    private static let lease = LeaseTerm(name: name, epoch: 1)

    /// Migrated, with a definition and its lease.
    private func prepared(_ store: PostgreSQLMetaStore) async throws {
        _ = try await store.migrate()
        try await registered(store)
        let outcome = try await store.acquireLease(Self.name, actor: "a", run: Self.run, seconds: 60)
        #expect(outcome == .acquired(Self.lease))
    }

    private func entry(_ key: UInt8, item: Int64, version: Int64 = 1) -> LedgerEntry {
        let hash = ContentHash(of: [.text("row \(key)"), .number(Double(item))])
        return LedgerEntry(
            key: LedgerKey(bytes: [0, key]), state: .synced, list: ListID("list"), item: item, etag: "\"e,1\"",
            contentHash: hash.whole, remoteHash: hash.whole, fieldHashes: hash.fields, version: version)
    }

    private func commit(_ changes: [LedgerCommit.Change], saved: [LedgerCommit.Saved] = []) -> LedgerCommit {
        LedgerCommit(
            project: "p", definition: Self.definition, run: Self.run, now: Self.now, lease: Self.lease,
            changes: changes, saved: saved)
    }

    private func ledger(_ store: PostgreSQLMetaStore) async throws -> [LedgerEntry] {
        let scan = try await store.ledger(of: Self.definition)
        var keys: [LedgerKey] = []
        while let chunk = try await scan.next() { keys += chunk.briefs.map(chunk.key) }
        let entries = try await scan.entries(keys)
        await scan.finish()
        return keys.compactMap { key in entries.first { $0.key == key } }
    }

    // MARK: Schema

    @Test func migratesOnceHoweverManyMigratorsThereAre() async throws {
        try await TestDatabase.with("migrators") { database, session in
            let stores = try (0..<4).map { _ in try PostgreSQLMetaStore(database.parameters, schema: "syncbridge") }
            #expect(try await stores[0].schemaState() == .absent)
            let applied = try await withThrowingTaskGroup(of: [Int].self) { group in
                for store in stores { group.addTask { try await store.migrate() } }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(applied.first == 1 && applied == Array(Set(applied)).sorted())
            #expect(try await stores[0].schemaState() == .current(version: try #require(applied.last)))
            let ids = try await session.query("SELECT count(*), count(DISTINCT id) FROM syncbridge.meta_store")
            #expect(ids.first?.int(0) == 1)
            for store in stores { await store.close() }
        }
    }

    @Test func refusesANewerSchemaAndAnotherText() async throws {
        try await with("newer") { store, session in
            let known = try #require(try await store.migrate().last)
            try await session.script("UPDATE syncbridge.schema_migrations SET checksum = 'x'")
            await #expect(throws: Failure.self) { try await store.migrate() }
            try await session.script("UPDATE syncbridge.schema_migrations SET version = 999 WHERE version = 1")
            #expect(try await store.schemaState() == .newer(version: 999, known: known))
            await #expect(throws: Failure.self) { try await store.migrate() }
        }
    }

    // MARK: Registry

    @Test func remembersDefinitionsListsAndColumns() async throws {
        try await with("registry") { store, _ in
            _ = try await store.migrate()
            try await registered(store)
            try await registered(store, mapping: 2, fields: ["Title", "Cost", "Note"])
            let list = ManagedList(
                id: ListID("ABC"), definitionID: Self.definition, name: "Projects", site: "contoso", remoteSiteID: "s",
                webURL: "https://x/Lists/Projects", applied: ListChange(displayName: "Projects", description: ""))
            try await store.save(list: list, project: "p")
            // About to be created; then it exists; then its settings are applied. Nothing known is forgotten on the way.
            for column in [
                ManagedColumn(name: "Cost", remoteID: nil, applied: nil),
                ManagedColumn(name: "Cost", remoteID: "c1", applied: nil),
                ManagedColumn(name: "Cost", remoteID: nil, applied: "{}"),
            ] {
                try await store.save(column: column, of: list.id)
            }
            let registry = try await store.registry(of: "p")
            let definition = try #require(registry.definition("projects"))
            #expect(definition.mappings == [1: ["Title", "Cost"], 2: ["Title", "Cost", "Note"]])
            #expect(definition.mappingVersion == 2 && definition.appliedFingerprint == nil)
            #expect(definition.automaticNames["cost"] == "Cost")
            #expect(registry.lists.first?.columns == [ManagedColumn(name: "Cost", remoteID: "c1", applied: "{}")])
            #expect(registry.lists.first?.id.text == "abc")
            #expect(try await store.registry(of: "other").definitions.isEmpty)

            try await store.markApplied(definition: Self.definition, fingerprint: "f", now: Self.now)
            #expect(try await store.registry(of: "p").definition("projects")?.appliedFingerprint == "f")
            try await store.forget(definition: Self.definition, now: Self.now)
            #expect(try await store.registry(of: "p").definitions.isEmpty)
        }
    }

    @Test func remembersHowFarATableWasRead() async throws {
        try await with("capture") { store, session in
            _ = try await store.migrate()
            try await registered(store)
            let read = { try await store.registry(of: "p").definition("projects") }
            #expect(try await read()?.captureMark == nil)
            let mark = CaptureMark(column: "updated_at", kind: .timestamptz, value: 1_769_999_999_123_456, shape: "s")
            try await store.recordCapture(definition: Self.definition, mark: mark, snapshotAt: Self.now)
            #expect(try await read()?.captureMark == mark)
            #expect(try await read()?.lastSnapshotAt == Self.now)
            // A read of changes leaves the time of the last whole one.
            var later = mark
            later.value += 1
            try await store.recordCapture(definition: Self.definition, mark: later, snapshotAt: nil)
            #expect(try await read()?.captureMark == later)
            #expect(try await read()?.lastSnapshotAt == Self.now)
            try await store.recordCapture(definition: Self.definition, mark: nil, snapshotAt: Self.now)
            #expect(try await read()?.captureMark == nil)

            // A schema that was not migrated yet has no marks, and is read all the same.
            try await session.script(
                "ALTER TABLE syncbridge.sync_definitions DROP COLUMN capture_mark, DROP COLUMN last_snapshot_at")
            #expect(try await read()?.lastSnapshotAt == nil)
        }
    }

    // MARK: Ledger

    @Test func entriesComeBackInKeyOrderAsTheyWere() async throws {
        try await with("ledger") { store, _ in
            try await prepared(store)
            var moving = entry(3, item: 30)
            moving.state = .moving
            moving.prior = ItemLocation(list: ListID("older"), item: 7, etag: "\"p\"", hashes: [1, 2])
            moving.remoteHashes = [3, UInt64.max]
            moving.seenHashes = [4, 0]
            var refused = entry(2, item: 20)
            refused.state = .quarantined
            refused.item = nil
            refused.list = nil
            refused.refusal = Refusal(
                .uniqueValue, list: ListID("list"), reason: "exists", requestID: "r-1", attempts: 3)
            refused.writes = WriteRate(count: 2, since: Self.now)
            let all = [moving, entry(1, item: 10), refused]
            try await store.commit(commit(all.map { .put($0, sourceKey: "projects/x", replaces: nil) }))
            #expect(try await ledger(store) == [all[1], all[2], all[0]])
            let registry = try await store.registry(of: "p").counted(store.liveRows(of: "p"))
            #expect(registry.definition("projects")?.liveRows == 2)
            #expect(
                try await store.quarantined(of: "p")
                    == [QuarantineCount(definition: "projects", reason: "UNIQUE_VALUE", rows: 1)])
        }
    }

    @Test func aScanTellsSettledEntriesFromOthers() async throws {
        try await with("briefs") { store, _ in
            try await prepared(store)
            let settled = entry(1, item: 10)
            var others = (2...6).map { entry(UInt8($0), item: Int64($0) * 10) }
            others[0].state = .archived
            others[1].prior = ItemLocation(list: ListID("older"), item: 7, etag: nil)
            others[2].refusal = Refusal(.refused)
            others[3].item = nil
            others[4].canonVersion = CanonicalForm.version + 1
            var elsewhere = entry(7, item: 70)
            elsewhere.list = ListID("elsewhere")
            elsewhere.mappingVersion = 3
            try await store.commit(
                commit(([settled, elsewhere] + others).map { .put($0, sourceKey: "projects/x", replaces: nil) }))
            let scan = try await store.ledger(of: Self.definition)
            let chunk = try #require(try await scan.next())
            #expect(chunk.briefs.map(chunk.key) == (1...7).map { LedgerKey(bytes: [0, $0]) })
            #expect(chunk.briefs.map(\.settledMapping) == [1, nil, nil, nil, nil, nil, 3])
            let (first, last) = (chunk.briefs[0], chunk.briefs[6])
            #expect(chunk.lists[Int(first.list)] == settled.list && chunk.lists[Int(last.list)] == elsewhere.list)
            let hash = Int(first.hashStart)
            #expect(Digest(chunk.bytes[hash..<hash + 32]) == settled.contentHash)
            #expect(try await scan.next() == nil)
            await scan.finish()
        }
    }

    @Test func wholeEntriesAreThoseOfTheScansSnapshot() async throws {
        try await with("snapshot") { store, _ in
            try await prepared(store)
            try await store.commit(commit([.put(entry(1, item: 10), sourceKey: "k", replaces: nil)]))
            let scan = try await store.ledger(of: Self.definition)
            try await store.commit(commit([.put(entry(1, item: 11, version: 2), sourceKey: "k", replaces: 1)]))
            #expect(try await scan.entries([entry(1, item: 10).key]) == [entry(1, item: 10)])
            await scan.finish()
            #expect(try await ledger(store).map(\.item) == [11])
        }
    }

    @Test func anEmptyLedgerHasNoChunk() async throws {
        try await with("empty") { store, _ in
            _ = try await store.migrate()
            try await registered(store)
            let scan = try await store.ledger(of: Self.definition)
            #expect(try await scan.next() == nil)
            await scan.finish()
        }
    }

    @Test func aCommitThatComesSecondWritesNothing() async throws {
        try await with("versions") { store, _ in
            try await prepared(store)
            try await store.commit(commit([.put(entry(1, item: 10), sourceKey: "k", replaces: nil)]))
            try await store.commit(commit([.put(entry(1, item: 11, version: 2), sourceKey: "k", replaces: 1)]))
            // Another process saw version 1 too: neither its row nor the rest of its wave may count.
            let late = commit([
                .put(entry(2, item: 20), sourceKey: "k2", replaces: nil),
                .put(entry(1, item: 12, version: 2), sourceKey: "k", replaces: 1),
            ])
            await #expect(throws: Failure.self) { try await store.commit(late) }
            await #expect(throws: Failure.self) {
                try await store.commit(commit([.remove(LedgerKey(bytes: [0, 1]), version: 1)]))
            }
            #expect(try await ledger(store).map(\.item) == [11])
            try await store.commit(commit([.remove(LedgerKey(bytes: [0, 1]), version: 2)]))
            #expect(try await ledger(store).isEmpty)
        }
    }

    @Test func peoplesValuesAreKept() async throws {
        try await with("saved") { store, session in
            try await prepared(store)
            let saved = LedgerCommit.Saved(
                key: LedgerKey(bytes: [0, 1]), sourceKey: "projects/1", field: "Title", value: ["a \"quoted\" \\ text"])
            try await store.commit(commit([.put(entry(1, item: 10), sourceKey: "k", replaces: nil)], saved: [saved]))
            let rows = try await session.query("SELECT field, value->>0 FROM syncbridge.sync_conflicts")
            #expect(rows.first?.text(0) == "Title" && rows.first?.text(1) == "a \"quoted\" \\ text")
        }
    }

    // MARK: Stage

    @Test func stagedEffectsArePagedByActionWithTheirEntries() async throws {
        try await with("stage") { store, _ in
            try await prepared(store)
            try await store.commit(commit([.put(entry(2, item: 20), sourceKey: "projects/2", replaces: nil)]))
            let stage = try await store.stage(run: Self.run, definition: Self.definition)
            func staged(_ key: UInt8, _ action: RowAction) -> StagedKey {
                StagedKey(
                    key: LedgerKey(bytes: [0, key]), parts: ["a,\"b\\", "\(key)"], action: action, to: "Projects",
                    contentHash: Digest(of: "x"))
            }
            try await stage.append([staged(1, .create), staged(2, .update), staged(3, .create), staged(4, .create)])
            try await stage.finish()
            let first = try await store.staged(
                run: Self.run, definition: Self.definition, actions: [.create], after: 0, limit: 2)
            #expect(
                first.map(\.sequence) == [1, 3] && first.map(\.staged) == [staged(1, .create), staged(3, .create)])
            let rest = try await store.staged(
                run: Self.run, definition: Self.definition, actions: [.create], after: 3, limit: 2)
            #expect(rest.map(\.sequence) == [4])
            let update = try await store.staged(
                run: Self.run, definition: Self.definition, actions: [.update], after: 0, limit: 2)
            #expect(update.first?.ledger == entry(2, item: 20) && update.first?.sourceKey == "projects/2")
            // A new stage begins empty.
            let next = try await store.stage(run: Self.run, definition: Self.definition)
            try await next.finish()
            #expect(
                try await store.staged(
                    run: Self.run, definition: Self.definition, actions: RowAction.allCases, after: 0, limit: 9
                ).isEmpty)
        }
    }

    // MARK: Intents

    private func intent(_ key: UInt8, _ kind: Intent.Kind) -> Intent {
        Intent(
            key: LedgerKey(bytes: [0, key]), syncKey: "projects/\(key)", kind: kind, list: ListID("list"),
            from: ItemLocation(list: ListID("old"), item: 7, etag: "\"e,1\"", hashes: [9]),
            fields: [JSON.Member("Title", "a \"text\""), JSON.Member("Cost", .number(1.5))], written: [0, 1],
            hash: ContentHash(of: [.text("a"), .number(1.5)]), mappingVersion: 1,
            saved: [
                .init(key: LedgerKey(bytes: [0, key]), sourceKey: "projects/\(key)", field: "Title", value: "Kim's")
            ])
    }

    @Test func anIntentIsOpenUntilItsRowIsRecorded() async throws {
        try await with("intents") { store, session in
            try await prepared(store)
            let all = [intent(1, .create), intent(2, .update), intent(3, .delete)]
            try await store.open(all, of: Self.definition, run: Self.run, under: Self.lease)
            #expect(try await store.openIntents(of: Self.definition, after: nil, limit: 9).map(\.intent) == all)
            // A row has one: the next step of the same row takes its place.
            try await store.open([intent(1, .carry)], of: Self.definition, run: Self.run, under: Self.lease)
            try await store.commit(
                LedgerCommit(
                    project: "p", definition: Self.definition, run: Self.run, now: Self.now, lease: Self.lease,
                    changes: [.put(entry(2, item: 20), sourceKey: "projects/2", replaces: nil)],
                    closed: [LedgerKey(bytes: [0, 3])]))
            let left = try await store.openIntents(of: Self.definition, after: nil, limit: 9)
            #expect(left.map(\.intent) == [intent(1, .carry)])
            // What it was to write is gone with it.
            #expect(try await session.query("SELECT 1 FROM syncbridge.sync_intents WHERE key <> '\\x0001'").isEmpty)
        }
    }

    // MARK: Leases

    @Test func aLeaseHasOneHolderUntilItsSessionEnds() async throws {
        try await TestDatabase.with("leases") { database, _ in
            let first = try PostgreSQLMetaStore(database.parameters, schema: "syncbridge")
            let second = try PostgreSQLMetaStore(database.parameters, schema: "syncbridge")
            _ = try await first.migrate()
            func take(_ store: PostgreSQLMetaStore) async throws -> LeaseOutcome {
                try await store.acquireLease(Self.name, actor: "a", run: Self.run, seconds: 60)
            }
            #expect(try await take(first) == .acquired(Self.lease))
            guard case .held(let holder) = try await take(second) else {
                Issue.record("two processes hold one lease")
                return
            }
            #expect(holder.actor == "a" && holder.epoch == 1 && !holder.isExpired)
            #expect(try await first.renew([Self.lease]) == [Self.lease])
            // A process that dies leaves a row that says otherwise; its session says the truth.
            await first.close()
            var outcome = try await take(second)
            for _ in 0..<1000 {
                guard case .held = outcome else { break }
                outcome = try await take(second)
            }
            #expect(outcome == .acquired(LeaseTerm(name: Self.name, epoch: 2)))
            await second.close()
        }
    }

    @Test func aHolderThatHangsLosesItsLeaseAndWritesNothing() async throws {
        try await TestDatabase.with("epochs") { database, session in
            let hung = try PostgreSQLMetaStore(database.parameters, schema: "syncbridge")
            let next = try PostgreSQLMetaStore(database.parameters, schema: "syncbridge")
            try await prepared(hung)
            // Its session lives, and its heartbeat is old.
            try await session.script("UPDATE syncbridge.leases SET heartbeat_at = now() - interval '61 s'")
            #expect(
                try await next.acquireLease(Self.name, actor: "b", run: Self.run, seconds: 60)
                    == .acquired(LeaseTerm(name: Self.name, epoch: 2)))
            let late = commit([.put(entry(1, item: 10), sourceKey: "k", replaces: nil)])
            await #expect { try await hung.commit(late) } throws: { ($0 as? Failure)?.status == .locked }
            await #expect {
                try await hung.open([intent(1, .create)], of: Self.definition, run: Self.run, under: Self.lease)
            } throws: { ($0 as? Failure)?.status == .locked }
            await #expect {
                try await hung.commit(
                    FeedCommit(
                        project: "p", definition: Self.definition, list: ListID("list"), now: Self.now,
                        lease: Self.lease, changes: [], position: StoredFeedPosition(selection: "a", link: "b")))
            } throws: { ($0 as? Failure)?.status == .locked }
            #expect(try await hung.renew([Self.lease]).isEmpty)
            #expect(try await ledger(next).isEmpty)
            // Giving back what is another's changes nothing.
            try await hung.release([Self.lease])
            #expect(try await next.leases(of: "p").map(\.actor) == ["b"])
            await hung.close()
            await next.close()
        }
    }

    @Test func aBrokenLeaseIsFreeAndItsHolderFenced() async throws {
        try await with("broken") { store, _ in
            try await prepared(store)
            #expect(try await store.breakLease(Self.name))
            #expect(try await !store.breakLease(Self.name))
            await #expect { try await store.commit(commit([])) } throws: { ($0 as? Failure)?.status == .locked }
            #expect(try await store.leases(of: "p").isEmpty)
        }
    }

    @Test func holdsCoverADefinitionOrAll() async throws {
        try await with("holds") { store, _ in
            _ = try await store.migrate()
            let one = Hold(project: "p", definition: "projects", reason: "audit", actor: "kim", since: Self.now)
            try await store.hold(one)
            try await store.hold(Hold(project: "p", definition: nil, reason: "x", actor: "kim", since: Self.now))
            #expect(try await store.holds(of: "p").map(\.definition) == [nil, "projects"])
            #expect(try await store.releaseHold(project: "p", definition: nil))
            #expect(try await !store.releaseHold(project: "p", definition: nil))
            #expect(try await store.holds(of: "p") == [one])
        }
    }
}
