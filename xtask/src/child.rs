//! A mint as a child process: its own folder and port, stopped by its own pid.

use crate::step::{Failure, command, root, succeeds};
use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Child;
use std::time::{Duration, Instant};

/// A mint that serves until this is dropped.
pub(crate) struct Mint {
    child: Child,
    /// Where it serves.
    pub(crate) url: String,
    /// Its ledger and keys.
    pub(crate) data_dir: PathBuf,
}

impl Mint {
    /// Starts the built mint on a free port of loopback with an empty folder under target/.
    pub(crate) fn start(name: &str, settings: &[(&str, &str)]) -> Result<Self, Failure> {
        let failed =
            |error: std::io::Error| Failure::new(format!("the mint did not start: {error}"), "run it again");
        let data_dir = root().join("target/test-mints").join(name);
        if data_dir.exists() {
            std::fs::remove_dir_all(&data_dir).map_err(failed)?;
        }
        std::fs::create_dir_all(&data_dir).map_err(failed)?;
        let port = free_port()?;
        let log = File::create(data_dir.join("mint.log")).map_err(failed)?;
        let child = command(root().join("target/debug/ecash-mint"), &["serve"])
            .env("ECASH_DATA_DIR", &data_dir)
            .env("SERVER_PORT", port.to_string())
            .env("RATE_LIMIT_PER_SECOND", "1000")
            .env("WITHDRAW_RATE_LIMIT_PER_SECOND", "1000")
            .env("SIGNATURE_LIMIT_PER_SECOND", "10000")
            .envs(settings.iter().copied())
            .stderr(log)
            .spawn()
            .map_err(failed)?;
        let mint = Self { child, url: format!("http://127.0.0.1:{port}"), data_dir };
        mint.wait(port)?;
        Ok(mint)
    }

    fn wait(&self, port: u16) -> Result<(), Failure> {
        let deadline = Instant::now() + Duration::from_secs(60);
        while Instant::now() < deadline {
            if is_healthy(port) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let log = self.data_dir.join("mint.log");
        Err(Failure::new("the mint did not become ready in 60 s", format!("its log: {}", log.display())))
    }
}

/// A port of loopback that nobody uses now.
pub(crate) fn free_port() -> Result<u16, Failure> {
    let bound = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
    let failed = |error| Failure::new(format!("no free port: {error}"), "close some programs");
    bound.map(|address| address.port()).map_err(failed)
}

fn is_healthy(port: u16) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        stream.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}

impl Drop for Mint {
    fn drop(&mut self) {
        // Asked to stop first, as an operator would; killed if it does not.
        let stopped = succeeds(&mut command("kill", &[&self.child.id().to_string()]));
        let deadline = Instant::now() + Duration::from_secs(5);
        while stopped && Instant::now() < deadline {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
