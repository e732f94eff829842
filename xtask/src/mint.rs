//! Mints for the journeys, with their folders and logs under target/, and their operator commands.

use crate::step::{Failure, command, must, root};
use ecash_servers::{free_port, ready};
use std::path::PathBuf;
use std::process::Command;

/// A running mint. It stops when dropped.
pub(crate) struct Mint {
    _server: ecash_servers::Mint,
    pub(crate) url: String,
    /// The folder of the mint's ledger, keys and log.
    pub(crate) data_dir: PathBuf,
    settings: Vec<(String, String)>,
}

impl Mint {
    /// Starts the built mint on a free port, with an empty folder.
    pub(crate) fn start(name: &str, settings: &[(&str, &str)]) -> Result<Self, Failure> {
        Self::start_on_port(name, free_port()?, settings)
    }

    /// Starts the built mint on this port, with an empty folder.
    pub(crate) fn start_on_port(name: &str, port: u16, settings: &[(&str, &str)]) -> Result<Self, Failure> {
        let data_dir = root().join("target/test-mints").join(name);
        if data_dir.exists() {
            std::fs::remove_dir_all(&data_dir)?;
        }
        std::fs::create_dir_all(&data_dir)?;
        Self::serve(data_dir, port, settings)
    }

    /// Starts a second mint process with the same folder.
    pub(crate) fn beside(&self, port: u16, settings: &[(&str, &str)]) -> Result<Self, Failure> {
        Self::serve(self.data_dir.clone(), port, settings)
    }

    fn serve(data_dir: PathBuf, port: u16, settings: &[(&str, &str)]) -> Result<Self, Failure> {
        if settings.iter().any(|(name, _)| *name == "DATABASE_URL") {
            ecash_servers::Mint::migrate(&binary(), &data_dir, settings)?;
        }
        let log = data_dir.join(format!("mint-{port}.log"));
        let server = ready(ecash_servers::Mint::spawn(&binary(), &data_dir, port, settings, &log))?;
        let url = server.url.clone();
        let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Ok(Self { _server: server, url, data_dir, settings: settings.collect() })
    }

    /// Returns an operator command on the mint's data folder.
    pub(crate) fn operator(&self, arguments: &[&str]) -> Command {
        let mut command = command(binary(), arguments);
        command.env("ECASH_DATA_DIR", &self.data_dir).env("RUST_LOG", "warn");
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Returns a shell command with `ecash-mint` on the PATH, on the mint's data folder.
    pub(crate) fn shell(&self, script: &str) -> Command {
        let mut bash = command("bash", &["-c", script]);
        let path = std::env::var("PATH").unwrap_or_default();
        let programs = root().join("target/debug");
        bash.env("PATH", format!("{}:{path}", programs.display()));
        bash.env("ECASH_DATA_DIR", &self.data_dir).env("RUST_LOG", "warn");
        bash
    }

    /// Checks the ledger's invariants.
    pub(crate) fn audit(&self) -> Result<(), Failure> {
        must(&mut self.operator(&["audit"]), "the ledger violates an invariant; this is a bug")
    }
}

fn binary() -> PathBuf {
    root().join("target/debug/ecash-mint")
}
