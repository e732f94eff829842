-- A balance is at most 2^53 - 1 minor units: what a JSON number carries exactly. Not validated for rows that are
-- there: the audit lists those.
ALTER TABLE accounts ADD CONSTRAINT accounts_balance_limit
    CHECK (balance_minor BETWEEN -9007199254740991 AND 9007199254740991) NOT VALID;

CREATE TABLE clock (
    only_row        integer NOT NULL CONSTRAINT clock_primary PRIMARY KEY CONSTRAINT clock_only_row CHECK (only_row = 1),
    newest          bigint,
    doubted_at      bigint
);
COMMENT ON TABLE clock IS 'The newest time at which a mint''s clock was believed. A clock that disagrees with it ends no epoch.';
COMMENT ON COLUMN clock.only_row IS 'Always 1.';
COMMENT ON COLUMN clock.newest IS 'Unix seconds; NULL: nothing has happened yet.';
COMMENT ON COLUMN clock.doubted_at IS 'What a clock said that disagrees, and was not confirmed yet.';
INSERT INTO clock (only_row, newest) SELECT 1, max(at) FROM operations;

CREATE TABLE write_probe (
    only_row        integer NOT NULL CONSTRAINT write_probe_primary PRIMARY KEY CONSTRAINT write_probe_only_row CHECK (only_row = 1),
    filler          bytea NOT NULL
);
-- As many bytes on disk as are written: a large probe must not be compressed into a small one.
ALTER TABLE write_probe ALTER COLUMN filler SET STORAGE EXTERNAL;
COMMENT ON TABLE write_probe IS 'Written by health checks: whether the ledger accepts writes is known by writing.';
COMMENT ON COLUMN write_probe.only_row IS 'Always 1.';
COMMENT ON COLUMN write_probe.filler IS 'Zeros.';
INSERT INTO write_probe (only_row, filler) VALUES (1, '');

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_app') THEN
        GRANT SELECT, UPDATE (newest, doubted_at) ON clock TO ecash_app;
        GRANT SELECT, INSERT, UPDATE (filler), TRUNCATE ON write_probe TO ecash_app;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_auditor') THEN
        GRANT SELECT ON clock, write_probe TO ecash_auditor;
    END IF;
END $$;
