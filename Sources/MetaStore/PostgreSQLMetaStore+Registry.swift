package import Core
internal import PostgreSQL

extension PostgreSQLMetaStore {
    package func registry(of project: String) async throws(Failure) -> Registry {
        try await run("reading the registry of the meta-store") { (session) throws(PostgreSQLError) in
            // One snapshot, so that lists and columns belong together.
            try await session.transaction(.snapshot) { () async throws(PostgreSQLError) in
                let id = try await session.query("SELECT id FROM \(table("meta_store"))").first?.text(0)
                let all = try await definitions(project, session)
                return Registry(
                    metaStoreID: id, definitions: all.filter { !$0.isForgotten },
                    lists: try await lists(project, session), forgotten: all.filter(\.isForgotten))
            }
        }
    }

    package func liveRows(of project: String) async throws(Failure) -> LiveRows {
        let operation = "counting the rows of the ledger"
        let (rows, leaving, arriving) = try await run(operation) { (session) throws(PostgreSQLError) in
            let rows = try await session.query(
                """
                SELECT sync_def_id, sp_list_id, count(*) FROM \(table("sync_ledger"))
                WHERE project = $1 AND sp_item_id IS NOT NULL GROUP BY sync_def_id, sp_list_id
                """, [.text(project)])
            let leaving = try await session.query(
                """
                SELECT prior_list_id, count(*) FROM \(table("sync_ledger"))
                WHERE project = $1 AND prior_item_id IS NOT NULL AND state = 'moving' GROUP BY prior_list_id
                """, [.text(project)])
            let arriving = try await session.query(
                """
                SELECT sp_list_id, count(*) FROM \(table("sync_intents"))
                WHERE project = $1 AND kind = 'create' AND sp_list_id IS NOT NULL GROUP BY sp_list_id
                """, [.text(project)])
            return (rows, leaving, arriving)
        }
        var live = LiveRows()
        for row in leaving {
            if let list = row.text(0), let count = row.int(1) { live.leaving[ListID(list)] = count }
        }
        for row in arriving {
            if let list = row.text(0), let count = row.int(1) { live.arriving[ListID(list)] = count }
        }
        for row in rows {
            guard let definition = row.text(0), let count = row.int(2) else { continue }
            live.definitions[definition, default: 0] += count
            if let list = row.text(1) { live.lists[ListID(list), default: 0] += count }
        }
        return live
    }

    private func definitions(
        _ project: String, _ session: Session
    ) async throws(PostgreSQLError) -> [RegisteredDefinition] {
        let rows = try await session.query(
            """
            SELECT d.id, d.name, d.key_prefix, d.applied_fingerprint, d.mapping_version, d.source_identity,
                -- Through JSON, because a plan also reads a schema that has not been migrated to these columns yet.
                pg_catalog.to_jsonb(d) ->> 'capture_mark', pg_catalog.to_jsonb(d) ->> 'last_snapshot_at',
                -- Only where changes are read between whole reads is a look at the ledger worth its time.
                pg_catalog.to_jsonb(d) ->> 'capture_mark' IS NOT NULL AND EXISTS (
                    SELECT 1 FROM \(table("sync_ledger")) l WHERE l.sync_def_id = d.id
                        AND (l.state = 'moving' OR l.state = 'synced' AND l.content_hash IS NULL)),
                ARRAY(SELECT s.site_profile FROM \(table("leases")) s
                    WHERE s.project = d.project AND s.definition = d.name ORDER BY s.site_profile COLLATE "C"),
                pg_catalog.to_jsonb(d) ->> 'key_shape', d.applied_spec,
                extract(epoch FROM d.applied_at)::bigint, d.forgotten_at IS NOT NULL,
                pg_catalog.to_jsonb(d) ->> 'applied_guards', pg_catalog.to_jsonb(d) ->> 'source_snapshot'
            FROM \(table("sync_definitions")) d
            WHERE d.project = $1 ORDER BY d.name COLLATE "C"
            """, [.text(project)])
        var definitions: [RegisteredDefinition] = []
        for row in rows {
            var registered = RegisteredDefinition(
                id: row.text(0) ?? "", name: row.text(1) ?? "", prefix: row.text(2) ?? "",
                appliedFingerprint: row.text(3), mappingVersion: row.int(4) ?? 1, source: row.text(5),
                captureMark: row.text(6).flatMap { try? JSON.parse($0) }.flatMap(CaptureMark.init),
                lastSnapshotAt: row.text(7).flatMap { Instant(isoText: $0) },
                hasWaitingRows: row.bool(8) ?? false, leaseSites: (row.textArray(9) ?? []).compactMap(\.self),
                keyShape: row.text(10).flatMap { KeyShape($0) },
                appliedSpec: row.text(11).flatMap { try? JSON.parse($0) },
                appliedAt: row.int(12).map { Instant(seconds: Int64($0)) })
            registered.isForgotten = row.bool(13) ?? false
            registered.appliedGuards = row.text(14).flatMap { try? JSON.parse($0) }.map { Guards($0) }
            registered.sourceSnapshot = row.text(15).flatMap { SourceSnapshot(text: $0) }
            definitions.append(registered)
        }
        let fields = try await session.query(
            """
            SELECT f.sync_def_id, f.mapping_version, f.source_col, f.target_col, f.is_automatic
            FROM \(table("field_mappings")) f JOIN \(table("sync_definitions")) d ON d.id = f.sync_def_id
            WHERE d.project = $1 ORDER BY f.sync_def_id, f.mapping_version, f.position
            """, [.text(project)])
        for row in fields {
            guard let index = definitions.firstIndex(where: { $0.id == row.text(0) }), let version = row.int(1),
                let source = row.text(2), let target = row.text(3)
            else { continue }
            definitions[index].mappings[version, default: []].append(target)
            if row.bool(4) == true { definitions[index].automaticNames[source] = target }
        }
        return definitions
    }

