//! Users and private files. PostgreSQL does not run as root, and files with secrets are readable by their
//! owner only.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::Command;

/// Returns whether this process runs as root.
#[must_use]
pub fn is_root() -> bool {
    crate::run("id", Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

/// Returns a command that runs as `nobody` if this process runs as root.
pub fn as_server_user(program: impl AsRef<OsStr>) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"]).arg(program);
    command
}

/// Gives a folder to the user of [`as_server_user`].
///
/// # Errors
/// If its owner cannot be changed.
pub fn give_to_server_user(folder: &Path) -> io::Result<()> {
    if !is_root() {
        return Ok(());
    }
    crate::run("chown", Command::new("chown").args(["-R", "nobody:nogroup"]).arg(folder)).map(drop)
}

/// Writes a new file that only its owner can ever read.
///
/// # Errors
/// If the file exists or cannot be written.
pub fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}
