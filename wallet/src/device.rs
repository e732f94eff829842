//! The services that a wallet needs from its device: time, randomness, pauses, passphrase stretching and a
//! progress display.

use ecash_core::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// The stage of a running operation, for a progress display.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Screens the keys of a keyset that is new to this wallet.
    CheckingKeys,
    /// Derives and blinds outputs.
    Preparing,
    /// Waits for the mint's response. Its duration is unknown.
    Waiting,
    /// Unblinds and verifies signatures.
    Finishing,
    /// Restores: searches the mint for outputs of this seed, with one step per key and chain.
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

/// The cost parameters of stretching a passphrase with Argon2id (RFC 9106).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StretchCost {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes, which can be computed in parallel.
    pub lanes: u32,
}

impl StretchCost {
    /// The second recommended option of RFC 9106 §4, but with one lane, because a browser computes lanes
    /// sequentially.
    pub const RECOMMENDED: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 };

    /// Returns whether this cost is within what a device can be asked to compute.
    pub(crate) const fn is_acceptable(self) -> bool {
        self.memory_kib <= 1024 * 1024 && self.passes <= 16 && self.lanes <= 16
    }
}

/// Errors of [`Device::stretch`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StretchError {
    /// The device has too little memory, or could not load the program that stretches.
    #[error("this device could not stretch the passphrase")]
    Failed,
    /// The stored cost exceeds the limit of every version of the wallet.
    #[error("the stored passphrase cost exceeds the allowed maximum")]
    TooCostly,
}

/// The device that runs a wallet: a browser, a machine, or a test.
pub trait Device {
    /// Returns the current time, to the second. It decides which keysets can issue, redeem and swap.
    fn now(&self) -> Timestamp;
    /// Fills `bytes` with cryptographically secure random bytes. Seeds and keys are generated from them.
    ///
    /// # Errors
    /// [`NoEntropy`] if the generator fails; the content of `bytes` must not be used then.
    fn fill_random(&self, bytes: &mut [u8]) -> Result<(), NoEntropy>;
    /// Stretches a passphrase with Argon2id, version 1.3, to 32 bytes. Takes about a second, without blocking
    /// other tasks.
    ///
    /// # Errors
    /// [`StretchError::Failed`] if memory is insufficient or the implementation cannot be loaded.
    fn stretch(
        &self,
        passphrase: &str,
        salt: &[u8; 16],
        cost: StretchCost,
    ) -> impl Future<Output = Result<Zeroizing<[u8; 32]>, StretchError>>;
    /// Lets other tasks run. Called between short units of work to keep a page responsive. May return at once
    /// if less than 16 ms, one frame, have passed since it last yielded.
    fn yield_now(&self) -> impl Future<Output = ()>;
    /// Waits `ms` milliseconds. Called before a retry.
    fn pause(&self, ms: u32) -> impl Future<Output = ()>;
    /// Shows progress. Called at every step of an operation, so it must return quickly.
    fn progress(&self, progress: Progress);
}
