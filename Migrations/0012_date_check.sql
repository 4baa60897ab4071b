-- Whether the days of a list's date-only columns came back as they were sent, and under which zone. Runs inside one
-- transaction, with search_path set to the meta-store's schema.

-- An IANA name; with `!` before it where they did not. NULL: nobody has looked yet.
ALTER TABLE managed_lists ADD COLUMN date_check text;
