-- The meta-store of SyncBridge. Runs inside one transaction, with search_path set to the meta-store's schema.

CREATE TABLE meta_store (
    only_row   boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    id         uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- One row for each profile a project has used. Secrets are references; none is stored.
CREATE TABLE connection_profiles (
    id      uuid PRIMARY KEY,
    project text NOT NULL,
    name    text NOT NULL,
    type    text NOT NULL CHECK (type IN ('POSTGRES', 'SHAREPOINT')),
    config  jsonb NOT NULL,
    UNIQUE (project, name)
);

CREATE TABLE sync_definitions (
    id                  uuid PRIMARY KEY,
    project             text NOT NULL,
    name                text NOT NULL,
    -- The first part of its sync keys: its name at its first apply, whatever it is called now.
    key_prefix          text NOT NULL,
    source_table        text NOT NULL,
    sync_mode           text NOT NULL CHECK (sync_mode IN ('ONE_WAY_PUSH', 'TWO_WAY', 'ARCHIVE_ONLY')),
    sharding_policy     jsonb NOT NULL,
    pending_spec        jsonb NOT NULL,
    applied_spec        jsonb,
    applied_fingerprint text,
    applied_at          timestamptz,
    -- Which database and relation its rows came from at its first apply.
    source_identity     text NOT NULL,
    mapping_version     integer NOT NULL,
    forgotten_at        timestamptz,
    UNIQUE (project, name)
);

-- The fields of every version of a mapping: a ledger row is compared by the version it was written under.
CREATE TABLE field_mappings (
    sync_def_id     uuid NOT NULL REFERENCES sync_definitions (id) ON DELETE CASCADE,
    mapping_version integer NOT NULL,
    position        integer NOT NULL,
    source_col      text NOT NULL,
    target_col      text NOT NULL,
    transform_rule  text NOT NULL,
    is_automatic    boolean NOT NULL,
    PRIMARY KEY (sync_def_id, mapping_version, position)
);

CREATE TABLE managed_lists (
    -- SharePoint's id of the list: canonical, whatever people rename.
    sp_list_id   text PRIMARY KEY,
    project      text NOT NULL,
    sync_def_id  uuid NOT NULL REFERENCES sync_definitions (id) ON DELETE CASCADE,
    name         text NOT NULL,
    site_profile text NOT NULL,
    sp_site_id   text NOT NULL,
    web_url      text NOT NULL,
    was_adopted  boolean NOT NULL,
    -- The settings that were applied last.
    display_name text,
    description  text
);

CREATE TABLE managed_columns (
    sp_list_id   text NOT NULL REFERENCES managed_lists (sp_list_id) ON DELETE CASCADE,
    name         text NOT NULL,
    -- NULL: about to be created, so a column of this name is ours.
    sp_column_id text,
    applied      text,
    PRIMARY KEY (sp_list_id, name)
);

CREATE TABLE sync_ledger (
    project         text NOT NULL,
    sync_def_id     uuid NOT NULL REFERENCES sync_definitions (id) ON DELETE CASCADE,
    -- Order-preserving: compares as the source is read.
    key             bytea NOT NULL,
    -- The sync key, as SharePoint has it.
    source_pk       text NOT NULL,
    sp_list_id      text,
    sp_item_id      bigint,
    etag            text,
    content_hash    bytea,
    remote_hash     bytea,
    -- Eight bytes for each field of the mapping version, in its order.
    field_hashes    bytea NOT NULL,
    mapping_version integer NOT NULL,
    canon_version   smallint NOT NULL,
    state           text NOT NULL CHECK (
        state IN ('synced', 'moving', 'archived', 'marked', 'deletedByPerson', 'quarantined')),
    -- While a move is under way: the item that is still to be deleted.
    prior_list_id   text,
    prior_item_id   bigint,
    prior_etag      text,
    version         bigint NOT NULL,
    last_sync_ts    timestamptz NOT NULL,
    error_class     text,
    attempts        integer NOT NULL DEFAULT 0,
    PRIMARY KEY (sync_def_id, key)
);

CREATE UNIQUE INDEX sync_ledger_item ON sync_ledger (sp_list_id, sp_item_id) WHERE sp_item_id IS NOT NULL;

-- People's values that the source's replaced.
CREATE TABLE sync_conflicts (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project     text NOT NULL,
    sync_def_id uuid NOT NULL REFERENCES sync_definitions (id) ON DELETE CASCADE,
    key         bytea NOT NULL,
    source_pk   text NOT NULL,
    field       text NOT NULL,
    value       jsonb NOT NULL,
    run_id      uuid NOT NULL,
    saved_at    timestamptz NOT NULL
);

CREATE INDEX sync_conflicts_key ON sync_conflicts (sync_def_id, key);

CREATE TABLE schema_snapshots (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project     text NOT NULL,
    side        text NOT NULL CHECK (side IN ('source', 'target')),
    subject     text NOT NULL,
    content     jsonb NOT NULL,
    captured_at timestamptz NOT NULL
);

CREATE INDEX schema_snapshots_subject ON schema_snapshots (project, side, subject, captured_at DESC);

CREATE TABLE sync_runs (
    id            uuid PRIMARY KEY,
    project       text NOT NULL,
    started_at    timestamptz NOT NULL,
    finished_at   timestamptz,
    actor         text NOT NULL,
    plan_digest   text NOT NULL,
    schema_digest text NOT NULL,
    counts        jsonb NOT NULL,
    exit          integer
);

CREATE INDEX sync_runs_latest ON sync_runs (project, started_at DESC);

-- What a round is about to do: keys and decisions, never values. A crash may empty it; it is made anew each round.
CREATE UNLOGGED TABLE staged_effects (
    run_id       uuid NOT NULL,
    sync_def_id  uuid NOT NULL,
    sequence     bigint NOT NULL,
    key          bytea NOT NULL,
    parts        text[] NOT NULL,
    action       text NOT NULL,
    to_list      text,
    content_hash bytea,
    PRIMARY KEY (run_id, sync_def_id, sequence)
);
