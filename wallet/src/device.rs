//! The services that a wallet needs from its device: time, randomness, pauses, and a display of progress.

use ecash_core::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// The stage of a running operation, to show to the person who waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Screens the keys of a keyset that is new to this wallet.
    CheckingKeys,
    /// Derives and blinds outputs.
    Preparing,
    /// Waits for the mint's answer. Its duration is unknown.
    Waiting,
    /// Unblinds and verifies signatures.
    Finishing,
    /// Searches the mint for outputs of this seed, one step for each key and chain.
    Searching,
}

/// The progress of the current stage of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The stage that `done` and `total` count.
    pub stage: Stage,
    /// Steps of this stage that are finished.
    pub done: usize,
    /// Steps of this stage; 0 if unknown.
    pub total: usize,
}

/// The device's random number generator failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the device returned no random bytes")]
pub struct NoEntropy;

/// What stretching a passphrase with Argon2id (RFC 9106) costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StretchCost {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes, which may be computed at the same time.
    pub lanes: u32,
}

impl StretchCost {
    /// The second recommendation of RFC 9106 §4, with one lane, because a browser computes one at a time.
    pub const RECOMMENDED: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 };

    /// Whether a device can be asked for this much.
    pub(crate) const fn is_acceptable(self) -> bool {
        self.memory_kib <= 1024 * 1024 && self.passes <= 16 && self.lanes <= 16
    }
}

/// Why a passphrase was not stretched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StretchError {
    /// The device has too little memory, or could not load the program for it.
    #[error("this device could not compute with the passphrase")]
    Failed,
    /// The stored cost is above what a wallet asks for.
    #[error("the stored wallet asks for more computing than any wallet needs")]
    TooCostly,
}

/// The device that runs a wallet: a browser, a machine, or a test.
pub trait Device {
    /// Returns the current time, to the second. It decides which keysets can issue, redeem and swap.
    fn now(&self) -> Timestamp;
    /// Fills `bytes` with cryptographically secure random bytes; seeds and keys are made from them.
    ///
    /// # Errors
    /// [`NoEntropy`] if the generator fails; the content of `bytes` must not be used then.
    fn fill_random(&self, bytes: &mut [u8]) -> Result<(), NoEntropy>;
    /// Stretches a passphrase with Argon2id, version 1.3, to 32 bytes. Takes about a second, without blocking other tasks.
    ///
    /// # Errors
    /// [`StretchError::Failed`].
    fn stretch(
        &self,
        passphrase: &str,
        salt: &[u8; 16],
        cost: StretchCost,
    ) -> impl Future<Output = Result<Zeroizing<[u8; 32]>, StretchError>>;
    /// Lets other tasks run. Called between short counts of work, so that a page stays responsive. May return at once
    /// if less than 16 ms, one frame, have passed since it last yielded.
    fn yield_now(&self) -> impl Future<Output = ()>;
    /// Waits `ms` milliseconds, before a retry.
    fn pause(&self, ms: u32) -> impl Future<Output = ()>;
    /// Shows progress. Called at every step of an operation, so it must return quickly.
    fn progress(&self, progress: Progress);
}
