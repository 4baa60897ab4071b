-- What keys are made of, and what reading days back has shown. Runs inside one transaction, with search_path set to the
-- meta-store's schema.

ALTER TABLE sync_definitions
    -- The key's columns and their forms, such as `id:integer,tenant:text`, so that a key whose columns or types changed is
    -- noticed. NULL: nobody wrote it down, and it is taken to be that of the table; the next registration does.
    ADD COLUMN key_shape text;

ALTER TABLE managed_lists
    -- The time zone, an IANA name, under which days came back from the list as they were sent; with `!` before it where they
    -- did not. NULL: nobody has looked yet.
    ADD COLUMN date_check text;
