-- How far the tables of definitions with a watermark were read. Runs inside one transaction, with search_path set to the
-- meta-store's schema.

ALTER TABLE sync_definitions
    -- Column, kind and value of the last mark behind which nothing was left to do; NULL without a watermark.
    ADD COLUMN capture_mark     jsonb,
    -- The time of the last run that read the whole table and left nothing to do.
    ADD COLUMN last_snapshot_at timestamptz;
