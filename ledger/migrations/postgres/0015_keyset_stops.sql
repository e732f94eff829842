-- Keysets that the operator stopped or revoked before their dates did, and keysets in their place.
ALTER TABLE operations DROP CONSTRAINT operations_kind;
ALTER TABLE operations ADD CONSTRAINT operations_kind CHECK (kind IN (
    'fund', 'withdraw', 'swap', 'redeem', 'cancel', 'expire', 'payment', 'payment_cancel', 'payment_expire', 'refund',
    'refund_claim', 'refund_return', 'payout', 'payout_end', 'merchant_admin', 'keyset_stop'));

CREATE TABLE keyset_stops (
    keyset_id       text COLLATE "C" NOT NULL CONSTRAINT keyset_stops_keyset REFERENCES keysets,
    status          text COLLATE "C" NOT NULL CONSTRAINT keyset_stops_status CHECK (status IN ('stopped', 'revoked')),
    operation_id    bytea NOT NULL CONSTRAINT keyset_stops_operation REFERENCES operations,
    at              bigint NOT NULL,
    CONSTRAINT keyset_stops_primary PRIMARY KEY (keyset_id, status)
);
COMMENT ON TABLE keyset_stops IS 'Keysets that the operator stopped or revoked. Rows are never changed.';
COMMENT ON COLUMN keyset_stops.keyset_id IS 'Keyset that lost a power.';
COMMENT ON COLUMN keyset_stops.status IS 'stopped: it issues nothing more; revoked: its tokens are not redeemed, and swapped only with an opening.';
COMMENT ON COLUMN keyset_stops.operation_id IS 'Operation of the operator, part of the audit log.';
COMMENT ON COLUMN keyset_stops.at IS 'Unix seconds, rounded down to the minute.';

CREATE TABLE recoverable (
    key_id          bytea CONSTRAINT recoverable_primary PRIMARY KEY CONSTRAINT recoverable_keys REFERENCES keys,
    left_minor      bigint NOT NULL CONSTRAINT recoverable_left CHECK (left_minor >= 0)
);
COMMENT ON TABLE recoverable IS 'What of each key of a revoked keyset may still be swapped: what was in circulation when it was revoked.';
COMMENT ON COLUMN recoverable.key_id IS 'Key of a revoked keyset.';
COMMENT ON COLUMN recoverable.left_minor IS 'Minor units; falls with each swap.';

ALTER TABLE keysets ADD COLUMN replaces text COLLATE "C";
CREATE UNIQUE INDEX keysets_replaces_unique ON keysets (replaces) WHERE replaces IS NOT NULL;
COMMENT ON COLUMN keysets.replaces IS 'The stopped keyset in whose place this one issues; NULL: none.';

CREATE VIEW keyset_states AS
SELECT keyset_id, state = 'ended' AS ended,
    CASE WHEN EXISTS (SELECT FROM keyset_stops s WHERE s.keyset_id = k.keyset_id AND status = 'revoked') THEN 'revoked'
         WHEN EXISTS (SELECT FROM keyset_stops s WHERE s.keyset_id = k.keyset_id AND status = 'stopped') THEN 'stopped'
         ELSE 'live' END AS status
FROM keysets k;
COMMENT ON VIEW keyset_states IS 'What a posting may do with a keyset''s tokens.';

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_app') THEN
        GRANT SELECT, INSERT ON keyset_stops TO ecash_app;
        GRANT SELECT, INSERT ON recoverable TO ecash_app;
        GRANT UPDATE (left_minor) ON recoverable TO ecash_app;
        GRANT SELECT ON keyset_states TO ecash_app;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecash_auditor') THEN
        GRANT SELECT ON keyset_stops, recoverable, keyset_states TO ecash_auditor;
    END IF;
END $$;
