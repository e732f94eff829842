-- Takings that leave the mint. The account `payouts` holds them until the operator has paid the money out.
INSERT INTO accounts (account_id, role) VALUES ('payouts', 'system');

CREATE TABLE payouts (
    payout_id       text COLLATE "C" CONSTRAINT payouts_primary PRIMARY KEY,
    operation_id    bytea NOT NULL CONSTRAINT payouts_operation REFERENCES operations,
    merchant_id     text COLLATE "C" NOT NULL CONSTRAINT payouts_merchant REFERENCES merchants,
    amount_minor    bigint NOT NULL CONSTRAINT payouts_amount CHECK (amount_minor > 0),
    reference       text CONSTRAINT payouts_reference CHECK (length(reference) <= 64),
    at              bigint NOT NULL
);
CREATE INDEX payouts_by_merchant ON payouts (merchant_id, at, payout_id);
COMMENT ON TABLE payouts IS 'Takings that leave the mint. Rows are never changed.';
COMMENT ON COLUMN payouts.payout_id IS 'out_ and 16 random bytes.';
COMMENT ON COLUMN payouts.operation_id IS 'Operation that requested it.';
COMMENT ON COLUMN payouts.merchant_id IS 'Merchant whose takings leave.';
COMMENT ON COLUMN payouts.amount_minor IS 'Amount in minor units.';
COMMENT ON COLUMN payouts.reference IS 'An untrusted note of the merchant.';
COMMENT ON COLUMN payouts.at IS 'Unix seconds, rounded down to the minute.';

CREATE TABLE payout_ends (
    payout_id       text COLLATE "C" CONSTRAINT payout_ends_primary PRIMARY KEY CONSTRAINT payout_ends_payout REFERENCES payouts,
    operation_id    bytea NOT NULL CONSTRAINT payout_ends_operation REFERENCES operations,
    how             text COLLATE "C" NOT NULL CONSTRAINT payout_ends_how CHECK (how IN ('settled', 'rejected')),
    external_reference text CONSTRAINT payout_ends_reference CHECK (length(external_reference) <= 200),
    at              bigint NOT NULL
);
COMMENT ON TABLE payout_ends IS 'The end of each payout. Rows are never changed.';
COMMENT ON COLUMN payout_ends.payout_id IS 'Payout that ended.';
COMMENT ON COLUMN payout_ends.operation_id IS 'Operation that ended it, and owns the claim payout-end:<payout_id>.';
COMMENT ON COLUMN payout_ends.how IS 'settled: the money was paid outside; rejected: it is back at the merchant.';
COMMENT ON COLUMN payout_ends.external_reference IS 'Of the payment outside, or the reason of a rejection.';
COMMENT ON COLUMN payout_ends.at IS 'Unix seconds, rounded down to the minute.';

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_app') THEN
        GRANT SELECT, INSERT ON payouts, payout_ends TO ecash_app;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_auditor') THEN
        GRANT SELECT ON payouts, payout_ends TO ecash_auditor;
    END IF;
END $$;
