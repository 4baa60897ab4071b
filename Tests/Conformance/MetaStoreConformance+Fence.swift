internal import Core
internal import Testing

/// A process whose lease is another's by now changes nothing in the meta-store (SPEC §21).
extension MetaStoreConformance {
    package enum FencedWrite: String, CaseIterable, Sendable, CustomTestStringConvertible {
        case register, markApplied, recordCapture, forget, saveList, saveColumn, saveSnapshot, saveSourceSnapshot
        case stage, finishedStage, open, commit, note, feedCommit, retry

        package var testDescription: String { rawValue }
    }

    package func checkFence(_ write: FencedWrite) async throws {
        let hung = try connect()
        let next = try connect()
        try await Self.prepare(hung)
        try await fill(hung)
        // Begun while the lease was ours.
        let stage =
            write == .finishedStage
            ? try await hung.stage(run: Self.run, definition: Self.definition, under: Self.lease) : nil
        #expect(try await next.breakLease(Self.name))
        let taken = try await next.acquireLease(Self.name, actor: "b", run: Self.run, seconds: 60)
        #expect(taken != .acquired(Self.lease))
        let before = try await contents()
        await refuses(.locked) { () async throws(Failure) in try await attempt(write, hung, stage) }
        #expect(try await contents() == before)
        await hung.close()
        await next.close()
    }

    /// Something of each kind that a write could change.
    private func fill(_ store: any MetaStore) async throws {
        var refused = Self.entry(1, item: 10)
        refused.state = .quarantined
        refused.refusal = Refusal(.refused, reason: "no")
        try await store.commit(Self.commit([Self.put(refused), Self.put(Self.entry(2, item: 20))]))
        let stage = try await store.stage(run: Self.run, definition: Self.definition, under: Self.lease)
        try await stage.append([Self.staged])
        try await stage.finish()
    }

    private static let staged = StagedKey(
        key: key(5), parts: ["5"], action: .create, to: "Projects", contentHash: nil)

    private func attempt(
        _ write: FencedWrite, _ store: any MetaStore, _ stage: (any EffectStage)?
    ) async throws(Failure) {
        let (definition, lease) = (Self.definition, Self.lease)
        switch write {
        case .register: try await store.register(Self.registration(mapping: 2, fields: ["Other"]), under: lease)
        case .markApplied:
            try await store.markApplied(
                definition: definition, fingerprint: "old", guards: .defaults, now: Self.now, under: lease)
        case .recordCapture:
            try await store.recordCapture(definition: definition, mark: nil, snapshotAt: Self.now, under: lease)
        case .forget: try await store.forget(definition: definition, now: Self.now, under: lease)
        case .saveList:
            var list = Self.managed()
            list.webURL = "https://x/Lists/Old"
            try await store.save(list: list, columns: [], project: "p", under: lease)
        case .saveColumn:
            try await store.save(
                column: ManagedColumn(name: "Old", remoteID: nil, applied: nil), of: Self.list, under: lease)
        case .saveSnapshot:
            try await store.saveSnapshot(
                project: "p", side: "source", subject: "projects", content: ["old": true], now: Self.now, under: lease)
        case .saveSourceSnapshot:
            guard let snapshot = SourceSnapshot(text: "1:2:1 primary 0/1") else { return }
            try await store.save(snapshot: snapshot, of: definition, under: lease)
        case .stage: _ = try await store.stage(run: Self.run, definition: definition, under: lease)
        case .finishedStage:
            try await stage?.append([Self.staged])
            try await stage?.finish()
        case .open: try await store.open([Self.intent(1, .update)], of: definition, run: Self.run, under: lease)
        case .commit: try await store.commit(Self.commit([Self.put(Self.entry(3, item: 30))]))
        case .note:
            let entry = Self.entry(2, item: 20)
            try await store.note(
                [FingerprintedRow(key: entry.key, claim: Self.claim(entry))], of: definition, under: lease)
        case .feedCommit:
            try await store.commit(
                FeedCommit(
                    project: "p", definition: definition, list: Self.list, now: Self.now, lease: lease, changes: [],
                    position: StoredFeedPosition(selection: "a", link: "b")))
        case .retry: _ = try await store.retry(definition: definition, key: nil, under: lease)
        }
    }
}
