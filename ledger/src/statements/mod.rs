//! Declares SQL statements: a named constant for each. Most have the same text for both engines (`shared.rs`);
//! each engine declares the others in its dialect.

pub(crate) mod shared;

/// An SQL statement with a name for errors and logs.
#[derive(Clone, Copy)]
pub struct Statement {
    /// The name of its constant.
    pub name: &'static str,
    /// The SQL text.
    pub sql: &'static str,
}

impl From<Statement> for &'static str {
    fn from(statement: Statement) -> Self {
        statement.name
    }
}

/// Statements that both engines have, with the same parameters and columns, but each in its SQL dialect.
pub(crate) struct DialectStatements {
    pub(crate) payments_of_merchant: Statement,
    pub(crate) held_for_refunds: Statement,
    pub(crate) replace_api_key: Statement,
    pub(crate) forget_api_keys: Statement,
    pub(crate) put_domain: Statement,
    pub(crate) feed: Statement,
    pub(crate) begin_deliveries: Statement,
    pub(crate) note_endpoint: Statement,
    pub(crate) redeliver: Statement,
    pub(crate) insert_endpoint: Statement,
    pub(crate) skip_events: Statement,
    pub(crate) domains_to_check: Statement,
    pub(crate) insert_receipt_key: Statement,
    pub(crate) find_claim_owner: Statement,
    pub(crate) account_by_token: Statement,
    pub(crate) balance_before: Statement,
    pub(crate) takings: Statement,
    pub(crate) identity: Statement,
    pub(crate) keysets: Statement,
    pub(crate) all_outstanding: Statement,
    pub(crate) audit_totals: Statement,
    pub(crate) audit_unbalanced_operations: Statement,
    pub(crate) audit_orphans: Statement,
    pub(crate) audit_outstanding: Statement,
    pub(crate) audit_spent_twice: Statement,
    pub(crate) audit_signed_twice: Statement,
    pub(crate) audit_claims: Statement,
    pub(crate) audit_log_rows: Statement,
    pub(crate) audit_log_orphans: Statement,
    pub(crate) audit_log_undigested: Statement,
}

/// Declares statements as constants, and collects them in `ALL_STATEMENTS`, which [`dialect_statements`]
/// returns to the test that prepares each.
macro_rules! statements {
    ($($name:ident = $sql:expr;)*) => {
        $(pub(crate) const $name: $crate::statements::Statement =
            $crate::statements::Statement { name: stringify!($name), sql: $sql };)*

        /// The statements of this module.
        pub(crate) const ALL_STATEMENTS: &[$crate::statements::Statement] = &[$($name),*];
    };
}
pub(crate) use statements;

/// Collects an engine's statements that [`DialectStatements`] lists.
macro_rules! dialect_statements {
    () => {
        pub(super) const DIALECT: &$crate::statements::DialectStatements =
            &$crate::statements::DialectStatements {
                payments_of_merchant: PAYMENTS_OF_MERCHANT,
                held_for_refunds: HELD_FOR_REFUNDS,
                replace_api_key: REPLACE_API_KEY,
                forget_api_keys: FORGET_API_KEYS,
                put_domain: PUT_DOMAIN,
                feed: FEED,
                begin_deliveries: BEGIN_DELIVERIES,
                note_endpoint: NOTE_ENDPOINT,
                redeliver: REDELIVER,
                insert_endpoint: INSERT_ENDPOINT,
                skip_events: SKIP_EVENTS,
                domains_to_check: DOMAINS_TO_CHECK,
                insert_receipt_key: INSERT_RECEIPT_KEY,
                find_claim_owner: FIND_CLAIM_OWNER,
                account_by_token: ACCOUNT_BY_TOKEN,
                balance_before: BALANCE_BEFORE,
                takings: TAKINGS,
                identity: IDENTITY,
                keysets: KEYSETS,
                all_outstanding: ALL_OUTSTANDING,
                audit_totals: AUDIT_TOTALS,
                audit_unbalanced_operations: AUDIT_UNBALANCED_OPERATIONS,
                audit_orphans: AUDIT_ORPHANS,
                audit_outstanding: AUDIT_OUTSTANDING,
                audit_spent_twice: AUDIT_SPENT_TWICE,
                audit_signed_twice: AUDIT_SIGNED_TWICE,
                audit_claims: AUDIT_CLAIMS,
                audit_log_rows: AUDIT_LOG_ROWS,
                audit_log_orphans: AUDIT_LOG_ORPHANS,
                audit_log_undigested: AUDIT_LOG_UNDIGESTED,
            };

        /// Returns every statement of this engine, for the test that prepares each against the migrated schema.
        pub fn all_statements() -> impl Iterator<Item = &'static $crate::statements::Statement> {
            $crate::statements::shared::ALL_STATEMENTS.iter().chain(ALL_STATEMENTS)
        }
    };
}
pub(crate) use dialect_statements;

/// Selects payments with their state and the number of their refunds.
macro_rules! payment_columns {
    () => {
        "SELECT p.payment_id, p.merchant_id, p.amount_minor, p.tip_max_minor, p.description, p.order_ref, p.is_split,
            p.details_box, p.details_hash, CAST(p.metadata AS text) AS metadata, p.return_url, p.created_at, p.expires_at, s.state, s.tip_minor, s.refund_commitment,
            s.operation_id AS settled_by, s.at AS settled_at,
            (SELECT count(*) FROM refunds r WHERE r.payment_id = p.payment_id) AS refund_count,
            (SELECT count(*) FROM refunds r JOIN refund_ends e USING (refund_id) WHERE r.payment_id = p.payment_id) AS refund_end_count
        FROM payments p LEFT JOIN settlements s USING (payment_id)"
    };
}
pub(crate) use payment_columns;
