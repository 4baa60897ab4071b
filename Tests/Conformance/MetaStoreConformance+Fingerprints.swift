internal import Core
internal import Testing

extension MetaStoreConformance {
    private static let fingerprintKey = FingerprintKey(of: "now")

    /// What an entry's row would have.
    static func claim(_ entry: LedgerEntry, _ row: String = "row") -> FingerprintClaim {
        let bytes = Array("\(row) \(entry.key.bytes)".utf8)
        return FingerprintClaim(
            fingerprint: bytes.withUnsafeBytes { RowFingerprint(of: $0, fingerprintKey) }, key: fingerprintKey.id,
            content: entry.contentHash ?? Digest(of: ""), list: entry.list ?? list,
            mappingVersion: entry.mappingVersion)
    }

    /// By key, what a scan says of each entry: its fingerprint, that it has a content hash, or neither.
    private func marks(
        _ store: any MetaStore, _ key: FingerprintKey? = MetaStoreConformance.fingerprintKey
    ) async throws -> [String] {
        let scan = try await store.ledger(of: Self.definition, fingerprints: key)
        var found: [String] = []
        while let chunk = try await scan.next() {
            for brief in chunk.briefs {
                switch brief.mark {
                case .none: found.append("none")
                case .hash: found.append("hash")
                case .fingerprint(let start):
                    #expect(chunk.lists[Int(brief.list)] == Self.list)
                    found.append(Hexadecimal.text(Array(chunk.bytes[Int(start)..<Int(start) + 16])))
                }
            }
        }
        await scan.finish()
        return found
    }

    private static func text(_ claim: FingerprintClaim) -> String { Hexadecimal.text(claim.fingerprint.bytes) }

    func fingerprintsCount(_ store: any MetaStore) async throws {
        let entries = (1...3).map { Self.entry(UInt8($0), item: Int64($0) * 10) }
        let claims = Dictionary(uniqueKeysWithValues: entries.map { ($0.key, Self.claim($0)) })
        try await store.commit(Self.commit(entries.map { Self.put($0) }, claims: claims))
        let all = entries.map { Self.text(Self.claim($0)) }
        #expect(try await marks(store) == all)
        #expect(try await marks(store, FingerprintKey(of: "another")) == ["hash", "hash", "hash"])
        #expect(try await marks(store, nil) == ["hash", "hash", "hash"])
        // Whole entries have nothing of it.
        #expect(try await ledger(store) == entries)

        // A write takes the fingerprint of before away, or replaces it.
        let (first, second) = (Self.entry(1, item: 10, version: 2), Self.entry(2, item: 20, version: 2))
        let renewed = Self.claim(second, "other row")
        try await store.commit(
            Self.commit(
                [Self.put(first, replaces: 1), Self.put(second, replaces: 1)], claims: [second.key: renewed]))
        #expect(try await marks(store) == ["hash", Self.text(renewed), all[2]])

        // So does a look at a person's edit, and whatever else changes what the entry says.
        var seen = Self.entry(3, item: 30, version: 2)
        seen.see([1, 2], whole: Digest(of: "seen"))
        try await store.commit(
            FeedCommit(
                project: "p", definition: Self.definition, list: Self.list, now: Self.now, lease: Self.lease,
                changes: [Self.put(seen, replaces: 1)], position: StoredFeedPosition(selection: "a", link: "b")))
        #expect(try await marks(store) == ["hash", Self.text(renewed), "none"])
        _ = try await store.forgetColumn("Cost", at: [1: 1], in: Self.list, of: Self.definition, under: Self.lease)
        #expect(try await marks(store) == ["none", "none", "none"])
    }

    func fingerprintsAgree(_ store: any MetaStore) async throws {
        var entries = (1...8).map { Self.entry(UInt8($0), item: Int64($0) * 10) }
        entries[1].state = .quarantined
        entries[1].refusal = Refusal(.refused)
        entries[2].prior = ItemLocation(list: ListID("older"), item: 7, etag: nil)
        entries[3].see([1, 2], whole: Digest(of: "seen"))
        entries[4].canonVersion = CanonicalForm.version + 1
        try await store.commit(Self.commit(entries.map { Self.put($0) }))
        var claims = entries.map { Self.claim($0) }
        claims[5].content = Digest(of: "another")
        claims[6].list = ListID("another")
        claims[7].mappingVersion = 2
        var rows = zip(entries, claims).map { FingerprintedRow(key: $0.key, claim: $1) }
        rows.append(FingerprintedRow(key: Self.key(9), claim: claims[0]))
        try await store.note(rows, of: Self.definition, under: Self.lease)
        #expect(
            try await marks(store) == [
                Self.text(claims[0]), "none", "none", "none", "none", "hash", "hash", "hash",
            ])
        // Nothing else of an entry is touched.
        #expect(try await ledger(store) == entries)
        // A newer one replaces it.
        let renewed = Self.claim(entries[0], "other row")
        try await store.note(
            [FingerprintedRow(key: Self.key(1), claim: renewed)], of: Self.definition, under: Self.lease)
        #expect(try await marks(store).first == Self.text(renewed))
        try await store.note([], of: Self.definition, under: Self.lease)
    }
}
