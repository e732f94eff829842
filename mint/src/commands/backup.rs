//! `ecash-mint backup | restore | accept-gap`

use super::{CommandError, audit};
use crate::seal_memory::{SealMemory, SealMemoryError};
use crate::settings::{LedgerSettings, Settings};
use crate::start::open_ledger;
use ecash_environment::durable_file::flush_folder;
use ecash_environment::{Clock as _, SystemClock, say};
use ecash_ledger::postgres::PostgresSettings;
use ecash_ledger::sqlite::SqliteLedger;
use ecash_ledger::{IfMissing, Ledger};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Errors of a backup or a restore. Nothing was changed, except where the message says so.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file cannot be read or written.
    #[error("{0} cannot be read or written")]
    File(PathBuf, #[source] io::Error),
    /// The target of a backup exists.
    #[error("{0} exists; a backup never replaces a file")]
    Exists(PathBuf),
    /// The ledger could not be copied.
    #[error("the ledger could not be copied")]
    Copy(#[source] ecash_ledger::LedgerError),
    /// A mint is serving.
    #[error("a mint serves from {0}; stop it first")]
    Serving(PathBuf),
    /// The database is not empty.
    #[error("the database holds a ledger; restore into an empty database, and set DATABASE_URL to it")]
    NotEmpty,
    /// A program of PostgreSQL is missing or failed. It prints its own error.
    #[error("{0} failed; install postgresql-client if it is missing")]
    Program(&'static str),
    /// The file holds no data.
    #[error("{0} holds no ledger data")]
    Empty(PathBuf),
    /// The copy violates invariants.
    #[error("the backup {0} was written, but its audit found {1} violation(s)")]
    Violations(PathBuf, usize),
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> CommandError + use<> {
    let path = path.to_owned();
    |error| CommandError::Backup(BackupError::File(path, error))
}

pub(super) async fn backup(settings: &Settings, file: &Path) -> Result<(), CommandError> {
    if file.exists() {
        return Err(BackupError::Exists(file.to_owned()).into());
    }
    // 1. Copy to a temporary name, so that an incomplete backup is never taken for a complete one.
    let mut violations = 0;
    let copy = file.with_extension("unfinished");
    let _ = std::fs::remove_file(&copy);
    match &settings.ledger {
        LedgerSettings::Sqlite => violations = copy_sqlite(settings, &copy).await?,
        LedgerSettings::Postgres(postgres) => dump(postgres, &copy)?,
    }
    // 2. Make it durable under its name, also if the ledger violates an invariant: a copy is needed most
    //    then.
    File::open(&copy).and_then(|file| file.sync_all()).map_err(at(&copy))?;
    std::fs::rename(&copy, file).map_err(at(file))?;
    flush_folder(file).map_err(at(file))?;
    say!("backup written to {}", file.display())?;
    say!("store the keys and the newest seal separately; `ecash-mint audit` prints the seal")?;
    match violations {
        0 => Ok(()),
        count => Err(BackupError::Violations(file.to_owned(), count).into()),
    }
}

/// Copies the ledger while mints run, in one snapshot, and audits the copy.
async fn copy_sqlite(settings: &Settings, copy: &Path) -> Result<usize, CommandError> {
    let path = settings.ledger_path();
    let open = async |path: &Path| {
        let opened = SqliteLedger::open(path, &settings.identity, IfMissing::Refuse).await;
        opened.map_err(|error| CommandError::Start(crate::start::StartError::Open(error)))
    };
    let ledger = open(&path).await?;
    ledger.copy_to(copy).await.map_err(BackupError::Copy)?;
    ledger.close().await;
    audit_copy(open(copy).await?).await
}

/// Prints what a copy holds, and returns the number of its violations.
async fn audit_copy(ledger: SqliteLedger) -> Result<usize, CommandError> {
    let copied = Ledger::new(ledger);
    let report = audit::audit(&copied).await.map_err(|error| CommandError::Service(error.into()))?;
    say!(
        "{} operations, {} tokens issued, {} spent",
        report.operations,
        report.issued_tokens,
        report.spent_tokens
    )?;
    if let Some(head) = &report.seal_head {
        say!("ends with seal {}:{}", head.seal_no, head.seal_hash)?;
    }
    for violation in &report.violations {
        say!("VIOLATED {}  {}", violation.invariant, violation.detail)?;
    }
    Ok(report.violations.len())
}

/// Runs PostgreSQL's own program, which reads one snapshot.
fn dump(postgres: &PostgresSettings, copy: &Path) -> Result<(), CommandError> {
    let mut pg_dump = Command::new("pg_dump");
    pg_dump.args(["--format=custom", "--file"]).arg(copy).envs(postgres.client_environment());
    run(pg_dump, "pg_dump")?;
    let mut list = Command::new("pg_restore");
    let listed = list.arg("--list").arg(copy).output().map_err(|_| BackupError::Program("pg_restore"))?;
    let tables = String::from_utf8_lossy(&listed.stdout).matches("TABLE DATA").count();
    if !listed.status.success() || tables == 0 {
        return Err(BackupError::Empty(copy.to_owned()).into());
    }
    Ok(say!("{tables} tables")?)
}

fn run(mut command: Command, name: &'static str) -> Result<(), CommandError> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        _ => Err(BackupError::Program(name).into()),
    }
}

pub(super) async fn restore(settings: &Settings, file: &Path) -> Result<(), CommandError> {
    match &settings.ledger {
        LedgerSettings::Sqlite => restore_sqlite(settings, file).await?,
        LedgerSettings::Postgres(postgres) => {
            if open_ledger(settings, IfMissing::Refuse).await.is_ok() {
                return Err(BackupError::NotEmpty.into());
            }
            let mut pg_restore = Command::new("pg_restore");
            pg_restore.args(["--exit-on-error", "--single-transaction", "--dbname"]);
            pg_restore.arg(postgres.database_name());
            pg_restore.arg(file).envs(postgres.client_environment());
            run(pg_restore, "pg_restore")?;
        }
    }
    say!("restored from {}", file.display())?;
    let ledger = open_ledger(settings, IfMissing::Refuse).await.map_err(CommandError::Start)?;
    // Needed even if no seal is remembered, because shops may have read events that the backup lacks.
    leave_gap_in_feeds(&ledger).await?;
    let memory = SealMemory::new(settings.seal_mark_path());
    match memory.gap(ledger.audit_log.as_ref()).await.map_err(CommandError::SealMemory)? {
        Some(gap) => say!("{gap}")?,
        None => say!("the ledger contains every remembered seal; start the mint")?,
    }
    Ok(())
}

/// Renames the current ledger, and replaces it by a copy of `file`.
async fn restore_sqlite(settings: &Settings, file: &Path) -> Result<(), CommandError> {
    // 1. No mint may serve, and the file must be a ledger of this mint.
    let lock = settings.serving_lock_path();
    let held = File::create(&lock).map_err(at(&lock))?;
    held.try_lock().map_err(|_| BackupError::Serving(settings.data_dir.clone()))?;
    let path = settings.ledger_path();
    let copy = path.with_extension("restoring");
    std::fs::copy(file, &copy).map_err(at(file))?;
    let opened = SqliteLedger::open(&copy, &settings.identity, IfMissing::Refuse).await;
    let opened = opened.map_err(|error| CommandError::Start(crate::start::StartError::Open(error)))?;
    // Violations are printed only; the operator decides with `audit` and `accept-gap`.
    audit_copy(opened).await?;
    for leftover in ["restoring-wal", "restoring-shm"] {
        let _ = std::fs::remove_file(path.with_extension(leftover));
    }
    File::open(&copy).and_then(|file| file.sync_all()).map_err(at(&copy))?;
    // 2. Rename the current files, so that SQLite still finds the log of its ledger. They are not deleted,
    //    because they may hold what the backup lacks. Nothing is printed between the renames, because
    //    printing may fail.
    let aside = format!("ledger.db.before-restore-{}", SystemClock.now().unix_seconds());
    for ending in ["", "-wal", "-shm"] {
        let present = settings.data_dir.join(format!("ledger.db{ending}"));
        if present.exists() {
            let kept = settings.data_dir.join(format!("{aside}{ending}"));
            std::fs::rename(&present, &kept).map_err(at(&present))?;
        }
    }
    std::fs::rename(&copy, &path).map_err(at(&path))?;
    flush_folder(&path).map_err(at(&path))?;
    Ok(say!("the previous ledger is kept as {aside}")?)
}

pub(super) async fn accept_gap(settings: &Settings) -> Result<(), CommandError> {
    let ledger = open_ledger(settings, IfMissing::Refuse).await.map_err(CommandError::Start)?;
    let memory = SealMemory::new(settings.seal_mark_path());
    // First, because the gap is no longer detected once it is accepted. Not only `restore` loses seals: a
    // failover can too.
    if memory.gap(ledger.audit_log.as_ref()).await.is_ok_and(|gap| gap.is_some()) {
        leave_gap_in_feeds(&ledger).await?;
    }
    let accepted = memory.accept_gap(ledger.audit_log.as_ref(), SystemClock.now()).await;
    match accepted.map_err(CommandError::SealMemory)? {
        None => say!("no gap: the ledger contains the newest remembered seal")?,
        Some(gap) => {
            say!("{gap}")?;
            say!(
                "accepted: mints of this folder serve this ledger, and the audit continues to list what was lost. The numbers of \
                 merchants' events continue 1,000,000 higher: shops get events_gone once, and must compare their orders"
            )?;
        }
    }
    Ok(())
}

async fn leave_gap_in_feeds(ledger: &Ledger) -> Result<(), CommandError> {
    let left = ledger.feed.leave_gap_in_feeds().await;
    left.map_err(|error| CommandError::SealMemory(SealMemoryError::Ledger(error)))
}
