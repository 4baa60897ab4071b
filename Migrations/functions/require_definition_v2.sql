-- Stands for the foreign key that the ledger and the intents do without: once a call instead of once a row.
CREATE OR REPLACE FUNCTION require_definition_v2(in_definition uuid) RETURNS void LANGUAGE plpgsql VOLATILE
SET search_path FROM CURRENT
AS $$
BEGIN
    PERFORM 1 FROM sync_definitions WHERE id = in_definition FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the definition is not registered' USING ERRCODE = 'foreign_key_violation';
    END IF;
END
$$;
