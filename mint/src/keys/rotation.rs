//! Key rotation: publishes keysets before they are needed, and ends them after their tokens expired.
//!
//! 1. One keyset is always issuing; its successor is published 7 days before it takes over.
//! 2. Private keys are durable before their keyset is published. Of two processes that generate the keys of one epoch,
//!    the ledger accepts one; the other discards its keys.
//! 3. Nothing is published or ended by a clock that disagrees with the database's, or with what the ledger has seen
//!    (`clock_check`): tokens that a wrong clock ends are lost for good. Play money (`DEMO`) gets new keysets
//!    even then, so that a demo works after a long pause.
//! 4. 30 days after a keyset's last swap its epoch is ended for good, and its unspent rest expires.

use super::clock_check::{Verdict, judge};
use super::{KeySource, MakeError};
use ecash_core::{KeysetId, Timestamp};
use ecash_environment::{Clock, Entropy, EntropyError, error_chain};
use ecash_ledger::{Keysets, LedgerError, Operation, OperationId, OperationKind, StoredKeyset};
use ecash_signer::{KeyFileError, SignerError};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::Mutex;

/// How far this machine's clock and the database's may be apart.
const MAX_SKEW_S: u64 = 3600;
/// How long after `swap_until` an epoch is ended.
const END_DAYS: u64 = 30;

/// The private keys of a keyset are missing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the private keys of {keyset_id} are not in {folder}: {held} of {needed} found; restore them from the backup, or let all mints of this ledger share that folder"
)]
pub struct MissingKeys {
    /// The keyset that issues or will issue.
    pub keyset_id: KeysetId,
    /// Where they should be.
    pub folder: PathBuf,
    /// Found.
    pub held: usize,
    /// Needed.
    pub needed: usize,
}

