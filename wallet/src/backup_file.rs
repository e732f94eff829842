//! The backup file: recovery phrase and history, encrypted under a passphrase.
//!
//! A JSON object, so that it can be recognized without the passphrase. `sealed` is the JSON of [`Content`],
//! sealed as records are (XChaCha20-Poly1305), under the passphrase stretched with Argon2id.

use crate::activity::Activity;
use crate::device::{Device, StretchCost};
use crate::error::WalletError;
use crate::lock::MIN_PASSPHRASE_CHARS;
use crate::seal::DataKey;
use ecash_core::base64url::Base64Url;
use ecash_core::{Origin, Timestamp};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Version of the format.
const VERSION: u32 = 1;
const SEALED_AS: &str = "backup/file";
/// Maximum length of a file that is read, in bytes: enough for tens of thousands of activities.
const MAX_LEN: usize = 64 << 20;

/// Room for everything of [`Content`] besides the activities, in bytes: the buffer does not grow after the
/// phrase was written to it.
const ROOM: usize = 4096;

#[derive(Serialize, Deserialize)]
struct File {
    ecash_backup: u32,
    cost: StretchCost,
    /// 16 random bytes.
    salt: Base64Url,
    sealed: Base64Url,
}

/// What a backup file holds. Tokens are not part of it: the recovery phrase restores them from the mint, also
/// those that were received after the file was made.
#[derive(Serialize, Deserialize)]
pub(crate) struct Content {
    pub(crate) mint: Origin,
    pub(crate) made_at: Timestamp,
    /// Activities that have ended, with their receipts.
    pub(crate) activities: Vec<Activity>,
    /// Last, so that a growing buffer leaves no copies of it in freed memory.
    pub(crate) recovery_phrase: Zeroizing<String>,
}

/// Returns the file's text.
pub(crate) async fn seal(
    device: &impl Device,
    passphrase: &str,
    content: &Content,
) -> Result<String, WalletError> {
    if passphrase.chars().count() < MIN_PASSPHRASE_CHARS {
        return Err(WalletError::PassphraseTooShort);
    }
    let mut salt = [0; 16];
    device.fill_random(&mut salt).map_err(|_| WalletError::Entropy)?;
    let cost = StretchCost::RECOMMENDED;
    let key = device.stretch(passphrase, &salt, cost).await.map_err(WalletError::Stretch)?;
    let rest = serde_json::to_vec(&content.activities).map_err(|_| WalletError::BackupFile)?;
    let mut plain = Zeroizing::new(Vec::with_capacity(rest.len() + ROOM));
    serde_json::to_writer(&mut *plain, content).map_err(|_| WalletError::BackupFile)?;
    let sealed =
        DataKey::new(key).seal(device, SEALED_AS, &plain).map(Base64Url).map_err(|_| WalletError::Entropy)?;
    let file = File { ecash_backup: VERSION, cost, salt: salt.as_slice().into(), sealed };
    serde_json::to_string(&file).map_err(|_| WalletError::BackupFile)
}

/// Returns the content of a file's text.
pub(crate) async fn open(device: &impl Device, passphrase: &str, text: &str) -> Result<Content, WalletError> {
    if text.len() > MAX_LEN {
        return Err(WalletError::BackupFile);
    }
    let file: File = serde_json::from_str(text).map_err(|_| WalletError::BackupFile)?;
    let salt = <[u8; 16]>::try_from(file.salt.as_bytes()).map_err(|_| WalletError::BackupFile)?;
    // A file of a stranger must not make this device compute for hours.
    if file.ecash_backup != VERSION || !file.cost.is_acceptable() {
        return Err(WalletError::BackupFile);
    }
    let key = device.stretch(passphrase, &salt, file.cost).await.map_err(WalletError::Stretch)?;
    let plain = DataKey::new(key).open(SEALED_AS, file.sealed.as_bytes()).ok_or(WalletError::DoesNotOpen)?;
    serde_json::from_slice(&plain).map_err(|_| WalletError::BackupFile)
}
