-- Addresses of merchants' servers to which events are sent.
CREATE TABLE endpoints (
    endpoint_id     TEXT NOT NULL PRIMARY KEY,  -- we_ and 16 random bytes
    merchant_id     TEXT NOT NULL CONSTRAINT endpoints_merchant REFERENCES merchants,
    url             TEXT NOT NULL CONSTRAINT endpoints_url CHECK (length(url) <= 2048),
    kinds           TEXT NOT NULL,              -- names of events separated by commas; empty: every event that is sent
    secret_no       INTEGER NOT NULL,           -- counts the secrets from 1; each is derived from the mint's webhook key
    secret_check    BLOB NOT NULL               -- shows whether a webhook key is the one from which the secret was derived
        CONSTRAINT endpoints_check_length CHECK (length(secret_check) = 8),
    old_secret_until INTEGER,                   -- until then the secret before signs too; NULL: it does not
    state           TEXT NOT NULL CONSTRAINT endpoints_state CHECK (state IN ('enabled', 'paused', 'disabled', 'removed')),
    failing_since   INTEGER,                    -- first failure after the last success; NULL: the last delivery succeeded
    failed_at       INTEGER,                    -- last failure; NULL: the last delivery succeeded
    cursor          INTEGER NOT NULL,           -- number of the last event for which a delivery was made or skipped
    created_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX endpoints_by_merchant ON endpoints (merchant_id, created_at);

-- Events to be sent to an endpoint, and what became of them. Deleted 30 days after the last attempt.
CREATE TABLE deliveries (
    endpoint_id     TEXT NOT NULL CONSTRAINT deliveries_endpoint REFERENCES endpoints,
    number          INTEGER NOT NULL,           -- of the event in the merchant's feed
    kind            TEXT NOT NULL,              -- name of the event
    payment_id      TEXT,                       -- whose events are sent in order; NULL: about no payment
    state           TEXT NOT NULL CONSTRAINT deliveries_state CHECK (state IN ('pending', 'delivered', 'given_up')),
    attempts        INTEGER NOT NULL,           -- that were begun
    next_at         INTEGER NOT NULL,           -- while pending, the earliest next attempt; during an attempt, when another may be made
    attempted_at    INTEGER,                    -- end of the last attempt
    http_status     INTEGER,                    -- of the last answer; NULL: none came
    latency_ms      INTEGER,
    error           TEXT,                       -- kind of the last failure; NULL: success
    CONSTRAINT deliveries_primary PRIMARY KEY (endpoint_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_pending ON deliveries (endpoint_id, next_at) WHERE state = 'pending';
CREATE INDEX deliveries_by_payment ON deliveries (endpoint_id, payment_id, number) WHERE state = 'pending';
CREATE INDEX deliveries_ended ON deliveries (attempted_at) WHERE state <> 'pending';

-- When the dispatcher reads the file with which a domain names its merchants; NULL: the operator has verified it.
ALTER TABLE domains ADD COLUMN check_at INTEGER;
-- Checks that failed since the last one that succeeded.
ALTER TABLE domains ADD COLUMN failed_checks INTEGER NOT NULL DEFAULT 0;
UPDATE domains SET check_at = created_at WHERE NOT is_verified;
CREATE INDEX domains_to_check ON domains (check_at) WHERE check_at IS NOT NULL;
