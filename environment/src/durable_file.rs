//! Atomic file changes: after a crash, a file has either the old or the new content.

use crate::{Entropy as _, SystemEntropy};
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Replaces a file atomically: writes a temporary file for this user only, flushes it, and renames it over
/// the old one.
///
/// # Errors
/// If a system call fails. The old file is then unchanged, unless only the last flush failed.
pub fn replace_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    std::fs::rename(write_temporary(path, bytes)?, path)?;
    flush_folder(path)
}

/// Creates a file atomically, for this user only. Leaves an existing file unchanged, so that of two processes
/// that create it at the same time, both then read the content of the first.
///
/// # Errors
/// If a system call fails.
pub fn create_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = write_temporary(path, bytes)?;
    let linked = match std::fs::hard_link(&temporary, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    };
    std::fs::remove_file(&temporary)?;
    linked?;
    flush_folder(path)
}

/// Writes a temporary file beside `path` durably, and returns its path.
fn write_temporary(path: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    // A random name, so that two processes never write the same temporary file. Process ids are not unique
    // across containers.
    let mut random = [0; 8];
    SystemEntropy.fill(&mut random).map_err(io::Error::other)?;
    let temporary = path.with_extension(format!("new-{:016x}", u64::from_be_bytes(random)));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
    match file.write_all(bytes).and_then(|()| file.sync_all()) {
        Ok(()) => Ok(temporary),
        // For example a full disk. Ignore an error of the removal: the first one is the cause.
        Err(error) => {
            let _ = std::fs::remove_file(&temporary);
            Err(error)
        }
    }
}

/// Makes the renames and removals in the file's folder durable.
///
/// # Errors
/// If the folder cannot be opened or flushed.
pub fn flush_folder(path: &Path) -> io::Result<()> {
    // The parent of a name without a folder is empty; such a file is in the current folder.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_creations_the_first_counts() {
        let folder = std::env::temp_dir().join(format!("ecash-durable-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("key");
        create_file(&path, b"first").unwrap();
        create_file(&path, b"second").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"first");
        replace_file(&path, b"third").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"third");
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "no temporary file is left");
        flush_folder(Path::new("a-name-without-a-folder")).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
