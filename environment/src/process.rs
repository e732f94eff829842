//! Hardening and limits of this process: access to its files and memory, and the number of open files.

use rustix::fs::Mode;
use rustix::process::{
    DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit, umask,
};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Protects the files and the memory of this process: new files are readable only by its user, core dumps are
/// disabled, and other processes of that user cannot attach to it.
///
/// # Errors
/// If a system call fails.
pub fn harden() -> io::Result<()> {
    umask(Mode::RWXG | Mode::RWXO);
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    setrlimit(Resource::Core, none)?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    Ok(())
}

/// Raises the limit of open files to the allowed maximum and returns it, or `None` if it is unlimited. Each
/// connection needs one file.
///
/// # Errors
/// If the system call fails.
pub fn raise_file_limit() -> io::Result<Option<u64>> {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum })?;
    Ok(limit.maximum)
}

/// Removes the permissions of other users from a file or folder. Does nothing if it does not exist. A file or
/// folder with another owner, such as a Kubernetes volume, keeps its permissions, and a warning is logged.
///
/// # Errors
/// If the permissions cannot be read or changed.
pub fn make_private(path: &Path) -> io::Result<()> {
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let mut permissions = metadata.permissions();
    let private = permissions.mode() & !0o077;
    if private == permissions.mode() {
        return Ok(());
    }
    permissions.set_mode(private);
    match std::fs::set_permissions(path, permissions) {
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
            ) =>
        {
            let path = path.display();
            tracing::warn!(%path, "other users can read this path, and this process cannot change its permissions; restrict them");
            Ok(())
        }
        result => result,
    }
}
