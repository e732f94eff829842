-- The keys that sign receipts. The receipts themselves are part of the outcomes of the redemptions that paid.

CREATE TABLE receipt_keys (
    number          integer NOT NULL CONSTRAINT receipt_keys_primary PRIMARY KEY,
    public_key      bytea NOT NULL CONSTRAINT receipt_keys_public UNIQUE CONSTRAINT receipt_keys_length CHECK (length(public_key) = 32),
    from_at         bigint NOT NULL,
    by_previous     bytea NOT NULL CONSTRAINT receipt_keys_signature CHECK (length(by_previous) IN (0, 64))
);
COMMENT ON TABLE receipt_keys IS 'Public keys that sign receipts of payments, all ever used. Rows are only added, so that old receipts stay verifiable.';
COMMENT ON COLUMN receipt_keys.number IS 'Counts from 0; the last one signs.';
COMMENT ON COLUMN receipt_keys.public_key IS 'Ed25519 public key.';
COMMENT ON COLUMN receipt_keys.from_at IS 'Unix seconds from which on the key signs, a whole minute.';
COMMENT ON COLUMN receipt_keys.by_previous IS 'Signature of the previous key over this one; empty for the first key, and if the previous one was lost.';

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_app') THEN
        GRANT SELECT, INSERT ON receipt_keys TO ecash_app;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_auditor') THEN
        GRANT SELECT ON receipt_keys TO ecash_auditor;
    END IF;
END $$;
