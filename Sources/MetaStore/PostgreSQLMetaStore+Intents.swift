package import Core
internal import PostgreSQL

extension PostgreSQLMetaStore {
    package func open(
        _ intents: [Intent], of definition: String, run: String, under lease: LeaseTerm
    ) async throws(Failure) {
        guard !intents.isEmpty else { return }
        let isHeld = try await self.run("recording what is about to be written") { (session) throws(PostgreSQLError) in
            // One statement: the lease is looked at and the intents are written, or neither.
            try await session.queryAgain(
                """
                SELECT \(schema.sql).open_intents_v2($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
                """,
                [
                    .text(lease.name.project), .text(lease.name.definition), .text(lease.name.site), .int(lease.epoch),
                    .text(definition), .text(run), .bytesArray(intents.map(\.key.bytes)),
                    .strings(intents.map(\.syncKey)), .strings(intents.map(\.kind.rawValue)),
                    .strings(intents.map { $0.list?.text }), .strings(intents.map { $0.from?.list.text }),
                    .int64Array(intents.map { $0.from?.item }), .strings(intents.map { $0.from?.etag }),
                    .jsonArray(intents.map { IntentContent.encode($0).serialized() }),
                ]
            ).first?.bool(0) ?? false
        }
        guard isHeld else {
            throw LedgerError.leaseLost(lease.name).failure(while: "recording what is about to be written")
        }
    }

    package func openIntents(
        of definition: String, after: LedgerKey?, limit: Int
    ) async throws(Failure) -> [OpenIntent] {
        let rows = try await run("reading open intents") { (session) throws(PostgreSQLError) in
            try await session.query(
                """
                SELECT \(Self.entryColumns), i.key, i.source_pk, i.kind, i.sp_list_id, i.from_list_id, i.from_item_id,
                    i.from_etag, i.content::text, extract(epoch FROM i.opened_at)::bigint
                FROM \(table("sync_intents")) i
                LEFT JOIN \(table("sync_ledger")) l ON l.sync_def_id = i.sync_def_id AND l.key = i.key
                WHERE i.sync_def_id = $1::uuid AND i.key > $2::bytea ORDER BY i.key LIMIT $3::bigint
                """, [.text(definition), .bytes(after?.bytes ?? []), .int(limit)])
        }
        return rows.compactMap { row in
            let at = Self.entryColumnCount
            guard let key = LedgerRow.bytes(row.text(at)), let kind = row.text(at + 2).flatMap(Intent.Kind.init),
                let content = row.text(at + 7).flatMap({ try? JSON.parse($0) })
            else { return nil }
            var intent = Intent(
                key: LedgerKey(bytes: key), syncKey: row.text(at + 1) ?? "", kind: kind,
                list: row.text(at + 3).map { ListID($0) })
            if let list = row.text(at + 4), let item = row.text(at + 5).flatMap({ Int64($0) }) {
                intent.from = ItemLocation(list: ListID(list), item: item, etag: row.text(at + 6))
            }
            IntentContent.decode(content, into: &intent)
            return OpenIntent(
                intent: intent, openedAt: Instant(seconds: row.text(at + 8).flatMap { Int64($0) } ?? 0),
                ledger: row.isNull(0) ? nil : LedgerRow.entry { row.text($0) })
        }
    }
}

/// An intent's content as the meta-store keeps it while the intent is open.
enum IntentContent {
    static func encode(_ intent: Intent) -> JSON {
        var members: [JSON.Member] = [
            JSON.Member("fields", .object(intent.fields)),
            JSON.Member("written", .array(intent.written.map { JSON.number($0) })),
            JSON.Member("mapping", .number(intent.mappingVersion)),
        ]
        if let hash = intent.hash {
            members.append(JSON.Member("whole", .string(hash.whole.hexadecimal)))
            members.append(
                JSON.Member("hashes", .string(Hexadecimal.text(FieldHashBytes.encode(hash.fields)))))
        }
        if let copied = intent.from?.hashes {
            members.append(JSON.Member("copied", .string(Hexadecimal.text(FieldHashBytes.encode(copied)))))
        }
        if intent.repeats { members.append(JSON.Member("repeats", true)) }
        if !intent.saved.isEmpty {
            members.append(
                JSON.Member(
                    "saved", .array(intent.saved.map { ["field": .string($0.field), "value": $0.value] })))
        }
        return .object(members)
    }

    static func decode(_ json: JSON, into intent: inout Intent) {
        intent.fields = json["fields"]?.members ?? []
        intent.written = (json["written"]?.array ?? []).compactMap(\.integer)
        intent.mappingVersion = json["mapping"]?.integer ?? 1
        if let whole = bytes(json["whole"]).flatMap({ Digest($0) }), let fields = bytes(json["hashes"]) {
            intent.hash = ContentHash(whole: whole, fields: FieldHashBytes.decode(fields))
        }
        intent.repeats = json["repeats"]?.bool ?? false
        intent.from?.hashes = bytes(json["copied"]).map(FieldHashBytes.decode)
        intent.saved = (json["saved"]?.array ?? []).compactMap { saved in
            guard let field = saved["field"]?.string, let value = saved["value"] else { return nil }
            return LedgerCommit.Saved(key: intent.key, sourceKey: intent.syncKey, field: field, value: value)
        }
    }

    private static func bytes(_ json: JSON?) -> [UInt8]? { LedgerRow.bytes(json?.string.map { "\\x" + $0 }) }
}
