-- Links that merchants print or publish: each use is a payment of its own, whose order_ref is the link's id.
CREATE TABLE links (
    link_id         text COLLATE "C" CONSTRAINT links_primary PRIMARY KEY,
    merchant_id     text COLLATE "C" NOT NULL CONSTRAINT links_merchant REFERENCES merchants,
    title           text NOT NULL CONSTRAINT links_title CHECK (length(title) BETWEEN 1 AND 200),
    amount_minor    bigint CONSTRAINT links_amount CHECK (amount_minor > 0),
    tip_max_minor   bigint NOT NULL CONSTRAINT links_tip_max CHECK (tip_max_minor >= 0),
    is_active       boolean NOT NULL,
    created_at      bigint NOT NULL
);
CREATE INDEX links_by_merchant ON links (merchant_id, created_at);
COMMENT ON TABLE links IS 'Templates of payments that anybody may use; a merchant has at most 200.';
COMMENT ON COLUMN links.link_id IS 'link_ and 16 random bytes.';
COMMENT ON COLUMN links.merchant_id IS 'The merchant that is paid.';
COMMENT ON COLUMN links.title IS 'What its payments are for, which payers see.';
COMMENT ON COLUMN links.amount_minor IS 'Minor units; NULL: the payer chooses.';
COMMENT ON COLUMN links.tip_max_minor IS 'Highest tip of its payments, in minor units.';
COMMENT ON COLUMN links.is_active IS 'False: it makes no more payments.';
COMMENT ON COLUMN links.created_at IS 'Unix seconds.';

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_app') THEN
        GRANT SELECT, INSERT ON links TO ecash_app;
        GRANT UPDATE (is_active) ON links TO ecash_app;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_auditor') THEN
        GRANT SELECT ON links TO ecash_auditor;
    END IF;
END $$;
