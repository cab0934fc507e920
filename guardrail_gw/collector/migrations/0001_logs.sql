-- Logs of many gateways, as far as the collector has acknowledged them.
--
-- Two group roles, which log in as nobody: `guardrail_collect` may add, and ask how far a log
-- reaches; `guardrail_read` may read. Neither may change or remove anything, and triggers stand in
-- the way of whoever owns the tables. None of this is what makes the log trustworthy: that is its
-- signatures, which `guardrail-gw audit verify` checks on a copy of what lies here.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'guardrail_collect') THEN
        CREATE ROLE guardrail_collect NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'guardrail_read') THEN
        CREATE ROLE guardrail_read NOLOGIN;
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL; -- another database's migration, just now
END
$$;

REVOKE ALL ON SCHEMA collected FROM PUBLIC;
GRANT USAGE ON SCHEMA collected TO guardrail_collect, guardrail_read;

-- One row for each epoch: the leaf of its first record, which has the epoch's key.
CREATE TABLE collected.segments (
    origin text NOT NULL,
    first bigint NOT NULL CHECK (first >= 0),
    leaf bytea NOT NULL,
    PRIMARY KEY (origin, first)
);

-- One row for each record, in the parts of its frame (FORMAT.md, 2).
CREATE TABLE collected.records (
    origin text NOT NULL,
    seq bigint NOT NULL CHECK (seq >= 0),
    first bigint NOT NULL,
    leaf bytea NOT NULL,
    meta bytea NOT NULL,
    content bytea NOT NULL,
    wrap bytea NOT NULL,
    PRIMARY KEY (origin, seq)
);
-- Ciphertext does not get smaller.
ALTER TABLE collected.records
    ALTER COLUMN meta SET STORAGE EXTERNAL,
    ALTER COLUMN content SET STORAGE EXTERNAL;

-- One row for each accepted checkpoint; the size can have one root only.
CREATE TABLE collected.checkpoints (
    origin text NOT NULL,
    size bigint NOT NULL CHECK (size > 0),
    first bigint NOT NULL,
    nodes bytea NOT NULL,
    closed boolean NOT NULL,
    note bytea NOT NULL,
    cosignature text,
    gateway text NOT NULL,
    accepted_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (origin, size)
);

-- What a log's own key has signed and what contradicts what was accepted: evidence, never removed.
CREATE TABLE collected.forks (
    origin text NOT NULL,
    size bigint NOT NULL,
    note bytea NOT NULL,
    accepted_size bigint NOT NULL,
    accepted_root bytea NOT NULL,
    reason text NOT NULL,
    gateway text NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (origin, size, note)
);

GRANT INSERT ON collected.segments, collected.records, collected.checkpoints, collected.forks
    TO guardrail_collect;
GRANT SELECT ON collected.segments, collected.records, collected.checkpoints, collected.forks
    TO guardrail_read;

CREATE FUNCTION collected.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was collected is never changed: % on %', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END
$$;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['segments', 'records', 'checkpoints', 'forks'] LOOP
        EXECUTE format('CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON collected.%I '
            'FOR EACH ROW EXECUTE FUNCTION collected.refuse()', name);
        EXECUTE format('CREATE TRIGGER never_emptied BEFORE TRUNCATE ON collected.%I '
            'FOR EACH STATEMENT EXECUTE FUNCTION collected.refuse()', name);
        EXECUTE format('ALTER TABLE collected.%I ENABLE ALWAYS TRIGGER never_changed', name);
        EXECUTE format('ALTER TABLE collected.%I ENABLE ALWAYS TRIGGER never_emptied', name);
    END LOOP;
END
$$;

-- How far a log was accepted at or before a size; all that `guardrail_collect` learns of a record
-- is its epoch's leaf, which anyone may read.
CREATE FUNCTION collected.standing(of_origin text, at_most bigint)
RETURNS TABLE (size bigint, nodes bytea, closed boolean, note bytea, cosignature text, leaf bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT c.size, c.nodes, c.closed, c.note, c.cosignature, s.leaf
    FROM collected.checkpoints c
    JOIN collected.segments s ON s.origin = c.origin AND s.first = c.first
    WHERE c.origin = of_origin AND c.size <= at_most
    ORDER BY c.size DESC LIMIT 1
$$;

-- The leaves of some records, to compare a root that was signed with that of what was accepted.
CREATE FUNCTION collected.leaves(of_origin text, from_seq bigint, until_seq bigint)
RETURNS SETOF bytea
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT r.leaf FROM collected.records r
    WHERE r.origin = of_origin AND r.seq >= from_seq AND r.seq < until_seq
    ORDER BY r.seq
$$;

REVOKE ALL ON FUNCTION collected.standing, collected.leaves FROM PUBLIC;
GRANT EXECUTE ON FUNCTION collected.standing, collected.leaves
    TO guardrail_collect, guardrail_read;
