//! The statements whose text is the same for both engines.

use super::{DialectStatements, Statement, payment_columns, statements};
use crate::Invariant;

statements! {
    // commit
    INSERT_KEYSET_STOP = "INSERT INTO keyset_stops (keyset_id, status, operation_id, at) VALUES ($1, $2, $3, $4)";
    // payments
    PAYMENT = concat!(payment_columns!(), "
        WHERE p.payment_id = $1");
    OVERDUE_PAYMENTS = "SELECT payment_id FROM open_payments WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2";
    OPEN_PAYMENTS = "SELECT count(*) FROM open_payments WHERE merchant_id = $1";
    PAYMENTS_OF_ORDER = concat!(payment_columns!(), "
        WHERE p.merchant_id = $1 AND p.order_ref = $2 AND NOT p.is_split AND (s.state IS NULL OR s.state = 'paid')
        ORDER BY p.created_at DESC, p.payment_id DESC LIMIT 100");
    // refunds
    REFUNDS_OF_PAYMENT = "SELECT r.refund_id, r.operation_id, r.payment_id, p.merchant_id, r.number, r.amount_minor, r.reason, r.at, r.claim_until, e.how, e.at AS ended_at
        FROM refunds r JOIN payments p USING (payment_id) LEFT JOIN refund_ends e USING (refund_id)
        WHERE r.payment_id = $1 ORDER BY r.number";
    OVERDUE_REFUNDS = "SELECT r.refund_id, r.operation_id, r.payment_id, p.merchant_id, r.number, r.amount_minor, r.reason, r.at, r.claim_until, e.how, e.at AS ended_at
        FROM open_refunds o JOIN refunds r USING (refund_id) JOIN payments p USING (payment_id) LEFT JOIN refund_ends e USING (refund_id)
        WHERE o.claim_until <= $1 ORDER BY o.claim_until LIMIT $2";
    INSERT_REFUND = "INSERT INTO refunds (refund_id, operation_id, payment_id, number, amount_minor, reason, at, claim_until)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    INSERT_OPEN_REFUND = "INSERT INTO open_refunds (refund_id, merchant_id, claim_until) VALUES ($1, $2, $3)";
    DELETE_OPEN_REFUND = "DELETE FROM open_refunds WHERE refund_id = $1";
    INSERT_REFUND_END = "INSERT INTO refund_ends (refund_id, operation_id, how, at) VALUES ($1, $2, $3, $4)";
    // payouts
    PAYOUT = "SELECT p.payout_id, p.merchant_id, p.amount_minor, p.reference, p.at, e.how, e.at AS ended_at, e.external_reference
        FROM payouts p LEFT JOIN payout_ends e USING (payout_id) WHERE p.payout_id = $1";
    PAYOUTS_OF_MERCHANT = "SELECT p.payout_id, p.merchant_id, p.amount_minor, p.reference, p.at, e.how, e.at AS ended_at, e.external_reference
        FROM payouts p LEFT JOIN payout_ends e USING (payout_id)
        WHERE p.merchant_id = $1
            AND ($2 = '' OR (p.at, p.payout_id) < (SELECT b.at, b.payout_id FROM payouts b WHERE b.payout_id = $2 AND b.merchant_id = $1))
        ORDER BY p.at DESC, p.payout_id DESC LIMIT $3";
    OPEN_PAYOUTS = "SELECT p.payout_id, p.merchant_id, p.amount_minor, p.reference, p.at, e.how, e.at AS ended_at, e.external_reference
        FROM payouts p LEFT JOIN payout_ends e USING (payout_id)
        WHERE e.payout_id IS NULL AND ($1 = '' OR p.merchant_id = $1) ORDER BY p.at, p.payout_id LIMIT $2";
    INSERT_PAYOUT = "INSERT INTO payouts (payout_id, operation_id, merchant_id, amount_minor, reference, at) VALUES ($1, $2, $3, $4, $5, $6)";
    INSERT_PAYOUT_END = "INSERT INTO payout_ends (payout_id, operation_id, how, external_reference, at) VALUES ($1, $2, $3, $4, $5)";
    // merchants
    MERCHANT = "SELECT m.name, d.origin, d.is_verified FROM merchants m LEFT JOIN domains d ON d.merchant_id = m.account_id
        WHERE m.account_id = $1 ORDER BY d.created_at, d.origin";
    API_KEY_BY_HASH = "SELECT key_id, merchant_id, name, scopes, created_at, expires_at, revoked_at, last_used_day, replaced_by FROM api_keys WHERE secret_hash = $1";
    API_KEYS_OF_MERCHANT = "SELECT key_id, merchant_id, name, scopes, created_at, expires_at, revoked_at, last_used_day, replaced_by FROM api_keys
        WHERE merchant_id = $1 ORDER BY created_at DESC, key_id";
    MARK_API_KEY_USED = "UPDATE api_keys SET last_used_day = $2 WHERE key_id = $1 AND (last_used_day IS NULL OR last_used_day < $2)";
    SET_MERCHANT_NAME = "UPDATE merchants SET name = $2 WHERE account_id = $1";
    SET_TOKEN_HASH = "UPDATE merchants SET token_hash = $2 WHERE account_id = $1";
    INSERT_API_KEY = "INSERT INTO api_keys (key_id, merchant_id, secret_hash, name, scopes, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    REVOKE_API_KEY = "UPDATE api_keys SET revoked_at = coalesce(revoked_at, $3) WHERE merchant_id = $1 AND key_id = $2";
    DROP_DOMAIN = "DELETE FROM domains WHERE merchant_id = $1 AND origin = $2";
    // links
    INSERT_LINK = "INSERT INTO links (link_id, merchant_id, title, amount_minor, tip_max_minor, is_active, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    SWITCH_LINK = "UPDATE links SET is_active = $3 WHERE merchant_id = $1 AND link_id = $2";
    LINK = "SELECT link_id, merchant_id, title, amount_minor, tip_max_minor, is_active, created_at FROM links WHERE link_id = $1";
    LINKS_OF_MERCHANT = "SELECT link_id, merchant_id, title, amount_minor, tip_max_minor, is_active, created_at FROM links WHERE merchant_id = $1 ORDER BY created_at DESC, link_id";
    // accounts
    ACCOUNT_BY_ID = "SELECT account_id, role, balance_minor FROM accounts WHERE account_id = $1 AND role <> 'system'";
    CREDITS = "SELECT account_id, change_minor FROM entries
        WHERE operation_id = $1 AND account_id IS NOT NULL AND change_minor > 0 ORDER BY account_id";
    STATEMENT = "SELECT e.entry_id, e.operation_id, o.kind, e.change_minor, o.at
        FROM entries e JOIN operations o USING (operation_id)
        WHERE e.account_id = $1 AND e.entry_id < $2 ORDER BY e.entry_id DESC LIMIT $3";
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
        WHERE e.account_id = $1 AND e.entry_id >= $2 ORDER BY e.entry_id LIMIT $3";
    ENTRY_FROM = "SELECT e.entry_id, o.at FROM entries e JOIN operations o USING (operation_id)
        WHERE e.account_id = $1 AND e.entry_id >= $2 ORDER BY e.entry_id LIMIT 1";
    // feed
    LEAVE_GAP_IN_FEEDS = "INSERT INTO outbox (operation_id, kind, payload, merchant_id, feed_no)
        SELECT o.operation_id, o.kind, o.payload, o.merchant_id, o.feed_no + $1 FROM outbox o
        WHERE o.feed_no = (SELECT max(p.feed_no) FROM outbox p WHERE p.merchant_id = o.merchant_id) AND NOT EXISTS
            (SELECT 1 FROM outbox d WHERE d.merchant_id = o.merchant_id AND d.operation_id = o.operation_id AND d.feed_no = o.feed_no - $1)";
    FOLLOW_GAP = "UPDATE endpoints SET cursor = cursor + $1
        WHERE cursor = (SELECT max(o.feed_no) FROM outbox o WHERE o.merchant_id = endpoints.merchant_id) - $1";
    FEED_SPAN = "SELECT min(feed_no) AS first, max(feed_no) AS last FROM outbox WHERE merchant_id = $1";
    // Deletes the oldest events if they are old enough, except the last one of each merchant.
    FORGET_EVENTS = "DELETE FROM outbox WHERE event_id IN (
            SELECT e.event_id FROM outbox e
            WHERE e.feed_no < (SELECT max(l.feed_no) FROM outbox l WHERE l.merchant_id = e.merchant_id)
            ORDER BY e.event_id LIMIT $2)
        AND (SELECT o.at FROM operations o WHERE o.operation_id = outbox.operation_id) < $1";
    // webhooks
    ENDPOINTS_OF_MERCHANT = "SELECT endpoint_id, merchant_id, url, kinds, secret_no, secret_check, old_secret_until, state, failing_since, created_at
        FROM endpoints WHERE merchant_id = $1 AND state <> 'removed' ORDER BY created_at, endpoint_id";
    ENDPOINT = "SELECT endpoint_id, merchant_id, url, kinds, secret_no, secret_check, old_secret_until, state, failing_since, created_at FROM endpoints WHERE endpoint_id = $1 AND state <> 'removed'";
    // Longest waiting endpoints first.
    DUE_ENDPOINTS = "SELECT endpoint_id, merchant_id, url, kinds, secret_no, secret_check, old_secret_until, state, failing_since, created_at
        FROM endpoints e WHERE e.state = 'enabled' AND EXISTS (SELECT 1 FROM deliveries d WHERE d.endpoint_id = e.endpoint_id AND d.state = 'pending' AND d.next_at <= $1
                AND NOT EXISTS (SELECT 1 FROM deliveries b
                    WHERE b.endpoint_id = d.endpoint_id AND b.payment_id = d.payment_id AND b.number < d.number AND b.state = 'pending'))
        ORDER BY (SELECT min(d.next_at) FROM deliveries d WHERE d.endpoint_id = e.endpoint_id AND d.state = 'pending'), e.endpoint_id LIMIT $2";
    END_ATTEMPT = "UPDATE deliveries SET state = $4, next_at = $5, attempted_at = $6, http_status = $7, latency_ms = $8, error = $9
        WHERE endpoint_id = $1 AND number = $2 AND attempts = $3 AND state = 'pending'";
    RELEASE_DELIVERY = "UPDATE deliveries SET attempts = attempts - 1, next_at = $4
        WHERE endpoint_id = $1 AND number = $2 AND attempts = $3 AND state = 'pending'";
    DELIVERIES = "SELECT number, kind, payment_id, state, attempts, next_at, attempted_at, http_status, latency_ms, error
        FROM deliveries WHERE endpoint_id = $1 AND number < $2 ORDER BY number DESC LIMIT $3";
    FORGET_DELIVERIES = "DELETE FROM deliveries WHERE (endpoint_id, number) IN (
        SELECT endpoint_id, number FROM deliveries WHERE state <> 'pending' AND attempted_at < $1 ORDER BY attempted_at LIMIT $2)
        RETURNING number";
    FORGET_REMOVED = "DELETE FROM deliveries WHERE (endpoint_id, number) IN (
        SELECT d.endpoint_id, d.number FROM endpoints e JOIN deliveries d USING (endpoint_id) WHERE e.state = 'removed' LIMIT $1)
        RETURNING number";
    FORGET_ENDPOINTS = "DELETE FROM endpoints WHERE state = 'removed' AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.endpoint_id = endpoints.endpoint_id)";
    CHANGE_ENDPOINT = "UPDATE endpoints SET url = coalesce($3, url), kinds = coalesce($4, kinds), state = coalesce($5, state),
            failing_since = CASE WHEN coalesce($5, state) = state THEN failing_since END,
            failed_at = CASE WHEN coalesce($5, state) = state THEN failed_at END
        WHERE merchant_id = $1 AND endpoint_id = $2 AND state <> 'removed'";
    ROTATE_ENDPOINT = "UPDATE endpoints SET secret_no = $3, secret_check = $4, old_secret_until = $5
        WHERE merchant_id = $1 AND endpoint_id = $2 AND secret_no = $3 - 1";
    // The deliveries are deleted later in parts, because there may be very many.
    DROP_ENDPOINT = "UPDATE endpoints SET state = 'removed' WHERE merchant_id = $1 AND endpoint_id = $2";
    // `check_at` is NULL if the operator has verified the domain in the meantime.
    CHECK_DOMAIN = "UPDATE domains SET is_verified = $3, failed_checks = $4, check_at = $5
        WHERE merchant_id = $1 AND origin = $2 AND check_at IS NOT NULL";
    // receipt keys
    RECEIPT_KEYS = "SELECT public_key, from_at, by_previous FROM receipt_keys ORDER BY number";
    // keysets
    KEYS = "SELECT keyset_id, key_id, denomination_minor, modulus, proof FROM keys ORDER BY keyset_id, denomination_minor";
    INSERT_KEYSET = "INSERT INTO keysets (keyset_id, epoch, valid_from, issue_until, redeem_until, swap_until, replaces)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
    INSERT_KEY = "INSERT INTO keys (key_id, keyset_id, denomination_minor, modulus, proof) VALUES ($1, $2, $3, $4, $5)";
    END_KEYSET = "UPDATE keysets SET state = 'ended' WHERE keyset_id = $1 AND state = 'live'";
    // health
    PING = "SELECT 1";
    // clock
    CLOCK = "SELECT newest, doubted_at FROM clock";
    SET_CLOCK = "UPDATE clock SET newest = $1, doubted_at = $2";
    ISSUED_PAGE = "SELECT blinded_hash, blind_signature FROM issued
        WHERE keyset_id = (SELECT keyset_id FROM keys WHERE key_id = $1) AND key_id = $1 AND blinded_hash > $2
        ORDER BY blinded_hash LIMIT $3";
    // audit
    AUDIT_REDEEMED_OVER_ISSUED = "SELECT 'key of ' || k.denomination_minor || ' in ' || k.keyset_id || ': '
            || coalesce(s.n, 0) || ' spent, ' || coalesce(i.n, 0) || ' issued'
        FROM keys k JOIN keysets t USING (keyset_id)
        LEFT JOIN (SELECT key_id, count(*) AS n FROM spent GROUP BY key_id) s USING (key_id)
        LEFT JOIN (SELECT key_id, count(*) AS n FROM issued GROUP BY key_id) i USING (key_id)
        WHERE t.state <> 'ended' AND coalesce(s.n, 0) > coalesce(i.n, 0)";
    AUDIT_BALANCES = "SELECT 'account ' || a.account_id || ' holds ' || a.balance_minor || ', its entries sum to ' || coalesce(e.total, 0)
        FROM accounts a LEFT JOIN (SELECT account_id, sum(change_minor) AS total FROM entries GROUP BY account_id) e USING (account_id)
        WHERE a.balance_minor <> coalesce(e.total, 0)";
    AUDIT_BALANCE_LIMIT = "SELECT 'account ' || account_id || ' holds ' || balance_minor || ', more than any amount: 2^53 - 1'
        FROM accounts WHERE abs(balance_minor) > 9007199254740991";
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
    SEAL_MARK = "SELECT seal_no, seal_hash, at FROM seals WHERE seal_no = $1";
    LAST_SEAL = "SELECT seal_no, seal_hash FROM seals ORDER BY seal_no DESC LIMIT 1";
    UNSEALED = "SELECT audit_id, operation_id, kind, digest FROM audit_log WHERE seal_no IS NULL ORDER BY audit_id LIMIT $1";
    INSERT_SEAL = "INSERT INTO seals (seal_no, row_count, rows_digest, at, seal_hash, public_key, signature)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
}

