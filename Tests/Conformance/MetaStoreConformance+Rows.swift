internal import Core
internal import Testing

extension MetaStoreConformance {
    // MARK: Schema and registry

    func migratesOnce() async throws {
        let stores = try (0..<4).map { _ in try connect() }
        #expect(try await stores[0].schemaState() == .absent)
        let applied = try await withThrowingTaskGroup(of: [Int].self) { group in
            for store in stores { group.addTask { try await store.migrate() } }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(applied.first == 1 && applied == Array(Set(applied)).sorted())
        #expect(try await stores[0].schemaState() == .current(version: try #require(applied.last)))
        let ids = (try await stores[0].registry(of: "p").metaStoreID, try await stores[1].registry(of: "p").metaStoreID)
        #expect(ids.0 != nil && ids.0 == ids.1)
        for store in stores { await store.close() }
    }

    func remembers(_ store: any MetaStore) async throws {
        // About to be created; then it exists; then its settings are applied. Nothing known is forgotten on the way.
        for column in [
            ManagedColumn(name: "Cost", remoteID: nil, applied: nil),
            ManagedColumn(name: "Cost", remoteID: "c1", applied: nil),
            ManagedColumn(name: "Cost", remoteID: nil, applied: "{}"),
        ] {
            try await store.save(column: column, of: Self.list, under: Self.lease)
        }
        var again = Self.managed()
        again.applied.displayName = "Other"
        try await store.save(list: again, columns: [], project: "p", under: Self.lease)
        let registry = try await store.registry(of: "p")
        let definition = try #require(registry.definition("projects"))
        #expect(definition.appliedFingerprint == nil && definition.automaticNames["cost"] == "Cost")
        let list = try #require(registry.lists.first)
        #expect(list.columns == [ManagedColumn(name: "Cost", remoteID: "c1", applied: "{}")])
        #expect(list.applied.displayName == "Other" && list.definitionID == Self.definition)
        #expect(try await store.registry(of: "other").definitions.isEmpty)

        #expect(definition.appliedGuards == nil)
        let guards = Guards(maxDeletes: 7, maxDeletePercent: 2.5, maxUpdatePercent: 90, maxRejectedPercent: 1)
        try await store.markApplied(
            definition: Self.definition, fingerprint: "f", guards: guards, now: Self.now, under: Self.lease)
        let applied = try await store.registry(of: "p").definition("projects")
        #expect(applied?.appliedFingerprint == "f" && applied?.appliedGuards == guards)
        try await store.forget(definition: Self.definition, now: Self.now, under: Self.lease)
        #expect(try await store.registry(of: "p").definitions.isEmpty)
        try await Self.register(store)
        #expect(try await store.registry(of: "p").definition("projects")?.id == Self.definition)
    }

    /// Also where a definition that was forgotten has the new name.
    func renames(_ store: any MetaStore) async throws {
        try await Self.register(store)
        var other = Self.registration(mapping: 1, fields: ["Title"])
        other.id = "00000000-0000-4000-8000-0000000000ff"
        other.name = "things"
        try await store.register(other, under: Self.lease)
        try await store.forget(definition: other.id, now: Self.now, under: Self.lease)
        #expect(try await store.registry(of: "p").forgotten.map(\.name) == ["things"])
        var renamed = Self.registration(mapping: 1, fields: ["Title", "Cost"])
        renamed.name = "things"
        try await store.register(renamed, under: Self.lease)
        let registry = try await store.registry(of: "p")
        let definition = try #require(registry.definition("things"))
        #expect(definition.id == Self.definition && definition.prefix == "projects")
        #expect(definition.mappings == [1: ["Title", "Cost"]])
        #expect(registry.definitions.count == 1 && registry.forgotten.map(\.id) == [other.id])
        try await store.forget(definition: Self.definition, now: Self.now, under: Self.lease)
        try await store.register(renamed, under: Self.lease)
        #expect(try await store.registry(of: "p").definition("things")?.id == Self.definition)
    }

    /// Until the definition has another source: its transactions say nothing of those before.
    func sourceSnapshots(_ store: any MetaStore) async throws {
        func read() async throws -> SourceSnapshot? {
            try await store.registry(of: "p").definition("projects")?.sourceSnapshot
        }
        try await Self.register(store)
        #expect(try await read() == nil)
        let snapshot = try #require(SourceSnapshot(text: "10:20:10,14 standby 1/A0"))
        try await store.save(snapshot: snapshot, of: Self.definition, under: Self.lease)
        #expect(try await read() == snapshot)
        try await Self.register(store)
        #expect(try await read() == snapshot)
        var other = Self.registration(mapping: 1, fields: ["Title"])
        other.source = "another"
        try await store.register(other, under: Self.lease)
        #expect(try await read() == nil)
    }

    func versionsOfMappings(_ store: any MetaStore) async throws {
        try await Self.register(store, mapping: 2, fields: ["Title", "Cost", "Note"])
        let definition = try #require(try await store.registry(of: "p").definition("projects"))
        #expect(definition.mappings == [1: ["Title", "Cost"], 2: ["Title", "Cost", "Note"]])
        #expect(definition.mappingVersion == 2)
    }

    /// The same fields from other columns are the same version of the mapping.
    func sourcesOfTargets(_ store: any MetaStore) async throws {
        var registration = Self.registration(mapping: 1, fields: ["Title", "Cost"])
        registration.fields[0].source = "headline"
        registration.fields[1].isAutomatic = false
        try await store.register(registration, under: Self.lease)
        let definition = try #require(try await store.registry(of: "p").definition("projects"))
        #expect(definition.mappings == [1: ["Title", "Cost"]])
        #expect(definition.automaticNames == ["headline": "Title"])
    }

    // MARK: Ledger

    func entriesComeBack(_ store: any MetaStore) async throws {
        var moving = Self.entry(3, item: 30)
        moving.state = .moving
        moving.prior = ItemLocation(list: ListID("older"), item: 7, etag: "\"p\"", hashes: [1, 2])
        moving.remoteHashes = [3, UInt64.max]
        moving.seenHashes = [4, 0]
        var refused = Self.entry(2, item: 20)
        refused.state = .quarantined
        refused.item = nil
        refused.list = nil
        refused.refusal = Refusal(.uniqueValue, list: Self.list, reason: "exists", requestID: "r-1", attempts: 3)
        refused.writes = WriteRate(count: 2, since: Self.now)
        let all = [moving, Self.entry(1, item: 10), refused]
        try await store.commit(Self.commit(all.map { Self.put($0) }))
        #expect(try await ledger(store) == [all[1], all[2], all[0]])
        let live = try await store.liveRows(of: "p")
        let registry = try await store.registry(of: "p").counted(live)
        #expect(registry.definition("projects")?.liveRows == 2 && registry.lists.first?.liveRows == 2)
        #expect(live.leaving == [ListID("older"): 1])
        #expect(
            try await store.quarantined(of: "p")
                == [QuarantineCount(definition: "projects", reason: "UNIQUE_VALUE", rows: 1)])
        #expect(try await store.entry(of: Self.definition, key: Self.key(1))?.syncKey == "projects/1")
        #expect(try await store.entry(of: Self.definition, key: Self.key(9)) == nil)
        // Entries are replaced as a whole, beside one that is new and one that goes.
        let synced = Self.entry(3, item: 31, version: 2)
        moving.key = Self.key(1)
        moving.item = 11
        moving.version = 2
        try await store.commit(
            Self.commit([
                Self.put(synced, replaces: 1), .remove(Self.key(2), version: 1), Self.put(Self.entry(4, item: 40)),
                Self.put(moving, replaces: 1),
            ]))
        #expect(try await ledger(store) == [moving, synced, Self.entry(4, item: 40)])
    }

