internal import Core

/// Writes entries for `COPY` into the ledger, as a rebuilding does.
struct LedgerCopy {
    static let columns = """
        project, sync_def_id, last_sync_ts, rebuilt_in, key, version, source_pk, state, sp_list_id, sp_item_id, etag,
        content_hash, remote_hash, field_hashes, mapping_version, canon_version, writes_count, writes_since, remote_hashes,
        seen_hashes, prior_list_id, prior_item_id, prior_etag, prior_hashes, error_class, refused_list_id, refused_reason,
        refused_request_id, attempts
        """

    let project: String
    let definition: String
    let now: String
    /// Of the rebuilding that makes the entries.
    let incarnation: Int

    func append(_ known: KnownEntry, to encoder: inout CopyTextEncoder) {
        let entry = known.entry
        encoder.append(project)
        encoder.append(definition)
        encoder.append(now)
        encoder.append(incarnation)
        encoder.append(bytea: entry.key.bytes)
        encoder.append(entry.version)
        encoder.append(known.syncKey)
        encoder.append(entry.state.rawValue)
        encoder.append(entry.list?.text)
        append(entry.item, to: &encoder)
        encoder.append(entry.etag)
        append(entry.contentHash?.bytes, to: &encoder)
        append(entry.remoteHash?.bytes, to: &encoder)
        encoder.append(bytea: FieldHashBytes.encode(entry.fieldHashes))
        encoder.append(entry.mappingVersion)
        encoder.append(entry.canonVersion)
        encoder.append(entry.writes.count)
        encoder.append(entry.writes.count == 0 ? nil : entry.writes.since.isoText)
        append(entry.remoteHashes.map(FieldHashBytes.encode), to: &encoder)
        append(entry.seenHashes.map(FieldHashBytes.encode), to: &encoder)
        encoder.append(entry.prior?.list.text)
        append(entry.prior?.item, to: &encoder)
        encoder.append(entry.prior?.etag)
        append(entry.prior?.hashes.map(FieldHashBytes.encode), to: &encoder)
        encoder.append(entry.refusal?.code.rawValue)
        encoder.append(entry.refusal?.list?.text)
        encoder.append(entry.refusal?.reason)
        encoder.append(entry.refusal?.requestID)
        encoder.append(entry.refusal?.attempts ?? 0)
        encoder.endRow()
    }

    private func append(_ value: Int64?, to encoder: inout CopyTextEncoder) {
        if let value { encoder.append(value) } else { encoder.appendNull() }
    }

    private func append(_ value: [UInt8]?, to encoder: inout CopyTextEncoder) {
        if let value { encoder.append(bytea: value) } else { encoder.appendNull() }
    }
}
