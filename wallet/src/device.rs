//! The services that a wallet needs from its device: time, randomness, pauses, and a display of progress.

use ecash_core::Timestamp;

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

/// The device that runs a wallet: a browser, a machine, or a test.
pub trait Device {
    /// Returns the current time, to the second. It decides which keysets can issue, redeem and swap.
    fn now(&self) -> Timestamp;
    /// Fills `bytes` with cryptographically secure random bytes; seeds and keys are made from them.
    ///
    /// # Errors
    /// [`NoEntropy`] if the generator fails; the content of `bytes` must not be used then.
    fn fill_random(&self, bytes: &mut [u8]) -> Result<(), NoEntropy>;
    /// Lets other tasks run. Called between short pieces of work, so that a page stays responsive. May return at once
    /// if less than 16 ms, one frame, have passed since it last yielded.
    fn yield_now(&self) -> impl Future<Output = ()>;
    /// Waits `ms` milliseconds, before a retry.
    fn pause(&self, ms: u32) -> impl Future<Output = ()>;
    /// Shows progress. Called at every step of an operation, so it must return quickly.
    fn progress(&self, progress: Progress);
}
