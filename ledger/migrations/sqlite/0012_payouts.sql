-- Takings that leave the mint. The account `payouts` holds them until the operator has paid the money out. Rows are never changed.
INSERT INTO accounts (account_id, role) VALUES ('payouts', 'system');

CREATE TABLE payouts (
    payout_id       TEXT NOT NULL PRIMARY KEY,  -- out_ and 16 random bytes
    operation_id    BLOB NOT NULL CONSTRAINT payouts_operation REFERENCES operations,
    merchant_id     TEXT NOT NULL CONSTRAINT payouts_merchant REFERENCES merchants,
    amount_minor    INTEGER NOT NULL CONSTRAINT payouts_amount CHECK (amount_minor > 0),
    reference       TEXT CONSTRAINT payouts_reference CHECK (length(reference) <= 64),     -- an untrusted note of the merchant
    at              INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX payouts_by_merchant ON payouts (merchant_id, at, payout_id);

-- The end of each payout.
CREATE TABLE payout_ends (
    payout_id       TEXT NOT NULL PRIMARY KEY CONSTRAINT payout_ends_payout REFERENCES payouts,
    operation_id    BLOB NOT NULL CONSTRAINT payout_ends_operation REFERENCES operations,
    how             TEXT NOT NULL CONSTRAINT payout_ends_how CHECK (how IN ('settled', 'rejected')),
    external_reference TEXT CONSTRAINT payout_ends_reference CHECK (length(external_reference) <= 200),    -- of the payment outside
    at              INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
