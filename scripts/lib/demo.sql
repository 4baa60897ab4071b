-- The demonstration's tables: 3,000 projects and 500 customers, the same in every run. Days are counted from today,
-- because the sharding rules look at how long ago a project was closed.

CREATE TABLE projects (
    id bigint PRIMARY KEY,
    code text NOT NULL UNIQUE,
    name varchar(200) NOT NULL,
    status text NOT NULL CHECK (status IN ('Active', 'Closed', 'Planned')),
    project_cost numeric(12, 2),
    started_on date,
    closed_at timestamptz,
    updated_at timestamptz NOT NULL,
    internal_notes text
);

-- Of ten projects six are active, one was closed lately, two were closed long ago, one is planned.
INSERT INTO projects
SELECT i,
    format('prj-%s', to_char(i, 'FM0000')),
    format('%s %s', (ARRAY['Bridge', 'Harbour', 'Metro', 'School', 'Hospital', 'Dam', 'Tower'])[i % 7 + 1],
        (ARRAY['Lübeck', 'Hamburg', 'Bremen', 'Kiel', 'Rostock', 'Zürich', 'Łódź', 'Århus', 'Gdańsk'])[i % 9 + 1]),
    status,
    round((i * 7919 % 900000 + 1000) / 8.0, 2),
    current_date - 200 - i % 1500,
    CASE WHEN status = 'Closed' THEN date_trunc('day', now()) - make_interval(days => days_closed) END,
    date_trunc('day', now()) - make_interval(days => i % 60, secs => i),
    format('Margin %s %%, not for the list', i % 40)
FROM generate_series(1, 3000) AS i,
    LATERAL (
        SELECT CASE WHEN i % 10 < 6 THEN 'Active' WHEN i % 10 < 9 THEN 'Closed' ELSE 'Planned' END AS status,
            CASE WHEN i % 10 = 6 THEN 10 + i % 60 ELSE 120 + i % 400 END AS days_closed
    ) AS shape;

CREATE TABLE customers (
    id integer PRIMARY KEY,
    name varchar(120) NOT NULL,
    country text NOT NULL CHECK (country IN ('DE', 'CH', 'PL', 'DK')),
    email varchar(200),
    customer_since date,
    credit_limit numeric(10, 2),
    key_account boolean NOT NULL
);

INSERT INTO customers
SELECT i, format('%s %s', (ARRAY['Nord', 'Hansa', 'Baltic', 'Alster', 'Sund'])[i % 5 + 1],
        (ARRAY['Bau GmbH', 'Logistik AG', 'Energie KG', 'Holding A/S'])[i % 4 + 1]),
    (ARRAY['DE', 'CH', 'PL', 'DK'])[i % 4 + 1], CASE WHEN i % 9 > 0 THEN format('office-%s@example.com', i) END,
    current_date - 30 * (i % 120), (i % 50) * 1000, i % 25 = 0
FROM generate_series(1, 500) AS i;
