//! Declares an engine's statements: one named constant each, and the table of those that both engines share.

use crate::Invariant;

/// An SQL statement with a name for errors and logs.
#[derive(Clone, Copy)]
pub struct Statement {
    /// The name of its constant.
    pub name: &'static str,
    /// The SQL text, in the engine's dialect.
    pub sql: &'static str,
}

impl From<Statement> for &'static str {
    fn from(statement: Statement) -> Self {
        statement.name
    }
}

/// The statements of one engine in its SQL dialect. Parameters and columns are the same for both engines.
pub(crate) struct SharedStatements {
    pub(crate) ping: Statement,
    pub(crate) payment: Statement,
    pub(crate) overdue_payments: Statement,
    pub(crate) open_payments: Statement,
    pub(crate) payments_of_merchant: Statement,
    pub(crate) payments_of_order: Statement,
    pub(crate) refunds_of_payment: Statement,
    pub(crate) overdue_refunds: Statement,
    pub(crate) held_for_refunds: Statement,
    pub(crate) payout: Statement,
    pub(crate) payouts_of_merchant: Statement,
    pub(crate) open_payouts: Statement,
    pub(crate) merchant: Statement,
    pub(crate) api_key_by_hash: Statement,
    pub(crate) api_keys_of_merchant: Statement,
    pub(crate) mark_api_key_used: Statement,
    pub(crate) set_merchant_name: Statement,
    pub(crate) set_token_hash: Statement,
    pub(crate) insert_api_key: Statement,
    pub(crate) revoke_api_key: Statement,
    pub(crate) replace_api_key: Statement,
    pub(crate) forget_api_keys: Statement,
    pub(crate) put_domain: Statement,
    pub(crate) drop_domain: Statement,
    pub(crate) feed: Statement,
    pub(crate) feed_span: Statement,
    pub(crate) forget_events: Statement,
    pub(crate) endpoints_of_merchant: Statement,
    pub(crate) endpoint: Statement,
    pub(crate) due_endpoints: Statement,
    pub(crate) release_delivery: Statement,
    pub(crate) forget_removed: Statement,
    pub(crate) forget_endpoints: Statement,
    pub(crate) begin_deliveries: Statement,
    pub(crate) end_attempt: Statement,
    pub(crate) note_endpoint: Statement,
    pub(crate) deliveries: Statement,
    pub(crate) redeliver: Statement,
    pub(crate) forget_deliveries: Statement,
    pub(crate) insert_endpoint: Statement,
    pub(crate) change_endpoint: Statement,
    pub(crate) rotate_endpoint: Statement,
    pub(crate) skip_events: Statement,
    pub(crate) drop_endpoint: Statement,
    pub(crate) domains_to_check: Statement,
    pub(crate) check_domain: Statement,
    pub(crate) receipt_keys: Statement,
    pub(crate) insert_receipt_key: Statement,
    pub(crate) find_claim_owner: Statement,
    pub(crate) credits: Statement,
    pub(crate) account_by_id: Statement,
    pub(crate) account_by_token: Statement,
    pub(crate) statement: Statement,
    pub(crate) identity: Statement,
    pub(crate) keysets: Statement,
    pub(crate) keys: Statement,
    pub(crate) all_outstanding: Statement,
    pub(crate) clock: Statement,
    pub(crate) issued_page: Statement,
    pub(crate) audit_totals: Statement,
    pub(crate) audit_logged: Statement,
    pub(crate) audit_seals: Statement,
    /// Each selects one text row per violation of its invariant.
    pub(crate) audit_checks: [(Invariant, Statement); 24],
}

