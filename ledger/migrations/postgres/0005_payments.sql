-- Payments that merchants ask for. Each is created by one posting and ended by at most one other, whose claim
-- payment:<payment_id> only one can take.

ALTER TABLE operations DROP CONSTRAINT operations_kind;
ALTER TABLE operations ADD CONSTRAINT operations_kind CHECK (kind IN (
    'fund', 'withdraw', 'swap', 'redeem', 'cancel', 'expire', 'payment', 'payment_cancel', 'payment_expire', 'refund',
    'refund_claim', 'refund_return', 'payout', 'payout_end', 'merchant_admin'));
COMMENT ON COLUMN operations.kind IS 'What the operation does: fund, withdraw, swap, redeem, cancel, expire, payment, …';
COMMENT ON COLUMN claims.claim IS 'idem:… of a request, fund:… of an outside payment, payment:… and order:… of a paid payment.';

CREATE TABLE payments (
    payment_id      text COLLATE "C" NOT NULL CONSTRAINT payments_primary PRIMARY KEY,
    operation_id    bytea NOT NULL CONSTRAINT payments_operation REFERENCES operations,
    merchant_id     text COLLATE "C" NOT NULL CONSTRAINT payments_merchant REFERENCES accounts,
    amount_minor    bigint NOT NULL CONSTRAINT payments_amount CHECK (amount_minor > 0),
    tip_max_minor   bigint NOT NULL CONSTRAINT payments_tip_max CHECK (tip_max_minor >= 0),
    description     text NOT NULL CONSTRAINT payments_description CHECK (char_length(description) <= 200),
    order_ref       text COLLATE "C" CONSTRAINT payments_order_ref CHECK (char_length(order_ref) BETWEEN 1 AND 64),
    is_split        boolean NOT NULL,
    details_box     bytea CONSTRAINT payments_details_box CHECK (length(details_box) <= 4096),
    details_hash    bytea CONSTRAINT payments_details_hash CHECK (length(details_hash) = 32),
    metadata        jsonb CONSTRAINT payments_metadata CHECK (length(metadata::text) <= 8192),
    return_url      text CONSTRAINT payments_return_url CHECK (char_length(return_url) <= 2048),
    created_at      bigint NOT NULL,
    expires_at      bigint NOT NULL,
    CONSTRAINT payments_times CHECK (created_at < expires_at)
);
CREATE INDEX payments_by_merchant ON payments (merchant_id, created_at, payment_id);
CREATE INDEX payments_by_order ON payments (merchant_id, order_ref) WHERE order_ref IS NOT NULL;
COMMENT ON TABLE payments IS 'Payments that merchants ask for. Rows are never changed.';
COMMENT ON COLUMN payments.payment_id IS 'pay_ and 16 random bytes in base64url. Whoever knows it may read and pay the payment.';
COMMENT ON COLUMN payments.operation_id IS 'Operation that created the payment.';
COMMENT ON COLUMN payments.merchant_id IS 'Account that is credited.';
COMMENT ON COLUMN payments.amount_minor IS 'Amount to pay, in minor units.';
COMMENT ON COLUMN payments.tip_max_minor IS 'Highest tip, in minor units; 0: no tip.';
COMMENT ON COLUMN payments.description IS 'One line for the payer, in the merchant''s words.';
COMMENT ON COLUMN payments.order_ref IS 'The merchant''s name of the order. At most one payment of an order is paid, unless it is split.';
COMMENT ON COLUMN payments.is_split IS 'Whether several payments of one order may be paid.';
COMMENT ON COLUMN payments.details_box IS 'Details of the order, encrypted for the payer. The mint has no key.';
COMMENT ON COLUMN payments.details_hash IS 'SHA-256 that commits to the details.';
COMMENT ON COLUMN payments.metadata IS 'JSON of the merchant, at most 4 KiB as text.';
COMMENT ON COLUMN payments.return_url IS 'Page of the shop to go to after the payment.';
COMMENT ON COLUMN payments.created_at IS 'Unix seconds.';
COMMENT ON COLUMN payments.expires_at IS 'Unix seconds; from then on the payment is refused.';

CREATE TABLE open_payments (
    payment_id      text COLLATE "C" NOT NULL CONSTRAINT open_payments_primary PRIMARY KEY
        CONSTRAINT open_payments_payment REFERENCES payments,
    merchant_id     text COLLATE "C" NOT NULL,
    expires_at      bigint NOT NULL
);
CREATE INDEX open_payments_by_expiry ON open_payments (expires_at);
CREATE INDEX open_payments_by_merchant ON open_payments (merchant_id);
COMMENT ON TABLE open_payments IS 'Payments without a settlement, so that looking for expired ones reads nothing else.';
COMMENT ON COLUMN open_payments.payment_id IS 'The open payment. The row is deleted by the posting that settles it.';
COMMENT ON COLUMN open_payments.merchant_id IS 'Copy of payments.merchant_id, for counting.';
COMMENT ON COLUMN open_payments.expires_at IS 'Copy of payments.expires_at.';

CREATE TABLE settlements (
    payment_id      text COLLATE "C" NOT NULL CONSTRAINT settlements_primary PRIMARY KEY
        CONSTRAINT settlements_payment REFERENCES payments,
    operation_id    bytea NOT NULL CONSTRAINT settlements_operation REFERENCES operations,
    state           text NOT NULL CONSTRAINT settlements_state CHECK (state IN ('paid', 'cancelled', 'expired')),
    tip_minor       bigint NOT NULL CONSTRAINT settlements_tip CHECK (tip_minor >= 0),
    refund_commitment bytea CONSTRAINT settlements_commitment CHECK (length(refund_commitment) = 32),
    at              bigint NOT NULL,
    CONSTRAINT settlements_only_paid CHECK (state = 'paid' OR (tip_minor = 0 AND refund_commitment IS NULL)),
    CONSTRAINT settlements_operation_unique UNIQUE (operation_id, payment_id)
);
COMMENT ON TABLE settlements IS 'The end of each payment. Rows are never changed.';
COMMENT ON COLUMN settlements.payment_id IS 'The payment that ended.';
COMMENT ON COLUMN settlements.operation_id IS 'Operation that ended it, which owns the claim payment:<payment_id>.';
COMMENT ON COLUMN settlements.state IS 'paid, cancelled or expired.';
COMMENT ON COLUMN settlements.tip_minor IS 'Tip that was paid, in minor units.';
COMMENT ON COLUMN settlements.refund_commitment IS 'Commitment to the key that may claim refunds; NULL: no refund is possible.';
COMMENT ON COLUMN settlements.at IS 'Time of the operation, rounded down to the minute.';

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_app') THEN
        GRANT SELECT, INSERT ON payments, settlements TO ecash_app;
        GRANT SELECT, INSERT, DELETE ON open_payments TO ecash_app;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_auditor') THEN
        GRANT SELECT ON payments, open_payments, settlements TO ecash_auditor;
    END IF;
END $$;
