//! Redis servers of a test's own: one, or a cluster of three masters with a replica each.

use crate::certificate::make_certificate;
use crate::{free_port, wait_for};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

const PASSWORD: &str = "of-this-test-only";

/// A server on a free port of loopback, stopped by its own pid.
pub struct RedisServer {
    child: Child,
    port: u16,
    cluster: bool,
    /// Where it speaks TLS too.
    tls_port: Option<u16>,
    folder: TempDir,
}

impl RedisServer {
    /// Starts one that keeps nothing on disk.
    pub async fn start() -> Self {
        Self::start_as(false, None).await
    }

    /// Starts one that also speaks TLS, with a certificate that nobody knows yet.
    pub async fn start_with_tls() -> Self {
        Self::start_as(false, Some(free_port())).await
    }

    async fn start_as(cluster: bool, tls_port: Option<u16>) -> Self {
        // A cluster's nodes also listen on their port + 10,000.
        let port = loop {
            let port = free_port();
            if !cluster || port < 55_000 {
                break port;
            }
        };
        let folder = TempDir::new().expect("a temporary folder");
        if tls_port.is_some() {
            make_certificate(folder.path());
        }
        let child = spawn(port, cluster, tls_port, &folder);
        let server = Self { child, port, cluster, tls_port, folder };
        server.answers().await;
        server
    }

    async fn answers(&self) {
        wait_for("a Redis that answers", async || self.cli(&["ping"]).as_deref() == Some("PONG")).await;
    }

    /// Its `REDIS_URL`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://:{PASSWORD}@127.0.0.1:{}", self.port)
    }

    /// Its `REDIS_URL` with TLS, and its certificate.
    #[must_use]
    pub fn tls(&self) -> (String, PathBuf) {
        let port = self.tls_port.expect("started with TLS");
        (format!("rediss://:{PASSWORD}@127.0.0.1:{port}"), self.folder.path().join("tls.pem"))
    }

    /// Runs a command by `redis-cli`; nothing if the server does not answer.
    #[must_use]
    pub fn cli(&self, arguments: &[&str]) -> Option<String> {
        let port = self.port.to_string();
        let output = Command::new("redis-cli")
            .args(["-p", port.as_str(), "-a", PASSWORD, "--no-auth-warning"])
            .args(arguments)
            .output()
            .expect("redis-cli is installed");
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.child.kill().expect("the process is ours");
        self.child.wait().expect("the process is ours");
    }

    /// Starts again, empty, on the same port.
    pub async fn restart(&mut self) {
        self.child = spawn(self.port, self.cluster, self.tls_port, &self.folder);
        self.answers().await;
    }

    /// It neither answers nor closes anything, until told to go on.
    pub fn pause(&self, pause: bool) {
        let signal = if pause { "-STOP" } else { "-CONT" };
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(sent.expect("kill runs").success());
    }
}

fn spawn(port: u16, cluster: bool, tls_port: Option<u16>, folder: &TempDir) -> Child {
    let mut command = Command::new("redis-server");
    command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--requirepass", PASSWORD]);
    command.args(["--masterauth", PASSWORD, "--save", "", "--appendonly", "no", "--dir"]).arg(folder.path());
    if cluster {
        command.args(["--cluster-enabled", "yes", "--cluster-node-timeout", "1000"]);
    }
    if let Some(port) = tls_port {
        let certificate = folder.path().join("tls.pem");
        command.args(["--tls-port", &port.to_string(), "--tls-auth-clients", "no", "--tls-ca-cert-file"]);
        command.arg(&certificate).arg("--tls-cert-file").arg(&certificate);
        command.arg("--tls-key-file").arg(folder.path().join("tls.key"));
    }
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("redis-server is installed")
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        // It may be dead already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A cluster; the first three servers are its masters at first.
pub struct RedisCluster {
    /// All servers.
    pub servers: Vec<RedisServer>,
}

impl RedisCluster {
    /// Starts three masters with a replica each.
    pub async fn start() -> Self {
        let mut servers = Vec::new();
        for _ in 0..6 {
            servers.push(RedisServer::start_as(true, None).await);
        }
        let nodes: Vec<String> = servers.iter().map(|server| format!("127.0.0.1:{}", server.port)).collect();
        let output = Command::new("redis-cli")
            .args(["-a", PASSWORD, "--no-auth-warning", "--cluster", "create"])
            .args(&nodes)
            .args(["--cluster-replicas", "1", "--cluster-yes"])
            .output()
            .expect("redis-cli is installed");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        let cluster = Self { servers };
        cluster.is_whole(0).await;
        // A replica that never had its master's data does not take over.
        let linked = |server: &RedisServer| {
            server.cli(&["info", "replication"]).is_some_and(|info| info.contains("master_link_status:up"))
        };
        wait_for("replicas in step", async || cluster.servers.iter().skip(3).all(linked)).await;
        cluster
    }

    /// Waits until the server of this number says that every slot is served.
    pub async fn is_whole(&self, number: usize) {
        wait_for("a whole cluster", async || {
            self.servers[number]
                .cli(&["cluster", "info"])
                .is_some_and(|info| info.contains("cluster_state:ok"))
        })
        .await;
    }

    /// `REDIS_URL` with three of its nodes.
    #[must_use]
    pub fn url(&self) -> String {
        self.servers.iter().take(3).map(RedisServer::url).collect::<Vec<_>>().join(",")
    }
}
