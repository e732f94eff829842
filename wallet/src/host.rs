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

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub stage: Stage,
    /// Steps done.
    pub done: usize,
    /// Steps in all; 0: not known.
    pub total: usize,
}

/// The device gave no random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no random bytes")]
pub struct NoEntropy;

/// The device.
pub trait Host {
    /// Now.
    fn now(&self) -> Timestamp;
    /// Random bytes.
    ///
    /// # Errors
    /// [`NoEntropy`].
    fn fill_random(&self, bytes: &mut [u8]) -> Result<(), NoEntropy>;
    /// Called between short pieces of work; gives the page a moment when 16 ms have passed.
    fn breathe(&self) -> impl Future<Output = ()>;
    /// Waits before a repeated attempt.
    fn pause(&self, ms: u32) -> impl Future<Output = ()>;
    /// Reports progress.
    fn progress(&self, progress: Progress);
}
