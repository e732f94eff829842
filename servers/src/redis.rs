//! Redis servers without persistence.

use crate::process::{Process, Server, ready};
use crate::{free_port, make_certificate, write_private};
use std::io;
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;

/// Cluster nodes also listen on their port + 10,000.
const MAX_CLUSTER_PORT: u16 = 55_000;

/// The settings of a server.
#[derive(Debug, Clone)]
pub struct RedisSettings {
    /// The password of clients.
    pub password: String,
    /// Whether the server is a node of a cluster.
    pub cluster: bool,
    /// Whether the server has an additional TLS port.
    pub tls: bool,
}

/// A Redis server.
#[derive(Debug)]
pub struct Redis {
    process: Process,
    port: u16,
    tls_port: Option<u16>,
    password: String,
    folder: TempDir,
}

impl Redis {
    /// Starts a server and waits until it is ready.
    ///
    /// # Errors
    /// If redis-server is not installed or not ready in time.
    pub fn start(settings: &RedisSettings) -> io::Result<Self> {
        ready(Self::spawn(settings))
    }

    /// Starts a server, without waiting until it is ready.
    ///
    /// # Errors
    /// If redis-server is not installed.
    pub fn spawn(settings: &RedisSettings) -> io::Result<Self> {
        let port = loop {
            let port = free_port()?;
            if !settings.cluster || port < MAX_CLUSTER_PORT {
                break port;
            }
        };
        let tls_port = settings.tls.then(free_port).transpose()?;
        let folder = TempDir::new()?;
        let password = &settings.password;
        // Write the password to a private file, because every user can read command lines.
        let mut conf = format!(
            "port {port}\nbind 127.0.0.1\nrequirepass {password}\nmasterauth {password}\nsave \"\"\nappendonly no\ndir {}\n",
            folder.path().display()
        );
        if settings.cluster {
            conf.push_str("cluster-enabled yes\ncluster-node-timeout 1000\n");
        }
        if let Some(tls_port) = tls_port {
            make_certificate(folder.path())?;
            let path = |name| folder.path().join(name).display().to_string();
            let (pem, key) = (path("tls.pem"), path("tls.key"));
            conf.push_str(&format!(
                "tls-port {tls_port}\ntls-auth-clients no\ntls-ca-cert-file {pem}\ntls-cert-file {pem}\ntls-key-file {key}\n"
            ));
        }
        write_private(&folder.path().join("redis.conf"), &conf)?;
        let process = start_process(&folder)?;
        Ok(Self { process, port, tls_port, password: settings.password.clone(), folder })
    }

    /// Restarts the server, empty, on the same port. Does not wait until it is ready.
    ///
    /// # Errors
    /// If it does not start.
    pub fn respawn(&mut self) -> io::Result<()> {
        self.process = start_process(&self.folder)?;
        Ok(())
    }

    /// Returns the port for plain connections.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Returns the setting `REDIS_URL`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://:{}@127.0.0.1:{}", self.password, self.port)
    }

    /// Returns the setting `REDIS_URL` with TLS, and the server's certificate; `None` if it has no TLS port.
    #[must_use]
    pub fn tls(&self) -> Option<(String, PathBuf)> {
        let url = format!("rediss://:{}@127.0.0.1:{}", self.password, self.tls_port?);
        Some((url, self.folder.path().join("tls.pem")))
    }

    /// Runs `redis-cli` with these arguments, and returns its output. `None` if the server does not respond.
    #[must_use]
    pub fn cli(&self, arguments: &[&str]) -> Option<String> {
        let mut cli = Command::new("redis-cli");
        cli.args(["-p", &self.port.to_string(), "--no-auth-warning"]).args(arguments);
        let printed = crate::run("redis-cli", cli.env("REDISCLI_AUTH", &self.password)).ok()?;
        Some(printed.trim().to_owned())
    }
}

impl Server for Redis {
    fn process(&self) -> &Process {
        &self.process
    }

    fn process_mut(&mut self) -> &mut Process {
        &mut self.process
    }

    fn is_ready(&mut self) -> bool {
        self.cli(&["ping"]).as_deref() == Some("PONG")
    }
}

fn start_process(folder: &TempDir) -> io::Result<Process> {
    let mut server = Command::new("redis-server");
    Process::start("Redis", server.arg(folder.path().join("redis.conf")), &folder.path().join("redis.log"))
}
