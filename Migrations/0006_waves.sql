-- What is written of a wave, in one call each: one way to the server and back, and plans that a session makes once. Runs
-- inside one transaction, with search_path set to the meta-store's schema.
--
-- Plans are made while tables are empty and used when they are large, so that they are held to the indexes.

-- The incarnation of the rebuilding that made the entry: which entries of before are left over can be told without writing
-- those again that are not.
ALTER TABLE sync_ledger DROP COLUMN is_rebuilt, ADD COLUMN rebuilt_in integer;
-- What a rebuilding has found is found again by the next.
ALTER TABLE found_items DROP COLUMN is_matched, DROP CONSTRAINT found_items_sync_def_id_fkey;
ALTER TABLE found_items SET UNLOGGED;

-- Checking the definition of each row took half of the time of writing it. The functions below check it once a call.
ALTER TABLE sync_ledger DROP CONSTRAINT sync_ledger_sync_def_id_fkey;
ALTER TABLE sync_intents DROP CONSTRAINT sync_intents_sync_def_id_fkey;

CREATE FUNCTION require_definition(in_definition uuid) RETURNS void LANGUAGE plpgsql VOLATILE
SET search_path FROM CURRENT
AS $$
BEGIN
    PERFORM 1 FROM sync_definitions WHERE id = in_definition FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the definition is not registered' USING ERRCODE = 'foreign_key_violation';
    END IF;
END
$$;

-- The lease is looked at and the intents are written, or neither.
CREATE FUNCTION open_intents(
    in_project text, in_lease text, in_site text, in_epoch bigint, in_definition uuid, in_run uuid,
    in_keys bytea[], in_source_pks text[], in_kinds text[], in_lists text[],
    in_from_lists text[], in_from_items bigint[], in_from_etags text[], in_contents json[]
) RETURNS boolean LANGUAGE plpgsql VOLATILE
SET search_path FROM CURRENT SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
BEGIN
    PERFORM 1 FROM leases
    WHERE project = in_project AND definition = in_lease AND site_profile = in_site AND epoch = in_epoch
        AND actor IS NOT NULL
    FOR SHARE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM require_definition(in_definition);
    INSERT INTO sync_intents (project, sync_def_id, run_id, epoch, opened_at, key, source_pk, kind, sp_list_id,
        from_list_id, from_item_id, from_etag, content)
    SELECT in_project, in_definition, in_run, in_epoch, clock_timestamp(), n.*
    FROM unnest(in_keys, in_source_pks, in_kinds, in_lists, in_from_lists, in_from_items, in_from_etags, in_contents) AS n
    ON CONFLICT (sync_def_id, key) DO UPDATE SET run_id = excluded.run_id, epoch = excluded.epoch,
        opened_at = excluded.opened_at, source_pk = excluded.source_pk, kind = excluded.kind,
        sp_list_id = excluded.sp_list_id, from_list_id = excluded.from_list_id, from_item_id = excluded.from_item_id,
        from_etag = excluded.from_etag, content = excluded.content;
    RETURN true;
END
$$;

-- Writes entries, each only if it is still the one that was seen, takes others out, and closes intents: all of it or
-- nothing. Arrays may be NULL where no row has a value.
CREATE FUNCTION write_ledger(
    in_project text, in_definition uuid, in_now timestamptz,
    -- The lease that this is done under.
    in_lease text, in_site text, in_epoch bigint,
    -- So many entries, the first ones, are new. The others have a version that is one more than the one that was seen.
    in_new integer,
    in_keys bytea[], in_versions bigint[], in_source_pks text[], in_states text[], in_lists text[], in_items bigint[],
    in_etags text[], in_content_hashes bytea[], in_remote_hashes bytea[], in_field_hashes bytea[],
    in_mappings bigint[], in_canons bigint[], in_writes bigint[], in_writes_since bigint[],
    in_field_bases bytea[], in_seen_hashes bytea[],
    in_prior_lists text[], in_prior_items bigint[], in_prior_etags text[], in_prior_hashes bytea[],
    in_errors text[], in_refused_lists text[], in_refused_reasons text[], in_refused_requests text[],
    in_attempts bigint[],
    in_removed bytea[], in_removed_versions bigint[],
    in_closed bytea[]
) RETURNS void LANGUAGE plpgsql VOLATILE
SET search_path FROM CURRENT SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
    written integer;
