//! Opening a ledger: what cannot be trusted is refused, with the reason. The same for both engines.

use super::LedgerIdentity;
use super::rows::IdentityRow;
use sqlx::migrate::MigrateError;

/// What to do where there is no ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfMissing {
    /// Create an empty ledger: `serve` (SQLite) and `migrate` (PostgreSQL) only.
    Create,
    /// Refuse: a ledger that has vanished, or a path with a typing error, must not become a new mint.
    Refuse,
}

/// Why a ledger was not opened. Nothing of value was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The database cannot be reached, opened or written.
    #[error("the ledger in {place} cannot be opened")]
    Database {
        /// Where it is; no password.
        place: String,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// There is no ledger.
    #[error(
        "there is no ledger in {place}; `ecash-mint serve` creates one in an empty data folder, `ecash-mint migrate` in an empty PostgreSQL database"
    )]
    Missing {
        /// Where it should be; no password.
        place: String,
    },
    /// The database holds other tables; a ledger is not created beside them.
    #[error("{place} holds tables that are not a ledger's; create the ledger in an empty database")]
    NotEmpty {
        /// Where; no password.
        place: String,
    },
    /// `DATABASE_URL` is not a URL of PostgreSQL.
    #[error("DATABASE_URL cannot be read; expected postgres://USER:PASSWORD@HOST:PORT/DATABASE")]
    Url(#[source] sqlx::Error),
    /// The schema is another version's.
    #[error(
        "the ledger has a schema that this version does not know; use the version that wrote it, or a later one"
    )]
    Schema(#[source] MigrateError),
    /// It belongs to another institution or currency.
    #[error(
        "the ledger is of {found_institution} in {found_currency}, but the settings say {expected_institution} in {expected_currency}"
    )]
    Identity {
        /// The institution that the ledger belongs to.
        found_institution: String,
        /// The currency that the ledger counts in.
        found_currency: String,
        /// In the settings.
        expected_institution: String,
        /// In the settings.
        expected_currency: String,
    },
    /// The server is older than any that was tested.
    #[error("the database is PostgreSQL {found}; version 15 or later is needed")]
    TooOld {
        /// Its version.
        found: String,
    },
    /// The server may lose what it says is committed.
    #[error("{reason}; to accept this, add {name} to ALLOW_WEAK")]
    Weak {
        /// Its name in `ALLOW_WEAK`.
        name: &'static str,
        /// What may happen.
        reason: &'static str,
    },
}

impl OpenError {
    /// Whether the database is only unreachable, so that a later attempt may succeed.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        /// PostgreSQL: starting up, shutting down, too many connections.
        const PASSING: [&str; 3] = ["57P03", "57P01", "53300"];
        let Self::Database { source, .. } = self else { return false };
        match source {
            // A server that goes away within the greeting has broken the protocol.
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::Protocol(_) => true,
            sqlx::Error::Database(error) => error.code().is_some_and(|code| PASSING.contains(&&*code)),
            _ => false,
        }
    }
}

/// A ledger keeps its institution and currency for life.
pub(super) fn check_identity(found: &IdentityRow, expected: &LedgerIdentity) -> Result<(), OpenError> {
    let currency = |code: &str, exponent: i64| format!("{code} (exponent {exponent})");
    let found_currency = currency(&found.currency, found.exponent);
    let expected_currency = currency(expected.currency.code.as_str(), i64::from(expected.currency.exponent));
    if found.institution_id == expected.institution_id.as_str() && found_currency == expected_currency {
        return Ok(());
    }
    Err(OpenError::Identity {
        found_institution: found.institution_id.clone(),
        found_currency,
        expected_institution: expected.institution_id.to_string(),
        expected_currency,
    })
}
