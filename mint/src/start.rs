//! Assembles a mint from its settings. Rejects a ledger, keys or servers that cannot be trusted, with the
//! reason.

use crate::events::Events;
use crate::keys::{CeremonyKeys, KeyRotation, KeySource, Keyring, MakeError, RotationError, SoftwareKeys};
use crate::meters::Meters;
use crate::receipts::{ReceiptKeyError, ReceiptSigner};
use crate::seal_memory::{SealMemory, SealMemoryError};
use crate::service::{DEMO_MERCHANT, Dependencies, Mint};
use crate::settings::{LedgerSettings, Settings};
use crate::spent_index::{InProcessIndex, RedisIndex, SpentIndex};
use crate::webhooks::{WebhookKey, Webhooks};
use ecash_core::AccountId;
use ecash_environment::error_chain;
use ecash_environment::process::make_private;
use ecash_environment::{Clock, Entropy, EntropyError, SystemClock, SystemEntropy};
use ecash_ledger::postgres::PostgresLedger;
use ecash_ledger::sqlite::SqliteLedger;
use ecash_ledger::{
    AccountRole, Committer, Ed25519Key, Ed25519KeyError, IfMissing, Ledger, LedgerError, OpenError,
};
use ecash_signer::remote::{RemoteSigner, SignerLink, TlsError};
use ecash_signer::{KeyFileError, KeyFiles, KeySecret, Signer, SoftwareSigner};
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::Mutex;

