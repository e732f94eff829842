-- Keysets that the operator stopped or revoked before their dates did, and keysets in their place.
-- A CHECK cannot be changed in place, so the table of operations is made again; foreign keys are off while migrations run.
CREATE TABLE operations_new (
    operation_id    BLOB NOT NULL PRIMARY KEY CONSTRAINT operations_id_length CHECK (length(operation_id) = 16),
    kind            TEXT NOT NULL CONSTRAINT operations_kind CHECK (kind IN (
        'fund', 'withdraw', 'swap', 'redeem', 'cancel', 'expire', 'payment', 'payment_cancel', 'payment_expire', 'refund',
        'refund_claim', 'refund_return', 'payout', 'payout_end', 'merchant_admin', 'keyset_stop')),
    request_digest  BLOB                -- SHA-256 of the canonical request; NULL for operations that no client requested
        CONSTRAINT operations_digest_length CHECK (request_digest IS NULL OR length(request_digest) = 32),
    outcome         TEXT NOT NULL,      -- JSON: ids and times of the response, for repeats
    at              INTEGER NOT NULL    -- Unix seconds, rounded down to the minute
) STRICT, WITHOUT ROWID;
INSERT INTO operations_new SELECT operation_id, kind, request_digest, outcome, at FROM operations;
DROP TABLE operations;
ALTER TABLE operations_new RENAME TO operations;

CREATE TABLE keyset_stops (
    keyset_id       TEXT NOT NULL CONSTRAINT keyset_stops_keyset REFERENCES keysets,
    status          TEXT NOT NULL CONSTRAINT keyset_stops_status CHECK (status IN ('stopped', 'revoked')),
    operation_id    BLOB NOT NULL CONSTRAINT keyset_stops_operation REFERENCES operations,
    at              INTEGER NOT NULL,
    PRIMARY KEY (keyset_id, status)
) STRICT, WITHOUT ROWID;

-- What of each key of a revoked keyset may still be swapped: what was in circulation when it was revoked.
CREATE TABLE recoverable (
    key_id          BLOB NOT NULL PRIMARY KEY CONSTRAINT recoverable_keys REFERENCES keys,
    left_minor      INTEGER NOT NULL CONSTRAINT recoverable_left CHECK (left_minor >= 0)
) STRICT, WITHOUT ROWID;

ALTER TABLE keysets ADD COLUMN replaces TEXT;       -- the stopped keyset in whose place this one issues
CREATE UNIQUE INDEX keysets_replaces_unique ON keysets (replaces) WHERE replaces IS NOT NULL;

-- What a posting may do with a keyset's tokens.
CREATE VIEW keyset_states AS
SELECT keyset_id, state = 'ended' AS ended,
    CASE WHEN EXISTS (SELECT 1 FROM keyset_stops s WHERE s.keyset_id = k.keyset_id AND status = 'revoked') THEN 'revoked'
         WHEN EXISTS (SELECT 1 FROM keyset_stops s WHERE s.keyset_id = k.keyset_id AND status = 'stopped') THEN 'stopped'
         ELSE 'live' END AS status
FROM keysets k;
