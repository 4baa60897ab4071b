-- The functions' texts are not in migrations any more: functions/ has one file each, and this says which text each of them was
-- made from. Runs inside one transaction, with search_path set to the meta-store's schema.
--
-- Those that earlier migrations made stay as they are: a program of the version before still calls them by their names.

CREATE TABLE schema_functions (
    name       text PRIMARY KEY,
    checksum   text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
