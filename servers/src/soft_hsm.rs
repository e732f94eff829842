//! SoftHSM tokens, and the signer process that holds one.

use crate::process::{Process, Server};
use crate::run;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";

/// The secrets of a token.
#[derive(Debug, Clone)]
pub struct Pins {
    /// For using its keys.
    pub user: String,
    /// The security officer's.
    pub officer: String,
}

/// A PKCS#11 token in software, labelled `ecash`, in a folder of the caller's.
#[derive(Debug)]
pub struct SoftHsm {
    folder: PathBuf,
    pins: Pins,
    signer: PathBuf,
}

impl SoftHsm {
    /// Creates an empty token in a folder. `signer` is the program `ecash-signer`.
    ///
    /// # Errors
    /// If softhsm2 is not installed or the folder cannot be written.
    pub fn create(folder: &Path, pins: Pins, signer: &Path) -> io::Result<Self> {
        let hsm = Self { folder: folder.to_owned(), pins, signer: signer.to_owned() };
        let tokens = hsm.path("tokens");
        std::fs::DirBuilder::new().mode(0o700).create(&tokens)?;
        let tokens = tokens.display();
        let conf =
            format!("directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n");
        std::fs::write(hsm.path("softhsm2.conf"), conf)?;
        let mut init = Command::new("softhsm2-util");
        init.args(["--init-token", "--free", "--label", "ecash"]);
        init.args(["--so-pin", &hsm.pins.officer, "--pin", &hsm.pins.user]);
        run("softhsm2-util", init.env("SOFTHSM2_CONF", hsm.path("softhsm2.conf")))?;
        Ok(hsm)
    }

    /// A path in the token's folder.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The settings of a signer that uses the token.
    #[must_use]
    pub fn settings(&self) -> Vec<(String, String)> {
        let path = |name| self.path(name).display().to_string();
        [
            ("SOFTHSM2_CONF", path("softhsm2.conf")),
            ("PKCS11_MODULE", MODULE.to_owned()),
            ("PKCS11_TOKEN", "ecash".to_owned()),
            ("PKCS11_PIN", self.pins.user.clone()),
            ("KEYSETS_DIR", path("keysets")),
            ("SIGNER_LISTEN", self.address()),
            ("RUST_LOG", "info".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }

    /// The address of its signer, a unix socket.
    #[must_use]
    pub fn address(&self) -> String {
        format!("unix:{}", self.path("signer.sock").display())
    }

    /// A command of `ecash-signer` with these settings and no others.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.signer);
        command.args(arguments).env_clear().envs(self.settings());
        command
    }

    /// Performs the key ceremony of a file.
    ///
    /// # Errors
    /// If the ceremony fails; the error holds what it printed.
    pub fn perform_ceremony(&self, file: &Path) -> io::Result<()> {
        run("the key ceremony", self.command(&["keys", "ceremony"]).arg(file)).map(drop)
    }

    /// Starts `ecash-signer serve`, without waiting until it is ready. `log_says` is the part of its log that shows it is.
    ///
    /// # Errors
    /// If it does not start.
    pub fn spawn_signer(&self, more: &[(&str, &str)], log_says: &str) -> io::Result<Signer> {
        let log = self.path("signer.log");
        // The log of an earlier signer would say that this one is ready.
        let _ = std::fs::remove_file(&log);
        let mut command = self.command(&["serve"]);
        let process = Process::start("the signer", command.envs(more.iter().copied()), &log)?;
        Ok(Signer { process, log_says: log_says.to_owned() })
    }
}

/// A running `ecash-signer serve`.
#[derive(Debug)]
pub struct Signer {
    process: Process,
    log_says: String,
}

impl Server for Signer {
    fn process(&self) -> &Process {
        &self.process
    }

    fn process_mut(&mut self) -> &mut Process {
        &mut self.process
    }

    fn is_ready(&mut self) -> bool {
        self.process.log().contains(&self.log_says)
    }
}
