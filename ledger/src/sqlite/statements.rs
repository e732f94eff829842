//! The statements of this engine that are not shared, by name. A test prepares each against the migrated
//! schema.

pub(super) use crate::statements::shared::*;
use crate::statements::{dialect_statements, payment_columns, statements};

statements! {
    // commit
    FIND_OPERATION = "SELECT operation_id, kind, request_digest, outcome FROM operations WHERE operation_id = ?";
    FIND_CLAIM_OWNER = "SELECT o.operation_id, o.kind, o.request_digest, o.outcome
        FROM claims c JOIN operations o USING (operation_id) WHERE c.claim = ?";
    KEYSET_STATE = "SELECT keyset_id, ended, status FROM keyset_states WHERE keyset_id = ?";
    INSERT_RECOVERABLE = "INSERT INTO recoverable (key_id, left_minor)
        SELECT k.key_id, max(coalesce(sum(e.change_minor), 0), 0)
        FROM keys k LEFT JOIN entries e USING (key_id) WHERE k.keyset_id = ? GROUP BY k.key_id";
    RECOVERABLE = "SELECT left_minor FROM recoverable WHERE key_id = ?";
    TAKE_RECOVERABLE = "UPDATE recoverable SET left_minor = left_minor - ? WHERE key_id = ?";
    IS_SPENT = "SELECT 1 FROM spent WHERE keyset_id = ? AND spent_id = ?";
    IS_ISSUED = "SELECT blind_signature FROM issued WHERE keyset_id = ? AND key_id = ? AND blinded_hash = ?";
    BALANCE = "SELECT balance_minor FROM accounts WHERE account_id = ?";
    INSERT_OPERATION = "INSERT INTO operations (operation_id, kind, request_digest, outcome, at) VALUES (?, ?, ?, ?, ?)";
    INSERT_CLAIM = "INSERT INTO claims (claim, operation_id, keyset_id) VALUES (?, ?, ?)";
    INSERT_SPENT = "INSERT INTO spent (keyset_id, spent_id, key_id, operation_id) VALUES (?, ?, ?, ?)";
    INSERT_ISSUED = "INSERT INTO issued (keyset_id, key_id, blinded_hash, blind_signature, operation_id) VALUES (?, ?, ?, ?, ?)";
    CHANGE_BALANCE = "UPDATE accounts SET balance_minor = balance_minor + ? WHERE account_id = ?";
    INSERT_ACCOUNT_ENTRY = "INSERT INTO entries (operation_id, account_id, change_minor) VALUES (?, ?, ?)";
    INSERT_KEY_ENTRY = "INSERT INTO entries (operation_id, key_id, change_minor) VALUES (?, ?, ?)";
    INSERT_EVENT = "INSERT INTO outbox (operation_id, merchant_id, kind, payload) VALUES (?, ?, ?, ?)";
    INSERT_AUDIT_ROW = "INSERT INTO audit_log (operation_id, kind, digest) VALUES (?, ?, ?)";
    // payments
    INSERT_PAYMENT = "INSERT INTO payments (payment_id, operation_id, merchant_id, amount_minor, tip_max_minor, description, order_ref, is_split,
            details_box, details_hash, metadata, return_url, created_at, expires_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    INSERT_OPEN_PAYMENT = "INSERT INTO open_payments (payment_id, merchant_id, expires_at) VALUES (?, ?, ?)";
    DELETE_OPEN_PAYMENT = "DELETE FROM open_payments WHERE payment_id = ?";
    INSERT_SETTLEMENT = "INSERT INTO settlements (payment_id, operation_id, state, tip_minor, refund_commitment, at) VALUES (?, ?, ?, ?, ?, ?)";
    PAYMENTS_OF_MERCHANT = concat!(payment_columns!(), "
        WHERE p.merchant_id = ?1
            AND (?2 = '' OR (p.created_at, p.payment_id) < (SELECT b.created_at, b.payment_id FROM payments b WHERE b.payment_id = ?2 AND b.merchant_id = ?1))
            AND (?3 = '' OR coalesce(s.state, 'open') = ?3)
            AND (?4 = '' OR p.order_ref = ?4)
            AND p.created_at >= ?5 AND p.created_at < ?6
            AND (?7 = '' OR substr(p.payment_id, 1, length(?7)) = ?7
                OR substr(lower(p.order_ref), 1, length(?7)) = lower(?7) OR substr(lower(p.description), 1, length(?7)) = lower(?7))
        ORDER BY p.created_at DESC, p.payment_id DESC LIMIT ?8");
    // refunds
    HELD_FOR_REFUNDS = "SELECT coalesce(sum(r.amount_minor), 0)
        FROM open_refunds o JOIN refunds r USING (refund_id) WHERE o.merchant_id = ?1";
    // merchants
    REPLACE_API_KEY = "UPDATE api_keys SET expires_at = min(coalesce(expires_at, ?3), ?3), replaced_by = ?4 WHERE merchant_id = ?1 AND key_id = ?2";
    FORGET_API_KEYS = "DELETE FROM api_keys WHERE merchant_id = ?1 AND min(coalesce(revoked_at, expires_at), coalesce(expires_at, revoked_at)) < ?2";
    // The dispatcher checks a domain that the merchant has added, but never one that the operator has
    // verified.
    PUT_DOMAIN = "INSERT INTO domains (merchant_id, origin, is_verified, created_at, check_at)
            VALUES (?1, ?2, ?3, ?4, CASE WHEN ?3 THEN NULL ELSE ?4 END)
        ON CONFLICT (merchant_id, origin) DO UPDATE SET is_verified = domains.is_verified OR excluded.is_verified, check_at = excluded.check_at, failed_checks = 0";
    // accounts
    INSERT_ACCOUNT = "INSERT INTO accounts (account_id, role, token_hash) SELECT ?1, ?2, ?3
        WHERE NOT EXISTS (SELECT 1 FROM merchants WHERE token_hash = ?3) ON CONFLICT DO NOTHING";
    INSERT_MERCHANT = "INSERT INTO merchants (account_id, name) SELECT account_id, account_id FROM accounts WHERE account_id = ? AND role = 'merchant'
        ON CONFLICT DO NOTHING";
    // A merchant's replacement token, if set, is the only valid one.
    ACCOUNT_BY_TOKEN = "SELECT a.account_id, a.role, a.balance_minor FROM accounts a
        WHERE a.token_hash = ?1
            AND NOT EXISTS (SELECT 1 FROM merchants m WHERE m.account_id = a.account_id AND m.token_hash IS NOT NULL)
        UNION ALL SELECT a.account_id, a.role, a.balance_minor FROM merchants m JOIN accounts a USING (account_id) WHERE m.token_hash = ?1";
    BALANCE_BEFORE = "SELECT (SELECT coalesce(sum(change_minor), 0) FROM entries WHERE account_id = ?1 AND entry_id < ?2)
            + (SELECT coalesce(sum(e.change_minor), 0) FROM entries e JOIN operations o USING (operation_id)
                WHERE e.account_id = ?1 AND e.entry_id >= ?2 AND e.entry_id < ?3 AND o.at < ?4)";
    TAKINGS = "SELECT o.at / 900 * 900 AS from_at, sum(CASE WHEN o.kind = 'redeem' THEN 1 ELSE 0 END) AS payments,
            sum(CASE WHEN o.kind = 'redeem' THEN e.change_minor ELSE 0 END) AS taken_minor,
            sum(CASE WHEN o.kind = 'redeem' THEN 0 ELSE -e.change_minor END) AS refunded_minor
        FROM entries e JOIN operations o USING (operation_id)
        WHERE e.account_id = ?1 AND e.entry_id >= ?2 AND o.at >= ?3 AND o.at < ?4 AND o.kind IN ('redeem', 'refund', 'refund_return')
        GROUP BY from_at ORDER BY from_at";
    // feed
    NUMBER_EVENTS = "UPDATE outbox SET feed_no = n.feed_no
        FROM (SELECT e.event_id, coalesce((SELECT max(p.feed_no) FROM outbox p WHERE p.merchant_id = e.merchant_id), 0)
                + row_number() OVER (PARTITION BY e.merchant_id ORDER BY e.event_id) AS feed_no
            FROM outbox e WHERE e.feed_no IS NULL ORDER BY e.event_id LIMIT ?) n
        WHERE outbox.event_id = n.event_id RETURNING outbox.merchant_id";
    FEED = "SELECT e.feed_no, e.operation_id, e.kind, e.payload, o.at FROM outbox e JOIN operations o USING (operation_id)
        WHERE e.merchant_id = ? AND e.feed_no > ? ORDER BY e.feed_no LIMIT ?";
    // webhooks
    // Creates at most 500 deliveries per endpoint.
    MAKE_DELIVERIES = "INSERT INTO deliveries (endpoint_id, number, kind, payment_id, state, attempts, next_at)
        SELECT e.endpoint_id, o.feed_no, o.kind, o.payload ->> 'payment_id', 'pending', 0, 0
        FROM endpoints e JOIN outbox o ON o.merchant_id = e.merchant_id AND o.feed_no > e.cursor AND o.feed_no <= e.cursor + 500
        WHERE e.state = 'enabled' AND (CASE WHEN o.kind = 'endpoint.test' THEN o.payload ->> 'endpoint_id' = e.endpoint_id
            WHEN e.kinds = '' THEN o.kind NOT LIKE 'key.%' AND o.kind NOT LIKE 'endpoint.%' AND o.kind NOT LIKE 'domain.%'
            ELSE instr(',' || e.kinds || ',', ',' || o.kind || ',') > 0 END)
        ON CONFLICT DO NOTHING";
    ADVANCE_CURSORS = "UPDATE endpoints AS e SET cursor = min((SELECT max(o.feed_no) FROM outbox o WHERE o.merchant_id = e.merchant_id),
            max(e.cursor + 500, (SELECT min(o.feed_no) FROM outbox o WHERE o.merchant_id = e.merchant_id AND o.feed_no > e.cursor) - 1))
        WHERE e.state = 'enabled' AND e.cursor < (SELECT max(o.feed_no) FROM outbox o WHERE o.merchant_id = e.merchant_id)";
    // The earliest due delivery of each payment. `next_at` is the lease that prevents another process from
    // starting them too.
    BEGIN_DELIVERIES = "UPDATE deliveries SET attempts = attempts + 1, next_at = ?3
        WHERE endpoint_id = ?1 AND number IN (
            SELECT d.number FROM deliveries d
            WHERE d.endpoint_id = ?1 AND d.state = 'pending' AND d.next_at <= ?2
                AND NOT EXISTS (SELECT 1 FROM deliveries b
                    WHERE b.endpoint_id = d.endpoint_id AND b.payment_id = d.payment_id AND b.number < d.number AND b.state = 'pending')
            ORDER BY d.next_at, d.number LIMIT ?4)
            AND EXISTS (SELECT 1 FROM endpoints e WHERE e.endpoint_id = ?1 AND e.state = 'enabled')
        RETURNING number, kind, payment_id, state, attempts, next_at, attempted_at, http_status, latency_ms, error";
    // Failures more than 27 hours apart, which exceeds every retry interval, do not count as one continuous
    // failure.
    NOTE_ENDPOINT = "UPDATE endpoints SET failed_at = ?2,
            failing_since = CASE WHEN ?2 IS NULL THEN NULL WHEN failed_at >= ?2 - 97200 THEN failing_since ELSE ?2 END
        WHERE endpoint_id = ?1 AND NOT (failed_at IS NULL AND ?2 IS NULL)";
    REDELIVER = "INSERT INTO deliveries (endpoint_id, number, kind, payment_id, state, attempts, next_at)
        SELECT e.endpoint_id, o.feed_no, o.kind, o.payload ->> 'payment_id', 'pending', 0, 0
        FROM endpoints e JOIN outbox o ON o.merchant_id = e.merchant_id AND o.feed_no >= ?2 AND o.feed_no <= ?3 AND o.feed_no <= e.cursor
        WHERE e.endpoint_id = ?1 AND (CASE WHEN o.kind = 'endpoint.test' THEN o.payload ->> 'endpoint_id' = e.endpoint_id
            WHEN e.kinds = '' THEN o.kind NOT LIKE 'key.%' AND o.kind NOT LIKE 'endpoint.%' AND o.kind NOT LIKE 'domain.%'
            ELSE instr(',' || e.kinds || ',', ',' || o.kind || ',') > 0 END)
        ON CONFLICT (endpoint_id, number) DO UPDATE SET state = 'pending', attempts = 0, next_at = 0";
    INSERT_ENDPOINT = "INSERT INTO endpoints (merchant_id, endpoint_id, url, kinds, secret_no, secret_check, old_secret_until, state, created_at, cursor)
        SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,
            coalesce((SELECT max(feed_no) FROM outbox WHERE merchant_id = ?1), 0)";
    SKIP_EVENTS = "UPDATE endpoints AS e SET cursor = coalesce((SELECT max(o.feed_no) FROM outbox o WHERE o.merchant_id = e.merchant_id), e.cursor)
        WHERE e.merchant_id = ?1 AND e.endpoint_id = ?2";
    // Leases the domains to the process that checks them.
    DOMAINS_TO_CHECK = "UPDATE domains SET check_at = ?3 WHERE (merchant_id, origin) IN (
            SELECT merchant_id, origin FROM domains WHERE check_at <= ?1 ORDER BY check_at LIMIT ?2)
        RETURNING merchant_id, origin, is_verified, failed_checks";
    // receipt keys
    INSERT_RECEIPT_KEY = "INSERT INTO receipt_keys (number, public_key, from_at, by_previous)
        VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING";

    // keysets
    KEYSETS = "SELECT keyset_id, epoch, valid_from, issue_until, redeem_until, swap_until, ended, status, replaces
        FROM keysets JOIN keyset_states USING (keyset_id) ORDER BY epoch";
    OUTSTANDING = "SELECT k.key_id, coalesce(sum(e.change_minor), 0)
        FROM keys k LEFT JOIN entries e USING (key_id) WHERE k.keyset_id = ? GROUP BY k.key_id";
    ALL_OUTSTANDING = "SELECT k.key_id, coalesce(e.total, 0) FROM keys k JOIN keysets s USING (keyset_id)
        LEFT JOIN (SELECT key_id, sum(change_minor) AS total FROM entries WHERE key_id IS NOT NULL GROUP BY key_id) e USING (key_id)
        WHERE s.state = 'live'";
    // identity
    IDENTITY = "SELECT institution_id, currency, exponent FROM identity";
    INSERT_IDENTITY = "INSERT INTO identity (only_row, institution_id, currency, exponent) VALUES (1, ?, ?, ?)";
    HAS_SCHEMA = "SELECT count(*) > 0 FROM sqlite_schema WHERE type = 'table' AND name = 'identity'";
    // health
    PROBE_WRITE = "INSERT OR REPLACE INTO write_probe (only_row, filler) VALUES (1, zeroblob(?))";
    // audit
    AUDIT_TOTALS = "SELECT (SELECT count(*) FROM operations) AS operations,
        (SELECT count(*) FROM issued) AS issued_tokens,
        (SELECT count(*) FROM spent) AS spent_tokens,
        (SELECT coalesce(sum(change_minor), 0) FROM entries WHERE key_id IS NOT NULL) AS outstanding_minor,
        (SELECT coalesce(sum(balance_minor), 0) FROM accounts WHERE account_id <> 'treasury') AS accounts_minor,
        (SELECT balance_minor FROM accounts WHERE account_id = 'treasury') AS treasury_minor,
        (SELECT count(*) FROM audit_log WHERE seal_no IS NULL) AS unsealed_operations";
    AUDIT_UNBALANCED_OPERATIONS = "SELECT 'operation ' || lower(hex(operation_id)) || ' sums to ' || sum(change_minor)
        FROM entries GROUP BY operation_id HAVING sum(change_minor) <> 0";
    AUDIT_OUTSTANDING = "SELECT 'operation ' || lower(hex(m.operation_id)) || ' moved ' || sum(m.tokens_minor) || ' in tokens, its entries say ' || sum(m.entries_minor)
        FROM (
            SELECT operation_id, key_id, count(*) * denomination_minor AS tokens_minor, 0 AS entries_minor
                FROM issued JOIN keys USING (key_id) GROUP BY operation_id, key_id
            UNION ALL
            SELECT operation_id, key_id, -count(*) * denomination_minor, 0
                FROM spent JOIN keys USING (key_id) GROUP BY operation_id, key_id
            UNION ALL
            SELECT operation_id, key_id, 0, sum(change_minor)
                FROM entries WHERE key_id IS NOT NULL GROUP BY operation_id, key_id
        ) m JOIN keys USING (key_id) JOIN keysets s USING (keyset_id) WHERE s.state <> 'ended'
        GROUP BY m.operation_id, m.key_id HAVING sum(m.tokens_minor) <> sum(m.entries_minor)";
    AUDIT_SPENT_TWICE = "SELECT 'spent id ' || substr(lower(hex(spent_id)), 1, 8) || '… occurs ' || count(*) || ' times'
        FROM spent GROUP BY spent_id HAVING count(*) > 1";
    AUDIT_SIGNED_TWICE = "SELECT 'output ' || substr(lower(hex(blinded_hash)), 1, 8) || '… was signed ' || count(*) || ' times'
        FROM issued GROUP BY key_id, blinded_hash HAVING count(*) > 1";
    AUDIT_CLAIMS = "SELECT 'claim ' || substr(c.claim, 1, 13) || '… of operation ' || lower(hex(c.operation_id))
        FROM claims c LEFT JOIN operations o USING (operation_id)
        WHERE o.operation_id IS NULL OR (c.claim LIKE 'idem:%' AND o.kind <> 'cancel' AND o.request_digest IS NULL)";
    AUDIT_ORPHANS = "SELECT t.kind || ' row of missing operation or key ' || lower(hex(t.operation_id))
        FROM (SELECT 'spent' AS kind, operation_id, key_id FROM spent
            UNION ALL SELECT 'issued', operation_id, key_id FROM issued
            UNION ALL SELECT 'entry', operation_id, key_id FROM entries) t
        LEFT JOIN operations o USING (operation_id) LEFT JOIN keys k USING (key_id)
        WHERE o.operation_id IS NULL OR (t.key_id IS NOT NULL AND k.key_id IS NULL)";
    AUDIT_LOG_ROWS = "SELECT 'operation ' || lower(hex(o.operation_id)) || ' has ' || count(a.audit_id) || ' rows in the audit log'
        FROM operations o LEFT JOIN audit_log a USING (operation_id)
        GROUP BY o.operation_id HAVING count(a.audit_id) <> 1";
    AUDIT_LOG_ORPHANS = "SELECT 'row ' || a.audit_id || ' of the audit log names operation ' || lower(hex(a.operation_id)) || ', which is missing'
        FROM audit_log a LEFT JOIN operations o USING (operation_id) WHERE o.operation_id IS NULL";
    AUDIT_LOG_UNDIGESTED = "SELECT 'operation ' || lower(hex(operation_id)) || ' has no digest in the audit log, although it is not older than the log'
        FROM audit_log WHERE digest IS NULL AND audit_id > (SELECT min(audit_id) FROM audit_log WHERE digest IS NOT NULL)";
    // seal
    MARK_SEALED = "UPDATE audit_log SET seal_no = ?1 WHERE seal_no IS NULL AND audit_id <= ?2";
}

dialect_statements!();
#[cfg(test)]
mod tests {
    use super::all_statements;

    #[tokio::test]
    async fn every_statement_prepares_against_the_migrated_schema() {
        use sqlx::Executor as _;
        let pool = sqlx::SqlitePool::connect("sqlite::memory:").await.unwrap();
        sqlx::migrate!("migrations/sqlite").run(&pool).await.unwrap();
        let mut connection = pool.acquire().await.unwrap();
        for statement in all_statements() {
            let prepared = connection.prepare(statement.sql).await;
            assert!(prepared.is_ok(), "{}: {:?}", statement.name, prepared.err());
        }
    }
}
