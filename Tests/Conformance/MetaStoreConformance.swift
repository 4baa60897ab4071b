package import Core
internal import Testing

/// What every meta-store does. One suite for the real one and the one in memory, so that simulations stay honest.
package struct MetaStoreConformance: Sendable {
    /// Opens another session, as another process would.
    let connect: @Sendable () throws -> any MetaStore
    /// Lets every lease look as if nobody had confirmed it for so many seconds.
    let ageHeartbeats: @Sendable (Double) async throws -> Void
    /// The values of people that are kept, by field.
    let savedValues: @Sendable () async throws -> [String: JSON]
    /// All that is stored, in any form that is equal where that is.
    let contents: @Sendable () async throws -> String

    package init(
        connect: @escaping @Sendable () throws -> any MetaStore,
        ageHeartbeats: @escaping @Sendable (Double) async throws -> Void,
        savedValues: @escaping @Sendable () async throws -> [String: JSON],
        contents: @escaping @Sendable () async throws -> String
    ) {
        self.connect = connect
        self.ageHeartbeats = ageHeartbeats
        self.savedValues = savedValues
        self.contents = contents
    }

    package enum Case: String, CaseIterable, Sendable, CustomTestStringConvertible {
        case migratesOnce, remembersDefinitionsListsAndColumns, versionsOfMappingsStay
        case theSourceOfATargetIsTheLastOne, aRenamedDefinitionKeepsItsRows
        case whatOfTheSourceWasSeenIsRemembered
        case entriesComeBackInKeyOrder, aCommitThatComesSecondWritesNothing, anItemHasOneRow, savedValuesAreKept
        case refusedRowsAreLetGo, entriesAreFoundByItemPriorAndKey
        case aScanTellsEntriesAtRestFromOthers, wholeEntriesAreThoseOfTheScansSnapshot, anEmptyLedgerHasNoChunk
        case aFingerprintCountsUntilItsEntryChanges, onlyEntriesThatAgreeGetAFingerprint
        case howFarATableWasReadIsRemembered
        case stagedEffectsArePagedByAction, intentsAreOpenUntilTheirRowsAreRecorded
        case feedsAreRecordedWithTheirPositions
        case whatAColumnHeldIsForgotten, aGoneListIsForgotten, whatWasSentIsForgotten, datesAreRemembered
        case theShapeOfAKeyStaysUntilItsRowsAreRekeyed, rowsExchangeTheirKeysOrNothingHappens
        case aLeaseHasOneHolderUntilItsSessionEnds, aHolderThatHangsWritesNothing, aBrokenLeaseIsFree
        case aReleasedLeaseIsFree, holdsCoverADefinitionOrAll, runsAreListedNewestFirst

        package var testDescription: String { rawValue }
    }

    package func check(_ what: Case) async throws {
        switch what {
        case .migratesOnce: try await migratesOnce()
        case .remembersDefinitionsListsAndColumns: try await with { try await remembers($0) }
        case .versionsOfMappingsStay: try await with { try await versionsOfMappings($0) }
        case .theSourceOfATargetIsTheLastOne: try await with { try await sourcesOfTargets($0) }
        case .aRenamedDefinitionKeepsItsRows: try await with { try await renames($0) }
        case .whatOfTheSourceWasSeenIsRemembered: try await with { try await sourceSnapshots($0) }
        case .entriesComeBackInKeyOrder: try await with { try await entriesComeBack($0) }
        case .aCommitThatComesSecondWritesNothing: try await with { try await commitsSecond($0) }
        case .anItemHasOneRow: try await with { try await anItemHasOneRow($0) }
        case .savedValuesAreKept: try await with { try await savedValues($0) }
        case .refusedRowsAreLetGo: try await with { try await refusedRows($0) }
        case .entriesAreFoundByItemPriorAndKey: try await with { try await entriesAreFound($0) }
        case .aScanTellsEntriesAtRestFromOthers: try await with { try await entriesAtRest($0) }
        case .wholeEntriesAreThoseOfTheScansSnapshot: try await with { try await snapshot($0) }
        case .aFingerprintCountsUntilItsEntryChanges: try await with { try await fingerprintsCount($0) }
        case .onlyEntriesThatAgreeGetAFingerprint: try await with { try await fingerprintsAgree($0) }
        case .whatAColumnHeldIsForgotten: try await with { try await forgetsColumn($0) }
        case .whatWasSentIsForgotten: try await with { try await forgetsWhatWasSent($0) }
        case .datesAreRemembered: try await with { try await remembersDates($0) }
        case .aGoneListIsForgotten: try await with { try await forgetsList($0) }
        case .theShapeOfAKeyStaysUntilItsRowsAreRekeyed: try await with { try await keyShapes($0) }
        case .rowsExchangeTheirKeysOrNothingHappens: try await with { try await exchangesKeys($0) }
        case .anEmptyLedgerHasNoChunk: try await with { try await emptyLedger($0) }
        case .howFarATableWasReadIsRemembered: try await with { try await captureMarks($0) }
        case .stagedEffectsArePagedByAction: try await with { try await stagedEffects($0) }
        case .intentsAreOpenUntilTheirRowsAreRecorded: try await with { try await intents($0) }
        case .feedsAreRecordedWithTheirPositions: try await with { try await feeds($0) }
        case .aLeaseHasOneHolderUntilItsSessionEnds: try await aLeaseHasOneHolder()
        case .aHolderThatHangsWritesNothing: try await aHolderThatHangs()
        case .aBrokenLeaseIsFree: try await with { try await aBrokenLease($0) }
        case .aReleasedLeaseIsFree: try await aReleasedLease()
        case .holdsCoverADefinitionOrAll: try await with { try await holds($0) }
        case .runsAreListedNewestFirst: try await with { try await runs($0) }
        }
    }

    // MARK: What the cases share

    package static let now = Instant(seconds: 1_770_000_000)
    package static let definition = "6f2a0f0e-8f5d-4d5e-9d55-0a6d1c1f7b11"
    package static let run = "0d9b2a34-1c53-4a63-8f0e-6d4b6f0c2e22"
    package static let name = LeaseName(project: "p", definition: "projects", site: "contoso")
    package static let lease = LeaseTerm(name: name, epoch: 1)
    package static let list = ListID("list")

    /// A migrated store with a definition, a list and the definition's lease.
    private func with(_ body: (any MetaStore) async throws -> Void) async throws {
        let store = try connect()
        try await Self.prepare(store)
        try await body(store)
        await store.close()
    }

    package static func prepare(_ store: any MetaStore) async throws {
        _ = try await store.migrate()
        let outcome = try await store.acquireLease(name, actor: "a", run: run, seconds: 60)
        #expect(outcome == .acquired(lease))
        try await register(store)
        try await store.save(list: managed(), columns: [], project: "p", under: lease)
    }

    package static func register(_ store: any MetaStore, mapping: Int = 1, fields: [String] = ["Title", "Cost"])
        async throws
    {
        try await store.register(registration(mapping: mapping, fields: fields), under: lease)
    }

    package static func registration(mapping: Int, fields: [String]) -> DefinitionRegistration {
        DefinitionRegistration(
            id: definition, project: "p", name: "projects", prefix: "projects", sourceTable: "public.projects",
            mode: "ONE_WAY_PUSH", shardingPolicy: ["rules": []], spec: ["v": .number(mapping)], source: "s",
            mappingVersion: mapping,
            fields: fields.map { .init(source: $0.lowercased(), target: $0, transforms: "", isAutomatic: true) })
    }

    static func managed() -> ManagedList {
        ManagedList(
            id: list, definitionID: definition, name: "Projects", site: "contoso", remoteSiteID: "s",
            webURL: "https://x/Lists/Projects", applied: ListChange(displayName: "Projects", description: ""))
    }

    package static func key(_ key: UInt8) -> LedgerKey { LedgerKey(bytes: [0, key]) }

    static func entry(_ key: UInt8, item: Int64, version: Int64 = 1) -> LedgerEntry {
        let hash = ContentHash(of: [.text("row \(key)"), .number(Double(item))])
        return LedgerEntry(
            key: self.key(key), state: .synced, list: list, item: item, etag: "\"e,1\"", contentHash: hash.whole,
            remoteHash: hash.whole, fieldHashes: hash.fields, version: version)
    }

    static func put(_ entry: LedgerEntry, replaces: Int64? = nil) -> LedgerCommit.Change {
        .put(entry, sourceKey: "projects/\(entry.key.bytes.last ?? 0)", replaces: replaces)
    }

    package static func commit(
        _ changes: [LedgerCommit.Change], saved: [LedgerCommit.Saved] = [], closed: [LedgerKey] = [],
        claims: [LedgerKey: FingerprintClaim] = [:]
    ) -> LedgerCommit {
        LedgerCommit(
            project: "p", definition: definition, run: run, now: now, lease: lease, changes: changes, saved: saved,
            closed: closed, claims: claims)
    }

    func ledger(_ store: any MetaStore) async throws -> [LedgerEntry] {
        let scan = try await store.ledger(of: Self.definition)
        var keys: [LedgerKey] = []
        while let chunk = try await scan.next() { keys += chunk.briefs.map(chunk.key) }
        let entries = try await scan.entries(keys)
        await scan.finish()
        return keys.compactMap { key in entries.first { $0.key == key } }
    }

    /// Expects a failure of this code.
    func refuses(
        _ code: Failure.Code?, sourceLocation: SourceLocation = #_sourceLocation,
        _ work: () async throws(Failure) -> Void
    ) async {
        do throws(Failure) {
            try await work()
            Issue.record("nothing was refused", sourceLocation: sourceLocation)
        } catch {
            if let code { #expect(error.code == code, sourceLocation: sourceLocation) }
        }
    }
}
