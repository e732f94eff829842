//! A mint with its own folder and port.

use crate::service::Service;
use crate::step::{Failure, command, must, root};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

/// A mint that serves until this is dropped.
pub(crate) struct Mint {
    _service: Service,
    /// Where it serves.
    pub(crate) url: String,
    /// Its ledger and keys.
    pub(crate) data_dir: PathBuf,
    /// What it was started with, for commands beside it.
    pub(crate) settings: Vec<(String, String)>,
}

fn failed(error: std::io::Error) -> Failure {
    Failure::new(format!("the mint did not start: {error}"), "run it again")
}

impl Mint {
    /// Starts the built mint on a free port of loopback with an empty folder under target/.
    pub(crate) fn start(name: &str, settings: &[(&str, &str)]) -> Result<Self, Failure> {
        Self::start_on_port(name, free_port()?, settings)
    }

    /// The same on a port of the caller's choice.
    pub(crate) fn start_on_port(name: &str, port: u16, settings: &[(&str, &str)]) -> Result<Self, Failure> {
        let data_dir = root().join("target/test-mints").join(name);
        let emptied = || {
            if data_dir.exists() {
                std::fs::remove_dir_all(&data_dir)?;
            }
            std::fs::create_dir_all(&data_dir)
        };
        emptied().map_err(failed)?;
        Self::serve(data_dir, port, settings)
    }

    /// A second process with the same folder.
    pub(crate) fn beside(&self, port: u16, settings: &[(&str, &str)]) -> Result<Self, Failure> {
        Self::serve(self.data_dir.clone(), port, settings)
    }

    fn serve(data_dir: PathBuf, port: u16, settings: &[(&str, &str)]) -> Result<Self, Failure> {
        let log = data_dir.join(format!("mint-{port}.log"));
        if settings.iter().any(|(name, _)| *name == "DATABASE_URL") {
            let mut migrate = command(root().join("target/debug/ecash-mint"), &["migrate"]);
            let migrate = migrate.env("ECASH_DATA_DIR", &data_dir).envs(settings.iter().copied());
            must(migrate, "its message is above")?;
        }
        let mut server = command(root().join("target/debug/ecash-mint"), &["serve"]);
        server
            .env("ECASH_DATA_DIR", &data_dir)
            .env("SERVER_PORT", port.to_string())
            .env("RATE_LIMIT_PER_SECOND", "1000")
            .env("WITHDRAW_RATE_LIMIT_PER_SECOND", "1000")
            .env("SIGNATURE_LIMIT_PER_SECOND", "10000")
            .envs(settings.iter().copied());
        let service = Service::start("the mint", &mut server, &log, || is_healthy(port))?;
        let settings =
            settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Ok(Self { _service: service, url: format!("http://127.0.0.1:{port}"), data_dir, settings })
    }
}

/// A port of loopback that nobody uses now.
pub(crate) fn free_port() -> Result<u16, Failure> {
    let bound = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
    let failed = |error| Failure::new(format!("no free port: {error}"), "close some programs");
    bound.map(|address| address.port()).map_err(failed)
}

pub(crate) fn is_healthy(port: u16) -> bool {
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
