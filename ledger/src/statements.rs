//! The form of an engine's statements: constants by name, and the table of those that both engines have.

/// A statement and its name, which errors and logs carry.
#[derive(Clone, Copy)]
pub struct Statement {
    /// Its name in the source.
    pub name: &'static str,
    /// Its text, in the engine's dialect.
    pub sql: &'static str,
}

impl From<Statement> for &'static str {
    fn from(statement: Statement) -> Self {
        statement.name
    }
}

/// Declares an engine's statements. They have names so that a test can prepare each against the migrated schema.
macro_rules! statements {
    ($($name:ident = $sql:literal;)*) => {
        $(pub(super) const $name: crate::statements::Statement =
            crate::statements::Statement { name: stringify!($name), sql: $sql };)*

        /// All of them, for the test that prepares each.
        pub const ALL_STATEMENTS: &[crate::statements::Statement] = &[$($name),*];

        pub(super) const SHARED: &crate::engine::SharedStatements = &crate::engine::SharedStatements {
            ping: PING,
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
                (crate::Invariant::I8, AUDIT_LOG_ROWS),
                (crate::Invariant::I8, AUDIT_LOG_ORPHANS),
                (crate::Invariant::I8, AUDIT_LOG_UNDIGESTED),
                (crate::Invariant::I8, AUDIT_UNKNOWN_SEALS),
            ],
        };
    };
}
pub(crate) use statements;