BEGIN
    -- Holds off whoever would take the lease over until this has ended.
    PERFORM 1 FROM leases
    WHERE project = in_project AND definition = in_lease AND site_profile = in_site AND epoch = in_epoch
        AND actor IS NOT NULL
    FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the lease is no longer held' USING ERRCODE = 'SB001';
    END IF;
    IF in_new > 0 THEN
        PERFORM require_definition(in_definition);
        INSERT INTO sync_ledger (project, sync_def_id, last_sync_ts, key, version, source_pk, state, sp_list_id,
            sp_item_id, etag, content_hash, remote_hash, field_hashes, mapping_version, canon_version, writes_count,
            writes_since, remote_hashes, seen_hashes, prior_list_id, prior_item_id, prior_etag, prior_hashes,
            error_class, refused_list_id, refused_reason, refused_request_id, attempts)
        SELECT in_project, in_definition, in_now, n.key, n.version, n.source_pk, n.state, n.list, n.item, n.etag,
            n.content_hash, n.remote_hash, n.field_hashes, n.mapping, n.canon, coalesce(n.writes, 0),
            to_timestamp(n.writes_since), n.field_bases, n.seen_hashes, n.prior_list, n.prior_item, n.prior_etag,
            n.prior_hashes, n.error, n.refused_list, n.refused_reason, n.refused_request, coalesce(n.attempts, 0)
        FROM unnest(in_keys, in_versions, in_source_pks, in_states, in_lists, in_items, in_etags, in_content_hashes,
                in_remote_hashes, in_field_hashes, in_mappings, in_canons, in_writes, in_writes_since, in_field_bases,
                in_seen_hashes, in_prior_lists, in_prior_items, in_prior_etags, in_prior_hashes, in_errors,
                in_refused_lists, in_refused_reasons, in_refused_requests, in_attempts)
            WITH ORDINALITY AS n (key, version, source_pk, state, list, item, etag, content_hash, remote_hash,
                field_hashes, mapping, canon, writes, writes_since, field_bases, seen_hashes, prior_list, prior_item,
                prior_etag, prior_hashes, error, refused_list, refused_reason, refused_request, attempts, place)
        WHERE n.place <= in_new
        ON CONFLICT (sync_def_id, key) DO NOTHING;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written <> in_new THEN
            RAISE EXCEPTION 'rows of the ledger are not as they were' USING ERRCODE = 'SB002';
        END IF;
    END IF;
    IF in_new < cardinality(in_keys) THEN
        -- Another process that came first wins.
        UPDATE sync_ledger l SET last_sync_ts = in_now, version = n.version, source_pk = n.source_pk, state = n.state,
            sp_list_id = n.list, sp_item_id = n.item, etag = n.etag, content_hash = n.content_hash,
            remote_hash = n.remote_hash, field_hashes = n.field_hashes, mapping_version = n.mapping,
            canon_version = n.canon, writes_count = coalesce(n.writes, 0),
            writes_since = to_timestamp(n.writes_since), remote_hashes = n.field_bases, seen_hashes = n.seen_hashes,
            prior_list_id = n.prior_list, prior_item_id = n.prior_item, prior_etag = n.prior_etag,
            prior_hashes = n.prior_hashes, error_class = n.error, refused_list_id = n.refused_list,
            refused_reason = n.refused_reason, refused_request_id = n.refused_request,
            attempts = coalesce(n.attempts, 0)
        FROM unnest(in_keys, in_versions, in_source_pks, in_states, in_lists, in_items, in_etags, in_content_hashes,
                in_remote_hashes, in_field_hashes, in_mappings, in_canons, in_writes, in_writes_since, in_field_bases,
                in_seen_hashes, in_prior_lists, in_prior_items, in_prior_etags, in_prior_hashes, in_errors,
                in_refused_lists, in_refused_reasons, in_refused_requests, in_attempts)
            WITH ORDINALITY AS n (key, version, source_pk, state, list, item, etag, content_hash, remote_hash,
                field_hashes, mapping, canon, writes, writes_since, field_bases, seen_hashes, prior_list, prior_item,
                prior_etag, prior_hashes, error, refused_list, refused_reason, refused_request, attempts, place)
        WHERE n.place > in_new AND l.sync_def_id = in_definition AND l.key = n.key AND l.version = n.version - 1
            AND l.project = in_project;
        GET DIAGNOSTICS written = ROW_COUNT;
        IF written <> cardinality(in_keys) - in_new THEN
            RAISE EXCEPTION 'rows of the ledger are not as they were' USING ERRCODE = 'SB002';
        END IF;
    END IF;
    IF cardinality(in_removed) > 0 THEN
        DELETE FROM sync_ledger l USING unnest(in_removed, in_removed_versions) AS n (key, version)
        WHERE l.sync_def_id = in_definition AND l.key = n.key AND l.version = n.version;
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