/// Declares an engine's statements as constants, and collects them so that a test can prepare each against the
/// migrated schema.
macro_rules! statements {
    ($($name:ident = $sql:literal;)*) => {
        $(pub(super) const $name: crate::statements::Statement =
            crate::statements::Statement { name: stringify!($name), sql: $sql };)*

        /// Every statement, for the test that prepares each against the migrated schema.
        pub const ALL_STATEMENTS: &[crate::statements::Statement] = &[$($name),*];

        pub(super) const SHARED: &crate::statements::SharedStatements = &crate::statements::SharedStatements {
            ping: PING,
            payment: PAYMENT,
            overdue_payments: OVERDUE_PAYMENTS,
            open_payments: OPEN_PAYMENTS,
            payments_of_merchant: PAYMENTS_OF_MERCHANT,
            payments_of_order: PAYMENTS_OF_ORDER,
            refunds_of_payment: REFUNDS_OF_PAYMENT,
            overdue_refunds: OVERDUE_REFUNDS,
            held_for_refunds: HELD_FOR_REFUNDS,
            payout: PAYOUT,
            payouts_of_merchant: PAYOUTS_OF_MERCHANT,
            open_payouts: OPEN_PAYOUTS,
            merchant: MERCHANT,
            api_key_by_hash: API_KEY_BY_HASH,
            api_keys_of_merchant: API_KEYS_OF_MERCHANT,
            mark_api_key_used: MARK_API_KEY_USED,
            set_merchant_name: SET_MERCHANT_NAME,
            set_token_hash: SET_TOKEN_HASH,
            insert_api_key: INSERT_API_KEY,
            revoke_api_key: REVOKE_API_KEY,
            replace_api_key: REPLACE_API_KEY,
            forget_api_keys: FORGET_API_KEYS,
            put_domain: PUT_DOMAIN,
            drop_domain: DROP_DOMAIN,
            feed: FEED,
            feed_span: FEED_SPAN,
            forget_events: FORGET_EVENTS,
            endpoints_of_merchant: ENDPOINTS_OF_MERCHANT,
            endpoint: ENDPOINT,
            due_endpoints: DUE_ENDPOINTS,
            release_delivery: RELEASE_DELIVERY,
            forget_removed: FORGET_REMOVED,
            forget_endpoints: FORGET_ENDPOINTS,
            begin_deliveries: BEGIN_DELIVERIES,
            end_attempt: END_ATTEMPT,
            note_endpoint: NOTE_ENDPOINT,
            deliveries: DELIVERIES,
            redeliver: REDELIVER,
            forget_deliveries: FORGET_DELIVERIES,
            insert_endpoint: INSERT_ENDPOINT,
            change_endpoint: CHANGE_ENDPOINT,
            rotate_endpoint: ROTATE_ENDPOINT,
            skip_events: SKIP_EVENTS,
            drop_endpoint: DROP_ENDPOINT,
            domains_to_check: DOMAINS_TO_CHECK,
            check_domain: CHECK_DOMAIN,
            receipt_keys: RECEIPT_KEYS,
            insert_receipt_key: INSERT_RECEIPT_KEY,
            find_claim_owner: FIND_CLAIM_OWNER,
            credits: CREDITS,
            account_by_id: ACCOUNT_BY_ID,
            account_by_token: ACCOUNT_BY_TOKEN,
            statement: STATEMENT,
            identity: IDENTITY,
            keysets: KEYSETS,
            keys: KEYS,
            all_outstanding: ALL_OUTSTANDING,
            clock: CLOCK,
            issued_page: ISSUED_PAGE,
            audit_totals: AUDIT_TOTALS,
            audit_logged: AUDIT_LOGGED,
            audit_seals: AUDIT_SEALS,
            audit_checks: [
                (crate::Invariant::I1, AUDIT_REDEEMED_OVER_ISSUED),
                (crate::Invariant::I2, AUDIT_UNBALANCED_OPERATIONS),
                (crate::Invariant::I2, AUDIT_BALANCES),
                (crate::Invariant::I2, AUDIT_BALANCE_LIMIT),
                (crate::Invariant::I2, AUDIT_ORPHANS),
                (crate::Invariant::I3, AUDIT_OUTSTANDING),
                (crate::Invariant::I4, AUDIT_SPENT_TWICE),
                (crate::Invariant::I4, AUDIT_SIGNED_TWICE),
                (crate::Invariant::I6, AUDIT_CLAIMS),
                (crate::Invariant::I7, AUDIT_EVENTS),
                (crate::Invariant::I7, AUDIT_SETTLEMENTS),
                (crate::Invariant::I7, AUDIT_PAID),
                (crate::Invariant::I7, AUDIT_ORDERS),
                (crate::Invariant::I7, AUDIT_OPEN_PAYMENTS),
                (crate::Invariant::I7, AUDIT_REFUNDS),
                (crate::Invariant::I7, AUDIT_REFUND_ENDS),
                (crate::Invariant::I7, AUDIT_REFUNDED),
                (crate::Invariant::I7, AUDIT_OPEN_REFUNDS),
                (crate::Invariant::I7, AUDIT_PAYOUTS),
                (crate::Invariant::I7, AUDIT_OPEN_PAYOUTS),
                (crate::Invariant::I8, AUDIT_LOG_ROWS),
                (crate::Invariant::I8, AUDIT_LOG_ORPHANS),
                (crate::Invariant::I8, AUDIT_LOG_UNDIGESTED),
                (crate::Invariant::I8, AUDIT_UNKNOWN_SEALS),
            ],
        };
    };
}
pub(crate) use statements;