/// Returns the checks of the audit. Each statement returns one text row per violation of its invariant.
pub(crate) const fn audit_checks(own: &DialectStatements) -> [(Invariant, Statement); 24] {
    [
        (Invariant::I1, AUDIT_REDEEMED_OVER_ISSUED),
        (Invariant::I2, own.audit_unbalanced_operations),
        (Invariant::I2, AUDIT_BALANCES),
        (Invariant::I2, AUDIT_BALANCE_LIMIT),
        (Invariant::I2, own.audit_orphans),
        (Invariant::I3, own.audit_outstanding),
        (Invariant::I4, own.audit_spent_twice),
        (Invariant::I4, own.audit_signed_twice),
        (Invariant::I6, own.audit_claims),
        (Invariant::I7, AUDIT_EVENTS),
        (Invariant::I7, AUDIT_SETTLEMENTS),
        (Invariant::I7, AUDIT_PAID),
        (Invariant::I7, AUDIT_ORDERS),
        (Invariant::I7, AUDIT_OPEN_PAYMENTS),
        (Invariant::I7, AUDIT_REFUNDS),
        (Invariant::I7, AUDIT_REFUND_ENDS),
        (Invariant::I7, AUDIT_REFUNDED),
        (Invariant::I7, AUDIT_OPEN_REFUNDS),
        (Invariant::I7, AUDIT_PAYOUTS),
        (Invariant::I7, AUDIT_OPEN_PAYOUTS),
        (Invariant::I8, own.audit_log_rows),
        (Invariant::I8, own.audit_log_orphans),
        (Invariant::I8, own.audit_log_undigested),
        (Invariant::I8, AUDIT_UNKNOWN_SEALS),
    ]
}
