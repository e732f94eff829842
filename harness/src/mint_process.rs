//! A mint as a process of its own, stopped or killed by its own pid.

use crate::{RawClient, free_port, wait_for};
use std::fs::File;
use std::path::Path;
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
        let process = Self::start_without(binary, folder, settings).await;
        let health = format!("{}/health", process.url);
        wait_for("a serving mint", async || {
            reqwest::get(&health).await.is_ok_and(|response| response.status().is_success())
        })
        .await;
        process
    }

    /// The same, although a part that it needs is missing: waits until it answers at all.
    pub async fn start_without(binary: &str, folder: &Path, settings: &[(&str, &str)]) -> Self {
        let port = free_port();
        let log = File::create(folder.join(format!("mint-{port}.log"))).expect("a log file");
        let child = Command::new(binary)
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
            .stderr(log)
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

impl Drop for MintProcess {
    fn drop(&mut self) {
        // It may be dead already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
