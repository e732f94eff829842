-- The feed of a merchant's events: numbered without gaps, in the order in which they became visible. Identity values commit out of
-- order, so a reader that remembered the last event_id would miss some.

-- Events of version 0.1, which no merchant reads.
DELETE FROM outbox WHERE NOT coalesce(payload ? 'merchant_id', false);
ALTER TABLE outbox
    ADD COLUMN merchant_id text COLLATE "C" CONSTRAINT outbox_of_merchant REFERENCES merchants,
    ADD COLUMN feed_no bigint CONSTRAINT outbox_feed_no CHECK (feed_no > 0);
UPDATE outbox SET merchant_id = payload ->> 'merchant_id', payload = payload - 'merchant_id';
ALTER TABLE outbox ALTER COLUMN merchant_id SET NOT NULL;
CREATE UNIQUE INDEX outbox_feed ON outbox (merchant_id, feed_no);
CREATE INDEX outbox_unnumbered ON outbox (event_id) WHERE feed_no IS NULL;
COMMENT ON TABLE outbox IS 'Events of postings, for the merchant whose payment, key or domain changed. Deleted after 90 days, except the last of each merchant.';
COMMENT ON COLUMN outbox.merchant_id IS 'Merchant that reads the event.';
COMMENT ON COLUMN outbox.feed_no IS 'Counts the events of the merchant from 1, without gaps; given once, by one mint at a time. NULL: not yet.';

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_app') THEN
        GRANT UPDATE (feed_no), DELETE ON outbox TO ecash_app;
    END IF;
END $$;
