//! Remembers the newest seal of the audit log outside the ledger.
//!
//! A ledger without that seal was restored from a backup, or is a different ledger. Tokens that were spent
//! since the backup could be spent again, and the ledger's own audit could not detect it.

use ecash_core::Timestamp;
use ecash_environment::durable_file::replace_file;
use ecash_ledger::audit_log::SealMark;
use ecash_ledger::{AuditLog, LedgerError};
use serde::{Deserialize, Serialize};
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// A ledger that ends before the remembered seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the ledger does not contain seal {} of {}, which this mint has remembered; {}. It was restored from an old backup, or it is \
     a different ledger. Tokens spent since then could be spent again. Restore a newer backup; if there is none, run: \
     ecash-mint accept-gap",
    remembered.seal_no, shown_time(remembered.at), shown_end(newest.as_ref())
)]
pub struct Gap {
    /// The newest seal that was remembered.
    pub remembered: SealMark,
    /// The newest seal of the ledger.
    pub newest: Option<SealMark>,
}

fn shown_time(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "an unknown time".to_owned(), |at| at.to_string())
}

fn shown_end(newest: Option<&SealMark>) -> String {
    match newest {
        Some(newest) => format!("its newest is seal {} of {}", newest.seal_no, shown_time(newest.at)),
        None => "it has no seal".to_owned(),
    }
}

/// Errors of comparing the ledger with the remembered seal.
#[derive(Debug, thiserror::Error)]
pub enum SealMemoryError {
    /// The file cannot be read or written.
    #[error("{0} cannot be read or written")]
    File(PathBuf, #[source] io::Error),
    /// The file does not hold a seal.
    #[error(
        "{0} does not hold a seal; if it is damaged, compare the ledger with your own record of seals, then run: ecash-mint accept-gap"
    )]
    Format(PathBuf, #[source] serde_json::Error),
    /// The ledger could not be read.
    #[error("the ledger failed")]
    Ledger(#[source] LedgerError),
    /// The ledger ends before the remembered seal.
    #[error(transparent)]
    Gap(Box<Gap>),
}

/// A gap that an operator accepted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AcceptedGap {
    /// The newest seal that was lost.
    pub lost: SealMark,
    /// The end of the ledger that was accepted; absent if it had no seal.
    pub accepted: Option<SealMark>,
    /// When the operator accepted the gap.
    pub at: Timestamp,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Remembered {
    newest: Option<SealMark>,
    #[serde(default)]
    gaps: Vec<AcceptedGap>,
}

/// The file that holds the newest seal and the accepted gaps.
pub struct SealMemory {
    path: PathBuf,
    written: Mutex<Option<SealMark>>,
}

impl SealMemory {
    /// Uses this file, which need not exist yet.
    #[must_use]
    pub const fn new(path: PathBuf) -> Self {
        Self { path, written: Mutex::new(None) }
    }

    /// Rejects a ledger that does not contain the remembered seal.
    ///
    /// # Errors
    /// [`SealMemoryError`].
    pub async fn check(&self, ledger: &dyn AuditLog) -> Result<(), SealMemoryError> {
        self.gap(ledger).await?.map_or(Ok(()), |gap| Err(SealMemoryError::Gap(Box::new(gap))))
    }

    /// Returns the gap between the ledger and the remembered seal, if there is one.
    ///
    /// # Errors
    /// [`SealMemoryError`], but not [`SealMemoryError::Gap`].
    pub async fn gap(&self, ledger: &dyn AuditLog) -> Result<Option<Gap>, SealMemoryError> {
        let Some(remembered) = self.read()?.newest else { return Ok(None) };
        let found = ledger.seal_mark(Some(remembered.seal_no)).await.map_err(SealMemoryError::Ledger)?;
        if found.is_some_and(|found| found.is_same_seal(&remembered)) {
            return Ok(None);
        }
        let newest = ledger.seal_mark(None).await.map_err(SealMemoryError::Ledger)?;
        Ok(Some(Gap { remembered, newest }))
    }

    /// Remembers the ledger's newest seal, if it is newer.
    ///
    /// # Errors
    /// [`SealMemoryError::Gap`] if the ledger has lost the remembered seal since the start, as after a
    /// failover to a standby that lagged behind; then the file is unchanged. Otherwise the failure of the
    /// ledger or file; the next call retries.
    pub async fn remember(&self, ledger: &dyn AuditLog) -> Result<(), SealMemoryError> {
        let newest = ledger.seal_mark(None).await.map_err(SealMemoryError::Ledger)?;
        if *self.written.lock().unwrap_or_else(PoisonError::into_inner) == newest {
            return Ok(());
        }
        self.check(ledger).await?;
        if let Some(newest) = newest {
            let mut remembered = self.read()?;
            // Another mint of the same folder may have written a newer one.
            if remembered.newest.is_none_or(|seen| seen.seal_no < newest.seal_no) {
                remembered.newest = Some(newest);
                self.write(&remembered)?;
            }
        }
        *self.written.lock().unwrap_or_else(PoisonError::into_inner) = newest;
        Ok(())
    }

    /// Accepts the ledger as it is, and records what was lost. Returns the gap, or `None` without one. A file
    /// that cannot be parsed is renamed, because the ledger cannot be compared with it.
    ///
    /// # Errors
    /// [`SealMemoryError`].
    pub async fn accept_gap(
        &self,
        ledger: &dyn AuditLog,
        at: Timestamp,
    ) -> Result<Option<Gap>, SealMemoryError> {
        if let Err(SealMemoryError::Format(..)) = self.read() {
            let aside = self.path.with_extension("damaged");
            std::fs::rename(&self.path, aside)
                .map_err(|error| SealMemoryError::File(self.path.clone(), error))?;
            return Ok(None);
        }
        let Some(gap) = self.gap(ledger).await? else { return Ok(None) };
        let mut remembered = self.read()?;
        remembered.gaps.push(AcceptedGap { lost: gap.remembered, accepted: gap.newest, at });
        remembered.newest = gap.newest;
        self.write(&remembered)?;
        Ok(Some(gap))
    }

    /// Returns the gaps that were accepted, oldest first.
    ///
    /// # Errors
    /// [`SealMemoryError`].
    pub fn accepted(&self) -> Result<Vec<AcceptedGap>, SealMemoryError> {
        self.read().map(|remembered| remembered.gaps)
    }

    fn read(&self) -> Result<Remembered, SealMemoryError> {
        match std::fs::read(&self.path) {
            Ok(json) => serde_json::from_slice(&json)
                .map_err(|error| SealMemoryError::Format(self.path.clone(), error)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Remembered::default()),
            Err(error) => Err(SealMemoryError::File(self.path.clone(), error)),
        }
    }

    /// Replaces the file atomically and durably.
    fn write(&self, remembered: &Remembered) -> Result<(), SealMemoryError> {
        let json = serde_json::to_vec_pretty(remembered)
            .map_err(|error| SealMemoryError::Format(self.path.clone(), error))?;
        replace_file(&self.path, &json).map_err(|error| SealMemoryError::File(self.path.clone(), error))
    }
}
