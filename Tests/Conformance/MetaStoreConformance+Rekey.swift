internal import Core
internal import Testing

extension MetaStoreConformance {
    private static func shape(_ text: String) throws -> KeyShape { try #require(KeyShape(text)) }

    private func shape(_ store: any MetaStore) async throws -> String? {
        try await store.registry(of: "p").definition("projects")?.keyShape?.text
    }

    /// Of a definition that was registered without one, the first that is known counts.
    func keyShapes(_ store: any MetaStore) async throws {
        #expect(try await shape(store) == nil)
        var registration = Self.registration(mapping: 1, fields: ["Title"])
        registration.keyShape = try Self.shape("id:integer")
        try await store.register(registration, under: Self.lease)
        #expect(try await shape(store) == "id:integer")
        registration.keyShape = try Self.shape("id:text")
        try await store.register(registration, under: Self.lease)
        #expect(try await shape(store) == "id:integer")
        try await store.rekey(
            [], shape: try Self.shape("id:text"), of: Self.definition, now: Self.now, under: Self.lease)
        #expect(try await shape(store) == "id:text")
    }

    func exchangesKeys(_ store: any MetaStore) async throws {
        let saved = [UInt8(1), 9].map {
            LedgerCommit.Saved(key: Self.key($0), sourceKey: "projects/\($0)", field: "Title\($0)", value: "x")
        }
        let entries = [Self.entry(1, item: 10), Self.entry(2, item: 20), Self.entry(3, item: 30)]
        try await store.commit(Self.commit(entries.map { Self.put($0) }, saved: saved))
        let shape = try Self.shape("code:text")
        let rows = [
            RekeyedRow(old: Self.key(1), new: Self.key(2), syncKey: "projects/2"),
            RekeyedRow(old: Self.key(2), new: Self.key(1), syncKey: "projects/1"),
            RekeyedRow(old: Self.key(3), new: LedgerKey(bytes: [7, 7])),
        ]
        let before = try await contents()
        // Not all rows; a row that is not there; a lease of before: nothing is written.
        for wrong in [Array(rows.dropLast()), rows + [RekeyedRow(old: Self.key(8), new: Self.key(8))]] {
            await refuses(.stale) { () async throws(Failure) in
                try await store.rekey(wrong, shape: shape, of: Self.definition, now: Self.now, under: Self.lease)
            }
        }
        await refuses(.locked) { () async throws(Failure) in
            try await store.rekey(
                rows, shape: shape, of: Self.definition, now: Self.now, under: LeaseTerm(name: Self.name, epoch: 0))
        }
        try await store.open([Self.intent(1, .update)], of: Self.definition, run: Self.run, under: Self.lease)
        await refuses(.stale) { () async throws(Failure) in
            try await store.rekey(rows, shape: shape, of: Self.definition, now: Self.now, under: Self.lease)
        }
        try await store.commit(Self.commit([], closed: [Self.key(1)]))
        #expect(try await contents() == before)

        try await store.rekey(rows, shape: shape, of: Self.definition, now: Self.now, under: Self.lease)
        #expect(try await ledger(store).map(\.item) == [20, 10, 30])
        #expect(try await ledger(store).map(\.key) == [Self.key(1), Self.key(2), LedgerKey(bytes: [7, 7])])
        #expect(try await ledger(store).allSatisfy { $0.version == 2 && $0.contentHash != nil })
        let known = try await store.rows(of: Self.definition, in: Self.list, after: 0, limit: 9)
        #expect(known.map(\.syncKey) == ["projects/2", "projects/1", "projects/3"])
        // What the items still carry.
        #expect(
            try await store.strays(of: "p") == [
                StrayItem(list: Self.list, item: 10, syncKey: "projects/1"),
                StrayItem(list: Self.list, item: 20, syncKey: "projects/2"),
            ])
        #expect(try await savedValues().count == 2)
    }
}
