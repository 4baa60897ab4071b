-- Records intents: the lease is looked at and they are written, or neither. A row's earlier intent is replaced.
--
-- Plans are made while tables are empty and used when they are large, so that they are held to the indexes.
CREATE OR REPLACE FUNCTION open_intents_v2(
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
    PERFORM require_definition_v2(in_definition);
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
