-- Refunds of paid payments. The account `refunds` holds their money until the payer claims it. Rows are never changed.
CREATE TABLE refunds (
    refund_id       TEXT NOT NULL PRIMARY KEY,  -- ref_ and 16 random bytes
    operation_id    BLOB NOT NULL CONSTRAINT refunds_operation REFERENCES operations,
    payment_id      TEXT NOT NULL CONSTRAINT refunds_payment REFERENCES payments,
    number          INTEGER NOT NULL CONSTRAINT refunds_number CHECK (number BETWEEN 1 AND 64),  -- counts those of the payment from 1
    amount_minor    INTEGER NOT NULL CONSTRAINT refunds_amount CHECK (amount_minor > 0),
    reason          TEXT CONSTRAINT refunds_reason CHECK (length(reason) <= 200),
    at              INTEGER NOT NULL,
    claim_until     INTEGER NOT NULL,           -- from then on the money goes back to the merchant
    CONSTRAINT refunds_of_payment UNIQUE (payment_id, number)
) STRICT, WITHOUT ROWID;

-- Refunds that are neither claimed nor returned, so that looking for overdue ones reads nothing else.
CREATE TABLE open_refunds (
    refund_id       TEXT NOT NULL PRIMARY KEY CONSTRAINT open_refunds_refund REFERENCES refunds,
    merchant_id     TEXT NOT NULL,
    claim_until     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX open_refunds_by_end ON open_refunds (claim_until);
CREATE INDEX open_refunds_by_merchant ON open_refunds (merchant_id);

-- The end of each refund. Rows are never changed.
CREATE TABLE refund_ends (
    refund_id       TEXT NOT NULL PRIMARY KEY CONSTRAINT refund_ends_refund REFERENCES refunds,
    operation_id    BLOB NOT NULL CONSTRAINT refund_ends_operation REFERENCES operations,
    how             TEXT NOT NULL CONSTRAINT refund_ends_how CHECK (how IN ('claimed', 'returned')),
    at              INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
