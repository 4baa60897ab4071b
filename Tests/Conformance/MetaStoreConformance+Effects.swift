package import Core
internal import Testing

extension MetaStoreConformance {
    // MARK: Intents

    package static func intent(_ key: UInt8, _ kind: Intent.Kind) -> Intent {
        Intent(
            key: self.key(key), syncKey: "projects/\(key)", kind: kind, list: list,
            from: ItemLocation(list: ListID("old"), item: 7, etag: "\"e,1\"", hashes: [9]),
            fields: [JSON.Member("Title", "a \"text\""), JSON.Member("Cost", .number(1.5))], written: [0, 1],
            hash: ContentHash(of: [.text("a"), .number(1.5)]), mappingVersion: 1,
            saved: [.init(key: self.key(key), sourceKey: "projects/\(key)", field: "Title", value: "Kim's")],
            repeats: kind == .carry)
    }

    func intents(_ store: any MetaStore) async throws {
        func open() async throws -> [OpenIntent] {
            try await store.openIntents(of: Self.definition, after: nil, limit: 9)
        }
        let all = [Self.intent(1, .create), Self.intent(2, .update), Self.intent(3, .delete)]
        try await store.open(all, of: Self.definition, run: Self.run, under: Self.lease)
        #expect(try await open().map(\.intent) == all)
        #expect(try await store.liveRows(of: "p").arriving == [Self.list: 1])
        #expect(
            try await store.openIntents(of: Self.definition, after: Self.key(1), limit: 1).map(\.intent) == [all[1]])
        // A row has one: the next step of the same row takes its place.
        try await store.open([Self.intent(1, .carry)], of: Self.definition, run: Self.run, under: Self.lease)
        try await store.commit(
            Self.commit([Self.put(Self.entry(2, item: 20))], closed: [Self.key(3)]))
        #expect(try await open().map(\.intent) == [Self.intent(1, .carry)])
        // With a row's entry of then.
        try await store.open([Self.intent(2, .update)], of: Self.definition, run: Self.run, under: Self.lease)
        #expect(try await open().last?.ledger == Self.entry(2, item: 20))
        // A commit that writes nothing closes nothing.
        await refuses(.stale) { () async throws(Failure) in
            try await store.commit(Self.commit([Self.put(Self.entry(2, item: 21))], closed: [Self.key(1)]))
        }
        #expect(try await open().count == 2)
    }

    // MARK: Feeds

    func feeds(_ store: any MetaStore) async throws {
        func observed(
            _ changes: [LedgerCommit.Change], _ strays: [FeedCommit.Stray] = [], link: String
        ) -> FeedCommit {
            FeedCommit(
                project: "p", definition: Self.definition, list: Self.list, now: Self.now, lease: Self.lease,
                changes: changes, strays: strays,
                position: StoredFeedPosition(selection: "a,b", link: link, enumeratedAt: Self.now))
        }
        #expect(try await store.feedPosition(of: Self.list) == nil)
        try await store.commit(Self.commit([Self.put(Self.entry(1, item: 10))]))
        var seen = Self.entry(1, item: 10, version: 2)
        seen.etag = "\"e,2\""
        seen.seenHashes = [1, 2]
        try await store.commit(
            observed([Self.put(seen, replaces: 1)], [.init(item: 9, syncKey: "projects/9")], link: "x"))
        #expect(try await ledger(store) == [seen])
        #expect(
            try await store.feedPosition(of: Self.list)
                == StoredFeedPosition(selection: "a,b", link: "x", enumeratedAt: Self.now))
        // Rows that were changed meanwhile keep the position where it was.
        await refuses(.stale) { () async throws(Failure) in
            try await store.commit(observed([Self.put(seen, replaces: 1)], link: "y"))
        }
        #expect(try await store.feedPosition(of: Self.list)?.link == "x")
    }

    // MARK: Leases

    private func take(_ store: any MetaStore, _ actor: String = "a") async throws -> LeaseOutcome {
        try await store.acquireLease(Self.name, actor: actor, run: Self.run, seconds: 60)
    }

    func aLeaseHasOneHolder() async throws {
        let first = try connect()
        let second = try connect()
        _ = try await first.migrate()
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

    func aHolderThatHangs() async throws {
        let hung = try connect()
        let next = try connect()
        try await Self.prepare(hung)
        // Its session lives, and its heartbeat is old.
        try await ageHeartbeats(61)
        #expect(try await take(next, "b") == .acquired(LeaseTerm(name: Self.name, epoch: 2)))
        await refuses(.locked) { () async throws(Failure) in
            try await hung.commit(Self.commit([Self.put(Self.entry(1, item: 10))]))
        }
        await refuses(.locked) { () async throws(Failure) in
            try await hung.open(
                [Self.intent(1, .create)], of: Self.definition, run: Self.run, under: Self.lease)
        }
        await refuses(.locked) { () async throws(Failure) in
            try await hung.commit(
                FeedCommit(
                    project: "p", definition: Self.definition, list: Self.list, now: Self.now, lease: Self.lease,
                    changes: [], position: StoredFeedPosition(selection: "a", link: "b")))
        }
        #expect(try await hung.renew([Self.lease]).isEmpty)
        #expect(try await ledger(next).isEmpty)
        #expect(try await next.feedPosition(of: Self.list) == nil)
        // Giving back what is another's changes nothing.
        try await hung.release([Self.lease])
        #expect(try await next.leases(of: "p").map(\.actor) == ["b"])
        await hung.close()
        await next.close()
    }

    func aBrokenLease(_ store: any MetaStore) async throws {
        #expect(try await store.breakLease(Self.name))
        #expect(try await !store.breakLease(Self.name))
        await refuses(.locked) { () async throws(Failure) in try await store.commit(Self.commit([])) }
        #expect(try await store.leases(of: "p").isEmpty)
    }

    func aReleasedLease() async throws {
        let first = try connect()
        let second = try connect()
        try await Self.prepare(first)
        try await first.release([Self.lease])
        #expect(try await second.leases(of: "p").isEmpty)
        #expect(try await take(second) == .acquired(LeaseTerm(name: Self.name, epoch: 2)))
        await refuses(.locked) { () async throws(Failure) in try await first.commit(Self.commit([])) }
        await first.close()
        await second.close()
    }

    func holds(_ store: any MetaStore) async throws {
        let one = Hold(project: "p", definition: "projects", reason: "audit", actor: "kim", since: Self.now)
        try await store.hold(one)
        try await store.hold(Hold(project: "p", definition: nil, reason: "x", actor: "kim", since: Self.now))
        #expect(try await store.holds(of: "p").map(\.definition) == [nil, "projects"])
        #expect(try await store.releaseHold(project: "p", definition: nil))
        #expect(try await !store.releaseHold(project: "p", definition: nil))
        #expect(try await store.holds(of: "p") == [one])
    }

    // MARK: Runs

    func runs(_ store: any MetaStore) async throws {
        let later = "1d9b2a34-1c53-4a63-8f0e-6d4b6f0c2e22"
        for (id, seconds) in [(Self.run, Int64(0)), (later, 10)] {
            try await store.beginRun(
                RunRecord(
                    id: id, project: "p", startedAt: Instant(seconds: Self.now.seconds + seconds), actor: "kim",
                    planDigest: "d", schemaDigest: "s"))
        }
        var ended = RunRecord(
            id: later, project: "p", startedAt: Self.now, actor: "kim", planDigest: "d", schemaDigest: "s")
        ended.counts = ["create": 3]
        ended.exit = 0
        try await store.endRun(ended)
        let runs = try await store.runs(of: "p", limit: 9)
        #expect(runs.map(\.id) == [later, Self.run] && runs.first?.exit == 0 && runs.first?.counts == ["create": 3])
        #expect(runs.first?.finishedAt != nil && runs.last?.finishedAt == nil)
    }
}
