-- What a plan compares beside hashes: the bytes of rows, what keys are made of, and how lists keep days. Runs inside one
-- transaction, with search_path set to the meta-store's schema.

-- What a row's bytes were when its entry was settled, so that a row of the same bytes need not be read. A fingerprint counts
-- only for the version of the entry that it was written for: whatever changes an entry, also a program that knows nothing
-- of fingerprints, raises its version.

ALTER TABLE sync_ledger
    ADD COLUMN row_fingerprint bytea,
    -- Names the key that it was made with.
    ADD COLUMN fingerprint_key bigint,
    ADD COLUMN fingerprint_version bigint;

ALTER TABLE sync_definitions
    -- The key's columns and their forms, such as `id:integer,tenant:text`, so that a key whose columns or types changed is
    -- noticed. NULL: nobody wrote it down, and it is taken to be that of the table; the next registration does.
    ADD COLUMN key_shape text;

ALTER TABLE managed_lists
    -- The time zone, an IANA name, under which days came back from the list as they were sent; with `!` before it where they
    -- did not. NULL: nobody has looked yet.
    ADD COLUMN date_check text;

-- Of the program before the version before.
DROP FUNCTION open_intents, quota_exchange, require_definition, write_ledger;
