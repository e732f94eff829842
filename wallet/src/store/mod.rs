//! Durable state: records, the transitions between states, and the trait of stores.
//!
//! A store keeps named bytes and applies one [`Change`] at a time: all of its writes, durably, or
//! none. What the bytes mean is decided here, once for all stores.

mod change;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
#[cfg(any(test, feature = "conformance"))]
mod memory;
mod records;

pub use change::{Change, Record, Table, Transition, Write};
#[cfg(any(test, feature = "conformance"))]
pub use memory::MemoryStore;
pub(crate) use records::{
    Edit, MintState, OwnToken, TokenState, WalletState, decode, delete_activity, delete_counter, delete_mint,
    delete_plan, delete_token, delete_wallet, encode,
};

/// Version of what the bytes mean. A store that holds a newer one is refused, untouched.
pub const FORMAT_VERSION: u32 = 1;

/// Why the state cannot be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The engine failed; nothing was written.
    #[error("the storage failed: {0}")]
    Failed(String),
    /// Another wallet process or tab holds it.
    #[error("the wallet is open elsewhere")]
    Locked,
    /// Written by a later version; untouched.
    #[error("this wallet was written by a newer version; update the app")]
    Newer,
    /// A record is not what was written.
    #[error("a stored {0} is damaged")]
    Damaged(&'static str),
}

/// A place for the wallet's state.
pub trait Store {
    /// Everything that is stored.
    ///
    /// # Errors
    /// [`StoreError`].
    fn load(&self) -> impl Future<Output = Result<Vec<Record>, StoreError>>;

    /// Applies all writes in order, atomically; durable when it returns.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing was written.
    fn apply(&self, change: &Change) -> impl Future<Output = Result<(), StoreError>>;
}

/// A store that several own is the same store.
impl<S: Store> Store for std::sync::Arc<S> {
    async fn load(&self) -> Result<Vec<Record>, StoreError> {
        self.as_ref().load().await
    }

    async fn apply(&self, change: &Change) -> Result<(), StoreError> {
        self.as_ref().apply(change).await
    }
}
