//! The key that signs receipts of payments and refunds.
//!
//! The ledger holds the public half, so all mints of one ledger must sign with the same key. It also keeps
//! every earlier public key, so that old receipts stay verifiable.

use crate::settings::Settings;
use ecash_core::Timestamp;
use ecash_core::receipt::{ReceiptKey, ReceiptKeyId, SignedReceipt, successor_message};
use ecash_ledger::{Ed25519Key, Ed25519KeyError, LedgerError, LedgerIdentity, ReceiptKeyRecord, ReceiptKeys};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

/// Errors of the key that signs receipts.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptKeyError {
    /// The key cannot be read or created.
    #[error("the key that signs receipts cannot be used")]
    File(#[source] Ed25519KeyError),
    /// The ledger failed.
    #[error("the ledger failed")]
    Ledger(#[source] LedgerError),
    /// The file does not hold the key that signs receipts now.
    #[error(
        "{0} is not the key that signs this ledger's receipts: give every mint of the ledger the same RECEIPT_KEY_FILE; if that key is lost, `ecash-mint receipt next-key FILE --without-previous` creates another"
    )]
    OtherKey(PathBuf),
    /// No mint has served this ledger yet, so it has no receipt key.
    #[error("the ledger has no receipt key yet: the first start of a mint adds one")]
    NoKey,
    /// The key signs or has signed receipts already.
    #[error("the ledger already has the key in {0}; name a file that does not exist")]
    KnownKey(PathBuf),
    /// This mint's key was replaced more than a day ago, and the mint was not restarted with the new one.
    #[error("this mint's receipt key has expired: set RECEIPT_KEY_FILE to the new key, and restart the mint")]
    Ended,
    /// OpenSSL could not sign.
    #[error("OpenSSL could not sign")]
    OpenSsl(#[source] openssl::error::ErrorStack),
}

/// Signs receipts.
pub struct ReceiptSigner {
    key: Ed25519Key,
    id: ReceiptKeyId,
    keys: RwLock<Vec<ReceiptKey>>,
}

impl ReceiptSigner {
    /// Opens the configured key. A ledger without a key records it as its first. Otherwise it must be the key
    /// that signs now, or its predecessor within a day of the change. A configured file must exist; the
    /// default file is created if it is missing.
    ///
    /// # Errors
    /// [`ReceiptKeyError`].
    pub async fn open(
        settings: &Settings,
        ledger: &dyn ReceiptKeys,
        now: Timestamp,
    ) -> Result<Self, ReceiptKeyError> {
        let path = settings.receipt_key_path();
        let key = Ed25519Key::open(settings.receipt_key_file.as_deref(), &path);
        let key = key.map_err(ReceiptKeyError::File)?;
        let mut records = ledger.receipt_keys().await.map_err(ReceiptKeyError::Ledger)?;
        if records.is_empty() {
            let from = now.rounded_to_minute();
            let first = ReceiptKeyRecord { public_key: *key.public(), from, by_previous: None };
            ledger.add_receipt_key(0, &first).await.map_err(ReceiptKeyError::Ledger)?;
            // Another mint may have added its key first.
            records = ledger.receipt_keys().await.map_err(ReceiptKeyError::Ledger)?;
        }
        let keys = wire_keys(&records);
        let signs = |key: &&ReceiptKey| key.until.is_none_or(|until| now < until);
        let own = keys.iter().filter(signs).find(|known| known.public_key.as_bytes() == key.public());
        if own.is_none() {
            return Err(ReceiptKeyError::OtherKey(path));
        }
        let LedgerIdentity { institution_id, currency } = &settings.identity;
        let id = ReceiptKeyId::of(institution_id, currency, key.public());
        Ok(Self { key, id, keys: RwLock::new(keys) })
    }

