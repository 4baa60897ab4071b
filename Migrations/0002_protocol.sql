-- Intents, leases, feeds, and what the ledger has to know of the other side. Runs inside one transaction, with
-- search_path set to the meta-store's schema.

-- Raised when the ledger is rebuilt: epochs of before are lower than any that is given after it.
ALTER TABLE meta_store ADD COLUMN incarnation integer NOT NULL DEFAULT 0;

ALTER TABLE sync_ledger DROP CONSTRAINT sync_ledger_state_check;
ALTER TABLE sync_ledger ADD CONSTRAINT sync_ledger_state_check CHECK (
    state IN ('synced', 'moving', 'archived', 'marked', 'deletedByPerson', 'quarantined', 'tombstone'));
ALTER TABLE sync_ledger
    -- Eight bytes for each field, as field_hashes: what the service made of what was sent. NULL: the same.
    ADD COLUMN remote_hashes bytea,
    -- What the item shows now. NULL: the same as the base. Where it differs, a person was there.
    ADD COLUMN seen_hashes bytea,
    -- What the old item of a move showed when it was copied.
    ADD COLUMN prior_hashes bytea,
    -- The list a row was refused for, the service's words without values, and its request id.
    ADD COLUMN refused_list_id text,
    ADD COLUMN refused_reason text,
    ADD COLUMN refused_request_id text,
    -- Our writes of the item within ten minutes of writes_since.
    ADD COLUMN writes_count smallint NOT NULL DEFAULT 0,
    ADD COLUMN writes_since timestamptz;

-- The items that a feed shows are looked up by where they are, and by where they were.
CREATE INDEX sync_ledger_prior ON sync_ledger (prior_list_id, prior_item_id) WHERE prior_item_id IS NOT NULL;
CREATE INDEX sync_ledger_source_pk ON sync_ledger (sync_def_id, source_pk);

-- Effects that are under way: written before the effect with all that its outcome needs, and gone with the outcome.
CREATE TABLE sync_intents (
    project     text NOT NULL,
    sync_def_id uuid NOT NULL REFERENCES sync_definitions (id) ON DELETE CASCADE,
    key         bytea NOT NULL,
    source_pk   text NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('create', 'update', 'mark', 'delete', 'carry', 'deleteOrigin')),
    -- Where a create goes; the item that the others are about, with the tag that the request is bound to.
    sp_list_id    text,
    from_list_id  text,
    from_item_id  bigint,
    from_etag     text,
    -- The resolved content: row values, therefore erased when the intent is closed.
    content     json NOT NULL,
    run_id      uuid NOT NULL,
    epoch       bigint NOT NULL,
    opened_at   timestamptz NOT NULL,
    PRIMARY KEY (sync_def_id, key)
);
ALTER TABLE sync_intents SET (fillfactor = 70, autovacuum_vacuum_threshold = 50, autovacuum_vacuum_scale_factor = 0.05);

CREATE TABLE leases (
    project      text NOT NULL,
    definition   text NOT NULL,
    site_profile text NOT NULL,
    epoch        bigint NOT NULL,
    -- NULL: nobody holds it.
    actor        text,
    run_id       text,
    acquired_at  timestamptz,
    heartbeat_at timestamptz,
    -- As its holder wants it.
    seconds      double precision NOT NULL DEFAULT 60,
    PRIMARY KEY (project, definition, site_profile)
);

CREATE TABLE holds (
    project    text NOT NULL,
    -- Empty: all definitions of the project.
    definition text NOT NULL,
    reason     text NOT NULL,
    actor      text NOT NULL,
    since      timestamptz NOT NULL,
    PRIMARY KEY (project, definition)
);

CREATE TABLE delta_positions (
    sp_list_id    text PRIMARY KEY REFERENCES managed_lists (sp_list_id) ON DELETE CASCADE,
    -- The fields that the feed was asked for.
    selection     text NOT NULL,
    -- NULL: reading from the beginning was not finished.
    link          text,
    enumerated_at timestamptz,
    read_at       timestamptz NOT NULL
);

-- Items with a key of ours that no row owns.
CREATE TABLE stray_items (
    sp_list_id text NOT NULL REFERENCES managed_lists (sp_list_id) ON DELETE CASCADE,
    sp_item_id bigint NOT NULL,
    source_pk  text NOT NULL,
    seen_at    timestamptz NOT NULL,
    PRIMARY KEY (sp_list_id, sp_item_id)
);