    private func lists(_ project: String, _ session: Session) async throws(PostgreSQLError) -> [ManagedList] {
        let rows = try await session.query(
            """
            SELECT m.sp_list_id, m.sync_def_id, m.name, m.site_profile, m.sp_site_id, m.web_url, m.was_adopted,
                m.display_name, m.description, to_jsonb(m) ->> 'date_check'
            FROM \(table("managed_lists")) m WHERE m.project = $1 ORDER BY m.sp_list_id
            """, [.text(project)])
        var lists = rows.map { row in
            ManagedList(
                id: ListID(row.text(0) ?? ""), definitionID: row.text(1) ?? "", name: row.text(2) ?? "",
                site: row.text(3) ?? "", remoteSiteID: row.text(4) ?? "", webURL: row.text(5) ?? "",
                wasAdopted: row.bool(6) ?? false,
                applied: ListChange(displayName: row.text(7), description: row.text(8)),
                dates: row.text(9).map(DateCheck.init(text:)))
        }
        let columns = try await session.query(
            """
            SELECT c.sp_list_id, c.name, c.sp_column_id, c.applied
            FROM \(table("managed_columns")) c JOIN \(table("managed_lists")) m USING (sp_list_id)
            WHERE m.project = $1 ORDER BY c.sp_list_id, c.name
            """, [.text(project)])
        for row in columns {
            guard let index = lists.firstIndex(where: { $0.id.text == row.text(0) }), let name = row.text(1) else {
                continue
            }
            lists[index].columns.append(ManagedColumn(name: name, remoteID: row.text(2), applied: row.text(3)))
        }
        return lists
    }

