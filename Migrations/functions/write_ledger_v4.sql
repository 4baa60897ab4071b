-- Writes entries, each only if it is still the one that was seen, takes others out, and closes intents: all of it or
-- nothing. Arrays may be NULL where no row has a value. A row's fingerprint is always written: one of before goes.
--
-- Plans are made while the ledger is empty and used when it is large. A lateral query that locks is joined in the order in
-- which it is written, so that each entry is looked up by its key.
--
-- Results whose intents are open need not be on disk when the call returns: whatever is committed after them takes them
-- along, the next intents among it, and until then the intents say what is to be looked for.
CREATE OR REPLACE FUNCTION write_ledger_v4(
    in_project text, in_definition uuid, in_now timestamptz,
    -- The lease that this is done under.
    in_lease text, in_site text, in_epoch bigint,
    -- Whether the commit waits for the disk.
    in_waits boolean,
    -- So many entries, the first ones, are new. The others have a version that is one more than the one that was seen.
    in_new integer,
    in_keys bytea[], in_versions bigint[], in_source_pks text[], in_states text[], in_lists text[], in_items bigint[],
    in_etags text[], in_content_hashes bytea[], in_remote_hashes bytea[], in_field_hashes bytea[],
    in_mappings bigint[], in_canons bigint[], in_writes bigint[], in_writes_since bigint[],
    in_field_bases bytea[], in_seen_hashes bytea[],
    in_prior_lists text[], in_prior_items bigint[], in_prior_etags text[], in_prior_hashes bytea[],
    in_errors text[], in_refused_lists text[], in_refused_reasons text[], in_refused_requests text[],
    in_attempts bigint[],
    -- Of the rows, and the keys that they were made with.
    in_fingerprints bytea[], in_fingerprint_keys bigint[],
    in_removed bytea[], in_removed_versions bigint[],
    in_closed bytea[]
) RETURNS void LANGUAGE plpgsql VOLATILE
SET search_path FROM CURRENT SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
    written integer;
