//! The statements of this engine that are not shared, by name. A test prepares each against the migrated
//! schema.

pub(super) use crate::statements::shared::*;
use crate::statements::{dialect_statements, payment_columns, statements};

/// First key of every advisory lock of the ledger: "eC" in ASCII. The second key is an epoch; 0 for the
/// sequence of epochs, -1 for the sealer, or -2 for numbering events.
pub(super) const LOCK_CLASS: i32 = 0x6543;

statements! {
    // commit, in the order of `transaction`
    LOCK_KEYSETS = "SELECT pg_advisory_xact_lock_shared($1, epoch)
        FROM (SELECT epoch FROM keysets WHERE keyset_id = ANY($2) ORDER BY epoch) touched";
    KEYSET_STATES = "SELECT keyset_id, ended, status FROM keyset_states WHERE keyset_id = ANY($1) AND (ended OR status <> 'live')";
    INSERT_RECOVERABLE = "INSERT INTO recoverable (key_id, left_minor)
        SELECT k.key_id, greatest(coalesce(sum(e.change_minor), 0), 0)::bigint
        FROM keys k LEFT JOIN entries e USING (key_id) WHERE k.keyset_id = $1 GROUP BY k.key_id";
    LOCK_RECOVERABLE = "SELECT key_id, left_minor FROM recoverable WHERE key_id = ANY($1) ORDER BY key_id FOR UPDATE";
    TAKE_RECOVERABLE = "UPDATE recoverable r SET left_minor = r.left_minor - u.value
        FROM unnest($1::bytea[], $2::bigint[]) AS u (key_id, value) WHERE r.key_id = u.key_id AND r.left_minor >= u.value";
    INSERT_OPERATIONS = "INSERT INTO operations (operation_id, kind, request_digest, outcome, at)
        SELECT u.id, u.kind, u.digest, u.outcome::jsonb, u.at
        FROM unnest($1::bytea[], $2::text[], $3::bytea[], $4::text[], $5::bigint[]) AS u (id, kind, digest, outcome, at)
        ORDER BY u.id ON CONFLICT DO NOTHING RETURNING operation_id";
    FIND_CLAIM_OWNER = "SELECT o.operation_id, o.kind, o.request_digest, o.outcome::text AS outcome
        FROM claims c JOIN operations o USING (operation_id) WHERE c.claim = $1";
    FIND_OPERATIONS = "SELECT operation_id, kind, request_digest, outcome::text AS outcome
        FROM operations WHERE operation_id = ANY($1)";
    INSERT_CLAIMS = "INSERT INTO claims (claim, operation_id, keyset_id)
        SELECT u.claim, u.id, u.keyset FROM unnest($1::text[], $2::bytea[], $3::text[]) AS u (claim, id, keyset)
        ORDER BY u.claim COLLATE \"C\" ON CONFLICT DO NOTHING";
    LOCK_ACCOUNTS = "SELECT account_id, balance_minor FROM accounts WHERE account_id = ANY($1)
        ORDER BY account_id FOR NO KEY UPDATE";
    INSERT_SPENT = "INSERT INTO spent (keyset_id, spent_id, key_id, operation_id)
        SELECT u.keyset, u.spent, u.key, u.id
        FROM unnest($1::text[], $2::bytea[], $3::bytea[], $4::bytea[]) AS u (keyset, spent, key, id)
        ORDER BY u.keyset COLLATE \"C\", u.spent ON CONFLICT DO NOTHING";
    INSERT_ISSUED = "INSERT INTO issued (keyset_id, key_id, blinded_hash, blind_signature, operation_id)
        SELECT u.keyset, u.key, u.hash, u.signature, u.id
        FROM unnest($1::text[], $2::bytea[], $3::bytea[], $4::bytea[], $5::bytea[]) AS u (keyset, key, hash, signature, id)
        ORDER BY u.keyset COLLATE \"C\", u.key, u.hash ON CONFLICT DO NOTHING";
    CHANGE_BALANCES = "UPDATE accounts a SET balance_minor = a.balance_minor + u.change
        FROM unnest($1::text[], $2::bigint[]) AS u (account, change) WHERE a.account_id = u.account";
    INSERT_ENTRIES = "INSERT INTO entries (operation_id, account_id, key_id, change_minor)
        SELECT u.id, u.account, u.key, u.change
        FROM unnest($1::bytea[], $2::text[], $3::bytea[], $4::bigint[]) AS u (id, account, key, change)";
    INSERT_EVENTS = "INSERT INTO outbox (operation_id, merchant_id, kind, payload)
        SELECT u.id, u.merchant, u.kind, u.payload::jsonb
        FROM unnest($1::bytea[], $2::text[], $3::text[], $4::text[]) AS u (id, merchant, kind, payload)";
    INSERT_AUDIT_ROWS = "INSERT INTO audit_log (operation_id, kind, digest)
        SELECT u.id, u.kind, u.digest FROM unnest($1::bytea[], $2::text[], $3::bytea[]) AS u (id, kind, digest)";
    INSERT_PAYMENTS = "INSERT INTO payments (payment_id, operation_id, merchant_id, amount_minor, tip_max_minor, description, order_ref, is_split,
            details_box, details_hash, metadata, return_url, created_at, expires_at)
        SELECT u.payment, u.id, u.merchant, u.amount, u.tip_max, u.description, u.order_ref, u.split, u.box, u.hash, u.metadata::json, u.url, u.created, u.expires
        FROM unnest($1::text[], $2::bytea[], $3::text[], $4::bigint[], $5::bigint[], $6::text[], $7::text[], $8::boolean[], $9::bytea[], $10::bytea[],
            $11::text[], $12::text[], $13::bigint[], $14::bigint[])
            AS u (payment, id, merchant, amount, tip_max, description, order_ref, split, box, hash, metadata, url, created, expires)";
    INSERT_OPEN_PAYMENTS = "INSERT INTO open_payments (payment_id, merchant_id, expires_at)
        SELECT u.payment, u.merchant, u.expires FROM unnest($1::text[], $2::text[], $3::bigint[]) AS u (payment, merchant, expires)";
    DELETE_OPEN_PAYMENTS = "DELETE FROM open_payments WHERE payment_id = ANY($1)";
    INSERT_SETTLEMENTS = "INSERT INTO settlements (payment_id, operation_id, state, tip_minor, refund_commitment, at)
        SELECT u.payment, u.id, u.state, u.tip, u.commitment, u.at
        FROM unnest($1::text[], $2::bytea[], $3::text[], $4::bigint[], $5::bytea[], $6::bigint[]) AS u (payment, id, state, tip, commitment, at)";
    // payments
    PAYMENTS_OF_MERCHANT = concat!(payment_columns!(), "
        WHERE p.merchant_id = $1
            AND ($2 = '' OR (p.created_at, p.payment_id) < (SELECT b.created_at, b.payment_id FROM payments b WHERE b.payment_id = $2 AND b.merchant_id = $1))
            AND ($3 = '' OR coalesce(s.state, 'open') = $3)
            AND ($4 = '' OR p.order_ref = $4)
            AND p.created_at >= $5 AND p.created_at < $6
            AND ($7 = '' OR substr(p.payment_id, 1, length($7)) = $7
                OR substr(lower(p.order_ref COLLATE \"C\"), 1, length($7)) = lower($7 COLLATE \"C\")
                OR substr(lower(p.description COLLATE \"C\"), 1, length($7)) = lower($7 COLLATE \"C\"))
        ORDER BY p.created_at DESC, p.payment_id DESC LIMIT $8");
    // refunds
    HELD_FOR_REFUNDS = "SELECT coalesce(sum(r.amount_minor), 0)::bigint
        FROM open_refunds o JOIN refunds r USING (refund_id) WHERE o.merchant_id = $1";
    // merchants
    REPLACE_API_KEY = "UPDATE api_keys SET expires_at = least(expires_at, $3), replaced_by = $4 WHERE merchant_id = $1 AND key_id = $2";
    FORGET_API_KEYS = "DELETE FROM api_keys WHERE merchant_id = $1 AND least(revoked_at, expires_at) < $2";
    // The dispatcher checks a domain that the merchant has added, but never one that the operator has
    // verified.
    PUT_DOMAIN = "INSERT INTO domains (merchant_id, origin, is_verified, created_at, check_at)
            VALUES ($1, $2, $3, $4, CASE WHEN $3 THEN NULL ELSE $4::bigint END)
        ON CONFLICT (merchant_id, origin) DO UPDATE SET is_verified = domains.is_verified OR excluded.is_verified, check_at = excluded.check_at, failed_checks = 0";
    // conflicts
    CLAIM_OWNERS = "SELECT c.claim, o.operation_id, o.kind, o.request_digest, o.outcome::text AS outcome
        FROM claims c JOIN operations o USING (operation_id) WHERE c.claim = ANY($1)";
    SPENT_OWNERS = "SELECT s.spent_id, s.operation_id FROM unnest($1::text[], $2::bytea[]) AS u (keyset, spent)
        JOIN spent s ON s.keyset_id = u.keyset AND s.spent_id = u.spent";
    ISSUED_OWNERS = "SELECT i.key_id, i.blinded_hash, i.operation_id
        FROM unnest($1::text[], $2::bytea[], $3::bytea[]) AS u (keyset, key, hash)
        JOIN issued i ON i.keyset_id = u.keyset AND i.key_id = u.key AND i.blinded_hash = u.hash";
    ISSUED_SIGNATURES = "SELECT i.key_id, i.blinded_hash, i.blind_signature
        FROM unnest($1::text[], $2::bytea[], $3::bytea[]) AS u (keyset, key, hash)
        JOIN issued i ON i.keyset_id = u.keyset AND i.key_id = u.key AND i.blinded_hash = u.hash";
    // accounts
    INSERT_ACCOUNT = "WITH opened AS (
            INSERT INTO accounts (account_id, role, token_hash) SELECT $1, $2, $3
                WHERE NOT EXISTS (SELECT FROM merchants WHERE token_hash = $3) ON CONFLICT DO NOTHING RETURNING account_id, role)
        INSERT INTO merchants (account_id, name) SELECT account_id, account_id FROM opened WHERE role = 'merchant'";
    // A merchant's replacement token, if set, is the only valid one.
    ACCOUNT_BY_TOKEN = "SELECT a.account_id, a.role, a.balance_minor FROM accounts a
        WHERE a.token_hash = $1
            AND NOT EXISTS (SELECT FROM merchants m WHERE m.account_id = a.account_id AND m.token_hash IS NOT NULL)
        UNION ALL SELECT a.account_id, a.role, a.balance_minor FROM merchants m JOIN accounts a USING (account_id) WHERE m.token_hash = $1";
    BALANCE_BEFORE = "SELECT ((SELECT coalesce(sum(change_minor), 0) FROM entries WHERE account_id = $1 AND entry_id < $2)
            + (SELECT coalesce(sum(e.change_minor), 0) FROM entries e JOIN operations o USING (operation_id)
                WHERE e.account_id = $1 AND e.entry_id >= $2 AND e.entry_id < $3 AND o.at < $4))::bigint";
    TAKINGS = "SELECT o.at / 900 * 900 AS from_at, sum(CASE WHEN o.kind = 'redeem' THEN 1 ELSE 0 END) AS payments,
            (sum(CASE WHEN o.kind = 'redeem' THEN e.change_minor ELSE 0 END))::bigint AS taken_minor,
            (sum(CASE WHEN o.kind = 'redeem' THEN 0 ELSE -e.change_minor END))::bigint AS refunded_minor
        FROM entries e JOIN operations o USING (operation_id)
        WHERE e.account_id = $1 AND e.entry_id >= $2 AND o.at >= $3 AND o.at < $4 AND o.kind IN ('redeem', 'refund', 'refund_return')
        GROUP BY from_at ORDER BY from_at";
    // feed
    TRY_FEED_LOCK = "SELECT pg_try_advisory_xact_lock($1, -2)";
    NUMBER_EVENTS = "UPDATE outbox o SET feed_no = n.feed_no
        FROM (SELECT e.event_id, coalesce((SELECT max(p.feed_no) FROM outbox p WHERE p.merchant_id = e.merchant_id), 0)
                + row_number() OVER (PARTITION BY e.merchant_id ORDER BY e.event_id) AS feed_no
            FROM outbox e WHERE e.feed_no IS NULL ORDER BY e.event_id LIMIT $1) n
        WHERE o.event_id = n.event_id RETURNING o.merchant_id";
    FEED = "SELECT e.feed_no, e.operation_id, e.kind, e.payload::text AS payload, o.at FROM outbox e JOIN operations o USING (operation_id)
        WHERE e.merchant_id = $1 AND e.feed_no > $2 ORDER BY e.feed_no LIMIT $3";
    // webhooks
    // One statement, so that an endpoint that is enabled concurrently does not skip its events. Creates at
    // most 500 deliveries per endpoint. Steps over a gap in the numbers.
    MAKE_DELIVERIES = "WITH behind AS (
            SELECT e.endpoint_id, e.merchant_id, e.kinds, e.cursor, (SELECT max(o.feed_no) FROM outbox o WHERE o.merchant_id = e.merchant_id) AS newest
            FROM endpoints e
            WHERE e.state = 'enabled' AND e.cursor < (SELECT max(o.feed_no) FROM outbox o WHERE o.merchant_id = e.merchant_id)
            ORDER BY e.endpoint_id FOR NO KEY UPDATE OF e),
        made AS (
            INSERT INTO deliveries (endpoint_id, number, kind, payment_id, state, attempts, next_at)
            SELECT e.endpoint_id, o.feed_no, o.kind, o.payload ->> 'payment_id', 'pending', 0, 0
            FROM behind e JOIN outbox o ON o.merchant_id = e.merchant_id AND o.feed_no > e.cursor AND o.feed_no <= e.cursor + 500
            WHERE (CASE WHEN o.kind = 'endpoint.test' THEN o.payload ->> 'endpoint_id' = e.endpoint_id
            WHEN e.kinds = '' THEN o.kind NOT LIKE 'key.%' AND o.kind NOT LIKE 'endpoint.%' AND o.kind NOT LIKE 'domain.%'
            ELSE position(',' || o.kind || ',' IN ',' || e.kinds || ',') > 0 END) ON CONFLICT DO NOTHING)
        UPDATE endpoints e SET cursor = least(b.newest, greatest(b.cursor + 500,
            (SELECT min(o.feed_no) FROM outbox o WHERE o.merchant_id = b.merchant_id AND o.feed_no > b.cursor) - 1))
        FROM behind b WHERE e.endpoint_id = b.endpoint_id";
    // The earliest due delivery of each payment. `next_at` is the lease that prevents another process from
    // starting them too.
    BEGIN_DELIVERIES = "UPDATE deliveries SET attempts = attempts + 1, next_at = $3
        WHERE endpoint_id = $1 AND number = ANY (ARRAY(
            SELECT d.number FROM deliveries d
            WHERE d.endpoint_id = $1 AND d.state = 'pending' AND d.next_at <= $2
                AND NOT EXISTS (SELECT 1 FROM deliveries b
                    WHERE b.endpoint_id = d.endpoint_id AND b.payment_id = d.payment_id AND b.number < d.number AND b.state = 'pending')
            ORDER BY d.next_at, d.number LIMIT $4 FOR UPDATE SKIP LOCKED))
            AND EXISTS (SELECT 1 FROM endpoints e WHERE e.endpoint_id = $1 AND e.state = 'enabled')
        RETURNING number, kind, payment_id, state, attempts, next_at, attempted_at, http_status, latency_ms, error";
    // Failures more than 27 hours apart, which exceeds every retry interval, do not count as one continuous
    // failure.
    NOTE_ENDPOINT = "UPDATE endpoints SET failed_at = $2,
            failing_since = CASE WHEN $2::bigint IS NULL THEN NULL WHEN failed_at >= $2::bigint - 97200 THEN failing_since ELSE $2::bigint END
        WHERE endpoint_id = $1 AND NOT (failed_at IS NULL AND $2::bigint IS NULL)";
    REDELIVER = "INSERT INTO deliveries (endpoint_id, number, kind, payment_id, state, attempts, next_at)
        SELECT e.endpoint_id, o.feed_no, o.kind, o.payload ->> 'payment_id', 'pending', 0, 0
        FROM endpoints e JOIN outbox o ON o.merchant_id = e.merchant_id AND o.feed_no >= $2 AND o.feed_no <= $3 AND o.feed_no <= e.cursor
        WHERE e.endpoint_id = $1 AND (CASE WHEN o.kind = 'endpoint.test' THEN o.payload ->> 'endpoint_id' = e.endpoint_id
            WHEN e.kinds = '' THEN o.kind NOT LIKE 'key.%' AND o.kind NOT LIKE 'endpoint.%' AND o.kind NOT LIKE 'domain.%'
            ELSE position(',' || o.kind || ',' IN ',' || e.kinds || ',') > 0 END)
        ON CONFLICT (endpoint_id, number) DO UPDATE SET state = 'pending', attempts = 0, next_at = 0";
    INSERT_ENDPOINT = "INSERT INTO endpoints (merchant_id, endpoint_id, url, kinds, secret_no, secret_check, old_secret_until, state, created_at, cursor)
        SELECT $1, $2, $3, $4, $5::bigint, $6::bytea, $7::bigint, $8, $9::bigint,
            coalesce((SELECT max(feed_no) FROM outbox WHERE merchant_id = $1), 0)";
    SKIP_EVENTS = "UPDATE endpoints e SET cursor = coalesce((SELECT max(o.feed_no) FROM outbox o WHERE o.merchant_id = e.merchant_id), e.cursor)
        WHERE e.merchant_id = $1 AND e.endpoint_id = $2";
    // Leases the domains to the process that checks them.
    DOMAINS_TO_CHECK = "UPDATE domains SET check_at = $3 WHERE (merchant_id, origin) IN (
            SELECT merchant_id, origin FROM domains WHERE check_at <= $1 ORDER BY check_at LIMIT $2 FOR UPDATE SKIP LOCKED)
        RETURNING merchant_id, origin, is_verified, failed_checks";
    // receipt keys
    INSERT_RECEIPT_KEY = "INSERT INTO receipt_keys (number, public_key, from_at, by_previous)
        VALUES ($1::integer, $2, $3, $4) ON CONFLICT DO NOTHING";

    // keysets
    KEYSETS = "SELECT keyset_id, epoch::bigint AS epoch, valid_from, issue_until, redeem_until, swap_until, ended, status, replaces
        FROM keysets JOIN keyset_states USING (keyset_id) ORDER BY epoch";
    LOCK_EPOCHS = "SELECT pg_advisory_xact_lock($1, 0)";
    ADD_PARTITIONS = "SELECT add_partitions($1, $2)";
    LOCK_KEYSET = "SELECT pg_advisory_xact_lock($1, epoch) FROM keysets WHERE keyset_id = $2";
    OUTSTANDING = "SELECT k.key_id, coalesce(sum(e.change_minor), 0)::bigint
        FROM keys k LEFT JOIN entries e USING (key_id) WHERE k.keyset_id = $1 GROUP BY k.key_id";
    ALL_OUTSTANDING = "SELECT k.key_id, coalesce(e.total, 0)::bigint FROM keys k JOIN keysets s USING (keyset_id)
        LEFT JOIN (SELECT key_id, sum(change_minor) AS total FROM entries WHERE key_id IS NOT NULL GROUP BY key_id) e USING (key_id)
        WHERE s.state = 'live'";
    // standby
    WAITS_FOR_STANDBY = "SELECT current_setting('synchronous_standby_names') <> ''";
    WAIT_FOR_STANDBY = "SELECT pg_logical_emit_message(true, 'ecash', '')";
    // identity and trust
    IDENTITY = "SELECT institution_id, currency, exponent::bigint AS exponent FROM identity";
    INSERT_IDENTITY = "INSERT INTO identity (only_row, institution_id, currency, exponent)
        VALUES (1, $1, $2, $3) ON CONFLICT DO NOTHING";
    SERVER = "SELECT current_setting('server_version_num')::integer AS version_number,
        current_setting('server_version') AS version,
        current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on' AS survives_power_loss,
        CASE current_setting('synchronous_commit') WHEN 'off' THEN false WHEN 'on' THEN true WHEN 'remote_apply' THEN true
            ELSE NOT EXISTS (SELECT FROM pg_stat_replication) END AS waits_for_disk,
        EXISTS (SELECT FROM pg_stat_replication WHERE coalesce(sync_state, 'hidden') NOT IN ('sync', 'quorum'))
            AS asynchronous_standby";
    APPLIED_MIGRATIONS = "SELECT version, checksum FROM _sqlx_migrations WHERE success ORDER BY version";
    MAY_BE_ROLE = "SELECT coalesce((SELECT pg_has_role(current_user, oid,
                CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END)
            AND has_schema_privilege(oid, current_schema(), 'USAGE')
            AND (SELECT bool_and(has_table_privilege(oid, name, 'INSERT')) FROM unnest($2::text[]) AS name)
        FROM pg_roles WHERE rolname = $1), false)";
    BEGIN_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    NO_STATEMENT_TIMEOUT = "SET LOCAL statement_timeout = 0";
    TIME = "SELECT extract(epoch FROM clock_timestamp())::bigint";
    HAS_SCHEMA = "SELECT to_regclass('identity') IS NOT NULL";
    HAS_TABLES = "SELECT count(*) > 0 FROM pg_tables
        WHERE schemaname = current_schema() AND tablename <> '_sqlx_migrations'";
    // health
    PROBE_WRITE = "UPDATE write_probe SET filler = $1";
    // Allocates new disk space, as postings do.
    EMPTY_PROBE = "TRUNCATE write_probe";
    FILL_PROBE = "INSERT INTO write_probe (only_row, filler) VALUES (1, $1)";
    // audit
    AUDIT_TOTALS = "SELECT (SELECT count(*) FROM operations) AS operations,
        (SELECT count(*) FROM issued) AS issued_tokens,
        (SELECT count(*) FROM spent) AS spent_tokens,
        (SELECT coalesce(sum(change_minor), 0) FROM entries WHERE key_id IS NOT NULL)::bigint AS outstanding_minor,
        (SELECT coalesce(sum(balance_minor), 0) FROM accounts WHERE account_id <> 'treasury')::bigint AS accounts_minor,
        (SELECT balance_minor FROM accounts WHERE account_id = 'treasury') AS treasury_minor,
        (SELECT count(*) FROM audit_log WHERE seal_no IS NULL) AS unsealed_operations";
    AUDIT_UNBALANCED_OPERATIONS = "SELECT 'operation ' || encode(operation_id, 'hex') || ' sums to ' || sum(change_minor)
        FROM entries GROUP BY operation_id HAVING sum(change_minor) <> 0";
    AUDIT_OUTSTANDING = "SELECT 'operation ' || encode(m.operation_id, 'hex') || ' moved ' || sum(m.tokens_minor) || ' in tokens, its entries say ' || sum(m.entries_minor)
        FROM (
            SELECT operation_id, key_id, count(*) * denomination_minor AS tokens_minor, 0 AS entries_minor
                FROM issued JOIN keys USING (key_id) GROUP BY operation_id, key_id, denomination_minor
            UNION ALL
            SELECT operation_id, key_id, -count(*) * denomination_minor, 0
                FROM spent JOIN keys USING (key_id) GROUP BY operation_id, key_id, denomination_minor
            UNION ALL
            SELECT operation_id, key_id, 0, sum(change_minor)
                FROM entries WHERE key_id IS NOT NULL GROUP BY operation_id, key_id
        ) m JOIN keys USING (key_id) JOIN keysets s USING (keyset_id) WHERE s.state <> 'ended'
        GROUP BY m.operation_id, m.key_id HAVING sum(m.tokens_minor) <> sum(m.entries_minor)";
    AUDIT_SPENT_TWICE = "SELECT 'spent id ' || left(encode(spent_id, 'hex'), 8) || '… occurs ' || count(*) || ' times'
        FROM spent GROUP BY spent_id HAVING count(*) > 1";
    AUDIT_SIGNED_TWICE = "SELECT 'output ' || left(encode(blinded_hash, 'hex'), 8) || '… was signed ' || count(*) || ' times'
        FROM issued GROUP BY key_id, blinded_hash HAVING count(*) > 1";
    AUDIT_CLAIMS = "SELECT 'claim ' || left(c.claim, 13) || '… of operation ' || encode(c.operation_id, 'hex')
        FROM claims c LEFT JOIN operations o USING (operation_id)
        WHERE o.operation_id IS NULL OR (c.claim LIKE 'idem:%' AND o.kind <> 'cancel' AND o.request_digest IS NULL)";
    AUDIT_ORPHANS = "SELECT t.kind || ' row of missing operation or key ' || encode(t.operation_id, 'hex')
        FROM (SELECT 'spent' AS kind, operation_id, key_id FROM spent
            UNION ALL SELECT 'issued', operation_id, key_id FROM issued
            UNION ALL SELECT 'entry', operation_id, key_id FROM entries) t
        LEFT JOIN operations o USING (operation_id) LEFT JOIN keys k USING (key_id)
        WHERE o.operation_id IS NULL OR (t.key_id IS NOT NULL AND k.key_id IS NULL)";
    AUDIT_LOG_ROWS = "SELECT 'operation ' || encode(o.operation_id, 'hex') || ' has ' || count(a.audit_id) || ' rows in the audit log'
        FROM operations o LEFT JOIN audit_log a USING (operation_id)
        GROUP BY o.operation_id HAVING count(a.audit_id) <> 1";
    AUDIT_LOG_ORPHANS = "SELECT 'row ' || a.audit_id || ' of the audit log names operation ' || encode(a.operation_id, 'hex') || ', which is missing'
        FROM audit_log a LEFT JOIN operations o USING (operation_id) WHERE o.operation_id IS NULL";
    AUDIT_LOG_UNDIGESTED = "SELECT 'operation ' || encode(operation_id, 'hex') || ' has no digest in the audit log, although it is not older than the log'
        FROM audit_log WHERE digest IS NULL AND audit_id > (SELECT min(audit_id) FROM audit_log WHERE digest IS NOT NULL)";
    // seal
    TRY_SEALER_LOCK = "SELECT pg_try_advisory_xact_lock($1, -1)";
    MARK_SEALED = "UPDATE audit_log SET seal_no = $1 WHERE audit_id = ANY($2)";
}

dialect_statements!();
