//! Detects that the ledger's file was deleted or replaced while it is open.

use crate::LedgerError;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// The path and identity of an open file. SQLite keeps writing to a file that was deleted or replaced, and
/// those writes are lost when the process ends.
pub(super) struct LedgerFile {
    path: PathBuf,
    device_and_inode: (u64, u64),
}

impl LedgerFile {
    /// Records the file that is at `path` now.
    pub(super) fn at(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_path_buf(), device_and_inode: identity(path)? })
    }

    /// Returns an error if the file was deleted or replaced.
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