BEGIN
    IF NOT in_waits THEN
        PERFORM set_config('synchronous_commit', 'off', true);
    END IF;
    -- Holds off whoever would take the lease over until this has ended.
    PERFORM 1 FROM leases
    WHERE project = in_project AND definition = in_lease AND site_profile = in_site AND epoch = in_epoch
        AND actor IS NOT NULL
    FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the lease is no longer held' USING ERRCODE = 'SB001';
    END IF;
    IF cardinality(in_keys) > 0 THEN
        PERFORM require_definition_v2(in_definition);
    END IF;
    -- Another process that came first wins.
    IF in_new > 0 THEN
        INSERT INTO sync_ledger (project, sync_def_id, last_sync_ts, key, version, source_pk, state, sp_list_id,
            sp_item_id, etag, content_hash, remote_hash, field_hashes, mapping_version, canon_version, writes_count,
            writes_since, remote_hashes, seen_hashes, prior_list_id, prior_item_id, prior_etag, prior_hashes,
            error_class, refused_list_id, refused_reason, refused_request_id, attempts, row_fingerprint,
            fingerprint_key, fingerprint_version)
        SELECT in_project, in_definition, in_now, n.key, n.version, n.source_pk, n.state, n.list, n.item, n.etag,
            n.content_hash, n.remote_hash, n.field_hashes, n.mapping, n.canon, coalesce(n.writes, 0),
            to_timestamp(n.writes_since), n.field_bases, n.seen_hashes, n.prior_list, n.prior_item, n.prior_etag,
            n.prior_hashes, n.error, n.refused_list, n.refused_reason, n.refused_request, coalesce(n.attempts, 0),
            n.fingerprint, n.fingerprint_key, CASE WHEN n.fingerprint IS NOT NULL THEN n.version END
        FROM unnest(in_keys, in_versions, in_source_pks, in_states, in_lists, in_items, in_etags, in_content_hashes,
                in_remote_hashes, in_field_hashes, in_mappings, in_canons, in_writes, in_writes_since, in_field_bases,
                in_seen_hashes, in_prior_lists, in_prior_items, in_prior_etags, in_prior_hashes, in_errors,
                in_refused_lists, in_refused_reasons, in_refused_requests, in_attempts, in_fingerprints,
                in_fingerprint_keys)
            WITH ORDINALITY AS n (key, version, source_pk, state, list, item, etag, content_hash, remote_hash,
                field_hashes, mapping, canon, writes, writes_since, field_bases, seen_hashes, prior_list, prior_item,
                prior_etag, prior_hashes, error, refused_list, refused_reason, refused_request, attempts, fingerprint,
                fingerprint_key, place)
        WHERE n.place <= in_new
        ON CONFLICT (sync_def_id, key) DO NOTHING;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written <> in_new THEN
            RAISE EXCEPTION 'rows of the ledger are not as they were' USING ERRCODE = 'SB002';
        END IF;
    END IF;
    IF in_new < cardinality(in_keys) THEN
        WITH n AS MATERIALIZED (
            SELECT key, version, source_pk, state, list, item, etag, content_hash, remote_hash, field_hashes, mapping,
                canon, coalesce(writes, 0) AS writes, to_timestamp(writes_since) AS writes_since, field_bases,
                seen_hashes, prior_list, prior_item, prior_etag, prior_hashes, error, refused_list, refused_reason,
                refused_request, coalesce(attempts, 0) AS attempts, fingerprint, fingerprint_key, place
            FROM unnest(in_keys, in_versions, in_source_pks, in_states, in_lists, in_items, in_etags,
                    in_content_hashes, in_remote_hashes, in_field_hashes, in_mappings, in_canons, in_writes,
                    in_writes_since, in_field_bases, in_seen_hashes, in_prior_lists, in_prior_items, in_prior_etags,
                    in_prior_hashes, in_errors, in_refused_lists, in_refused_reasons, in_refused_requests, in_attempts,
                    in_fingerprints, in_fingerprint_keys)
                WITH ORDINALITY AS u (key, version, source_pk, state, list, item, etag, content_hash, remote_hash,
                    field_hashes, mapping, canon, writes, writes_since, field_bases, seen_hashes, prior_list,
                    prior_item, prior_etag, prior_hashes, error, refused_list, refused_reason, refused_request,
                    attempts, fingerprint, fingerprint_key, place)
        )
        UPDATE sync_ledger l SET last_sync_ts = in_now, version = n.version, source_pk = n.source_pk,
            state = n.state, sp_list_id = n.list, sp_item_id = n.item, etag = n.etag,
            content_hash = n.content_hash, remote_hash = n.remote_hash, field_hashes = n.field_hashes,
            mapping_version = n.mapping, canon_version = n.canon, writes_count = n.writes,
            writes_since = n.writes_since, remote_hashes = n.field_bases, seen_hashes = n.seen_hashes,
            prior_list_id = n.prior_list, prior_item_id = n.prior_item, prior_etag = n.prior_etag,
            prior_hashes = n.prior_hashes, error_class = n.error, refused_list_id = n.refused_list,
            refused_reason = n.refused_reason, refused_request_id = n.refused_request, attempts = n.attempts,
            row_fingerprint = n.fingerprint, fingerprint_key = n.fingerprint_key,
            fingerprint_version = CASE WHEN n.fingerprint IS NOT NULL THEN n.version END
        FROM (
            SELECT n.*, seen.at
            FROM n CROSS JOIN LATERAL (
                SELECT ctid AS at FROM sync_ledger
                WHERE sync_def_id = in_definition AND key = n.key AND version = n.version - 1
                    AND project = in_project
                FOR UPDATE
            ) AS seen
            WHERE n.place > in_new
        ) AS n
        WHERE l.ctid = n.at;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written <> cardinality(in_keys) - in_new THEN
            RAISE EXCEPTION 'rows of the ledger are not as they were' USING ERRCODE = 'SB002';
        END IF;
    END IF;
    IF cardinality(in_removed) > 0 THEN
        DELETE FROM sync_ledger l USING (
            SELECT seen.at
            FROM unnest(in_removed, in_removed_versions) AS n (key, version) CROSS JOIN LATERAL (
                SELECT ctid AS at FROM sync_ledger
                WHERE sync_def_id = in_definition AND key = n.key AND version = n.version
                FOR UPDATE
            ) AS seen
        ) AS n
        WHERE l.ctid = n.at;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written <> cardinality(in_removed) THEN
            RAISE EXCEPTION 'rows of the ledger are not as they were' USING ERRCODE = 'SB002';
        END IF;
    END IF;
    IF cardinality(in_closed) > 0 THEN
        DELETE FROM sync_intents WHERE sync_def_id = in_definition AND key = ANY (in_closed);
    END IF;
END
$$;
