//! Opening a ledger: the checks that both engines share, and the reasons for rejecting a ledger.

use super::LedgerIdentity;
use super::rows::IdentityRow;
use sqlx::migrate::MigrateError;

/// What to do if the ledger does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfMissing {
    /// Create an empty ledger: `serve` (SQLite) and `migrate` (PostgreSQL) only.
    Create,
    /// Return [`OpenError::Missing`], because a lost ledger or a mistyped path must not become a new mint.
    Refuse,
}

/// Errors of opening a ledger. No value was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The database cannot be reached, opened or written.
    #[error("the ledger in {location} cannot be opened")]
    Database {
        /// The file, or the server's address without a password.
        location: String,
        /// The database error.
        #[source]
        source: sqlx::Error,
    },
    /// The file or database contains no ledger, and [`IfMissing::Refuse`] was given.
    #[error(
        "no ledger found in {location}; `ecash-mint serve` creates one in an empty data folder, `ecash-mint migrate` in an empty PostgreSQL database"
    )]
    Missing {
        /// The file, or the server's address without a password.
        location: String,
    },
    /// The database contains other tables. A ledger is created only in an empty database.
    #[error(
        "{location} contains tables that do not belong to a ledger; create the ledger in an empty database"
    )]
    NotEmpty {
        /// The server's address without a password.
        location: String,
    },
    /// `DATABASE_URL` is not a PostgreSQL URL.
    #[error("DATABASE_URL is not valid; expected postgres://USER:PASSWORD@HOST:PORT/DATABASE")]
    Url(#[source] sqlx::Error),
    /// The schema was written by a later version, or its migrations differ from this version's.
    #[error(
        "the ledger has a schema that this version does not know; use the version that wrote it, or a later one"
    )]
    Schema(#[source] MigrateError),
    /// The ledger belongs to another institution or currency.
    #[error(
        "the ledger belongs to {found_institution} in {found_currency}, but the settings specify {expected_institution} in {expected_currency}"
    )]
    Identity {
        /// The institution stored in the ledger.
        found_institution: String,
        /// The currency and exponent stored in the ledger.
        found_currency: String,
        /// The institution of the settings.
        expected_institution: String,
        /// The currency and exponent of the settings.
        expected_currency: String,
    },
    /// The server is older than the oldest tested version.
    #[error("the database is PostgreSQL {found}; version 15 or later is required")]
    TooOld {
        /// The server's version.
        found: String,
    },
    /// The server's settings allow it to lose acknowledged commits.
    #[error("{reason}; to accept this, add {name} to ALLOW_WEAK")]
    Weak {
        /// The weakness's name in `ALLOW_WEAK`.
        name: &'static str,
        /// The setting, and its possible consequence.
        reason: &'static str,
    },
}

impl OpenError {
    /// Returns whether the database is temporarily unreachable, so that a retry may succeed.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        /// SQLSTATE of a server that is starting up, is shutting down, or has too many connections.
        const TRANSIENT: [&str; 3] = ["57P03", "57P01", "53300"];
        let Self::Database { source, .. } = self else { return false };
        match source {
            // sqlx reports a server that closes the connection during startup as a protocol error.
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::Protocol(_) => true,
            sqlx::Error::Database(error) => error.code().is_some_and(|code| TRANSIENT.contains(&&*code)),
            _ => false,
        }
    }
}

/// Rejects a ledger of another institution or currency. Neither changes during a ledger's life.
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
