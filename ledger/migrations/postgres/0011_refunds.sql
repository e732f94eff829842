-- Refunds of paid payments. The account `refunds` holds their money until the payer claims it.
CREATE TABLE refunds (
    refund_id       text COLLATE "C" CONSTRAINT refunds_primary PRIMARY KEY,
    operation_id    bytea NOT NULL CONSTRAINT refunds_operation REFERENCES operations,
    payment_id      text COLLATE "C" NOT NULL CONSTRAINT refunds_payment REFERENCES payments,
    number          bigint NOT NULL CONSTRAINT refunds_number CHECK (number BETWEEN 1 AND 64),
    amount_minor    bigint NOT NULL CONSTRAINT refunds_amount CHECK (amount_minor > 0),
    reason          text CONSTRAINT refunds_reason CHECK (length(reason) <= 200),
    at              bigint NOT NULL,
    claim_until     bigint NOT NULL,
    CONSTRAINT refunds_of_payment UNIQUE (payment_id, number)
);
COMMENT ON TABLE refunds IS 'Refunds of paid payments. The account refunds holds their money until the payer claims it. Rows are never changed.';
COMMENT ON COLUMN refunds.refund_id IS 'ref_ and 16 random bytes.';
COMMENT ON COLUMN refunds.operation_id IS 'Operation that created it.';
COMMENT ON COLUMN refunds.payment_id IS 'Payment that is refunded.';
COMMENT ON COLUMN refunds.number IS 'Counts the refunds of the payment from 1.';
COMMENT ON COLUMN refunds.amount_minor IS 'Amount in minor units.';
COMMENT ON COLUMN refunds.reason IS 'What the merchant says about it. NULL: nothing.';
COMMENT ON COLUMN refunds.at IS 'Unix seconds, rounded down to the minute.';
COMMENT ON COLUMN refunds.claim_until IS 'Unix seconds; from then on the money goes back to the merchant.';

CREATE TABLE open_refunds (
    refund_id       text COLLATE "C" CONSTRAINT open_refunds_primary PRIMARY KEY CONSTRAINT open_refunds_refund REFERENCES refunds,
    merchant_id     text COLLATE "C" NOT NULL,
    claim_until     bigint NOT NULL
);
CREATE INDEX open_refunds_by_end ON open_refunds (claim_until);
CREATE INDEX open_refunds_by_merchant ON open_refunds (merchant_id);
COMMENT ON TABLE open_refunds IS 'Refunds that are neither claimed nor returned, so that looking for overdue ones reads nothing else.';
COMMENT ON COLUMN open_refunds.refund_id IS 'Refund.';
COMMENT ON COLUMN open_refunds.merchant_id IS 'Merchant of the payment.';
COMMENT ON COLUMN open_refunds.claim_until IS 'Unix seconds, as in refunds.';

CREATE TABLE refund_ends (
    refund_id       text COLLATE "C" CONSTRAINT refund_ends_primary PRIMARY KEY CONSTRAINT refund_ends_refund REFERENCES refunds,
    operation_id    bytea NOT NULL CONSTRAINT refund_ends_operation REFERENCES operations,
    how             text COLLATE "C" NOT NULL CONSTRAINT refund_ends_how CHECK (how IN ('claimed', 'returned')),
    at              bigint NOT NULL
);
COMMENT ON TABLE refund_ends IS 'The end of each refund. Rows are never changed.';
COMMENT ON COLUMN refund_ends.refund_id IS 'Refund that ended.';
COMMENT ON COLUMN refund_ends.operation_id IS 'Operation that ended it, and owns the claim refund-end:<refund_id>.';
COMMENT ON COLUMN refund_ends.how IS 'claimed by the payer, or returned to the merchant.';
COMMENT ON COLUMN refund_ends.at IS 'Unix seconds, rounded down to the minute.';

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_app') THEN
        GRANT SELECT, INSERT ON refunds, refund_ends TO ecash_app;
        GRANT SELECT, INSERT, DELETE ON open_refunds TO ecash_app;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_auditor') THEN
        GRANT SELECT ON refunds, open_refunds, refund_ends TO ecash_auditor;
    END IF;
END $$;
