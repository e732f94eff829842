//! SoftHSM tokens of a test's own, ceremonies in them, and the signer process that holds them.

use crate::wait_for;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

const PIN: &str = "4711-of-this-test-only";
const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";

/// A keyset of three denominations.
pub const CEREMONY: &str = "
institution_id: inst_primary
currency: DEMO
keyset_id: key_001
valid_from: now
issue_days: 30
expiry_days: 90
denominations: [10, 50, 100]
";

/// A token in a temporary folder.
pub struct SoftHsm(TempDir);

impl SoftHsm {
    /// An empty token labelled `ecash`.
    #[must_use]
    pub fn new() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        std::fs::create_dir(folder.path().join("tokens")).expect("a folder for tokens");
        let tokens = folder.path().join("tokens");
        let conf = format!(
            "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
            tokens.display()
        );
        std::fs::write(folder.path().join("softhsm2.conf"), conf).expect("its configuration");
        let hsm = Self(folder);
        let made = Command::new("softhsm2-util")
            .args(["--init-token", "--free", "--label", "ecash", "--so-pin", "so-pin", "--pin", PIN])
            .env("SOFTHSM2_CONF", hsm.path("softhsm2.conf"))
            .output()
            .expect("softhsm2-util is installed");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        hsm
    }

    /// A token with the keyset of [`CEREMONY`].
    #[must_use]
    pub fn with_keys() -> Self {
        let hsm = Self::new();
        let held = hsm.ceremony(CEREMONY);
        assert!(held.status.success(), "{}", String::from_utf8_lossy(&held.stderr));
        hsm
    }

    /// A path beside the token.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.0.path()
    }

    /// Settings of whoever uses the token.
    #[must_use]
    pub fn settings(&self) -> Vec<(String, String)> {
        let path = |name| self.path(name).display().to_string();
        [
            ("SOFTHSM2_CONF", path("softhsm2.conf")),
            ("PKCS11_MODULE", MODULE.to_owned()),
            ("PKCS11_TOKEN", "ecash".to_owned()),
            ("PKCS11_PIN", PIN.to_owned()),
            ("KEYSETS_DIR", path("keysets")),
            ("SIGNER_LISTEN", self.address()),
            ("RUST_LOG", "info".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }

    /// Where its signer listens.
    #[must_use]
    pub fn address(&self) -> String {
        format!("unix:{}", self.path("signer.sock").display())
    }

    /// Runs `ecash-signer` with these settings.
    pub fn run(&self, arguments: &[&str], more: &[(&str, &str)]) -> Output {
        let mut command = Command::new(signer_binary());
        command.args(arguments).env_clear().envs(self.settings()).envs(more.iter().copied());
        command.stdin(Stdio::null()).output().expect("the binary runs")
    }

    /// The same, at another date of the machine's clock.
    pub fn run_at(&self, date: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new("faketime");
        command.arg(date).arg(signer_binary()).args(arguments);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).envs(self.settings());
        command.stdin(Stdio::null()).output().expect("faketime is installed")
    }

    /// Performs a ceremony by this file.
    pub fn ceremony(&self, yaml: &str) -> Output {
        let path = self.path("ceremony.yaml");
        std::fs::write(&path, yaml).expect("the file is written");
        self.run(&["keys", "ceremony", &path.display().to_string()], &[])
    }

    /// Takes the token away, or brings it back.
    pub fn pull(&self, out: bool) {
        let (from, to) = if out { ("tokens", "pulled") } else { ("pulled", "tokens") };
        std::fs::rename(self.path(from), self.path(to)).expect("the token moves");
    }

    /// Starts its signer.
    pub async fn signer(&self, more: &[(&str, &str)]) -> SignerProcess {
        self.signer_that_says(more, "ready to sign").await
    }

    /// The same, where something else is expected of it.
    pub async fn signer_that_says(&self, more: &[(&str, &str)], expected: &str) -> SignerProcess {
        let log = self.path("signer.log");
        let child = Command::new(signer_binary())
            .arg("serve")
            .env_clear()
            .envs(self.settings())
            .envs(more.iter().copied())
            .stdin(Stdio::null())
            .stderr(File::create(&log).expect("a log file"))
            .spawn()
            .expect("the signer starts");
        let process = SignerProcess { child, log };
        wait_for(expected, async || process.log().contains(expected)).await;
        process
    }
}

/// The binary beside the tests' own: `cargo test --workspace` builds both.
fn signer_binary() -> PathBuf {
    let test = std::env::current_exe().expect("a path");
    let folder = test.parent().and_then(Path::parent).expect("target/debug");
    let binary = folder.join("ecash-signer");
    assert!(binary.is_file(), "{} is missing; build it: cargo build -p ecash-signer", binary.display());
    binary
}

impl Default for SoftHsm {
    fn default() -> Self {
        Self::new()
    }
}

/// A running `ecash-signer serve`.
pub struct SignerProcess {
    child: Child,
    log: PathBuf,
}

impl SignerProcess {
    /// What it logged.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.child.kill().expect("the process is ours");
        self.child.wait().expect("the process is ours");
    }

    /// It answers nothing, until told to go on.
    pub fn pause(&self, pause: bool) {
        let signal = if pause { "-STOP" } else { "-CONT" };
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(sent.expect("kill runs").success());
    }
}

impl Drop for SignerProcess {
    fn drop(&mut self) {
        // It may be dead already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
