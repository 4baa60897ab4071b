internal import Core
internal import PostgreSQL

/// What the function `write_ledger_v4` of the meta-store is asked to do, all of it or nothing.
struct LedgerWrite {
    private let project: String
    private let definition: String
    private let now: Instant
    let lease: LeaseTerm
    private var entries: [LedgerEntry] = []
    private var sourceKeys: [String] = []
    /// So many of the entries, the first ones, are new.
    private let fresh: Int
    private var removed: [(key: LedgerKey, version: Int64)] = []
    private let closed: [LedgerKey]
    private let waits: Bool
    private let claims: [LedgerKey: FingerprintClaim]

    /// - Parameter waits: Whether the commit waits for the disk. Results need not while their intents are open: the next
    ///   commit that waits takes them along (docs/decisions/0023).
    init(
        project: String, definition: String, now: Instant, lease: LeaseTerm, changes: [LedgerCommit.Change],
        closed: [LedgerKey], claims: [LedgerKey: FingerprintClaim] = [:], waits: Bool
    ) {
        self.waits = waits
        self.project = project
        self.definition = definition
        self.now = now
        self.lease = lease
        self.closed = closed
        self.claims = claims
        for case .put(let entry, let sourceKey, nil) in changes {
            entries.append(entry)
            sourceKeys.append(sourceKey)
        }
        fresh = entries.count
        for change in changes {
            switch change {
            case .put(_, _, nil): continue
            case .put(let entry, let sourceKey, _?):
                entries.append(entry)
                sourceKeys.append(sourceKey)
            case .remove(let key, let version): removed.append((key, version))
            }
        }
    }

    /// In the order of the function's arguments.
    var parameters: [Parameter] {
        [
            .text(project), .text(definition), .text(now.isoText), .text(lease.name.definition), .text(lease.name.site),
            .int(lease.epoch), .bool(waits), .int(fresh), .bytesArray(entries.map(\.key.bytes)), int64s(\.version),
            .strings(sourceKeys), texts(\.state.rawValue), texts { $0.list?.text }, int64s(\.item), texts(\.etag),
            bytes { $0.contentHash?.bytes }, bytes { $0.remoteHash?.bytes },
            bytes { FieldHashBytes.encode($0.fieldHashes) }, int64s { Int64($0.mappingVersion) },
            int64s { Int64($0.canonVersion) }, int64s { $0.writes.count == 0 ? nil : Int64($0.writes.count) },
            int64s { $0.writes.count == 0 ? nil : $0.writes.since.seconds },
            bytes { $0.remoteHashes.map(FieldHashBytes.encode) }, bytes { $0.seenHashes.map(FieldHashBytes.encode) },
            texts { $0.prior?.list.text }, int64s { $0.prior?.item }, texts { $0.prior?.etag },
            bytes { $0.prior?.hashes.map(FieldHashBytes.encode) }, texts { $0.refusal?.code.rawValue },
            texts { $0.refusal?.list?.text }, texts { $0.refusal?.reason }, texts { $0.refusal?.requestID },
            int64s { $0.refusal.map { Int64($0.attempts) } }, bytes { claims[$0.key]?.fingerprint.bytes },
            int64s { claims[$0.key]?.key }, .bytesArray(removed.map(\.key.bytes)),
            .int64Array(removed.map(\.version)), .bytesArray(closed.map(\.bytes)),
        ]
    }

    /// The call of the function, for ``parameters``.
    static func call(_ schema: SQLIdentifier, arguments: Int) -> String {
        "SELECT \(schema.sql).write_ledger_v4(\((1...arguments).map { "$\($0)" }.joined(separator: ", ")))"
    }

    // Most columns are empty in most waves: NULL says so for all rows.

    private func texts(_ value: (LedgerEntry) -> String?) -> Parameter {
        let values = entries.map(value)
        return values.allSatisfy { $0 == nil } ? .null : .strings(values)
    }

    private func int64s(_ value: (LedgerEntry) -> Int64?) -> Parameter {
        let values = entries.map(value)
        return values.allSatisfy { $0 == nil } ? .null : .int64Array(values)
    }

    private func bytes(_ value: (LedgerEntry) -> [UInt8]?) -> Parameter {
        let values = entries.map(value)
        return values.allSatisfy { $0 == nil } ? .null : .bytesArray(values)
    }
}
