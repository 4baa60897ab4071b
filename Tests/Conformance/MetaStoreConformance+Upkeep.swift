internal import Core
internal import Testing

extension MetaStoreConformance {
    private static let old = LeaseTerm(name: name, epoch: 0)

    /// Rows of the list count as holding nothing in the field, on either side; others stay as they are.
    func forgetsColumn(_ store: any MetaStore) async throws {
        var drifted = Self.entry(1, item: 10)
        drifted.setRemoteBase([drifted.fieldHashes[0], 7])
        drifted.seenHashes = [9, 8]
        var elsewhere = Self.entry(2, item: 20)
        elsewhere.list = ListID("other")
        // Its item may come out of the recycle bin again.
        var deleted = Self.entry(3, item: 30)
        (deleted.state, deleted.prior) = (.deletedByPerson, ItemLocation(list: Self.list, item: 30, etag: nil))
        (deleted.list, deleted.item, deleted.etag) = (nil, nil, nil)
        // Its old item is still to be deleted.
        var leaving = Self.entry(4, item: 40)
        (leaving.state, leaving.list) = (.moving, ListID("other"))
        leaving.prior = ItemLocation(list: Self.list, item: 41, etag: nil, hashes: [3, 4])
        try await store.commit(Self.commit([drifted, elsewhere, deleted, leaving].map { Self.put($0) }))
        await refuses(.locked) { () async throws(Failure) in
            _ = try await store.forgetColumn(
                "Cost", at: [1: 1], in: Self.list, of: Self.definition, under: Self.old)
        }
        #expect(try await ledger(store)[0].contentHash != nil)
        let rows = try await store.forgetColumn(
            "Cost", at: [1: 1, 5: 0], in: Self.list, of: Self.definition, under: Self.lease)
        #expect(rows == 2)
        let entries = try await ledger(store)
        #expect(entries[2].fieldHashes == [deleted.fieldHashes[0], ContentHash.noValue])
        #expect(entries[0].contentHash == nil && entries[0].version == drifted.version + 1)
        #expect(entries[0].fieldHashes == [drifted.fieldHashes[0], ContentHash.noValue])
        #expect(entries[0].remoteHashes == [drifted.fieldHashes[0], ContentHash.noValue])
        #expect(entries[0].seenHashes == [9, ContentHash.noValue])
        #expect(entries[1] == elsewhere)
        #expect(entries[3].prior?.hashes == [3, ContentHash.noValue] && entries[3].fieldHashes == leaving.fieldHashes)
    }

    /// Rows of the list count as never sent the field; what their items are known to show stays.
    func forgetsWhatWasSent(_ store: any MetaStore) async throws {
        var drifted = Self.entry(1, item: 10)
        drifted.seenHashes = [9, 8]
        var elsewhere = Self.entry(2, item: 20)
        elsewhere.list = ListID("other")
        try await store.commit(Self.commit([Self.put(drifted), Self.put(elsewhere)]))
        await refuses(.locked) { () async throws(Failure) in
            _ = try await store.forgetSent(at: [1: 1], in: Self.list, of: Self.definition, under: Self.old)
        }
        let rows = try await store.forgetSent(
            at: [1: 1, 5: 0], in: Self.list, of: Self.definition, under: Self.lease)
        #expect(rows == 1)
        let entries = try await ledger(store)
        #expect(entries[0].contentHash == nil && entries[0].version == drifted.version + 1)
        #expect(entries[0].fieldHashes == [drifted.fieldHashes[0], RowBase.unknown])
        #expect(entries[0].remoteBase == drifted.remoteBase && entries[0].seenHashes == [9, 8])
        #expect(entries[1] == elsewhere)
    }

    /// What reading dates back has shown is the list's, and an old epoch changes nothing of it.
    func remembersDates(_ store: any MetaStore) async throws {
        for dates in [DateCheck.right(zone: "Europe/Berlin"), .wrong(zone: "America/New_York"), nil] {
            try await store.save(dates: dates, of: Self.list, under: Self.lease)
            #expect(try await store.registry(of: "p").lists.first?.dates == dates)
            await refuses(.locked) { () async throws(Failure) in
                try await store.save(dates: .right(zone: "UTC"), of: Self.list, under: Self.old)
            }
            #expect(try await store.registry(of: "p").lists.first?.dates == dates)
        }
    }

    /// The list, its feed and what is in doubt there are gone; its rows stay known, and so does what a request in doubt
    /// may have replaced.
    func forgetsList(_ store: any MetaStore) async throws {
        var moving = Self.entry(2, item: 20)
        moving.list = ListID("other")
        moving.state = .moving
        moving.prior = ItemLocation(list: Self.list, item: 11, etag: "\"p\"")
        try await store.commit(Self.commit([Self.put(Self.entry(1, item: 10)), Self.put(moving)]))
        await refuses(.locked) { () async throws(Failure) in
            try await store.forgetList(Self.list, of: Self.definition, under: Self.old)
        }
        #expect(try await store.registry(of: "p").lists.count == 1)
        var other = Self.intent(2, .update)
        (other.list, other.saved[0].field) = (nil, "Cost")
        // A move out of the list whose new item may be there.
        var leaving = Self.intent(3, .create)
        (leaving.list, leaving.from) = (ListID("other"), ItemLocation(list: Self.list, item: 12, etag: "\"e\""))
        var deleting = Self.intent(4, .deleteOrigin)
        (deleting.list, deleting.from, deleting.saved) = (nil, leaving.from, [])
        try await store.open(
            [Self.intent(1, .create), other, leaving, deleting], of: Self.definition, run: Self.run, under: Self.lease)
        try await store.forgetList(Self.list, of: Self.definition, under: Self.lease)
        let open = try await store.openIntents(of: Self.definition, after: nil, limit: 9)
        leaving.from = nil
        #expect(open.map(\.intent.key) == [Self.key(2), Self.key(3)] && open.last?.intent == leaving)
        #expect(try await savedValues() == ["Title": "Kim's"])
        #expect(try await store.registry(of: "p").lists.isEmpty)
        #expect(try await store.feedPosition(of: Self.list) == nil)
        let entries = try await ledger(store)
        #expect(entries[0] == Self.entry(1, item: 10))
        #expect(entries[1].state == .synced && entries[1].prior == nil && entries[1].item == 20)
    }
}