/// Why rotation failed.
#[derive(Debug, thiserror::Error)]
pub enum RotationError {
    /// The ledger failed.
    #[error("the ledger failed")]
    Ledger(#[source] LedgerError),
    /// The clocks disagree.
    #[error(
        "this machine's clock says {here}, the database's {database}: set them right; no keys are made or ended by a wrong clock"
    )]
    Clock {
        /// The time by this machine's clock.
        here: Timestamp,
        /// Of the database.
        database: Timestamp,
    },
    /// The clock disagrees with the ledger.
    #[error(
        "this machine's clock says {here}, the newest time in the ledger is {newest}: no epoch is ended and no keyset is made; if the clock is right, run `ecash-mint clock confirm` or wait a day, else set the clock"
    )]
    ClockInDoubt {
        /// The time by this machine's clock.
        here: Timestamp,
        /// The newest time that the ledger holds.
        newest: Timestamp,
    },
    /// No keyset could be made.
    #[error("no signing keys could be made")]
    Make(#[source] MakeError),
    /// Key files cannot be read.
    #[error("the signing keys cannot be used")]
    File(#[source] KeyFileError),
    /// No random bytes.
    #[error("no random bytes")]
    Entropy(#[source] EntropyError),
    /// Private keys are missing.
    #[error(transparent)]
    Missing(MissingKeys),
    /// The signer did not list its keysets.
    #[error("the signer did not list its keysets")]
    Signer(#[source] SignerError),
    /// The signer holds no keyset of this institution and currency.
    #[error("the signer holds no keyset of this institution and currency: perform a key ceremony")]
    NoKeyset,
    /// The signer does not hold the keys that the ledger names.
    #[error("the signer does not hold the keys of {0} that the ledger names: is it the right token?")]
    NotHeld(KeysetId),
    /// A stored key is no key.
    #[error("a stored public key is refused by OpenSSL")]
    PublicKey(#[source] openssl::error::ErrorStack),
}

/// What a rotation found.
pub struct RotationOutcome {
    /// All keysets, oldest first.
    pub keysets: Vec<StoredKeyset>,
    /// Why some of them cannot sign, or a new one could not be published.
    pub trouble: Option<RotationError>,
    /// The clock disagrees with the ledger, so that nothing was ended.
    pub clock_in_doubt: bool,
}

/// Rotates keysets and their private keys.
pub struct KeyRotation {
    /// Where the keys come from.
    pub source: Arc<dyn KeySource>,
    /// Where keysets are published.
    pub ledger: Arc<dyn Keysets>,
    /// Decides what is due.
    pub clock: Arc<dyn Clock>,
    /// For operation ids.
    pub entropy: Arc<dyn Entropy>,
    /// One rotation at a time in this process.
    pub turn: Mutex<()>,
    /// Whether keysets are published while the clock is in doubt: play money only.
    pub publishes_in_doubt: bool,
}

impl RotationError {
    /// Whether the signer failed. It may return, and meanwhile the mint redeems without it.
    #[must_use]
    pub const fn is_of_the_signer(&self) -> bool {
        matches!(self, Self::Signer(_))
    }
}

impl KeyRotation {
    /// Publishes and ends what is due, and loads the private keys.
    ///
    /// # Errors
    /// [`RotationError`]; completed steps stay.
    pub async fn run_once(&self) -> Result<RotationOutcome, RotationError> {
        let _turn = self.turn.lock().await;
        let now = self.clock.now();
        self.check_clock(now).await?;
        let doubt = self.judge_clock(now).await?;
        let mut keysets = self.ledger.keysets().await.map_err(RotationError::Ledger)?;
        let may_publish = doubt.is_none() || self.publishes_in_doubt;
        let clock_in_doubt = doubt.is_some();
        let mut trouble = if may_publish { self.publish(&mut keysets, now).await.err() } else { doubt };
        if trouble.is_none() || !may_publish {
            let unusable = self.source.load(&keysets, now).await.err();
            trouble = unusable.or(trouble);
        }
        for stored in &mut keysets {
            if !clock_in_doubt && !stored.ended && now >= stored.keyset.dates.swap_until.plus_days(END_DAYS) {
                stored.ended = self.end(&stored.keyset.keyset_id, now).await;
            }
        }
        Ok(RotationOutcome { keysets, trouble, clock_in_doubt })
    }

    async fn check_clock(&self, here: Timestamp) -> Result<(), RotationError> {
        if !self.clock.is_of_this_machine() {
            return Ok(());
        }
        match self.ledger.database_time().await.map_err(RotationError::Ledger)? {
            Some(database) if database.unix_seconds().abs_diff(here.unix_seconds()) > MAX_SKEW_S => {
                Err(RotationError::Clock { here, database })
            }
            _ => Ok(()),
        }
    }

    /// Returns why this clock must not cause anything irreversible. Logged at every rotation: the operator must not miss it.
    async fn judge_clock(&self, now: Timestamp) -> Result<Option<RotationError>, RotationError> {
        let seen = self.ledger.clock().await.map_err(RotationError::Ledger)?;
        let (verdict, remembered) = judge(now, seen);
        if let Some(clock) = remembered {
            self.ledger.set_clock(clock).await.map_err(RotationError::Ledger)?;
        }
        Ok(match verdict {
            Verdict::Believed => None,
            Verdict::InDoubt { newest } => {
                let doubt = RotationError::ClockInDoubt { here: now, newest };
                // Where keysets are published in spite of it, nothing else reports the doubt.
                if self.publishes_in_doubt {
                    tracing::error!("{doubt}");
                }
                Some(doubt)
            }
        })
    }

    /// Publishes every keyset that is due.
    async fn publish(&self, keysets: &mut Vec<StoredKeyset>, now: Timestamp) -> Result<(), RotationError> {
        while self.source.publish_next(self.ledger.as_ref(), keysets, now).await? {
            let before = keysets.len();
            *keysets = self.ledger.keysets().await.map_err(RotationError::Ledger)?;
            if keysets.len() == before {
                return Err(RotationError::Make(MakeError::NameTaken));
            }
        }
        Ok(())
    }

    /// Ends an epoch, and returns whether it has ended. A failure is retried by the next rotation; its tokens are already
    /// worth nothing.
    async fn end(&self, keyset_id: &KeysetId, now: Timestamp) -> bool {
        match self.try_end(keyset_id, now).await {
            Ok(ended) => {
                if ended {
                    tracing::info!(keyset = %keyset_id, "the epoch has ended; what was never spent has expired");
                }
                true
            }
            Err(error) => {
                let error = error_chain(&error);
                tracing::error!(keyset = %keyset_id, error, "ending the epoch failed; retrying at the next rotation");
                false
            }
        }
    }

    async fn try_end(&self, keyset_id: &KeysetId, now: Timestamp) -> Result<bool, RotationError> {
        let mut bytes = [0; 16];
        self.entropy.fill(&mut bytes).map_err(RotationError::Entropy)?;
        let operation = Operation {
            id: OperationId::new(bytes),
            kind: OperationKind::Expire,
            request_digest: None,
            at: now,
        };
        self.ledger.end_keyset(keyset_id, operation).await.map_err(RotationError::Ledger)
    }
}
