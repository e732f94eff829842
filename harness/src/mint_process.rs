//! A mint as a process of its own, stopped or killed by its own pid.

use crate::postgres_server::is_root;
use crate::{RawClient, free_port, wait_for};
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A serving `ecash-mint`, with keys of full width.
pub struct MintProcess {
    child: Child,
    /// Where it serves.
    pub url: String,
}

impl MintProcess {
    /// Starts `binary` with its keys in this folder and these settings, and waits until it serves.
    pub async fn start(binary: &str, folder: &Path, settings: &[(&str, &str)]) -> Self {
        if settings.iter().any(|(name, _)| *name == "DATABASE_URL") {
            Self::migrate(binary, folder, settings);
        }
        let process = Self::start_without(binary, folder, settings).await;
        let health = format!("{}/health", process.url);
        wait_for("a serving mint", async || {
            reqwest::get(&health).await.is_ok_and(|response| response.status().is_success())
        })
        .await;
        process
    }

    /// Creates the ledger in an empty database, or brings its schema up to date.
    pub fn migrate(binary: &str, folder: &Path, settings: &[(&str, &str)]) {
        let migrated = Command::new(binary)
            .arg("migrate")
            .env_clear()
            .env("ECASH_DATA_DIR", folder)
            .envs(settings.iter().copied())
            .output()
            .expect("the mint's command runs");
        assert!(migrated.status.success(), "migrate: {}", String::from_utf8_lossy(&migrated.stderr));
    }

    /// The same, although a part that it needs is missing: waits until it answers at all.
    pub async fn start_without(binary: &str, folder: &Path, settings: &[(&str, &str)]) -> Self {
        let log = File::create(folder.join("mint.log")).expect("a log file");
        Self::start_as(Command::new(binary), log.into(), folder, settings).await
    }

    /// The mint with its data folder on a small file system of its own, which can be filled up: see [`Self::inside`].
    pub async fn start_on_small_disk(
        binary: &str,
        folder: &Path,
        size: &str,
        settings: &[(&str, &str)],
    ) -> Self {
        let log = File::create(folder.with_extension("log")).expect("a log file");
        let mut mounted = small_disk(size, folder);
        mounted.arg(binary);
        Self::start_as(mounted, log.into(), folder, settings).await
    }

    /// `command serve`, with this standard error; waits until it answers at all.
    pub async fn start_as(
        mut command: Command,
        stderr: Stdio,
        folder: &Path,
        settings: &[(&str, &str)],
    ) -> Self {
        let port = free_port();
        let child = command
            .arg("serve")
            .env_clear()
            .env("ECASH_DATA_DIR", folder)
            .env("SERVER_PORT", port.to_string())
            .env("RATE_LIMIT_PER_SECOND", "1000000")
            .env("WITHDRAW_RATE_LIMIT_PER_SECOND", "1000000")
            .env("SIGNATURE_LIMIT_PER_SECOND", "1000000")
            .env("RUST_LOG", "warn")
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stderr(stderr)
            .spawn()
            .expect("the mint starts");
        let process = Self { child, url: format!("http://127.0.0.1:{port}") };
        let live = format!("{}/health/live", process.url);
        wait_for("a mint that answers", async || {
            reqwest::get(&live).await.is_ok_and(|response| response.status().is_success())
        })
        .await;
        process
    }

    /// A path as this process sees it: its file systems may be its own.
    #[must_use]
    pub fn inside(&self, path: &Path) -> PathBuf {
        let path = path.strip_prefix("/").expect("an absolute path");
        PathBuf::from(format!("/proc/{}/root", self.child.id())).join(path)
    }

    /// A client of it.
    #[must_use]
    pub fn raw(&self) -> RawClient {
        RawClient::remote(&self.url)
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// SIGTERM, and whether it ended well.
    pub fn stop(&mut self) -> bool {
        let asked = Command::new("kill").arg(self.child.id().to_string()).status();
        assert!(asked.expect("kill runs").success());
        self.child.wait().expect("the process is ours").success()
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.child.kill().expect("the process is ours");
        self.child.wait().expect("the process is ours");
    }
}

/// A command that runs another one with an empty file system of this size at `folder`, which only that process sees.
pub(crate) fn small_disk(size: &str, folder: &Path) -> Command {
    const SCRIPT: &str = "mount -t tmpfs -o size=$1 tmpfs \"$2\" && shift 2 && exec \"$@\"";
    let mut command = Command::new("unshare");
    command.arg("--mount");
    if !is_root() {
        command.args(["--user", "--map-root-user"]);
    }
    command.args(["sh", "-c", SCRIPT, "sh", size]).arg(folder);
    command
}

/// Fills the file system of a folder up, to its last byte.
///
/// # Panics
/// If it does not get full within 256 MiB.
pub fn fill_up(folder: &Path) -> PathBuf {
    let path = folder.join("filler");
    let mut file = File::create(&path).expect("a file");
    for size in [1 << 16, 1] {
        for _ in 0..(1 << 12) {
            if file.write_all(&vec![0; size]).is_err() {
                break;
            }
        }
    }
    let full = file.write_all(&[0; 4096]).is_err();
    assert!(full, "the small file system is full");
    path
}

impl Drop for MintProcess {
    fn drop(&mut self) {
        // It may be dead already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
