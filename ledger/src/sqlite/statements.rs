//! Every statement of this engine, by name. A test prepares each against the migrated schema.

use crate::statements::statements;

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
    INSERT_KEYSET_STOP = "INSERT INTO keyset_stops (keyset_id, status, operation_id, at) VALUES (?, ?, ?, ?)";
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
    PAYMENT = "SELECT p.payment_id, p.merchant_id, p.amount_minor, p.tip_max_minor, p.description, p.order_ref, p.is_split,
            p.details_box, p.details_hash, p.metadata AS metadata, p.return_url, p.created_at, p.expires_at, s.state, s.tip_minor, s.refund_commitment,
            s.operation_id AS settled_by, s.at AS settled_at,
            (SELECT count(*) FROM refunds r WHERE r.payment_id = p.payment_id) AS refund_count,
            (SELECT count(*) FROM refunds r JOIN refund_ends e USING (refund_id) WHERE r.payment_id = p.payment_id) AS refund_end_count
        FROM payments p LEFT JOIN settlements s USING (payment_id)
        WHERE p.payment_id = ?";
    OVERDUE_PAYMENTS = "SELECT payment_id FROM open_payments WHERE expires_at <= ? ORDER BY expires_at LIMIT ?";
    OPEN_PAYMENTS = "SELECT count(*) FROM open_payments WHERE merchant_id = ?";
    PAYMENTS_OF_MERCHANT = "SELECT p.payment_id, p.merchant_id, p.amount_minor, p.tip_max_minor, p.description, p.order_ref, p.is_split,
            p.details_box, p.details_hash, p.metadata AS metadata, p.return_url, p.created_at, p.expires_at, s.state, s.tip_minor, s.refund_commitment,
            s.operation_id AS settled_by, s.at AS settled_at,
            (SELECT count(*) FROM refunds r WHERE r.payment_id = p.payment_id) AS refund_count,
            (SELECT count(*) FROM refunds r JOIN refund_ends e USING (refund_id) WHERE r.payment_id = p.payment_id) AS refund_end_count
        FROM payments p LEFT JOIN settlements s USING (payment_id)
        WHERE p.merchant_id = ?1
            AND (?2 = '' OR (p.created_at, p.payment_id) < (SELECT b.created_at, b.payment_id FROM payments b WHERE b.payment_id = ?2 AND b.merchant_id = ?1))
            AND (?3 = '' OR coalesce(s.state, 'open') = ?3)
            AND (?4 = '' OR p.order_ref = ?4)
            AND p.created_at >= ?5 AND p.created_at < ?6
            AND (?7 = '' OR substr(p.payment_id, 1, length(?7)) = ?7
                OR substr(lower(p.order_ref), 1, length(?7)) = lower(?7) OR substr(lower(p.description), 1, length(?7)) = lower(?7))
        ORDER BY p.created_at DESC, p.payment_id DESC LIMIT ?8";
    PAYMENTS_OF_ORDER = "SELECT p.payment_id, p.merchant_id, p.amount_minor, p.tip_max_minor, p.description, p.order_ref, p.is_split,
            p.details_box, p.details_hash, p.metadata AS metadata, p.return_url, p.created_at, p.expires_at, s.state, s.tip_minor, s.refund_commitment,
            s.operation_id AS settled_by, s.at AS settled_at,
            (SELECT count(*) FROM refunds r WHERE r.payment_id = p.payment_id) AS refund_count,
            (SELECT count(*) FROM refunds r JOIN refund_ends e USING (refund_id) WHERE r.payment_id = p.payment_id) AS refund_end_count
        FROM payments p LEFT JOIN settlements s USING (payment_id)
        WHERE p.merchant_id = ?1 AND p.order_ref = ?2 AND NOT p.is_split AND (s.state IS NULL OR s.state = 'paid')
        ORDER BY p.created_at DESC, p.payment_id DESC LIMIT 100";
    // refunds
    REFUNDS_OF_PAYMENT = "SELECT r.refund_id, r.operation_id, r.payment_id, p.merchant_id, r.number, r.amount_minor, r.reason, r.at, r.claim_until, e.how, e.at AS ended_at
        FROM refunds r JOIN payments p USING (payment_id) LEFT JOIN refund_ends e USING (refund_id)
        WHERE r.payment_id = ?1 ORDER BY r.number";
    OVERDUE_REFUNDS = "SELECT r.refund_id, r.operation_id, r.payment_id, p.merchant_id, r.number, r.amount_minor, r.reason, r.at, r.claim_until, e.how, e.at AS ended_at
        FROM open_refunds o JOIN refunds r USING (refund_id) JOIN payments p USING (payment_id) LEFT JOIN refund_ends e USING (refund_id)
        WHERE o.claim_until <= ?1 ORDER BY o.claim_until LIMIT ?2";
    HELD_FOR_REFUNDS = "SELECT coalesce(sum(r.amount_minor), 0)
        FROM open_refunds o JOIN refunds r USING (refund_id) WHERE o.merchant_id = ?1";
    INSERT_REFUND = "INSERT INTO refunds (refund_id, operation_id, payment_id, number, amount_minor, reason, at, claim_until)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    INSERT_OPEN_REFUND = "INSERT INTO open_refunds (refund_id, merchant_id, claim_until) VALUES (?, ?, ?)";
    DELETE_OPEN_REFUND = "DELETE FROM open_refunds WHERE refund_id = ?";
    INSERT_REFUND_END = "INSERT INTO refund_ends (refund_id, operation_id, how, at) VALUES (?, ?, ?, ?)";
    // payouts
    PAYOUT = "SELECT p.payout_id, p.merchant_id, p.amount_minor, p.reference, p.at, e.how, e.at AS ended_at, e.external_reference
        FROM payouts p LEFT JOIN payout_ends e USING (payout_id) WHERE p.payout_id = ?1";
    PAYOUTS_OF_MERCHANT = "SELECT p.payout_id, p.merchant_id, p.amount_minor, p.reference, p.at, e.how, e.at AS ended_at, e.external_reference
        FROM payouts p LEFT JOIN payout_ends e USING (payout_id)
        WHERE p.merchant_id = ?1
            AND (?2 = '' OR (p.at, p.payout_id) < (SELECT b.at, b.payout_id FROM payouts b WHERE b.payout_id = ?2 AND b.merchant_id = ?1))
        ORDER BY p.at DESC, p.payout_id DESC LIMIT ?3";
    OPEN_PAYOUTS = "SELECT p.payout_id, p.merchant_id, p.amount_minor, p.reference, p.at, e.how, e.at AS ended_at, e.external_reference
        FROM payouts p LEFT JOIN payout_ends e USING (payout_id)
        WHERE e.payout_id IS NULL AND (?1 = '' OR p.merchant_id = ?1) ORDER BY p.at, p.payout_id LIMIT ?2";
    INSERT_PAYOUT = "INSERT INTO payouts (payout_id, operation_id, merchant_id, amount_minor, reference, at) VALUES (?, ?, ?, ?, ?, ?)";
    INSERT_PAYOUT_END = "INSERT INTO payout_ends (payout_id, operation_id, how, external_reference, at) VALUES (?, ?, ?, ?, ?)";
    // merchants
    MERCHANT = "SELECT m.name, d.origin, d.is_verified FROM merchants m LEFT JOIN domains d ON d.merchant_id = m.account_id
        WHERE m.account_id = ?1 ORDER BY d.created_at, d.origin";
    API_KEY_BY_HASH = "SELECT key_id, merchant_id, name, scopes, created_at, expires_at, revoked_at, last_used_day, replaced_by FROM api_keys WHERE secret_hash = ?1";
    API_KEYS_OF_MERCHANT = "SELECT key_id, merchant_id, name, scopes, created_at, expires_at, revoked_at, last_used_day, replaced_by FROM api_keys
        WHERE merchant_id = ?1 ORDER BY created_at DESC, key_id";
    MARK_API_KEY_USED = "UPDATE api_keys SET last_used_day = ?2 WHERE key_id = ?1 AND (last_used_day IS NULL OR last_used_day < ?2)";
    SET_MERCHANT_NAME = "UPDATE merchants SET name = ?2 WHERE account_id = ?1";
    SET_TOKEN_HASH = "UPDATE merchants SET token_hash = ?2 WHERE account_id = ?1";
    INSERT_API_KEY = "INSERT INTO api_keys (key_id, merchant_id, secret_hash, name, scopes, created_at, expires_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    REVOKE_API_KEY = "UPDATE api_keys SET revoked_at = coalesce(revoked_at, ?3) WHERE merchant_id = ?1 AND key_id = ?2";
    REPLACE_API_KEY = "UPDATE api_keys SET expires_at = min(coalesce(expires_at, ?3), ?3), replaced_by = ?4 WHERE merchant_id = ?1 AND key_id = ?2";
    FORGET_API_KEYS = "DELETE FROM api_keys WHERE merchant_id = ?1 AND min(coalesce(revoked_at, expires_at), coalesce(expires_at, revoked_at)) < ?2";
    // The dispatcher checks a domain that the merchant has added, but never one that the operator has
    // verified.
    PUT_DOMAIN = "INSERT INTO domains (merchant_id, origin, is_verified, created_at, check_at)
            VALUES (?1, ?2, ?3, ?4, CASE WHEN ?3 THEN NULL ELSE ?4 END)
        ON CONFLICT (merchant_id, origin) DO UPDATE SET is_verified = domains.is_verified OR excluded.is_verified, check_at = excluded.check_at, failed_checks = 0";
    DROP_DOMAIN = "DELETE FROM domains WHERE merchant_id = ?1 AND origin = ?2";
    // links
    INSERT_LINK = "INSERT INTO links (link_id, merchant_id, title, amount_minor, tip_max_minor, is_active, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    SWITCH_LINK = "UPDATE links SET is_active = ?3 WHERE merchant_id = ?1 AND link_id = ?2";
    LINK = "SELECT link_id, merchant_id, title, amount_minor, tip_max_minor, is_active, created_at FROM links WHERE link_id = ?1";
    LINKS_OF_MERCHANT = "SELECT link_id, merchant_id, title, amount_minor, tip_max_minor, is_active, created_at FROM links WHERE merchant_id = ?1 ORDER BY created_at DESC, link_id";
    // accounts
    INSERT_ACCOUNT = "INSERT INTO accounts (account_id, role, token_hash) SELECT ?1, ?2, ?3
        WHERE NOT EXISTS (SELECT 1 FROM merchants WHERE token_hash = ?3) ON CONFLICT DO NOTHING";
    INSERT_MERCHANT = "INSERT INTO merchants (account_id, name) SELECT account_id, account_id FROM accounts WHERE account_id = ? AND role = 'merchant'
        ON CONFLICT DO NOTHING";
    ACCOUNT_BY_ID = "SELECT account_id, role, balance_minor FROM accounts WHERE account_id = ? AND role <> 'system'";
    // A merchant's replacement token, if set, is the only valid one.
    ACCOUNT_BY_TOKEN = "SELECT a.account_id, a.role, a.balance_minor FROM accounts a
        WHERE a.token_hash = ?1
            AND NOT EXISTS (SELECT 1 FROM merchants m WHERE m.account_id = a.account_id AND m.token_hash IS NOT NULL)
        UNION ALL SELECT a.account_id, a.role, a.balance_minor FROM merchants m JOIN accounts a USING (account_id) WHERE m.token_hash = ?1";
    CREDITS = "SELECT account_id, change_minor FROM entries
        WHERE operation_id = ? AND account_id IS NOT NULL AND change_minor > 0 ORDER BY account_id";
    STATEMENT = "SELECT e.entry_id, e.operation_id, o.kind, e.change_minor, o.at
        FROM entries e JOIN operations o USING (operation_id)
        WHERE e.account_id = ? AND e.entry_id < ? ORDER BY e.entry_id DESC LIMIT ?";
    MOVEMENTS = "SELECT e.entry_id, e.operation_id, o.kind, e.change_minor, o.at,
            p.payment_id, p.order_ref, p.description, s.tip_minor, coalesce(r.refund_id, x.refund_id) AS refund_id,
            coalesce(u.payout_id, y.payout_id) AS payout_id
        FROM entries e JOIN operations o USING (operation_id)
        LEFT JOIN settlements s ON s.operation_id = e.operation_id AND s.state = 'paid'
        LEFT JOIN refunds r ON r.operation_id = e.operation_id
        LEFT JOIN refund_ends x ON x.operation_id = e.operation_id
        LEFT JOIN refunds z ON z.refund_id = x.refund_id
        LEFT JOIN payouts u ON u.operation_id = e.operation_id
        LEFT JOIN payout_ends y ON y.operation_id = e.operation_id
        LEFT JOIN payments p ON p.payment_id = coalesce(s.payment_id, r.payment_id, z.payment_id)
        WHERE e.account_id = ?1 AND e.entry_id >= ?2 ORDER BY e.entry_id LIMIT ?3";
    ENTRY_FROM = "SELECT e.entry_id, o.at FROM entries e JOIN operations o USING (operation_id)
        WHERE e.account_id = ?1 AND e.entry_id >= ?2 ORDER BY e.entry_id LIMIT 1";
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
    LEAVE_GAP_IN_FEEDS = "INSERT INTO outbox (operation_id, kind, payload, merchant_id, feed_no)
        SELECT o.operation_id, o.kind, o.payload, o.merchant_id, o.feed_no + ?1 FROM outbox o
        WHERE o.feed_no = (SELECT max(p.feed_no) FROM outbox p WHERE p.merchant_id = o.merchant_id) AND NOT EXISTS
            (SELECT 1 FROM outbox d WHERE d.merchant_id = o.merchant_id AND d.operation_id = o.operation_id AND d.feed_no = o.feed_no - ?1)";
    FOLLOW_GAP = "UPDATE endpoints SET cursor = cursor + ?1
        WHERE cursor = (SELECT max(o.feed_no) FROM outbox o WHERE o.merchant_id = endpoints.merchant_id) - ?1";
    NUMBER_EVENTS = "UPDATE outbox SET feed_no = n.feed_no
        FROM (SELECT e.event_id, coalesce((SELECT max(p.feed_no) FROM outbox p WHERE p.merchant_id = e.merchant_id), 0)
                + row_number() OVER (PARTITION BY e.merchant_id ORDER BY e.event_id) AS feed_no
            FROM outbox e WHERE e.feed_no IS NULL ORDER BY e.event_id LIMIT ?) n
        WHERE outbox.event_id = n.event_id RETURNING outbox.merchant_id";
    FEED = "SELECT e.feed_no, e.operation_id, e.kind, e.payload, o.at FROM outbox e JOIN operations o USING (operation_id)
        WHERE e.merchant_id = ? AND e.feed_no > ? ORDER BY e.feed_no LIMIT ?";
    FEED_SPAN = "SELECT min(feed_no) AS first, max(feed_no) AS last FROM outbox WHERE merchant_id = ?";
    // Deletes the oldest events if they are old enough, except the last one of each merchant.
    FORGET_EVENTS = "DELETE FROM outbox WHERE event_id IN (
            SELECT e.event_id FROM outbox e
            WHERE e.feed_no < (SELECT max(l.feed_no) FROM outbox l WHERE l.merchant_id = e.merchant_id)
            ORDER BY e.event_id LIMIT ?2)
        AND (SELECT o.at FROM operations o WHERE o.operation_id = outbox.operation_id) < ?1";
    // webhooks Creates at most 500 deliveries per endpoint.
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
    ENDPOINTS_OF_MERCHANT = "SELECT endpoint_id, merchant_id, url, kinds, secret_no, secret_check, old_secret_until, state, failing_since, created_at
        FROM endpoints WHERE merchant_id = ?1 AND state <> 'removed' ORDER BY created_at, endpoint_id";
    ENDPOINT = "SELECT endpoint_id, merchant_id, url, kinds, secret_no, secret_check, old_secret_until, state, failing_since, created_at FROM endpoints WHERE endpoint_id = ?1 AND state <> 'removed'";
    // Longest waiting endpoints first.
    DUE_ENDPOINTS = "SELECT endpoint_id, merchant_id, url, kinds, secret_no, secret_check, old_secret_until, state, failing_since, created_at
        FROM endpoints e WHERE e.state = 'enabled' AND EXISTS (SELECT 1 FROM deliveries d WHERE d.endpoint_id = e.endpoint_id AND d.state = 'pending' AND d.next_at <= ?1
                AND NOT EXISTS (SELECT 1 FROM deliveries b
                    WHERE b.endpoint_id = d.endpoint_id AND b.payment_id = d.payment_id AND b.number < d.number AND b.state = 'pending'))
        ORDER BY (SELECT min(d.next_at) FROM deliveries d WHERE d.endpoint_id = e.endpoint_id AND d.state = 'pending'), e.endpoint_id LIMIT ?2";
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
    END_ATTEMPT = "UPDATE deliveries SET state = ?4, next_at = ?5, attempted_at = ?6, http_status = ?7, latency_ms = ?8, error = ?9
        WHERE endpoint_id = ?1 AND number = ?2 AND attempts = ?3 AND state = 'pending'";
    RELEASE_DELIVERY = "UPDATE deliveries SET attempts = attempts - 1, next_at = ?4
        WHERE endpoint_id = ?1 AND number = ?2 AND attempts = ?3 AND state = 'pending'";
    // Failures more than 27 hours apart, which exceeds every retry interval, do not count as one continuous
    // failure.
    NOTE_ENDPOINT = "UPDATE endpoints SET failed_at = ?2,
            failing_since = CASE WHEN ?2 IS NULL THEN NULL WHEN failed_at >= ?2 - 97200 THEN failing_since ELSE ?2 END
        WHERE endpoint_id = ?1 AND NOT (failed_at IS NULL AND ?2 IS NULL)";
    DELIVERIES = "SELECT number, kind, payment_id, state, attempts, next_at, attempted_at, http_status, latency_ms, error
        FROM deliveries WHERE endpoint_id = ?1 AND number < ?2 ORDER BY number DESC LIMIT ?3";
    REDELIVER = "INSERT INTO deliveries (endpoint_id, number, kind, payment_id, state, attempts, next_at)
        SELECT e.endpoint_id, o.feed_no, o.kind, o.payload ->> 'payment_id', 'pending', 0, 0
        FROM endpoints e JOIN outbox o ON o.merchant_id = e.merchant_id AND o.feed_no >= ?2 AND o.feed_no <= ?3 AND o.feed_no <= e.cursor
        WHERE e.endpoint_id = ?1 AND (CASE WHEN o.kind = 'endpoint.test' THEN o.payload ->> 'endpoint_id' = e.endpoint_id
            WHEN e.kinds = '' THEN o.kind NOT LIKE 'key.%' AND o.kind NOT LIKE 'endpoint.%' AND o.kind NOT LIKE 'domain.%'
            ELSE instr(',' || e.kinds || ',', ',' || o.kind || ',') > 0 END)
        ON CONFLICT (endpoint_id, number) DO UPDATE SET state = 'pending', attempts = 0, next_at = 0";
    FORGET_DELIVERIES = "DELETE FROM deliveries WHERE (endpoint_id, number) IN (
        SELECT endpoint_id, number FROM deliveries WHERE state <> 'pending' AND attempted_at < ?1 ORDER BY attempted_at LIMIT ?2)
        RETURNING number";
    FORGET_REMOVED = "DELETE FROM deliveries WHERE (endpoint_id, number) IN (
        SELECT d.endpoint_id, d.number FROM endpoints e JOIN deliveries d USING (endpoint_id) WHERE e.state = 'removed' LIMIT ?1)
        RETURNING number";
    FORGET_ENDPOINTS = "DELETE FROM endpoints WHERE state = 'removed' AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.endpoint_id = endpoints.endpoint_id)";
    INSERT_ENDPOINT = "INSERT INTO endpoints (merchant_id, endpoint_id, url, kinds, secret_no, secret_check, old_secret_until, state, created_at, cursor)
        SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,
            coalesce((SELECT max(feed_no) FROM outbox WHERE merchant_id = ?1), 0)";
    CHANGE_ENDPOINT = "UPDATE endpoints SET url = coalesce(?3, url), kinds = coalesce(?4, kinds), state = coalesce(?5, state),
            failing_since = CASE WHEN coalesce(?5, state) = state THEN failing_since END,
            failed_at = CASE WHEN coalesce(?5, state) = state THEN failed_at END
        WHERE merchant_id = ?1 AND endpoint_id = ?2 AND state <> 'removed'";
    ROTATE_ENDPOINT = "UPDATE endpoints SET secret_no = ?3, secret_check = ?4, old_secret_until = ?5
        WHERE merchant_id = ?1 AND endpoint_id = ?2 AND secret_no = ?3 - 1";
    SKIP_EVENTS = "UPDATE endpoints AS e SET cursor = coalesce((SELECT max(o.feed_no) FROM outbox o WHERE o.merchant_id = e.merchant_id), e.cursor)
        WHERE e.merchant_id = ?1 AND e.endpoint_id = ?2";
    // The deliveries are deleted later in parts, because there may be very many.
    DROP_ENDPOINT = "UPDATE endpoints SET state = 'removed' WHERE merchant_id = ?1 AND endpoint_id = ?2";
    // Leases the domains to the process that checks them.
    DOMAINS_TO_CHECK = "UPDATE domains SET check_at = ?3 WHERE (merchant_id, origin) IN (
            SELECT merchant_id, origin FROM domains WHERE check_at <= ?1 ORDER BY check_at LIMIT ?2)
        RETURNING merchant_id, origin, is_verified, failed_checks";
    // `check_at` is NULL if the operator has verified the domain in the meantime.
    CHECK_DOMAIN = "UPDATE domains SET is_verified = ?3, failed_checks = ?4, check_at = ?5
        WHERE merchant_id = ?1 AND origin = ?2 AND check_at IS NOT NULL";
    // receipt keys
    RECEIPT_KEYS = "SELECT public_key, from_at, by_previous FROM receipt_keys ORDER BY number";
    INSERT_RECEIPT_KEY = "INSERT INTO receipt_keys (number, public_key, from_at, by_previous)
        VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING";

    // keysets
    KEYSETS = "SELECT keyset_id, epoch, valid_from, issue_until, redeem_until, swap_until, ended, status, replaces
        FROM keysets JOIN keyset_states USING (keyset_id) ORDER BY epoch";
    KEYS = "SELECT keyset_id, key_id, denomination_minor, modulus, proof FROM keys ORDER BY keyset_id, denomination_minor";
    END_KEYSET = "UPDATE keysets SET state = 'ended' WHERE keyset_id = ? AND state = 'live'";
    OUTSTANDING = "SELECT k.key_id, coalesce(sum(e.change_minor), 0)
        FROM keys k LEFT JOIN entries e USING (key_id) WHERE k.keyset_id = ? GROUP BY k.key_id";
    INSERT_KEYSET = "INSERT INTO keysets (keyset_id, epoch, valid_from, issue_until, redeem_until, swap_until, replaces)
        VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
    INSERT_KEY = "INSERT INTO keys (key_id, keyset_id, denomination_minor, modulus, proof) VALUES (?, ?, ?, ?, ?)";
    ALL_OUTSTANDING = "SELECT k.key_id, coalesce(e.total, 0) FROM keys k JOIN keysets s USING (keyset_id)
        LEFT JOIN (SELECT key_id, sum(change_minor) AS total FROM entries WHERE key_id IS NOT NULL GROUP BY key_id) e USING (key_id)
        WHERE s.state = 'live'";
    // identity
    IDENTITY = "SELECT institution_id, currency, exponent FROM identity";
    INSERT_IDENTITY = "INSERT INTO identity (only_row, institution_id, currency, exponent) VALUES (1, ?, ?, ?)";
    HAS_SCHEMA = "SELECT count(*) > 0 FROM sqlite_schema WHERE type = 'table' AND name = 'identity'";
    // health
    PING = "SELECT 1";
    PROBE_WRITE = "INSERT OR REPLACE INTO write_probe (only_row, filler) VALUES (1, zeroblob(?))";
    // clock
    CLOCK = "SELECT newest, doubted_at FROM clock";
    SET_CLOCK = "UPDATE clock SET newest = ?, doubted_at = ?";
    // audit
    AUDIT_TOTALS = "SELECT (SELECT count(*) FROM operations) AS operations,
        (SELECT count(*) FROM issued) AS issued_tokens,
        (SELECT count(*) FROM spent) AS spent_tokens,
        (SELECT coalesce(sum(change_minor), 0) FROM entries WHERE key_id IS NOT NULL) AS outstanding_minor,
        (SELECT coalesce(sum(balance_minor), 0) FROM accounts WHERE account_id <> 'treasury') AS accounts_minor,
        (SELECT balance_minor FROM accounts WHERE account_id = 'treasury') AS treasury_minor,
        (SELECT count(*) FROM audit_log WHERE seal_no IS NULL) AS unsealed_operations";
    AUDIT_REDEEMED_OVER_ISSUED = "SELECT 'key of ' || k.denomination_minor || ' in ' || k.keyset_id || ': '
            || coalesce(s.n, 0) || ' spent, ' || coalesce(i.n, 0) || ' issued'
        FROM keys k JOIN keysets t USING (keyset_id)
        LEFT JOIN (SELECT key_id, count(*) AS n FROM spent GROUP BY key_id) s USING (key_id)
        LEFT JOIN (SELECT key_id, count(*) AS n FROM issued GROUP BY key_id) i USING (key_id)
        WHERE t.state <> 'ended' AND coalesce(s.n, 0) > coalesce(i.n, 0)";
    AUDIT_UNBALANCED_OPERATIONS = "SELECT 'operation ' || hex(operation_id) || ' sums to ' || sum(change_minor)
        FROM entries GROUP BY operation_id HAVING sum(change_minor) <> 0";
    AUDIT_BALANCES = "SELECT 'account ' || a.account_id || ' holds ' || a.balance_minor || ', its entries sum to ' || coalesce(e.total, 0)
        FROM accounts a LEFT JOIN (SELECT account_id, sum(change_minor) AS total FROM entries GROUP BY account_id) e USING (account_id)
        WHERE a.balance_minor <> coalesce(e.total, 0)";
    AUDIT_BALANCE_LIMIT = "SELECT 'account ' || account_id || ' holds ' || balance_minor || ', more than any amount: 2^53 - 1'
        FROM accounts WHERE abs(balance_minor) > 9007199254740991";
    AUDIT_OUTSTANDING = "SELECT 'operation ' || hex(m.operation_id) || ' moved ' || sum(m.tokens_minor) || ' in tokens, its entries say ' || sum(m.entries_minor)
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
    AUDIT_SPENT_TWICE = "SELECT 'spent id ' || substr(hex(spent_id), 1, 8) || '… occurs ' || count(*) || ' times'
        FROM spent GROUP BY spent_id HAVING count(*) > 1";
    AUDIT_SIGNED_TWICE = "SELECT 'output ' || substr(hex(blinded_hash), 1, 8) || '… was signed ' || count(*) || ' times'
        FROM issued GROUP BY key_id, blinded_hash HAVING count(*) > 1";
    AUDIT_CLAIMS = "SELECT 'claim ' || substr(c.claim, 1, 13) || '… of operation ' || hex(c.operation_id)
        FROM claims c LEFT JOIN operations o USING (operation_id)
        WHERE o.operation_id IS NULL OR (c.claim LIKE 'idem:%' AND o.kind <> 'cancel' AND o.request_digest IS NULL)";
    AUDIT_EVENTS = "SELECT 'event ' || e.event_id FROM outbox e LEFT JOIN operations o USING (operation_id) WHERE o.operation_id IS NULL";
    AUDIT_SETTLEMENTS = "SELECT 'payment ' || coalesce(s.payment_id, substr(c.claim, 9)) || ' has a settlement or a claim, not both by one operation'
        FROM settlements s FULL JOIN (SELECT claim, operation_id FROM claims WHERE claim LIKE 'payment:%') c ON c.claim = 'payment:' || s.payment_id
        WHERE s.operation_id IS NULL OR c.operation_id IS NULL OR s.operation_id <> c.operation_id";
    AUDIT_PAID = "SELECT 'payment ' || s.payment_id || ' is paid, but its merchant was not credited amount and tip'
        FROM settlements s JOIN payments p USING (payment_id)
        LEFT JOIN (SELECT operation_id, account_id, sum(change_minor) AS credited FROM entries WHERE account_id IS NOT NULL GROUP BY operation_id, account_id) e
            ON e.operation_id = s.operation_id AND e.account_id = p.merchant_id
        WHERE s.state = 'paid' AND (s.tip_minor > p.tip_max_minor OR coalesce(e.credited, 0) <> p.amount_minor + s.tip_minor)";
    AUDIT_ORDERS = "SELECT 'order ' || p.order_ref || ' of ' || p.merchant_id || ' is paid ' || count(*) || ' times'
        FROM settlements s JOIN payments p USING (payment_id)
        WHERE s.state = 'paid' AND p.order_ref IS NOT NULL AND NOT p.is_split GROUP BY p.merchant_id, p.order_ref HAVING count(*) > 1";
    AUDIT_OPEN_PAYMENTS = "SELECT 'payment ' || p.payment_id || ' is listed as open and has ended, or the reverse'
        FROM payments p LEFT JOIN settlements s USING (payment_id) LEFT JOIN open_payments o USING (payment_id)
        WHERE (s.payment_id IS NULL) <> (o.payment_id IS NOT NULL)";
    AUDIT_REFUNDS = "SELECT 'refund ' || r.refund_id || ' is not claimed by the operation that moved its amount from the merchant'
        FROM refunds r JOIN payments p USING (payment_id)
        LEFT JOIN claims c ON c.claim = 'refund:' || r.payment_id || ':' || r.number
        LEFT JOIN entries m ON m.operation_id = r.operation_id AND m.account_id = p.merchant_id
        LEFT JOIN entries h ON h.operation_id = r.operation_id AND h.account_id = 'refunds'
        WHERE c.operation_id IS NULL OR c.operation_id <> r.operation_id
            OR coalesce(m.change_minor, 0) <> -r.amount_minor OR coalesce(h.change_minor, 0) <> r.amount_minor";
    AUDIT_REFUND_ENDS = "SELECT 'refund ' || coalesce(e.refund_id, substr(c.claim, 12)) || ' has an end or a claim, not both by one operation that moved its amount'
        FROM refund_ends e FULL JOIN (SELECT claim, operation_id FROM claims WHERE claim LIKE 'refund-end:%') c ON c.claim = 'refund-end:' || e.refund_id
        LEFT JOIN (SELECT x.operation_id, sum(r.amount_minor) AS ended FROM refund_ends x JOIN refunds r USING (refund_id) GROUP BY x.operation_id) s
            ON s.operation_id = e.operation_id
        LEFT JOIN entries h ON h.operation_id = e.operation_id AND h.account_id = 'refunds'
        WHERE e.operation_id IS NULL OR c.operation_id IS NULL OR e.operation_id <> c.operation_id OR coalesce(h.change_minor, 0) <> -s.ended";
    AUDIT_REFUNDED = "SELECT 'payment ' || p.payment_id || ' is refunded by more than was paid'
        FROM refunds r JOIN payments p USING (payment_id) LEFT JOIN settlements s USING (payment_id) LEFT JOIN refund_ends e USING (refund_id)
        WHERE e.how IS NULL OR e.how <> 'returned'
        GROUP BY p.payment_id, p.amount_minor, s.tip_minor, s.state
        HAVING coalesce(s.state, 'open') <> 'paid' OR sum(r.amount_minor) > p.amount_minor + s.tip_minor";
    AUDIT_OPEN_REFUNDS = "SELECT 'the account refunds holds ' || a.balance_minor || ', the open refunds are ' || coalesce(o.total, 0)
        FROM accounts a LEFT JOIN (
            SELECT sum(r.amount_minor) AS total FROM refunds r LEFT JOIN refund_ends e USING (refund_id) WHERE e.refund_id IS NULL) o ON 1 = 1
        WHERE a.account_id = 'refunds' AND a.balance_minor <> coalesce(o.total, 0)
        UNION ALL
        SELECT 'refund ' || r.refund_id || ' is listed as open and has ended, or the reverse'
        FROM refunds r LEFT JOIN refund_ends e USING (refund_id) LEFT JOIN open_refunds o USING (refund_id)
        WHERE (e.refund_id IS NULL) <> (o.refund_id IS NOT NULL)";
    AUDIT_PAYOUTS = "SELECT 'payout ' || p.payout_id || ' was not moved from its merchant, or its end is not claimed by the operation that moved it on'
        FROM payouts p LEFT JOIN payout_ends e USING (payout_id)
        LEFT JOIN entries m ON m.operation_id = p.operation_id AND m.account_id = p.merchant_id
        LEFT JOIN entries h ON h.operation_id = p.operation_id AND h.account_id = 'payouts'
        LEFT JOIN claims c ON c.claim = 'payout-end:' || p.payout_id
        LEFT JOIN entries x ON x.operation_id = e.operation_id AND x.account_id = 'payouts'
        LEFT JOIN entries t ON t.operation_id = e.operation_id AND t.account_id = CASE e.how WHEN 'settled' THEN 'treasury' ELSE p.merchant_id END
        WHERE coalesce(m.change_minor, 0) <> -p.amount_minor OR coalesce(h.change_minor, 0) <> p.amount_minor
            OR (e.payout_id IS NULL) <> (c.claim IS NULL)
            OR (e.payout_id IS NOT NULL AND (c.operation_id <> e.operation_id
                OR coalesce(x.change_minor, 0) <> -p.amount_minor OR coalesce(t.change_minor, 0) <> p.amount_minor))";
    AUDIT_OPEN_PAYOUTS = "SELECT 'the account payouts holds ' || a.balance_minor || ', the open payouts are ' || coalesce(o.total, 0)
        FROM accounts a LEFT JOIN (
            SELECT sum(p.amount_minor) AS total FROM payouts p LEFT JOIN payout_ends e USING (payout_id) WHERE e.payout_id IS NULL) o ON 1 = 1
        WHERE a.account_id = 'payouts' AND a.balance_minor <> coalesce(o.total, 0)";
    AUDIT_ORPHANS = "SELECT t.kind || ' row of missing operation or key ' || hex(t.operation_id)
        FROM (SELECT 'spent' AS kind, operation_id, key_id FROM spent
            UNION ALL SELECT 'issued', operation_id, key_id FROM issued
            UNION ALL SELECT 'entry', operation_id, key_id FROM entries) t
        LEFT JOIN operations o USING (operation_id) LEFT JOIN keys k USING (key_id)
        WHERE o.operation_id IS NULL OR (t.key_id IS NOT NULL AND k.key_id IS NULL)";
    ISSUED_PAGE = "SELECT blinded_hash, blind_signature FROM issued
        WHERE keyset_id = (SELECT keyset_id FROM keys WHERE key_id = ?1) AND key_id = ?1 AND blinded_hash > ?2
        ORDER BY blinded_hash LIMIT ?3";
    AUDIT_LOG_ROWS = "SELECT 'operation ' || hex(o.operation_id) || ' has ' || count(a.audit_id) || ' rows in the audit log'
        FROM operations o LEFT JOIN audit_log a USING (operation_id)
        GROUP BY o.operation_id HAVING count(a.audit_id) <> 1";
    AUDIT_LOG_ORPHANS = "SELECT 'row ' || a.audit_id || ' of the audit log names operation ' || hex(a.operation_id) || ', which is missing'
        FROM audit_log a LEFT JOIN operations o USING (operation_id) WHERE o.operation_id IS NULL";
    AUDIT_LOG_UNDIGESTED = "SELECT 'operation ' || hex(operation_id) || ' has no digest in the audit log, although it is not older than the log'
        FROM audit_log WHERE digest IS NULL AND audit_id > (SELECT min(audit_id) FROM audit_log WHERE digest IS NOT NULL)";
    AUDIT_LOGGED = "SELECT o.operation_id, o.kind, o.request_digest, o.at, a.kind AS logged_kind, a.digest AS logged_digest,
            e.account_id, e.key_id, e.change_minor
        FROM operations o JOIN audit_log a USING (operation_id) LEFT JOIN entries e USING (operation_id)
        ORDER BY o.operation_id";
    AUDIT_SEALS = "SELECT s.seal_no, s.row_count, s.rows_digest, s.at, s.seal_hash, s.public_key, s.signature,
            a.audit_id, a.operation_id, a.kind, a.digest
        FROM seals s LEFT JOIN audit_log a USING (seal_no) ORDER BY s.seal_no, a.audit_id";
    AUDIT_UNKNOWN_SEALS = "SELECT 'row ' || a.audit_id || ' of the audit log names seal ' || a.seal_no || ', which is missing'
        FROM audit_log a LEFT JOIN seals s USING (seal_no) WHERE a.seal_no IS NOT NULL AND s.seal_no IS NULL";
    // seal
    LAST_SEAL_MARK = "SELECT seal_no, seal_hash, at FROM seals ORDER BY seal_no DESC LIMIT 1";
    SEAL_MARK = "SELECT seal_no, seal_hash, at FROM seals WHERE seal_no = ?";
    LAST_SEAL = "SELECT seal_no, seal_hash FROM seals ORDER BY seal_no DESC LIMIT 1";
    UNSEALED = "SELECT audit_id, operation_id, kind, digest FROM audit_log WHERE seal_no IS NULL ORDER BY audit_id LIMIT ?";
    INSERT_SEAL = "INSERT INTO seals (seal_no, row_count, rows_digest, at, seal_hash, public_key, signature)
        VALUES (?, ?, ?, ?, ?, ?, ?)";
    MARK_SEALED = "UPDATE audit_log SET seal_no = ?1 WHERE seal_no IS NULL AND audit_id <= ?2";
}
#[cfg(test)]
mod tests {
    use super::ALL_STATEMENTS;

    #[tokio::test]
    async fn every_statement_prepares_against_the_migrated_schema() {
        use sqlx::Executor as _;
        let pool = sqlx::SqlitePool::connect("sqlite::memory:").await.unwrap();
        sqlx::migrate!("migrations/sqlite").run(&pool).await.unwrap();
        let mut connection = pool.acquire().await.unwrap();
        for statement in ALL_STATEMENTS {
            let prepared = connection.prepare(statement.sql).await;
            assert!(prepared.is_ok(), "{}: {:?}", statement.name, prepared.err());
        }
    }
}