    func commitsSecond(_ store: any MetaStore) async throws {
        try await store.commit(Self.commit([Self.put(Self.entry(1, item: 10))]))
        try await store.commit(Self.commit([Self.put(Self.entry(1, item: 11, version: 2), replaces: 1)]))
        // Another process saw version 1 too: neither its row nor the rest of its wave may count.
        await refuses(.stale) { () async throws(Failure) in
            try await store.commit(
                Self.commit([
                    Self.put(Self.entry(2, item: 20)), Self.put(Self.entry(1, item: 12, version: 2), replaces: 1),
                ]))
        }
        await refuses(.stale) { () async throws(Failure) in
            try await store.commit(Self.commit([.remove(Self.key(1), version: 1)]))
        }
        // One that was there already is as bad as one that has changed.
        await refuses(.stale) { () async throws(Failure) in
            try await store.commit(Self.commit([Self.put(Self.entry(1, item: 13))]))
        }
        #expect(try await ledger(store).map(\.item) == [11])
        try await store.commit(Self.commit([.remove(Self.key(1), version: 2)]))
        #expect(try await ledger(store).isEmpty)
    }

    func anItemHasOneRow(_ store: any MetaStore) async throws {
        try await store.commit(Self.commit([Self.put(Self.entry(1, item: 10))]))
        await refuses(nil) { () async throws(Failure) in
            try await store.commit(Self.commit([Self.put(Self.entry(2, item: 10)), Self.put(Self.entry(3, item: 30))]))
        }
        #expect(try await ledger(store).map(\.key) == [Self.key(1)])
    }

