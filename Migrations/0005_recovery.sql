-- Rebuilding the ledger after a loss. Runs inside one transaction, with search_path set to the meta-store's schema.

-- Set while a rebuilding is under way: the entry is made of what was found.
ALTER TABLE sync_ledger ADD COLUMN is_rebuilt boolean NOT NULL DEFAULT false;

-- Items that a rebuilding found, until their rows are known: hashes, never values.
CREATE TABLE found_items (
    sync_def_id  uuid NOT NULL REFERENCES sync_definitions (id) ON DELETE CASCADE,
    sp_list_id   text NOT NULL,
    sp_item_id   bigint NOT NULL,
    etag         text NOT NULL,
    source_pk    text NOT NULL,
    field_hashes bytea NOT NULL,
    content_hash bytea NOT NULL,
    is_marked    boolean NOT NULL,
    is_matched   boolean NOT NULL DEFAULT false,
    PRIMARY KEY (sync_def_id, sp_list_id, sp_item_id)
);

CREATE INDEX found_items_key ON found_items (sync_def_id, source_pk);
