-- One busy afternoon. What it does is printed by scripts/demo.
BEGIN;

-- New work.
INSERT INTO projects
SELECT i, format('prj-%s', i), format('Ferry terminal %s', i - 3000), 'Active', 125000, current_date, NULL, now(), NULL
FROM generate_series(3001, 3040) AS i;

-- Costs are corrected; an internal note, which no list shows, comes along.
UPDATE projects SET project_cost = project_cost + 500, updated_at = now(), internal_notes = 'recalculated'
WHERE id % 40 = 1 AND status = 'Active';

-- Only internal notes: nothing that a list could show.
UPDATE projects SET internal_notes = 'seen by the auditors' WHERE id % 20 = 12;

-- Work that ends today goes to the archive's list, and old endings are recorded at last, which go to the closed one.
UPDATE projects SET status = 'Closed', closed_at = date_trunc('day', now()), updated_at = now()
WHERE id BETWEEN 100 AND 160 AND status = 'Active' AND id % 10 IN (2, 3);
UPDATE projects SET status = 'Closed', closed_at = date_trunc('day', now()) - interval '200 days', updated_at = now()
WHERE id BETWEEN 200 AND 300 AND status = 'Planned';

-- A project starts.
UPDATE projects SET status = 'Active', updated_at = now() WHERE id BETWEEN 300 AND 360 AND status = 'Planned';

-- Mistakes go.
DELETE FROM projects WHERE id IN (700, 701, 702, 703, 704, 705, 706, 707, 708, 709);

INSERT INTO customers VALUES (501, 'Fjord Bau GmbH', 'DK', NULL, current_date, 5000, false);
UPDATE customers SET email = NULL WHERE id IN (10, 20, 30);
DELETE FROM customers WHERE id = 499;

COMMIT;
