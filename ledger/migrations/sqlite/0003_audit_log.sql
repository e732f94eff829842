-- The audit log: what happened, sealed into a chain. No serial, blinded value, idempotency key or
-- address is in it. Operations older than the log have a row without a digest.
CREATE TABLE audit_log (
    audit_id        INTEGER PRIMARY KEY AUTOINCREMENT,
    operation_id    BLOB NOT NULL CONSTRAINT audit_log_id_length CHECK (length(operation_id) = 16),
    kind            TEXT NOT NULL,
    digest          BLOB                -- SHA-256 of the operation and its entries
        CONSTRAINT audit_log_digest_length CHECK (digest IS NULL OR length(digest) = 32),
    seal_no         INTEGER             -- the seal that covers it; set once
) STRICT;
CREATE INDEX audit_log_unsealed ON audit_log (audit_id) WHERE seal_no IS NULL;

-- Each seal covers rows of the audit log and the seal before it.
CREATE TABLE seals (
    seal_no         INTEGER PRIMARY KEY,  -- 1, 2, 3, … without gaps
    row_count       INTEGER NOT NULL CONSTRAINT seals_row_count CHECK (row_count > 0),
    rows_digest     BLOB NOT NULL         -- SHA-256 of these rows, by audit_id
        CONSTRAINT seals_rows_digest_length CHECK (length(rows_digest) = 32),
    at              INTEGER NOT NULL,     -- to the minute
    seal_hash       BLOB NOT NULL         -- SHA-256 of the last seal's hash and of the columns before
        CONSTRAINT seals_hash_length CHECK (length(seal_hash) = 32),
    public_key      BLOB NOT NULL         -- Ed25519: who sealed
        CONSTRAINT seals_key_length CHECK (length(public_key) = 32),
    signature       BLOB NOT NULL         -- of seal_hash
        CONSTRAINT seals_signature_length CHECK (length(signature) = 64)
) STRICT;

CREATE TRIGGER audit_log_sealed_once BEFORE UPDATE ON audit_log
    WHEN OLD.seal_no IS NOT NULL OR NEW.operation_id <> OLD.operation_id OR NEW.kind <> OLD.kind OR NEW.digest IS NOT OLD.digest
    BEGIN SELECT RAISE(ABORT, 'a row of the audit log is sealed once'); END;
CREATE TRIGGER audit_log_kept BEFORE DELETE ON audit_log
    BEGIN SELECT RAISE(ABORT, 'the audit log is kept'); END;
CREATE TRIGGER seals_unchanged BEFORE UPDATE ON seals
    BEGIN SELECT RAISE(ABORT, 'a seal is never changed'); END;
CREATE TRIGGER seals_kept BEFORE DELETE ON seals
    BEGIN SELECT RAISE(ABORT, 'seals are kept'); END;

INSERT INTO audit_log (operation_id, kind) SELECT operation_id, kind FROM operations ORDER BY operation_id;
