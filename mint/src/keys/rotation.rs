//! Key rotation: publishes keysets before they are needed, and ends them after their tokens have expired.
//!
//! 1. One keyset is always issuing. Its successor is published 7 days before it takes over.
//! 2. Private keys are durable before their keyset is published. If two processes generate keys for one
//!    epoch, the ledger accepts one keyset, and the other process discards its keys.
//! 3. Nothing is published or ended while this machine's clock disagrees with the database's, or with the
//!    times stored in the ledger (`clock_check`), because ending a keyset destroys the value of its tokens.
//!    The currency `DEMO` gets new keysets even then, so that a demo works after a long pause.
//! 4. Private keys in files are destroyed after two observations, at least a day apart, that they must not
//!    sign any more. The first is made a day after their keyset's `issue_until`, or once the keyset was
//!    stopped.
//! 5. A keyset is ended permanently 30 days after its tokens can last be swapped, and its unspent value
//!    expires.

use super::clock_check::{Verdict, judge};
use super::{KeySource, MakeError, RotationError};
use ecash_core::{KeysetId, Timestamp};
use ecash_environment::{Clock, Entropy, error_chain};
use ecash_ledger::{CLOCK_DIFFERENCE_S, Keysets, Operation, OperationId, OperationKind, StoredKeyset};
use std::sync::Arc;
use tokio::sync::Mutex;

/// How far this machine's clock and the database's may differ. Two mints then differ by at most
/// [`CLOCK_DIFFERENCE_S`].
const MAX_SKEW_S: u64 = CLOCK_DIFFERENCE_S / 2;
/// How many days after `swap_until` a keyset is ended.
const END_DAYS: u64 = 30;

/// How many days after `issue_until` private keys are first considered for destruction.
const RETIRE_DAYS: u64 = 1;

/// The result of a rotation.
pub struct RotationOutcome {
    /// All keysets, oldest first.
    pub keysets: Vec<StoredKeyset>,
    /// Why keysets cannot sign, a new one was not published, or private keys were not destroyed; or that the
    /// clock is in doubt. Only one reason is kept; the others are logged. The other keysets are usable.
    pub trouble: Option<RotationError>,
    /// Whether the clock disagrees with the ledger, so that no keyset was ended.
    pub clock_in_doubt: bool,
}

/// Rotates keysets and their private keys.
pub struct KeyRotation {
    /// Supplies new keysets, and loads private keys.
    pub source: Arc<dyn KeySource>,
    /// Stores published keysets.
    pub ledger: Arc<dyn Keysets>,
    /// Decides which keysets are due.
    pub clock: Arc<dyn Clock>,
    /// Randomness for operation ids.
    pub entropy: Arc<dyn Entropy>,
    /// Held during a rotation, so that this process runs one at a time.
    pub turn: Mutex<()>,
    /// Whether keysets are published while the clock is in doubt. For the currency `DEMO` only.
    pub publishes_in_doubt: bool,
}

impl RotationError {
    /// Returns whether the signer failed. It may recover, and until then the mint can redeem tokens.
    #[must_use]
    pub const fn is_of_the_signer(&self) -> bool {
        matches!(self, Self::Signer(_))
    }
}

impl KeyRotation {
    /// Publishes keysets that are due, loads private keys, and ends keysets that are due. Idempotent; many
    /// processes may run it at the same time.
    ///
    /// # Errors
    /// [`RotationError`]; completed steps are not undone.
    pub async fn run_once(&self) -> Result<RotationOutcome, RotationError> {
        let _turn = self.turn.lock().await;
        // 1. Check the clock. `doubt` is why it must not cause anything irreversible.
        let now = self.clock.now();
        self.check_clock(now).await?;
        let doubt = self.judge_clock(now).await?;
        // 2. Publish keysets that are due. A failure is kept in `trouble`, because the existing keysets are
        //    still usable.
        let mut keysets = self.ledger.keysets().await.map_err(RotationError::Ledger)?;
        let may_publish = doubt.is_none() || self.publishes_in_doubt;
        let clock_in_doubt = doubt.is_some();
        let mut trouble = if may_publish { self.publish(&mut keysets, now).await.err() } else { doubt };
        // 3. Load the private keys of all keysets that issue now or later. Also done while the clock is in
        //    doubt, because the existing keysets continue to issue.
        if let Some(unusable) = self.source.load(&keysets, now).await.err()
            && let Some(unpublished) = trouble.replace(unusable)
        {
            tracing::error!(error = error_chain(&unpublished), "no new keyset was published");
        }
        // 4. End keysets that are due. Never by a clock in doubt, and independent of any trouble with
        //    publishing.
        for stored in &mut keysets {
            if !clock_in_doubt && !stored.ended && now >= stored.keyset.dates.swap_until.plus_days(END_DAYS) {
                stored.ended = self.end(&stored.keyset.keyset_id, now).await;
            }
        }
        // 5. Destroy private keys that must not sign any more, because a thief could use them to forge tokens
        //    while the keyset is redeemable.
        let over = |stored: &&StoredKeyset| {
            let keyset = &stored.keyset;
            !keyset.status.is_live() || now >= keyset.dates.issue_until.plus_days(RETIRE_DAYS)
        };
        for stored in keysets.iter().filter(over).filter(|_| !clock_in_doubt) {
            if let Err(error) = self.source.retire(&stored.keyset, now) {
                trouble = trouble.or(Some(error));
            }
        }
        Ok(RotationOutcome { keysets, trouble, clock_in_doubt })
    }

    /// Compares this machine's clock with the database's, if both are real clocks.
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

    /// Returns why this clock must not cause anything irreversible, or `None`. The doubt is logged at every
    /// rotation, so that the operator notices it.
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
                // If keysets are published anyway, the rotation succeeds, and its caller does not log the
                // doubt.
                if self.publishes_in_doubt {
                    tracing::error!("{doubt}");
                }
                Some(doubt)
            }
        })
    }

    /// Publishes keysets until none is due, and updates `keysets`. Several may be due after a long pause.
    async fn publish(&self, keysets: &mut Vec<StoredKeyset>, now: Timestamp) -> Result<(), RotationError> {
        while self.source.publish_next(self.ledger.as_ref(), keysets, now).await? {
            let before = keysets.len();
            *keysets = self.ledger.keysets().await.map_err(RotationError::Ledger)?;
            // The source succeeded, but the ledger has no new epoch: the name belongs to an older one.
            if keysets.len() == before {
                return Err(RotationError::Make(MakeError::NameTaken));
            }
        }
        Ok(())
    }

    /// Ends a keyset, and returns whether it has ended. A failure is logged and retried by the next rotation;
    /// the keyset's tokens cannot be swapped any more in either case.
    async fn end(&self, keyset_id: &KeysetId, now: Timestamp) -> bool {
        match self.try_end(keyset_id, now).await {
            Ok(ended) => {
                if ended {
                    tracing::info!(keyset = %keyset_id, "epoch ended; its unspent tokens have expired");
                }
                true
            }
            Err(error) => {
                let error = error_chain(&error);
                tracing::error!(keyset = %keyset_id, error, "ending an epoch failed; retrying at the next rotation");
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
