//! Limits of this process: who may read its files and its memory, and how many files it may open.

use rustix::fs::Mode;
use rustix::process::{
    DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit, umask,
};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Keeps what this process writes, and its memory, from other users: new files are for its own user only, there are no
/// core dumps, and no other process of that user may attach to it.
///
/// # Errors
/// If the operating system refuses one of them.
pub fn harden() -> io::Result<()> {
    umask(Mode::RWXG | Mode::RWXO);
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    setrlimit(Resource::Core, none)?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    Ok(())
}

/// Raises the number of files that may be open to the largest that is allowed, and returns it. Each connection needs
/// one. `None` is no limit.
///
/// # Errors
/// If the operating system refuses.
pub fn raise_file_limit() -> io::Result<Option<u64>> {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum })?;
    Ok(limit.maximum)
}

/// Takes all rights of other users from an existing file or folder. A missing one is left to be created. One of another
/// owner, as a volume of Kubernetes is, keeps its rights: that owner decides.
///
/// # Errors
/// If the rights cannot be read or changed.
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
            tracing::warn!(%path, "other users may read this, and this process does not own it; see to its rights");
            Ok(())
        }
        result => result,
    }
}
