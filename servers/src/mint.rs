//! Mints.

use crate::process::{Process, Server};
use crate::{is_healthy, run};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Limits that no test or measurement reaches, unless its settings override them.
pub const NO_LIMITS: [(&str, &str); 7] = [
    ("RATE_LIMIT_PER_SECOND", "1000000"),
    ("WITHDRAW_RATE_LIMIT_PER_SECOND", "1000000"),
    ("MERCHANT_RATE_LIMIT_PER_SECOND", "1000000"),
    ("VERIFICATION_LIMIT_PER_SECOND", "1000000"),
    ("ACCOUNT_LIMIT_PER_MINUTE", "1000000"),
    ("CONCURRENT_REQUESTS_PER_CLIENT", "1000000"),
    ("SIGNATURE_LIMIT_PER_SECOND", "1000000"),
];

/// A running `ecash-mint serve`.
#[derive(Debug)]
pub struct Mint {
    process: Process,
    port: u16,
    /// The path that returns 200 once the mint is ready.
    health: &'static str,
    /// `http://HOST:PORT`
    pub url: String,
}

impl Mint {
    /// Starts a mint with its keys in `folder` and only these settings, without waiting until it is ready.
    /// Its log is appended to the file `log`.
    ///
    /// # Errors
    /// If the program does not start.
    pub fn spawn(
        binary: &Path,
        folder: &Path,
        port: u16,
        settings: &[(&str, &str)],
        log: &Path,
    ) -> io::Result<Self> {
        let file = std::fs::File::options().create(true).append(true).open(log)?;
        Self::spawn_command(Command::new(binary), folder, port, settings, file, log)
    }

    /// Like [`Mint::spawn`], but with any command that runs the mint and any standard error.
    ///
    /// # Errors
    /// If the command does not start.
    pub fn spawn_command(
        mut command: Command,
        folder: &Path,
        port: u16,
        settings: &[(&str, &str)],
        stderr: impl Into<Stdio>,
        log: &Path,
    ) -> io::Result<Self> {
        command
            .arg("serve")
            .env_clear()
            .env("ECASH_DATA_DIR", folder)
            .env("SERVER_PORT", port.to_string())
            .env("PUBLIC_ORIGIN", format!("http://127.0.0.1:{port}"))
            .env("RUST_LOG", "warn")
            .envs(NO_LIMITS)
            .envs(settings.iter().copied());
        let process = Process::start_with_output("the mint", &mut command, Stdio::null(), stderr, log)?;
        Ok(Self { process, port, health: "/health", url: format!("http://127.0.0.1:{port}") })
    }

    /// Counts the mint as ready as soon as it responds to requests, even if a dependency is down.
    #[must_use]
    pub const fn ready_when_live(mut self) -> Self {
        self.health = "/health/live";
        self
    }

    /// Creates the ledger in an empty database, or migrates its schema.
    ///
    /// # Errors
    /// If `ecash-mint migrate` fails.
    pub fn migrate(binary: &Path, folder: &Path, settings: &[(&str, &str)]) -> io::Result<()> {
        let mut migrate = Command::new(binary);
        migrate.arg("migrate").env_clear().env("ECASH_DATA_DIR", folder).env("RUST_LOG", "warn");
        run("ecash-mint migrate", migrate.envs(settings.iter().copied())).map(drop)
    }

    /// Returns the path under which this process reaches a file of the mint, which may have separate file
    /// systems ([`crate::small_disk`]).
    #[must_use]
    pub fn inside(&self, path: &Path) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.process.pid()));
        root.join(path.strip_prefix("/").unwrap_or(path))
    }
}

impl Server for Mint {
    fn process(&self) -> &Process {
        &self.process
    }

    fn process_mut(&mut self) -> &mut Process {
        &mut self.process
    }

    fn is_ready(&mut self) -> bool {
        is_healthy(self.port, self.health)
    }
}