    /// Returns every key that ever signed, oldest first.
    #[must_use]
    pub fn keys(&self) -> Vec<ReceiptKey> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reloads the keys, because the operator may have added one. Returns when this mint's key expires, if it
    /// was replaced.
    ///
    /// # Errors
    /// The ledger's failure; the loaded keys are unchanged.
    pub async fn refresh(&self, ledger: &dyn ReceiptKeys) -> Result<Option<Timestamp>, LedgerError> {
        let keys = wire_keys(&ledger.receipt_keys().await?);
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(self.ends_at())
    }

    /// Returns when this mint's key expires; `None` while it is the newest.
    fn ends_at(&self) -> Option<Timestamp> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.iter().find(|key| key.public_key.as_bytes() == self.key.public()).and_then(|key| key.until)
    }

    /// Returns the id of the key that signs.
    #[must_use]
    pub const fn id(&self) -> ReceiptKeyId {
        self.id
    }

    /// Signs a receipt of an operation at this time.
    ///
    /// # Errors
    /// [`ReceiptKeyError::Ended`], because verifiers would reject the receipt; OpenSSL's failure; or a body
    /// without an RFC 8785 form.
    pub fn sign(
        &self,
        body: &impl Serialize,
        at: Timestamp,
    ) -> Result<SignedReceipt, Box<dyn std::error::Error + Send + Sync>> {
        if self.ends_at().is_some_and(|end| at >= end) {
            return Err(ReceiptKeyError::Ended.into());
        }
        SignedReceipt::sign(body, |message| Ok(self.key.sign(message)?))
    }
}

/// Adds the next key to the ledger, and creates it in `path` if the file is missing. The current key signs
/// the new one, unless it is lost. A mint signs with the new key once it is restarted with it.
///
/// # Errors
/// [`ReceiptKeyError`].
pub async fn add_next_key(
    settings: &Settings,
    ledger: &dyn ReceiptKeys,
    path: &Path,
    with_previous: bool,
    now: Timestamp,
) -> Result<(), ReceiptKeyError> {
    let records = ledger.receipt_keys().await.map_err(ReceiptKeyError::Ledger)?;
    let last = records.last().ok_or(ReceiptKeyError::NoKey)?;
    let next = Ed25519Key::read_or_make(path).map_err(ReceiptKeyError::File)?;
    if records.iter().any(|known| known.public_key == *next.public()) {
        return Err(ReceiptKeyError::KnownKey(path.to_owned()));
    }
    let by_previous = if with_previous {
        let previous_path = settings.receipt_key_path();
        let previous = Ed25519Key::read(&previous_path).map_err(ReceiptKeyError::File)?;
        if *previous.public() != last.public_key {
            return Err(ReceiptKeyError::OtherKey(previous_path));
        }
        let LedgerIdentity { institution_id, currency } = &settings.identity;
        let id = ReceiptKeyId::of(institution_id, currency, next.public());
        Some(previous.sign(&successor_message(&id)).map_err(ReceiptKeyError::OpenSsl)?)
    } else {
        None
    };
    let from = now.rounded_to_minute();
    let record = ReceiptKeyRecord { public_key: *next.public(), from, by_previous };
    let number = u32::try_from(records.len()).map_err(|_| ReceiptKeyError::NoKey)?;
    ledger.add_receipt_key(number, &record).await.map_err(ReceiptKeyError::Ledger)?;
    let added = ledger.receipt_keys().await.map_err(ReceiptKeyError::Ledger)?;
    if added.last() == Some(&record) { Ok(()) } else { Err(ReceiptKeyError::OtherKey(path.to_owned())) }
}

/// Returns the keys as the API lists them.
pub(crate) fn wire_keys(records: &[ReceiptKeyRecord]) -> Vec<ReceiptKey> {
    let wire = |(number, record): (usize, &ReceiptKeyRecord)| ReceiptKey {
        public_key: record.public_key.as_slice().into(),
        from: record.from,
        until: records.get(number + 1).map(ReceiptKeyRecord::until),
        by_previous: record.by_previous.map(|signature| signature.as_slice().into()),
    };
    records.iter().enumerate().map(wire).collect()
}