    package func register(
        _ registration: DefinitionRegistration, under lease: LeaseTerm
    ) async throws(Failure) {
        try await fenced("registering definition \"\(registration.name)\"", under: lease) {
            (session) throws(PostgreSQLError) in
            try await rename(registration, session)
            _ = try await session.execute(
                """
                INSERT INTO \(table("sync_definitions")) AS d (id, project, name, key_prefix, source_table, sync_mode,
                    sharding_policy, pending_spec, source_identity, mapping_version, key_shape)
                VALUES ($1::uuid, $2, $3, $4, $5, $6, $7::jsonb, $8::jsonb, $9, $10::integer, $11)
                ON CONFLICT (project, name) DO UPDATE SET source_table = excluded.source_table,
                    sync_mode = excluded.sync_mode, sharding_policy = excluded.sharding_policy,
                    pending_spec = excluded.pending_spec, source_identity = excluded.source_identity,
                    source_snapshot = CASE WHEN d.source_identity = excluded.source_identity THEN d.source_snapshot END,
                    mapping_version = excluded.mapping_version,
                    -- The rows that are there have keys of this shape until they are rekeyed.
                    key_shape = coalesce(d.key_shape, excluded.key_shape),
                    forgotten_at = NULL
                """,
                [
                    .text(registration.id), .text(registration.project), .text(registration.name),
                    .text(registration.prefix), .text(registration.sourceTable), .text(registration.mode),
                    .text(registration.shardingPolicy.text()), .text(registration.spec.text()),
                    .text(registration.source), .int(registration.mappingVersion),
                    .optional(registration.keyShape?.text),
                ])
            let fields = registration.fields
            _ = try await session.execute(
                """
                INSERT INTO \(table("field_mappings")) (sync_def_id, mapping_version, position, source_col, target_col,
                    transform_rule, is_automatic)
                SELECT d.id, $3::integer, f.ordinality, f.source_col, f.target_col, f.transform_rule, f.is_automatic
                FROM \(table("sync_definitions")) d,
                    unnest($4::text[], $5::text[], $6::text[], $7::boolean[])
                        WITH ORDINALITY AS f (source_col, target_col, transform_rule, is_automatic, ordinality)
                WHERE d.project = $1 AND d.name = $2
                ON CONFLICT (sync_def_id, mapping_version, position) DO UPDATE
                    SET source_col = excluded.source_col, transform_rule = excluded.transform_rule,
                        is_automatic = excluded.is_automatic
                """,
                [
                    .text(registration.project), .text(registration.name), .int(registration.mappingVersion),
                    .textArray(fields.map(\.source)), .textArray(fields.map(\.target)),
                    .textArray(fields.map(\.transforms)), .textArray(fields.map { $0.isAutomatic ? "t" : "f" }),
                ])
        }
    }

    /// Gives a definition that is registered under another name its new one. A forgotten one that has it makes room.
    private func rename(
        _ registration: DefinitionRegistration, _ session: Session
    ) async throws(PostgreSQLError) {
        let values: [Parameter] = [.text(registration.project), .text(registration.name), .text(registration.id)]
        _ = try await session.execute(
            // No manifest can have such a name.
            """
            UPDATE \(table("sync_definitions")) SET name = name || '~' || id
            WHERE project = $1 AND name = $2 AND id <> $3::uuid AND forgotten_at IS NOT NULL
                AND EXISTS (SELECT 1 FROM \(table("sync_definitions")) WHERE id = $3::uuid)
            """, values)
        _ = try await session.execute(
            "UPDATE \(table("sync_definitions")) SET name = $2 WHERE project = $1 AND id = $3::uuid AND name <> $2",
            values)
    }

    package func markApplied(
        definition: String, fingerprint: String, guards: Guards, now: Instant, under lease: LeaseTerm
    ) async throws(Failure) {
        _ = try await fenced("recording what was applied", under: lease) { (session) throws(PostgreSQLError) in
            try await session.execute(
                """
                UPDATE \(table("sync_definitions")) SET applied_spec = pending_spec, applied_fingerprint = $2,
                    applied_at = $3::timestamptz, applied_guards = $4::jsonb WHERE id = $1::uuid
                """, [.text(definition), .text(fingerprint), .text(now.isoText), .text(guards.json.text())])
        }
    }

    package func recordCapture(
        definition: String, mark: CaptureMark?, snapshotAt: Instant?, under lease: LeaseTerm
    ) async throws(Failure) {
        _ = try await fenced("recording how far the table was read", under: lease) {
            (session) throws(PostgreSQLError) in
            try await session.execute(
                """
                UPDATE \(table("sync_definitions")) SET capture_mark = $2::jsonb,
                    last_snapshot_at = coalesce($3::timestamptz, last_snapshot_at) WHERE id = $1::uuid
                """, [.text(definition), .optional(mark?.json.text()), .optional(snapshotAt?.isoText)])
        }
    }

