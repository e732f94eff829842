-- Events of postings, for the merchant whose payment, key or domain changed. Deleted after 90 days, except the last of each merchant.
-- Numbered without gaps, as in PostgreSQL. The table is made anew, because a column that must be given cannot be added.
CREATE TABLE outbox_of_merchants (
    event_id        INTEGER PRIMARY KEY AUTOINCREMENT,
    operation_id    BLOB NOT NULL CONSTRAINT outbox_operation REFERENCES operations,
    merchant_id     TEXT NOT NULL CONSTRAINT outbox_of_merchant REFERENCES merchants,     -- that reads the event
    kind            TEXT NOT NULL,
    payload         TEXT NOT NULL,      -- JSON
    feed_no         INTEGER             -- counts the events of the merchant from 1; NULL: not numbered yet
        CONSTRAINT outbox_feed_no CHECK (feed_no > 0)
) STRICT;
-- Without the events of version 0.1, which no merchant reads.
INSERT INTO outbox_of_merchants (event_id, operation_id, merchant_id, kind, payload)
    SELECT event_id, operation_id, payload ->> 'merchant_id', kind, json_remove(payload, '$.merchant_id')
    FROM outbox WHERE payload ->> 'merchant_id' IS NOT NULL;
DROP TABLE outbox;
ALTER TABLE outbox_of_merchants RENAME TO outbox;
CREATE UNIQUE INDEX outbox_feed ON outbox (merchant_id, feed_no);
CREATE INDEX outbox_unnumbered ON outbox (event_id) WHERE feed_no IS NULL;
