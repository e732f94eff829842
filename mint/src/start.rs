//! Putting a mint together from its settings. What cannot be trusted is refused, with the reason.

use crate::environment::{Clock, Entropy, EntropyError, SystemClock, SystemEntropy};
use crate::keys::{
    KeyFileError, KeyFiles, KeySecret, Keyring, MakeError, make_private_keys, plan_keyset, publish_keyset,
};
use crate::ledger::sqlite::{OpenError, SqliteLedger};
use crate::ledger::{AccountRole, Committer, CommitterSettings, Ledger, LedgerError, StoredKeyset};
use crate::service::{DEMO_MERCHANT, Mint, Parts};
use crate::settings::Settings;
use crate::signer::SoftwareSigner;
use crate::spent_index::InProcessIndex;
use ecash_core::AccountId;
use ecash_core::keys::Phase;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

/// Why the mint does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be made.
    #[error("the data folder {0} cannot be made")]
    DataDir(PathBuf, #[source] std::io::Error),
    /// The ledger is refused.
    #[error("the ledger was not opened")]
    Open(#[source] OpenError),
    /// The ledger failed.
    #[error("the ledger failed")]
    Ledger(#[source] LedgerError),
    /// No randomness.
    #[error("no random bytes")]
    Entropy(#[source] EntropyError),
    /// Keys cannot be read.
    #[error("the signing keys cannot be used")]
    KeyFile(#[source] KeyFileError),
    /// Keys cannot be made.
    #[error("no signing keys could be made")]
    Make(#[source] MakeError),
    /// Keys are missing that are needed to sign.
    #[error(
        "the private keys of {keyset} are not in {folder}: {held} of {needed} found; restore them from the backup"
    )]
    KeysMissing {
        /// The keyset that issues or will issue.
        keyset: String,
        /// Where they should be.
        folder: PathBuf,
        /// Found.
        held: usize,
        /// Needed.
        needed: usize,
    },
    /// A stored key is no key.
    #[error("a stored public key is refused by OpenSSL")]
    PublicKey(#[source] openssl::error::ErrorStack),
}

/// Opens the ledger only: for operator commands beside a running mint.
///
/// # Errors
/// [`StartError`].
pub async fn open_ledger(settings: &Settings) -> Result<Arc<SqliteLedger>, StartError> {
    std::fs::create_dir_all(&settings.data_dir)
        .map_err(|error| StartError::DataDir(settings.data_dir.clone(), error))?;
    let ledger = SqliteLedger::open(&settings.ledger_path(), &settings.identity).await;
    ledger.map(Arc::new).map_err(StartError::Open)
}

/// Opens the ledger and the keys, makes keys if none issue, and puts the mint together.
///
/// # Errors
/// [`StartError`].
pub async fn assemble(settings: &Settings) -> Result<Arc<Mint>, StartError> {
    let ledger = open_ledger(settings).await?;
    assemble_on(settings, ledger, Arc::new(SystemClock), Arc::new(SystemEntropy)).await
}

/// The same on a ledger, clock and randomness of the caller's choice.
///
/// # Errors
/// [`StartError`].
pub async fn assemble_on(
    settings: &Settings,
    ledger: Arc<dyn Ledger>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
) -> Result<Arc<Mint>, StartError> {
    // Held until keys and merchant exist: two processes that start at once on one folder must not
    // make them twice.
    let lock = lock_folder(settings).await?;
    let files = open_key_files(settings, entropy.as_ref())?;
    tracing::info!(secret = files.secret_source(), "signing keys are encrypted with the secret from here");
    ensure_issuing_keyset(settings, ledger.as_ref(), &files, clock.as_ref()).await?;
    let keysets = ledger.keysets().await.map_err(StartError::Ledger)?;
    let signer = load_signer(settings, &files, &keysets, clock.as_ref())?;
    let keyring = Keyring::new(keysets).map_err(StartError::PublicKey)?;
    let parts = Parts {
        committer: Committer::start(ledger.clone(), CommitterSettings::default()),
        ledger,
        signer: Arc::new(signer),
        spent_index: Arc::new(InProcessIndex::default()),
        clock,
        entropy,
        identity: settings.identity.clone(),
        demo_funds: settings.demo_funds,
    };
    let mint = Mint::new(parts, keyring);
    if settings.demo_funds {
        ensure_demo_merchant(&mint).await?;
    }
    drop(lock);
    Ok(Arc::new(mint))
}

/// The data folder's lock, released when the file is dropped (or the process dies).
async fn lock_folder(settings: &Settings) -> Result<File, StartError> {
    let failed = |error| StartError::DataDir(settings.data_dir.clone(), error);
    let file = File::create(settings.data_dir.join("start.lock")).map_err(failed)?;
    let waiting = tokio::task::spawn_blocking(move || file.lock().map(|()| file)).await;
    waiting.map_err(|error| failed(std::io::Error::other(error)))?.map_err(failed)
}

/// A mint for operator commands: it needs the ledger, not the keys.
///
/// # Errors
/// [`StartError`].
pub async fn assemble_without_keys(settings: &Settings) -> Result<Mint, StartError> {
    let ledger: Arc<dyn Ledger> = open_ledger(settings).await?;
    let keyring = Keyring::new(ledger.keysets().await.map_err(StartError::Ledger)?);
    let parts = Parts {
        committer: Committer::start(ledger.clone(), CommitterSettings::default()),
        ledger,
        signer: Arc::new(SoftwareSigner::default()),
        spent_index: Arc::new(InProcessIndex::new(0)),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        identity: settings.identity.clone(),
        demo_funds: settings.demo_funds,
    };
    Ok(Mint::new(parts, keyring.map_err(StartError::PublicKey)?))
}

fn open_key_files(settings: &Settings, entropy: &dyn Entropy) -> Result<KeyFiles, StartError> {
    let mut fresh = zeroize::Zeroizing::new([0; 32]);
    entropy.fill(fresh.as_mut_slice()).map_err(StartError::Entropy)?;
    let secret = KeySecret::find(
        settings.key_passphrase.clone(),
        settings.credentials_dir.as_deref(),
        &settings.data_dir,
        &fresh,
    );
    KeyFiles::open(&settings.data_dir, secret.map_err(StartError::KeyFile)?).map_err(StartError::KeyFile)
}

async fn ensure_issuing_keyset(
    settings: &Settings,
    ledger: &dyn Ledger,
    files: &KeyFiles,
    clock: &dyn Clock,
) -> Result<(), StartError> {
    let existing = ledger.keysets().await.map_err(StartError::Ledger)?;
    let now = clock.now();
    if existing.last().is_some_and(|last| now < last.keyset.dates.issue_until) {
        return Ok(());
    }
    let plan = settings.keysets.clone();
    let next = plan_keyset(&plan, &existing, now).map_err(StartError::Make)?;
    tracing::info!(keyset = %next.1, keys = plan.denominations.len(), "making signing keys; this takes some seconds");
    let made = tokio::task::spawn_blocking(move || {
        make_private_keys(&plan, |made, total| tracing::info!(made, total, "signing key made"))
    });
    let keys = made
        .await
        .map_err(|error| {
            StartError::Make(MakeError::File(KeyFileError::File {
                path: settings.data_dir.clone(),
                source: std::io::Error::other(error),
            }))
        })?
        .map_err(StartError::Make)?;
    let denominations = &settings.keysets.denominations;
    let published = publish_keyset(ledger, files, &settings.identity, next, denominations, &keys).await;
    if !published.map_err(StartError::Make)? {
        tracing::info!("another process published this keyset first; using its keys");
    }
    Ok(())
}

/// Loads every private key there is; those of a keyset that issues, or will, must be complete.
fn load_signer(
    settings: &Settings,
    files: &KeyFiles,
    keysets: &[StoredKeyset],
    clock: &dyn Clock,
) -> Result<SoftwareSigner, StartError> {
    let signer = SoftwareSigner::default();
    for stored in keysets {
        let keyset = &stored.keyset;
        if stored.ended || keyset.dates.phase(clock.now()) > Phase::Issuing {
            continue;
        }
        let private = files.load(&keyset.keyset_id).map_err(StartError::KeyFile)?;
        let held = signer.add(keyset, private);
        if held != keyset.keys.len() {
            return Err(StartError::KeysMissing {
                keyset: keyset.keyset_id.to_string(),
                folder: settings.data_dir.join("keys"),
                held,
                needed: keyset.keys.len(),
            });
        }
    }
    Ok(signer)
}

async fn ensure_demo_merchant(mint: &Mint) -> Result<(), StartError> {
    let Ok(merchant_id) = AccountId::new(DEMO_MERCHANT) else { return Ok(()) };
    let ledger = &mint.parts.ledger;
    if ledger.account(&merchant_id).await.map_err(StartError::Ledger)?.is_some() {
        return Ok(());
    }
    // Nobody is told the token: the demo merchant is looked at by `ecash-mint merchant show`.
    let mut unknown_hash = [0; 32];
    mint.parts.entropy.fill(&mut unknown_hash).map_err(StartError::Entropy)?;
    ledger
        .open_account(&merchant_id, AccountRole::Merchant, unknown_hash)
        .await
        .map(drop)
        .map_err(StartError::Ledger)
}
