//! Atomic file replacement: after a crash, the file has either the old or the new content.

use crate::{Entropy as _, SystemEntropy};
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Replaces a file atomically: writes a temporary file for this user only, flushes it, and renames it over
/// the old one.
///
/// # Errors
/// If a system call fails. The old file is then unchanged, unless only the last flush failed.
pub fn replace_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A random name, so that two processes never write the same temporary file. Process ids are not unique
    // across containers.
    let mut random = [0; 8];
    SystemEntropy.fill(&mut random).map_err(io::Error::other)?;
    let temporary = path.with_extension(format!("new-{:016x}", u64::from_be_bytes(random)));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&temporary, path)?;
    flush_folder(path)
}

/// Makes the renames and removals in the file's folder durable.
///
/// # Errors
/// If the folder cannot be opened or flushed.
pub fn flush_folder(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}