/// Errors of starting a mint.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be created or locked.
    #[error("the data folder {0} cannot be created or locked")]
    DataDir(PathBuf, #[source] std::io::Error),
    /// The ledger cannot be reached, or is rejected.
    #[error("the ledger cannot be opened")]
    Open(#[source] OpenError),
    /// Files in the data folder show that a ledger existed, but it is missing.
    #[error(
        "{trace} exists, but its ledger is missing: restore the ledger from its backup; to start a new mint, use an empty folder (ECASH_DATA_DIR)"
    )]
    LedgerLost {
        /// The file that shows that a ledger existed.
        trace: PathBuf,
    },
    /// The ledger failed after it was opened.
    #[error("the ledger failed")]
    Ledger(#[source] LedgerError),
    /// The operating system returned no random bytes.
    #[error("the operating system returned no random bytes for ids and secrets")]
    Entropy(#[source] EntropyError),
    /// The key files or their passphrase cannot be read or created.
    #[error("the signing keys cannot be used")]
    KeyFile(#[source] KeyFileError),
    /// The first key rotation failed: keys are missing or cannot be generated, or the clock is wrong.
    #[error("the signing keys cannot be loaded or generated")]
    Keys(#[source] RotationError),
    /// `REDIS_URL` is not valid. The value is not shown, because it may hold a password.
    #[error("REDIS_URL is not valid; expected redis://:PASSWORD@HOST:PORT, or several with commas")]
    RedisUrl,
    /// The key that seals the audit log cannot be read or created.
    #[error("the audit log cannot be sealed without its key")]
    SealKey(#[source] Ed25519KeyError),
    /// The ledger lacks a seal that was remembered, or the memory cannot be read.
    #[error("the ledger is rejected")]
    SealMemory(#[source] SealMemoryError),
    /// The key that signs receipts cannot be read, created or used with this ledger.
    #[error("receipts cannot be signed without their key")]
    ReceiptKey(#[source] ReceiptKeyError),
    /// The key from which the secrets of webhooks are derived cannot be read or created.
    #[error("webhooks cannot be signed without their key")]
    WebhookKey(#[source] Ed25519KeyError),
    /// The TLS files for the signer cannot be used.
    #[error("TLS for the connection to the signer cannot be set up")]
    SignerTls(#[source] TlsError),
    /// A stored public key is not valid: the ledger is corrupt.
    #[error("OpenSSL rejects a stored public key")]
    PublicKey(#[source] openssl::error::ErrorStack),
}

impl StartError {
    /// Returns whether the database is temporarily unavailable, so that another start may succeed.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Open(error) => error.is_transient(),
            // The ledger was opened before it failed, so a failure of the database is temporary.
            Self::Ledger(error)
            | Self::Keys(RotationError::Ledger(error))
            | Self::ReceiptKey(ReceiptKeyError::Ledger(error)) => !error.is_internal(),
            _ => false,
        }
    }
}

/// Opens the ledger only. A missing one is created if `if_missing` allows it and no file in the data folder
/// shows that a ledger existed.
///
/// # Errors
/// [`StartError`].
pub async fn open_ledger(settings: &Settings, if_missing: IfMissing) -> Result<Ledger, StartError> {
    // Checked before opening: another process may be creating the ledger, and then creates its keys. Those
    // must not count as a trace of a lost ledger.
    let trace = trace_of_a_ledger(settings);
    let if_missing = if trace.is_some() { IfMissing::Refuse } else { if_missing };
    if if_missing == IfMissing::Create {
        std::fs::create_dir_all(&settings.data_dir)
            .map_err(|error| StartError::DataDir(settings.data_dir.clone(), error))?;
    }
    let identity = &settings.identity;
    let opened = match &settings.ledger {
        LedgerSettings::Sqlite => {
            SqliteLedger::open(&settings.ledger_path(), identity, if_missing).await.map(Ledger::new)
        }
        LedgerSettings::Postgres(postgres) => {
            PostgresLedger::open(postgres, identity, if_missing).await.map(Ledger::new)
        }
    };
    opened.map_err(|error| match (error, trace) {
        (OpenError::Missing { .. }, Some(trace)) => StartError::LedgerLost { trace },
        (error, _) => StartError::Open(error),
    })
}

/// Returns a file in the data folder that is created only after a ledger: a key file, the seal or receipt
/// key, or SQLite's log.
fn trace_of_a_ledger(settings: &Settings) -> Option<PathBuf> {
    let in_folder = |name: &str| Some(settings.data_dir.join(name)).filter(|path| path.exists());
    let key_files = std::fs::read_dir(settings.data_dir.join("keys")).into_iter().flatten().flatten();
    let mut keys = key_files
        .map(|file| file.path())
        .filter(|path| path.extension().is_some_and(|e| e == "keys" || e == "pem"));
    keys.next()
        .or_else(|| in_folder("seal-key.pem"))
        .or_else(|| in_folder("receipt-key.pem"))
        .or_else(|| in_folder("ledger.db-wal"))
}

/// Rejects a ledger that lacks the remembered seal, because an old backup was restored.
async fn check_seals(settings: &Settings, ledger: &Ledger) -> Result<SealMemory, StartError> {
    let memory = SealMemory::new(settings.seal_mark_path());
    match memory.check(ledger.audit_log.as_ref()).await {
        Ok(()) => Ok(memory),
        Err(SealMemoryError::Ledger(error)) => Err(StartError::Ledger(error)),
        Err(error) => Err(StartError::SealMemory(error)),
    }
}

/// Opens the key from which the secrets of webhooks are derived.
fn open_webhooks(settings: &Settings) -> Result<Webhooks, StartError> {
    let key = Ed25519Key::open(settings.webhook_key_file.as_deref(), &settings.webhook_key_path());
    let key = WebhookKey::new(key.map_err(StartError::WebhookKey)?);
    Ok(Webhooks { key, allowed: settings.webhook_allow.clone().into() })
}

/// Opens the ledger and the keys, generates a keyset if no keyset issues, and assembles the mint.
///
/// # Errors
/// [`StartError`].
pub async fn assemble(settings: &Settings) -> Result<Arc<Mint>, StartError> {
    let if_missing = match settings.ledger {
        LedgerSettings::Sqlite => IfMissing::Create,
        // An empty database may be the wrong one. The operator confirms it with `ecash-mint migrate`.
        LedgerSettings::Postgres(_) => IfMissing::Refuse,
    };
    let ledger = open_ledger(settings, if_missing).await?;
    assemble_on(settings, ledger, Arc::new(SystemClock), Arc::new(SystemEntropy)).await
}

/// Assembles a mint on the given ledger, clock and randomness.
///
/// # Errors
/// [`StartError`].
pub async fn assemble_on(
    settings: &Settings,
    ledger: Ledger,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
) -> Result<Arc<Mint>, StartError> {
    // 1. Lock the data folder until keys and demo merchant exist, so that two processes that start on one
    //    folder do not create them twice.
    let lock = lock_folder(settings).await?;
    // 2. Open the ledger's dependencies. Nothing is served if one of them is rejected.
    let seal_memory = check_seals(settings, &ledger).await?;
    let (source, signer) = open_signer(settings, &clock, entropy.as_ref())?;
    let rotation = KeyRotation {
        source,
        ledger: ledger.keysets.clone(),
        clock: clock.clone(),
        entropy: entropy.clone(),
        turn: Mutex::default(),
        publishes_in_doubt: settings.demo_funds,
    };
    let receipts = ReceiptSigner::open(settings, ledger.receipt_keys.as_ref(), clock.now()).await;
    let meters = Arc::new(Meters::default());
    let deps = Dependencies {
        committer: Committer::start(ledger.postings.clone(), settings.committer, meters.clone()),
        meters,
        ledger,
        rotation: Some(rotation),
        signer,
        hsm: settings.signer.is_some(),
        seal_key: Some(
            Ed25519Key::open(settings.seal_key_file.as_deref(), &settings.seal_key_path())
                .map_err(StartError::SealKey)?,
        ),
        seal_memory: Some(seal_memory),
        webhooks: Some(open_webhooks(settings)?),
        receipts: Some(receipts.map_err(StartError::ReceiptKey)?),
        spent_index: open_spent_index(settings)?,
        events: open_events(settings, entropy.as_ref())?,
        clock,
        entropy,
        identity: settings.identity.clone(),
        demo_funds: settings.demo_funds,
        refund_claim_days: settings.refund_claim_days,
        public_origin: settings.public_origin.clone(),
    };
    let mint = Mint::new(deps, Keyring::new(Vec::new()).map_err(StartError::PublicKey)?);
    // 3. Rotate the keys once, which creates the first keyset.
    match mint.rotate_keys().await {
        Ok(()) => {}
        // This and the next two errors do not stop the mint: tokens can be redeemed meanwhile, and rotation is
        // retried.
        Err(error @ RotationError::ClockInDoubt { .. }) => {
            let error = error_chain(&error);
            tracing::error!(
                error,
                "clock in doubt; no keyset is ended, and with real money none is published"
            );
        }
        // The issuing keyset is not affected, so the mint serves until the operator corrects the next one.
        Err(error @ RotationError::Make(MakeError::Stranding { .. })) => {
            let error = error_chain(&error);
            tracing::error!(error, "next keyset rejected; serving with the current one");
        }
        Err(error) if error.is_of_the_signer() => {
            let error = error_chain(&error);
            tracing::error!(error, "signer unavailable; redeeming tokens, but not signing until it returns");
        }
        Err(error) => return Err(StartError::Keys(error)),
    }
    if settings.demo_funds {
        ensure_demo_merchant(&mint).await?;
    }
    drop(lock);
    Ok(Arc::new(mint))
}

type KeysAndSigner = (Arc<dyn KeySource>, Arc<dyn Signer>);

/// Opens the source of the keys, and the signer that uses them.
fn open_signer(
    settings: &Settings,
    clock: &Arc<dyn Clock>,
    entropy: &dyn Entropy,
) -> Result<KeysAndSigner, StartError> {
    let identity = settings.identity.clone();
    if let Some(remote) = &settings.signer {
        let link = SignerLink::new(&remote.address, remote.tls.as_ref()).map_err(StartError::SignerTls)?;
        let signer: Arc<dyn Signer> = Arc::new(RemoteSigner::new(link));
        tracing::info!(signer = %remote.address, "signing keys are held by the signer process");
        return Ok((
            Arc::new(CeremonyKeys {
                identity,
                signer: signer.clone(),
                allows_stranding: settings.allows_stranding,
            }),
            signer,
        ));
    }
    let files = open_key_files(settings, entropy)?;
    tracing::info!(
        secret = files.secret_source(),
        "signing keys are in encrypted files; `secret` is their passphrase's source"
    );
    let signer = Arc::new(SoftwareSigner::new(clock.clone()));
    let source = SoftwareKeys {
        plan: settings.keysets.clone(),
        identity,
        files,
        signer: signer.clone(),
        allows_stranding: settings.allows_stranding,
    };
    Ok((Arc::new(source), signer))
}

/// Locks the data folder, after waiting for other processes. The lock is released when the file is dropped or
/// the process ends.
async fn lock_folder(settings: &Settings) -> Result<File, StartError> {
    let failed = |error| StartError::DataDir(settings.data_dir.clone(), error);
    std::fs::create_dir_all(&settings.data_dir).map_err(failed)?;
    // A folder of an earlier version or a copied folder may be readable by other users.
    make_private(&settings.data_dir).map_err(failed)?;
    for name in ["ledger.db", "ledger.db-wal", "ledger.db-shm"] {
        make_private(&settings.data_dir.join(name)).map_err(failed)?;
    }
    let file = File::create(settings.data_dir.join("start.lock")).map_err(failed)?;
    let waiting = tokio::task::spawn_blocking(move || file.lock().map(|()| file)).await;
    waiting.map_err(|error| failed(std::io::Error::other(error)))?.map_err(failed)
}

/// Assembles a mint for operator commands, which need the ledger but no private keys.
///
/// # Errors
/// [`StartError`].
pub async fn assemble_without_keys(settings: &Settings) -> Result<Mint, StartError> {
    assemble_with(settings, None).await
}

/// Assembles a mint for the webhook dispatcher, which needs the webhook key but no signing keys.
///
/// # Errors
/// [`StartError`].
pub async fn assemble_dispatcher(settings: &Settings) -> Result<Mint, StartError> {
    let webhooks = open_webhooks(settings)?;
    assemble_with(settings, Some(webhooks)).await
}

async fn assemble_with(settings: &Settings, webhooks: Option<Webhooks>) -> Result<Mint, StartError> {
    let ledger = open_ledger(settings, IfMissing::Refuse).await?;
    check_seals(settings, &ledger).await?;
    let keyring = Keyring::new(ledger.keysets.keysets().await.map_err(StartError::Ledger)?);
    let meters = Arc::new(Meters::default());
    let deps = Dependencies {
        committer: Committer::start(ledger.postings.clone(), settings.committer, meters.clone()),
        meters,
        ledger,
        rotation: None,
        signer: Arc::new(SoftwareSigner::new(Arc::new(SystemClock))),
        hsm: false,
        seal_key: None,
        seal_memory: None,
        webhooks,
        receipts: None,
        spent_index: Arc::new(InProcessIndex::new(0)),
        events: Events::within_this_process(0),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        identity: settings.identity.clone(),
        demo_funds: settings.demo_funds,
        refund_claim_days: settings.refund_claim_days,
        public_origin: settings.public_origin.clone(),
    };
    Ok(Mint::new(deps, keyring.map_err(StartError::PublicKey)?))
}

fn open_spent_index(settings: &Settings) -> Result<Arc<dyn SpentIndex>, StartError> {
    match &settings.redis {
        Some(redis) => {
            let index = RedisIndex::new(redis, &settings.identity.institution_id);
            Ok(Arc::new(index.map_err(|_| StartError::RedisUrl)?))
        }
        None => Ok(Arc::new(InProcessIndex::default())),
    }
}

fn open_events(settings: &Settings, entropy: &dyn Entropy) -> Result<Events, StartError> {
    let Some(redis) = &settings.redis else {
        return Ok(Events::within_this_process(settings.live_listeners));
    };
    let mut origin = [0; 8];
    entropy.fill(&mut origin).map_err(StartError::Entropy)?;
    let origin = ecash_core::base64url::encode(&origin);
    let events =
        Events::over_redis(redis, &settings.identity.institution_id, origin, settings.live_listeners);
    events.map_err(|_| StartError::RedisUrl)
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

async fn ensure_demo_merchant(mint: &Mint) -> Result<(), StartError> {
    let Ok(merchant_id) = AccountId::new(DEMO_MERCHANT) else { return Ok(()) };
    let ledger = &mint.deps.ledger;
    if ledger.accounts.account(&merchant_id).await.map_err(StartError::Ledger)?.is_some() {
        return Ok(());
    }
    // A random hash has no known token, so the demo merchant has no login; `ecash-mint merchant show` shows
    // it.
    let mut unknown_hash = [0; 32];
    mint.deps.entropy.fill(&mut unknown_hash).map_err(StartError::Entropy)?;
    // Two processes may open it at the same time: the second one opens nothing, but then the account exists.
    ledger
        .accounts
        .open_account(&merchant_id, AccountRole::Merchant, unknown_hash)
        .await
        .map_err(StartError::Ledger)?;
    Ok(())
}
