-- Gives entries the fingerprints of their rows, each only if both sides agreed last on what the claim says. Nothing else of an
-- entry changes, its version neither.
--
-- Entries are looked up by their keys, however many there are: see write_ledger.
CREATE OR REPLACE FUNCTION note_fingerprints_v1(
    in_project text, in_definition uuid,
    -- The lease that this is done under.
    in_lease text, in_site text, in_epoch bigint,
    in_canon smallint,
    in_keys bytea[], in_fingerprints bytea[], in_fingerprint_keys bigint[],
    -- What the claims say.
    in_contents bytea[], in_lists text[], in_mappings bigint[]
) RETURNS void LANGUAGE plpgsql VOLATILE
SET search_path FROM CURRENT SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
BEGIN
    -- Holds off whoever would take the lease over until this has ended.
    PERFORM 1 FROM leases
    WHERE project = in_project AND definition = in_lease AND site_profile = in_site AND epoch = in_epoch
        AND actor IS NOT NULL
    FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the lease is no longer held' USING ERRCODE = 'SB001';
    END IF;
    UPDATE sync_ledger l SET row_fingerprint = n.fingerprint, fingerprint_key = n.fingerprint_key,
        fingerprint_version = n.version
    FROM (
        SELECT u.fingerprint, u.fingerprint_key, seen.at, seen.version
        FROM unnest(in_keys, in_fingerprints, in_fingerprint_keys, in_contents, in_lists, in_mappings)
            AS u (key, fingerprint, fingerprint_key, content, list, mapping)
        CROSS JOIN LATERAL (
            SELECT ctid AS at, version FROM sync_ledger
            WHERE sync_def_id = in_definition AND key = u.key AND project = in_project AND content_hash = u.content
                AND sp_list_id = u.list AND mapping_version = u.mapping AND canon_version = in_canon
                AND state = 'synced' AND sp_item_id IS NOT NULL AND prior_item_id IS NULL AND error_class IS NULL
                AND seen_hashes IS NULL
            FOR UPDATE
        ) AS seen
    ) AS n
    WHERE l.ctid = n.at;
END
$$;
