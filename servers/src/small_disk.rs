//! Small file systems, for tests of a full disk.

use crate::is_root;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Returns a command prefix that runs another command with an empty file system of this size (`12m`) mounted
/// at `folder`. The mount is visible to that process only.
#[must_use]
pub fn small_disk(size: &str, folder: &Path) -> Command {
    const SCRIPT: &str = "mount -t tmpfs -o size=$1 tmpfs \"$2\" && shift 2 && exec \"$@\"";
    let mut command = Command::new("unshare");
    command.arg("--mount");
    if !is_root() {
        command.args(["--user", "--map-root-user"]);
    }
    command.args(["sh", "-c", SCRIPT, "sh", size]).arg(folder);
    command
}

/// Fills the file system of a folder to its last byte. Returns the file that fills it.
///
/// # Errors
/// If the file system is not full after 256 MiB.
pub fn fill_up(folder: &Path) -> io::Result<PathBuf> {
    let path = folder.join("filler");
    let mut file = File::create(&path)?;
    for size in [1 << 16, 1] {
        for _ in 0..(1 << 12) {
            if file.write_all(&vec![0; size]).is_err() {
                break;
            }
        }
    }
    match file.write_all(&[0; 4096]) {
        Ok(()) => Err(io::Error::other(format!("{} is not full after 256 MiB", folder.display()))),
        Err(_) => Ok(path),
    }
}
