//! The ledger's file: whether it is still the one that was opened.

use crate::LedgerError;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// A file by its path and identity. SQLite goes on writing to a file that was deleted or replaced, and what it
/// writes there is lost with the process.
pub(super) struct LedgerFile {
    path: PathBuf,
    device_and_inode: (u64, u64),
}

impl LedgerFile {
    /// The file that is at `path` now.
    pub(super) fn at(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_path_buf(), device_and_inode: identity(path)? })
    }

    /// Rejects every use once another file, or none, is at the path.
    pub(super) fn check(&self) -> Result<(), LedgerError> {
        match identity(&self.path) {
            Ok(found) if found == self.device_and_inode => Ok(()),
            _ => Err(LedgerError::FileReplaced),
        }
    }
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let metadata = std::fs::metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}
