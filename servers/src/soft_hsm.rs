//! SoftHSM hardware tokens, and the signer processes that use them.

use crate::process::{Process, Server};
use crate::run;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";

/// The PINs of a hardware token.
#[derive(Debug, Clone)]
pub struct Pins {
    /// The user's PIN, for signing with the keys.
    pub user: String,
    /// The security officer's PIN, for administration.
    pub officer: String,
}

/// A PKCS#11 hardware token in software, with the label `ecash`, in a folder that the caller owns.
#[derive(Debug)]
pub struct SoftHsm {
    folder: PathBuf,
    pins: Pins,
    signer: PathBuf,
}

impl SoftHsm {
    /// Creates an empty hardware token in a folder. `signer` is the path of the program `ecash-signer`.
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

    /// Returns a path in the hardware token's folder.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Returns the settings of a signer that uses the hardware token.
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

    /// Returns the address of its signer, a unix socket.
    #[must_use]
    pub fn address(&self) -> String {
        format!("unix:{}", self.path("signer.sock").display())
    }

    /// Returns an `ecash-signer` command with only the settings of this hardware token.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.signer);
        command.args(arguments).env_clear().envs(self.settings());
        command
    }

    /// Performs the key ceremony of a file.
    ///
    /// # Errors
    /// If the ceremony fails. The error contains its output.
    pub fn perform_ceremony(&self, file: &Path) -> io::Result<()> {
        run("the key ceremony", self.command(&["keys", "ceremony"]).arg(file)).map(drop)
    }

    /// Starts `ecash-signer serve`, without waiting until it is ready. The signer counts as ready once its
    /// log contains `ready_text`.
    ///
    /// # Errors
    /// If it does not start.
    pub fn spawn_signer(&self, more: &[(&str, &str)], ready_text: &str) -> io::Result<Signer> {
        let log = self.path("signer.log");
        // The log of an earlier signer would already contain `ready_text`.
        let _ = std::fs::remove_file(&log);
        let mut command = self.command(&["serve"]);
        let process = Process::start("the signer", command.envs(more.iter().copied()), &log)?;
        Ok(Signer { process, ready_text: ready_text.to_owned() })
    }
}

/// A running `ecash-signer serve`.
#[derive(Debug)]
pub struct Signer {
    process: Process,
    ready_text: String,
}

impl Server for Signer {
    fn process(&self) -> &Process {
        &self.process
    }

    fn process_mut(&mut self) -> &mut Process {
        &mut self.process
    }

    fn is_ready(&mut self) -> bool {
        self.process.log().contains(&self.ready_text)
    }
}
