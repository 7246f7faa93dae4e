-- Tables of the customer service. Runs as often as you like: what is there is left alone.
SET client_min_messages = warning;

SELECT to_regclass('public.person') IS NULL AS fresh \gset
\if :fresh
CREATE TABLE person (
    id BIGSERIAL,
    customer_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (id, customer_id)
);
INSERT INTO person (customer_id, name) VALUES (1, 'Fasih'), (2, 'Alice'), (3, 'Bob');
\endif

SELECT to_regclass('public.orders') IS NULL AS fresh \gset
\if :fresh
CREATE TABLE orders (
    id BIGSERIAL PRIMARY KEY,
    customer_id BIGINT NOT NULL,
    status TEXT NOT NULL,
    amount_cents BIGINT NOT NULL,
    note TEXT,
    ordered_at TIMESTAMP(3) NOT NULL DEFAULT (now() AT TIME ZONE 'UTC')
);
INSERT INTO orders (customer_id, status, amount_cents, note, ordered_at) VALUES
    (1, 'paid', 1999, NULL, now() AT TIME ZONE 'UTC' - INTERVAL '2 days'),
    (2, 'shipped', 4500, 'leave at the door', now() AT TIME ZONE 'UTC' - INTERVAL '30 days'),
    (3, 'paid', 99900, 'Grüße aus Köln 🎁', now() AT TIME ZONE 'UTC' - INTERVAL '400 days');
\endif

CREATE TABLE IF NOT EXISTS cdc_mark (name TEXT PRIMARY KEY, value BIGINT NOT NULL);
INSERT INTO cdc_mark VALUES ('snapshot', 0), ('heartbeat', 0) ON CONFLICT DO NOTHING;

-- Long texts that an update leaves alone are not in the log; with the whole old row they are.
ALTER TABLE person REPLICA IDENTITY FULL;
ALTER TABLE orders REPLICA IDENTITY FULL;

-- A TRUNCATE names no rows: readers of changes would keep all of them.
CREATE OR REPLACE FUNCTION refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'table % is captured, and TRUNCATE tells nobody which rows are gone', TG_TABLE_NAME
        USING HINT = 'Use DELETE.';
END
$$;
CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON person EXECUTE FUNCTION refuse_truncate();
CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON orders EXECUTE FUNCTION refuse_truncate();
CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON cdc_mark EXECUTE FUNCTION refuse_truncate();

-- The connector writes its heartbeat with its own hand.
GRANT INSERT, UPDATE ON cdc_mark TO :"capture";
