-- The audit log: what happened, sealed into a chain. No serial, blinded value, idempotency key or
-- address is in it. Operations older than the log have a row without a digest. Stop the mints of the version
-- before: they would go on without writing into it, and the audit would name what they did.
LOCK TABLE operations IN SHARE ROW EXCLUSIVE MODE;

CREATE TABLE audit_log (
    audit_id        bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT audit_log_primary PRIMARY KEY,
    operation_id    bytea NOT NULL CONSTRAINT audit_log_id_length CHECK (length(operation_id) = 16),
    kind            text NOT NULL,
    digest          bytea CONSTRAINT audit_log_digest_length CHECK (length(digest) = 32),
    seal_no         bigint
);
CREATE INDEX audit_log_unsealed ON audit_log (audit_id) WHERE seal_no IS NULL;
COMMENT ON TABLE audit_log IS 'One row for each operation, written in its transaction.';
COMMENT ON COLUMN audit_log.audit_id IS 'Rises, with gaps.';
COMMENT ON COLUMN audit_log.operation_id IS 'The operation. No foreign key: the audit looks instead.';
COMMENT ON COLUMN audit_log.kind IS 'What it did.';
COMMENT ON COLUMN audit_log.digest IS 'SHA-256 of the operation and its entries; NULL: older than the log.';
COMMENT ON COLUMN audit_log.seal_no IS 'The seal that covers it; set once.';

CREATE TABLE seals (
    seal_no         bigint NOT NULL CONSTRAINT seals_primary PRIMARY KEY,
    row_count       bigint NOT NULL CONSTRAINT seals_row_count CHECK (row_count > 0),
    rows_digest     bytea NOT NULL CONSTRAINT seals_rows_digest_length CHECK (length(rows_digest) = 32),
    at              bigint NOT NULL,
    seal_hash       bytea NOT NULL CONSTRAINT seals_hash_length CHECK (length(seal_hash) = 32),
    public_key      bytea NOT NULL CONSTRAINT seals_key_length CHECK (length(public_key) = 32),
    signature       bytea NOT NULL CONSTRAINT seals_signature_length CHECK (length(signature) = 64)
);
COMMENT ON TABLE seals IS 'The chain: each seal covers rows of the audit log and the seal before it.';
COMMENT ON COLUMN seals.seal_no IS '1, 2, 3, … without gaps.';
COMMENT ON COLUMN seals.row_count IS 'How many rows it covers.';
COMMENT ON COLUMN seals.rows_digest IS 'SHA-256 of these rows, by audit_id.';
COMMENT ON COLUMN seals.at IS 'When, to the minute.';
COMMENT ON COLUMN seals.seal_hash IS 'SHA-256 of the last seal''s hash and of the columns before.';
COMMENT ON COLUMN seals.public_key IS 'Ed25519: who sealed.';
COMMENT ON COLUMN seals.signature IS 'Of seal_hash.';

CREATE FUNCTION refuse_second_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a row of the audit log is sealed once' USING ERRCODE = 'integrity_constraint_violation';
END $$;
COMMENT ON FUNCTION refuse_second_seal IS 'What is sealed stays as it is, whoever asks.';
CREATE TRIGGER audit_log_sealed_once BEFORE UPDATE ON audit_log
    FOR EACH ROW WHEN (OLD.seal_no IS NOT NULL) EXECUTE FUNCTION refuse_second_seal();

INSERT INTO audit_log (operation_id, kind) SELECT operation_id, kind FROM operations ORDER BY operation_id;

-- ecash_sealer: may seal rows that are there, and nothing else. ecash_app may add rows, and not seal them.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_sealer') THEN
        BEGIN
            CREATE ROLE ecash_sealer NOLOGIN;
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL;
            WHEN insufficient_privilege THEN
                RAISE NOTICE 'this user may not create the role ecash_sealer; the ledger works without it';
        END;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_sealer') THEN
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO ecash_sealer', current_schema());
        GRANT SELECT ON audit_log, seals TO ecash_sealer;
        GRANT UPDATE (seal_no) ON audit_log TO ecash_sealer;
        GRANT INSERT ON seals TO ecash_sealer;
        BEGIN
            EXECUTE format('GRANT ecash_sealer TO %I', current_user);
        EXCEPTION
            WHEN insufficient_privilege OR invalid_grant_operation OR unique_violation THEN
                RAISE NOTICE 'this user is not made a member of ecash_sealer; the ledger works without';
        END;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_app') THEN
        GRANT SELECT ON audit_log, seals TO ecash_app;
        GRANT INSERT (operation_id, kind, digest) ON audit_log TO ecash_app;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_auditor') THEN
        GRANT SELECT ON audit_log, seals TO ecash_auditor;
    END IF;
END $$;