    func savedValues(_ store: any MetaStore) async throws {
        let saved = LedgerCommit.Saved(
            key: Self.key(1), sourceKey: "projects/1", field: "Title", value: ["a \"quoted\" \\ text"])
        try await store.commit(Self.commit([Self.put(Self.entry(1, item: 10))], saved: [saved]))
        #expect(try await savedValues() == ["Title": ["a \"quoted\" \\ text"]])
    }

    func refusedRows(_ store: any MetaStore) async throws {
        var without = Self.entry(1, item: 10)
        without.state = .quarantined
        without.refusal = Refusal(.refused, reason: "no")
        var with = without
        with.key = Self.key(2)
        (without.list, without.item, without.etag) = (nil, nil, nil)
        try await store.commit(Self.commit([Self.put(without), Self.put(with)]))
        #expect(
            try await store.quarantinedRows(of: Self.definition, limit: 9).map(\.syncKey) == [
                "projects/1", "projects/2",
            ])
        let mark = CaptureMark(column: "updated_at", kind: .timestamptz, value: 1, shape: "s")
        try await store.recordCapture(definition: Self.definition, mark: mark, snapshotAt: Self.now, under: Self.lease)
        func captured() async throws -> CaptureMark? {
            try await store.registry(of: "p").definition("projects")?.captureMark
        }
        #expect(try await store.retry(definition: Self.definition, key: Self.key(2), under: Self.lease) == 1)
        #expect(try await captured() == mark)
        #expect(try await store.retry(definition: Self.definition, key: nil, under: Self.lease) == 1)
        // Nothing else says that there is such a row: the whole table has to be read.
        #expect(try await captured() == nil)
        // One without an item is as if it had never been; the other is compared field by field.
        let left = try await ledger(store)
        #expect(left.map(\.key) == [Self.key(2)] && left.first?.state == .synced && left.first?.version == 2)
        #expect(left.first?.contentHash == nil && left.first?.refusal == nil)
    }

    func entriesAreFound(_ store: any MetaStore) async throws {
        var moving = Self.entry(2, item: 20)
        moving.state = .moving
        moving.list = ListID("other")
        moving.prior = ItemLocation(list: Self.list, item: 7, etag: nil)
        let all = [Self.entry(1, item: 10), moving, Self.entry(3, item: 30), Self.entry(4, item: 40)]
        try await store.commit(Self.commit(all.map { Self.put($0) }))
        let found = try await store.entries(
            of: Self.definition, list: Self.list, items: [10, 7, 20, 99], syncKeys: ["projects/3", "projects/1"])
        #expect(found.map(\.entry.key) == [Self.key(1), Self.key(2), Self.key(3)])
        #expect(try await store.entries(of: Self.definition, list: Self.list, items: [], syncKeys: []).isEmpty)
    }

    func entriesAtRest(_ store: any MetaStore) async throws {
        let synced = Self.entry(1, item: 10)
        var others = (2...6).map { Self.entry(UInt8($0), item: Int64($0) * 10) }
        others[0].state = .archived
        others[1].prior = ItemLocation(list: ListID("older"), item: 7, etag: nil)
        others[2].refusal = Refusal(.refused)
        others[3].item = nil
        others[4].canonVersion = CanonicalForm.version + 1
        var elsewhere = Self.entry(7, item: 70)
        elsewhere.list = ListID("elsewhere")
        elsewhere.mappingVersion = 3
        try await store.commit(Self.commit(([synced, elsewhere] + others).map { Self.put($0) }))
        let scan = try await store.ledger(of: Self.definition)
        let chunk = try #require(try await scan.next())
        #expect(chunk.briefs.map(chunk.key) == (1...7).map { Self.key($0) })
        #expect(chunk.briefs.map(\.mapping) == [1, nil, nil, nil, nil, nil, 3])
        let (first, last) = (chunk.briefs[0], chunk.briefs[6])
        #expect(chunk.lists[Int(first.list)] == synced.list && chunk.lists[Int(last.list)] == elsewhere.list)
        guard case .hash(let start, _) = first.mark else { return #expect(Bool(false), "\(first)") }
        #expect(Digest(chunk.bytes[Int(start)..<Int(start) + 32]) == synced.contentHash)
        #expect(try await scan.next() == nil)
        await scan.finish()
    }

    func snapshot(_ store: any MetaStore) async throws {
        try await store.commit(Self.commit([Self.put(Self.entry(1, item: 10))]))
        let scan = try await store.ledger(of: Self.definition)
        try await store.commit(Self.commit([Self.put(Self.entry(1, item: 11, version: 2), replaces: 1)]))
        #expect(try await scan.entries([Self.key(1)]) == [Self.entry(1, item: 10)])
        await scan.finish()
        #expect(try await ledger(store).map(\.item) == [11])
    }

    func emptyLedger(_ store: any MetaStore) async throws {
        let scan = try await store.ledger(of: Self.definition)
        #expect(try await scan.next() == nil)
        await scan.finish()
    }

    func captureMarks(_ store: any MetaStore) async throws {
        func read() async throws -> RegisteredDefinition? { try await store.registry(of: "p").definition("projects") }
        #expect(try await read()?.captureMark == nil)
        let mark = CaptureMark(column: "updated_at", kind: .timestamptz, value: 1_769_999_999_123_456, shape: "s")
        try await store.recordCapture(definition: Self.definition, mark: mark, snapshotAt: Self.now, under: Self.lease)
        #expect(try await read()?.captureMark == mark)
        #expect(try await read()?.lastSnapshotAt == Self.now)
        // A read of changes leaves the time of the last whole one.
        var later = mark
        later.value += 1
        try await store.recordCapture(definition: Self.definition, mark: later, snapshotAt: nil, under: Self.lease)
        #expect(try await read()?.captureMark == later)
        #expect(try await read()?.lastSnapshotAt == Self.now)
        try await store.recordCapture(definition: Self.definition, mark: nil, snapshotAt: Self.now, under: Self.lease)
        #expect(try await read()?.captureMark == nil)
    }

    // MARK: Stage

    func stagedEffects(_ store: any MetaStore) async throws {
        try await store.commit(Self.commit([Self.put(Self.entry(2, item: 20))]))
        let stage = try await store.stage(run: Self.run, definition: Self.definition, under: Self.lease)
        func staged(_ key: UInt8, _ action: RowAction) -> StagedKey {
            StagedKey(
                key: Self.key(key), parts: ["a,\"b\\", "\(key)"], action: action, to: "Projects",
                contentHash: Digest(of: "x"))
        }
        func read(_ actions: [RowAction], after: Int64 = 0) async throws -> [StagedEffect] {
            try await store.staged(
                run: Self.run, definition: Self.definition, actions: actions, after: after, limit: 2)
        }
        try await stage.append([staged(1, .create), staged(2, .update), staged(3, .create), staged(4, .create)])
        try await stage.finish()
        let first = try await read([.create])
        #expect(first.map(\.sequence) == [1, 3] && first.map(\.staged) == [staged(1, .create), staged(3, .create)])
        #expect(try await read([.create], after: 3).map(\.sequence) == [4])
        let update = try await read([.update])
        #expect(update.first?.ledger == Self.entry(2, item: 20) && update.first?.sourceKey == "projects/2")
        // A stage that is given up leaves nothing, and a new one begins empty.
        let discarded = try await store.stage(run: Self.run, definition: Self.definition, under: Self.lease)
        try await discarded.append([staged(1, .create)])
        await discarded.discard()
        #expect(try await read(RowAction.allCases).isEmpty)
    }
}

extension LedgerChunk.Brief {
    /// The mapping beside the content hash of an entry at rest.
    fileprivate var mapping: Int32? {
        switch mark {
        case .hash(_, let mapping): mapping
        case .none, .fingerprint: nil
        }
    }
}