    package func save(snapshot: SourceSnapshot, of definition: String, under lease: LeaseTerm) async throws(Failure) {
        _ = try await fenced("recording what of the source was seen", under: lease) {
            (session) throws(PostgreSQLError) in
            try await session.execute(
                "UPDATE \(table("sync_definitions")) SET source_snapshot = $2 WHERE id = $1::uuid",
                [.text(definition), .text(snapshot.text)])
        }
    }

    package func forget(definition: String, now: Instant, under lease: LeaseTerm) async throws(Failure) {
        _ = try await fenced("forgetting a definition", under: lease) { (session) throws(PostgreSQLError) in
            try await session.execute(
                "UPDATE \(table("sync_definitions")) SET forgotten_at = $2::timestamptz WHERE id = $1::uuid",
                [.text(definition), .text(now.isoText)])
        }
    }

    package func save(
        list: ManagedList, columns: [ManagedColumn], project: String, under lease: LeaseTerm
    ) async throws(Failure) {
        _ = try await fenced("recording the list \"\(list.name)\"", under: lease) { (session) throws(PostgreSQLError) in
            try await session.execute(
                """
                INSERT INTO \(table("managed_lists")) (sp_list_id, project, sync_def_id, name, site_profile, sp_site_id,
                    web_url, was_adopted, display_name, description)
                VALUES ($1, $2, $3::uuid, $4, $5, $6, $7, $8::boolean, $9, $10)
                ON CONFLICT (sp_list_id) DO UPDATE SET web_url = excluded.web_url,
                    display_name = excluded.display_name, description = excluded.description
                """,
                [
                    .text(list.id.text), .text(project), .text(list.definitionID), .text(list.name), .text(list.site),
                    .text(list.remoteSiteID), .text(list.webURL), .bool(list.wasAdopted),
                    .optional(list.applied.displayName), .optional(list.applied.description),
                ])
            if !columns.isEmpty { try await write(columns, of: list.id, session) }
        }
    }

    package func save(dates: DateCheck?, of list: ListID, under lease: LeaseTerm) async throws(Failure) {
        _ = try await fenced("recording how the list keeps dates", under: lease) { (session) throws(PostgreSQLError) in
            try await session.execute(
                "UPDATE \(table("managed_lists")) SET date_check = $2 WHERE sp_list_id = $1",
                [.text(list.text), .optional(dates?.text)])
        }
    }

    package func save(column: ManagedColumn, of list: ListID, under lease: LeaseTerm) async throws(Failure) {
        try await fenced("recording the column \"\(column.name)\"", under: lease) {
            (session) throws(PostgreSQLError) in
            try await write([column], of: list, session)
        }
    }

    private func write(
        _ columns: [ManagedColumn], of list: ListID, _ session: Session
    ) async throws(PostgreSQLError) {
        _ = try await session.execute(
            """
            INSERT INTO \(table("managed_columns")) AS c (sp_list_id, name, sp_column_id, applied)
            SELECT $1, n.name, n.id, n.applied FROM unnest($2::text[], $3::text[], $4::text[]) AS n (name, id, applied)
            ON CONFLICT (sp_list_id, name) DO UPDATE SET
                sp_column_id = coalesce(excluded.sp_column_id, c.sp_column_id),
                applied = coalesce(excluded.applied, c.applied)
            """,
            [
                .text(list.text), .textArray(columns.map(\.name)), .strings(columns.map(\.remoteID)),
                .strings(columns.map(\.applied)),
            ])
    }

    package func saveSnapshot(
        project: String, side: String, subject: String, content: JSON, now: Instant, under lease: LeaseTerm
    ) async throws(Failure) {
        _ = try await fenced("recording a schema snapshot", under: lease) { (session) throws(PostgreSQLError) in
            try await session.execute(
                """
                INSERT INTO \(table("schema_snapshots")) (project, side, subject, content, captured_at)
                SELECT $1, $2, $3, $4::jsonb, $5::timestamptz WHERE NOT EXISTS (
                    SELECT 1 FROM (SELECT content FROM \(table("schema_snapshots"))
                        WHERE project = $1 AND side = $2 AND subject = $3 ORDER BY captured_at DESC LIMIT 1) latest
                    WHERE latest.content = $4::jsonb)
                """, [.text(project), .text(side), .text(subject), .text(content.text()), .text(now.isoText)])
        }
    }
}
