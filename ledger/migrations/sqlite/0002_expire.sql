-- Operations of kind 'expire': the end of a keyset's epoch. A CHECK cannot be changed in place, so
-- the table is made anew; foreign keys are off while migrations run.
CREATE TABLE operations_new (
    operation_id    BLOB NOT NULL PRIMARY KEY CONSTRAINT operations_id_length CHECK (length(operation_id) = 16),
    kind            TEXT NOT NULL CONSTRAINT operations_kind
        CHECK (kind IN ('fund', 'withdraw', 'swap', 'redeem', 'cancel', 'expire')),
    request_digest  BLOB                -- SHA-256 of the canonical request; NULL for operator's acts
        CONSTRAINT operations_digest_length CHECK (request_digest IS NULL OR length(request_digest) = 32),
    outcome         TEXT NOT NULL,      -- JSON: ids and times, for repeats
    at              INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO operations_new SELECT operation_id, kind, request_digest, outcome, at FROM operations;
DROP TABLE operations;
ALTER TABLE operations_new RENAME TO operations;
