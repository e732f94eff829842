-- Webhooks: addresses of merchants' servers, and what is sent to them.
CREATE TABLE endpoints (
    endpoint_id     text COLLATE "C" CONSTRAINT endpoints_primary PRIMARY KEY,
    merchant_id     text COLLATE "C" NOT NULL CONSTRAINT endpoints_merchant REFERENCES merchants,
    url             text NOT NULL CONSTRAINT endpoints_url CHECK (length(url) <= 2048),
    kinds           text NOT NULL,
    secret_no       bigint NOT NULL,
    secret_check    bytea NOT NULL CONSTRAINT endpoints_check_length CHECK (length(secret_check) = 8),
    old_secret_until bigint,
    state           text COLLATE "C" NOT NULL CONSTRAINT endpoints_state CHECK (state IN ('enabled', 'paused', 'disabled', 'removed')),
    failing_since   bigint,
    failed_at       bigint,
    cursor          bigint NOT NULL,
    created_at      bigint NOT NULL
);
CREATE INDEX endpoints_by_merchant ON endpoints (merchant_id, created_at);
COMMENT ON TABLE endpoints IS 'Addresses of merchants'' servers to which events are sent.';
COMMENT ON COLUMN endpoints.endpoint_id IS 'we_ and 16 random bytes.';
COMMENT ON COLUMN endpoints.merchant_id IS 'Merchant whose events are sent.';
COMMENT ON COLUMN endpoints.url IS 'Where events are posted.';
COMMENT ON COLUMN endpoints.kinds IS 'Names of events separated by commas; empty: every event that is sent.';
COMMENT ON COLUMN endpoints.secret_no IS 'Counts the secrets from 1; each is derived from the mint''s webhook key.';
COMMENT ON COLUMN endpoints.secret_check IS 'Shows whether a webhook key is the one from which the secret was derived.';
COMMENT ON COLUMN endpoints.old_secret_until IS 'Unix seconds; until then the secret before signs too. NULL: it does not.';
COMMENT ON COLUMN endpoints.state IS 'Only enabled ones are sent to; removed ones are deleted with their deliveries, a part at a time.';
COMMENT ON COLUMN endpoints.failing_since IS 'Unix seconds of the first failure after the last success. NULL: the last delivery succeeded.';
COMMENT ON COLUMN endpoints.failed_at IS 'Unix seconds of the last failure. NULL: the last delivery succeeded.';
COMMENT ON COLUMN endpoints.cursor IS 'Number of the last event for which a delivery was made or skipped.';
COMMENT ON COLUMN endpoints.created_at IS 'Unix seconds.';

CREATE TABLE deliveries (
    endpoint_id     text COLLATE "C" NOT NULL CONSTRAINT deliveries_endpoint REFERENCES endpoints,
    number          bigint NOT NULL,
    kind            text COLLATE "C" NOT NULL,
    payment_id      text COLLATE "C",
    state           text COLLATE "C" NOT NULL CONSTRAINT deliveries_state CHECK (state IN ('pending', 'delivered', 'given_up')),
    attempts        bigint NOT NULL,
    next_at         bigint NOT NULL,
    attempted_at    bigint,
    http_status     bigint,
    latency_ms      bigint,
    error           text COLLATE "C",
    CONSTRAINT deliveries_primary PRIMARY KEY (endpoint_id, number)
);
CREATE INDEX deliveries_pending ON deliveries (endpoint_id, next_at) WHERE state = 'pending';
CREATE INDEX deliveries_by_payment ON deliveries (endpoint_id, payment_id, number) WHERE state = 'pending';
CREATE INDEX deliveries_ended ON deliveries (attempted_at) WHERE state <> 'pending';
COMMENT ON TABLE deliveries IS 'Events to be sent to an endpoint, and what became of them. Deleted 30 days after the last attempt.';
COMMENT ON COLUMN deliveries.endpoint_id IS 'Endpoint that the event is sent to.';
COMMENT ON COLUMN deliveries.number IS 'Number of the event in the merchant''s feed.';
COMMENT ON COLUMN deliveries.kind IS 'Name of the event.';
COMMENT ON COLUMN deliveries.payment_id IS 'Payment whose events are sent in order. NULL: the event is about no payment.';
COMMENT ON COLUMN deliveries.state IS 'pending until it is delivered or given up.';
COMMENT ON COLUMN deliveries.attempts IS 'Attempts that were begun.';
COMMENT ON COLUMN deliveries.next_at IS 'Unix seconds: while pending, the earliest next attempt; during an attempt, when another may be made.';
COMMENT ON COLUMN deliveries.attempted_at IS 'Unix seconds of the end of the last attempt.';
COMMENT ON COLUMN deliveries.http_status IS 'Status of the last answer. NULL: none came.';
COMMENT ON COLUMN deliveries.latency_ms IS 'Duration of the last attempt in milliseconds.';
COMMENT ON COLUMN deliveries.error IS 'Kind of the last failure. NULL: success.';

ALTER TABLE domains
    ADD COLUMN check_at bigint,
    ADD COLUMN failed_checks bigint NOT NULL DEFAULT 0;
UPDATE domains SET check_at = created_at WHERE NOT is_verified;
CREATE INDEX domains_to_check ON domains (check_at) WHERE check_at IS NOT NULL;
COMMENT ON COLUMN domains.check_at IS 'Unix seconds at which the dispatcher reads the file with which the domain names its merchants. NULL: the operator has verified it.';
COMMENT ON COLUMN domains.failed_checks IS 'Checks that failed since the last one that succeeded.';

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_app') THEN
        GRANT SELECT, INSERT, DELETE ON endpoints, deliveries TO ecash_app;
        GRANT UPDATE (url, kinds, secret_no, secret_check, old_secret_until, state, failing_since, failed_at, cursor) ON endpoints TO ecash_app;
        GRANT UPDATE (state, attempts, next_at, attempted_at, http_status, latency_ms, error) ON deliveries TO ecash_app;
        GRANT UPDATE (is_verified, check_at, failed_checks) ON domains TO ecash_app;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_auditor') THEN
        GRANT SELECT ON endpoints, deliveries TO ecash_auditor;
    END IF;
END $$;
