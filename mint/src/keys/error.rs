//! Errors of key rotation.

use super::MakeError;
use ecash_core::{KeysetId, Timestamp};
use ecash_environment::EntropyError;
use ecash_ledger::LedgerError;
use ecash_signer::{KeyFileError, SignerError};
use std::path::PathBuf;

/// The private keys of a keyset are missing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the private keys of {keyset_id} are not in {folder}: {held} of {needed} found; restore them from the backup, or let all mints of this ledger share that folder"
)]
pub struct MissingKeys {
    /// A keyset that issues now or later.
    pub keyset_id: KeysetId,
    /// The folder of key files.
    pub folder: PathBuf,
    /// Number of private keys found.
    pub held: usize,
    /// Number of keys in the keyset.
    pub needed: usize,
}

/// Reasons that a key rotation fails or is incomplete.
#[derive(Debug, thiserror::Error)]
pub enum RotationError {
    /// The ledger could not be read or written.
    #[error("the ledger failed")]
    Ledger(#[source] LedgerError),
    /// This machine's clock and the database's differ by more than half an hour.
    #[error(
        "this machine's clock reads {here}, the database's clock reads {database}: correct them; keysets are neither published nor ended meanwhile"
    )]
    Clock {
        /// The time by this machine's clock.
        here: Timestamp,
        /// The time by the database's clock.
        database: Timestamp,
    },
    /// The clock disagrees with the newest time in the ledger, and is not confirmed.
    #[error(
        "this machine's clock reads {here}, the newest time in the ledger is {newest}: keysets are neither published nor ended; if the clock is right, run `ecash-mint clock confirm` or wait a day, otherwise correct the clock"
    )]
    ClockInDoubt {
        /// The time by this machine's clock.
        here: Timestamp,
        /// The newest time that the ledger holds.
        newest: Timestamp,
    },
    /// A keyset could not be generated or published.
    #[error("no new keyset could be generated and published")]
    Make(#[source] MakeError),
    /// A key file cannot be read or decrypted.
    #[error("the signing keys cannot be read")]
    File(#[source] KeyFileError),
    /// The operating system returned no random bytes.
    #[error("the operating system returned no random bytes for an operation id")]
    Entropy(#[source] EntropyError),
    /// Private keys of a keyset that issues now or later are missing.
    #[error(transparent)]
    Missing(MissingKeys),
    /// The signer's keysets could not be listed.
    #[error("the signer did not list its keysets")]
    Signer(#[source] SignerError),
    /// The signer holds no keyset of this institution and currency.
    #[error("the signer holds no keyset of this institution and currency: perform a key ceremony")]
    NoKeyset,
    /// The signer does not hold the keys that the ledger names.
    #[error(
        "the signer does not hold the keys of {0} that the ledger names: check that it uses the right hardware token"
    )]
    NotHeld(KeysetId),
    /// A stored public key is not valid: the ledger is corrupt.
    #[error("OpenSSL rejects a stored public key")]
    PublicKey(#[source] openssl::error::ErrorStack),
}
