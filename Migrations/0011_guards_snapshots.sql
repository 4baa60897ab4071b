-- What a plan compares with the last run beside rows and lists. Runs inside one transaction, with search_path set to the
-- meta-store's schema.

ALTER TABLE sync_definitions
    -- The limits under which the definition was applied last, so that a looser one is shown. NULL: nobody wrote them down.
    ADD COLUMN applied_guards jsonb,
    -- Which transactions of the source the last run saw, so that a source that shows fewer is noticed. NULL: not known, or
    -- the source is another one since.
    ADD COLUMN source_snapshot text;
