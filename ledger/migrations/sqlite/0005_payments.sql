-- Payments that merchants ask for. Each is created by one posting and ended by at most one other, whose claim
-- payment:<payment_id> only one can take.
-- A CHECK cannot be changed in place, so the table of operations is made again; foreign keys are off while migrations run.
CREATE TABLE operations_new (
    operation_id    BLOB NOT NULL PRIMARY KEY CONSTRAINT operations_id_length CHECK (length(operation_id) = 16),
    kind            TEXT NOT NULL CONSTRAINT operations_kind CHECK (kind IN (
        'fund', 'withdraw', 'swap', 'redeem', 'cancel', 'expire', 'payment', 'payment_cancel', 'payment_expire', 'refund',
        'refund_claim', 'refund_return', 'payout', 'payout_end', 'merchant_admin')),
    request_digest  BLOB                -- SHA-256 of the canonical request; NULL for operations that no client requested
        CONSTRAINT operations_digest_length CHECK (request_digest IS NULL OR length(request_digest) = 32),
    outcome         TEXT NOT NULL,      -- JSON: ids and times of the response, for repeats
    at              INTEGER NOT NULL    -- Unix seconds, rounded down to the minute
) STRICT, WITHOUT ROWID;
INSERT INTO operations_new SELECT operation_id, kind, request_digest, outcome, at FROM operations;
DROP TABLE operations;
ALTER TABLE operations_new RENAME TO operations;

-- Rows are never changed.
CREATE TABLE payments (
    payment_id      TEXT NOT NULL PRIMARY KEY,  -- pay_ and 16 random bytes; whoever knows it may read and pay it
    operation_id    BLOB NOT NULL CONSTRAINT payments_operation REFERENCES operations,
    merchant_id     TEXT NOT NULL CONSTRAINT payments_merchant REFERENCES accounts,
    amount_minor    INTEGER NOT NULL CONSTRAINT payments_amount CHECK (amount_minor > 0),
    tip_max_minor   INTEGER NOT NULL CONSTRAINT payments_tip_max CHECK (tip_max_minor >= 0),
    description     TEXT NOT NULL CONSTRAINT payments_description CHECK (length(description) <= 200),
    order_ref       TEXT CONSTRAINT payments_order_ref CHECK (length(order_ref) BETWEEN 1 AND 64),
    is_split        INTEGER NOT NULL CONSTRAINT payments_is_split CHECK (is_split IN (0, 1)),
    details_box     BLOB CONSTRAINT payments_details_box CHECK (length(details_box) <= 4096),
    details_hash    BLOB CONSTRAINT payments_details_hash CHECK (length(details_hash) = 32),
    metadata        TEXT CONSTRAINT payments_metadata CHECK (length(metadata) <= 8192),  -- JSON of the merchant
    return_url      TEXT CONSTRAINT payments_return_url CHECK (length(return_url) <= 2048),
    created_at      INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,           -- from then on the payment is refused
    CONSTRAINT payments_times CHECK (created_at < expires_at)
) STRICT, WITHOUT ROWID;
CREATE INDEX payments_by_merchant ON payments (merchant_id, created_at, payment_id);
CREATE INDEX payments_by_order ON payments (merchant_id, order_ref) WHERE order_ref IS NOT NULL;

-- Payments without a settlement, so that looking for expired ones reads nothing else.
CREATE TABLE open_payments (
    payment_id      TEXT NOT NULL PRIMARY KEY CONSTRAINT open_payments_payment REFERENCES payments,
    merchant_id     TEXT NOT NULL,
    expires_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX open_payments_by_expiry ON open_payments (expires_at);
CREATE INDEX open_payments_by_merchant ON open_payments (merchant_id);

-- The end of each payment. Rows are never changed.
CREATE TABLE settlements (
    payment_id      TEXT NOT NULL PRIMARY KEY CONSTRAINT settlements_payment REFERENCES payments,
    operation_id    BLOB NOT NULL CONSTRAINT settlements_operation REFERENCES operations,
    state           TEXT NOT NULL CONSTRAINT settlements_state CHECK (state IN ('paid', 'cancelled', 'expired')),
    tip_minor       INTEGER NOT NULL CONSTRAINT settlements_tip CHECK (tip_minor >= 0),
    refund_commitment BLOB CONSTRAINT settlements_commitment CHECK (length(refund_commitment) = 32),
    at              INTEGER NOT NULL,
    CONSTRAINT settlements_only_paid CHECK (state = 'paid' OR (tip_minor = 0 AND refund_commitment IS NULL)),
    CONSTRAINT settlements_operation_unique UNIQUE (operation_id, payment_id)
) STRICT, WITHOUT ROWID;
