//! Durable state: records, the transitions between states, and the [`Store`] trait.
//!
//! A store maps a table and a key to a text. It applies one [`Change`] at a time, durably and atomically. The
//! texts are opaque to it: this module encodes and decodes them, in the same way for all stores.

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
    Backup, Edit, EncodeError, KeysAlarm, MintState, OwnToken, TokenState, WalletState, decode,
    delete_activity, delete_counter, delete_mint, delete_plan, delete_token, delete_wallet, encode,
    find_lock,
};

/// The version of the record format, stored with the wallet. A wallet of a newer version is rejected and left
/// unchanged.
pub const FORMAT_VERSION: u32 = 3;

/// Errors of a [`Store`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The storage engine failed, with this message; nothing was written.
    #[error("storage failed: {0}")]
    Failed(String),
    /// Another program or browser tab has the store open.
    #[error("the wallet is open in another program or tab")]
    Locked,
    /// Another tab has taken over the wallet. Nothing was written.
    #[error("another tab has taken over the wallet")]
    TakenOver,
    /// A newer version wrote the store; nothing was changed.
    #[error("this wallet was written by a newer version; update the app")]
    Newer,
    /// A record of this kind does not parse, or its seal does not open.
    #[error("stored {0} is corrupt")]
    Damaged(&'static str),
}

/// Durable storage for one wallet's records. The feature `conformance` provides tests for implementations.
pub trait Store {
    /// Returns all records, in any order. Called once, when a wallet is opened.
    ///
    /// # Errors
    /// [`StoreError::Newer`] if a newer version wrote the store, [`StoreError::Damaged`] if a record is
    /// malformed, and [`StoreError::Failed`] if the storage engine fails.
    fn load(&self) -> impl Future<Output = Result<Vec<Record>, StoreError>>;

    /// Applies the writes of a change in order and atomically. They must be durable when this returns,
    /// because the wallet sends requests to the mint only after that.
    ///
    /// # Errors
    /// [`StoreError::Newer`] if a newer version wrote the store, and [`StoreError::Failed`] if the storage
    /// engine fails. Nothing was written then.
    fn apply(&self, change: &Change) -> impl Future<Output = Result<(), StoreError>>;
}

/// Lets the owner of a store, such as the SDK, keep access to it while a wallet uses it.
impl<S: Store> Store for std::sync::Arc<S> {
    async fn load(&self) -> Result<Vec<Record>, StoreError> {
        self.as_ref().load().await
    }

    async fn apply(&self, change: &Change) -> Result<(), StoreError> {
        self.as_ref().apply(change).await
    }
}
