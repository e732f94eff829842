//! What the device provides: time, randomness, pauses, and a display of progress.

use ecash_core::Timestamp;

/// What the wallet is doing, for the person who waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Checking the mint's keys.
    CheckingKeys,
    /// Preparing tokens.
    Preparing,
    /// Waiting for the mint.
    Waiting,
    /// Finishing tokens.
    Finishing,
    /// Looking for tokens of this seed.
    Searching,
}

/// How far a long operation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The current stage.
    pub stage: Stage,
    /// Finished steps.
    pub done: usize,
    /// Number of steps; 0 if unknown.
    pub total: usize,
}

/// The device returned no random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the device returned no random bytes")]
pub struct NoEntropy;

/// A device that runs a wallet: a browser, a machine, or a test.
pub trait Device {
    /// The current time, to the second.
    fn now(&self) -> Timestamp;
    /// Fills `bytes` with random bytes.
    ///
    /// # Errors
    /// [`NoEntropy`]; `bytes` must not be used then.
    fn fill_random(&self, bytes: &mut [u8]) -> Result<(), NoEntropy>;
    /// Lets other tasks run, where 16 ms have passed since the last time. Called between short pieces of work, so that a
    /// page stays responsive.
    fn yield_now(&self) -> impl Future<Output = ()>;
    /// Waits before a retry.
    fn pause(&self, ms: u32) -> impl Future<Output = ()>;
    /// Reports progress.
    fn progress(&self, progress: Progress);
}
