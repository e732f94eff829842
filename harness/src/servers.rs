//! The servers of `ecash-servers`, for asynchronous tests. A server that does not start fails the test.
//! Waiting for readiness lets other tasks of the test run, such as a proxy in front of the server.

use crate::{RawClient, wait_for};
use ecash_servers::{self as servers, Durability, NginxSettings, Pins, RedisSettings, Server};
use sqlx::{Connection as _, Executor as _, PgConnection};
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// Waits until a started server is ready. Waits on another thread, because a proxy in front of the server may
/// be a task of this one.
async fn ready<S: Server + Send + 'static>(started: std::io::Result<S>) -> S {
    let ready = tokio::task::spawn_blocking(move || servers::ready(started)).await;
    ready.expect("no panic").unwrap_or_else(|error| panic!("{error}"))
}

/// Returns a port that is currently free on loopback. Another process may still take it before it is used.
#[must_use]
pub fn free_port() -> u16 {
    servers::free_port().expect("a free port")
}

/// Fills the file system of a folder to its last byte. Returns the file that fills it.
#[must_use]
pub fn fill_up(folder: &Path) -> PathBuf {
    servers::fill_up(folder).expect("a small file system")
}

/// Returns the path of a program of this workspace. `cargo test --workspace` builds them all next to the
/// tests.
fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a path");
    let folder = test.parent().and_then(Path::parent).expect("target/debug");
    let program = folder.join(name);
    assert!(program.is_file(), "{} is missing; build it: cargo build --workspace", program.display());
    program
}

/// Lets a wrapper dereference to its server, and adds `kill`.
macro_rules! wraps {
    ($wrapper:ident, $server:ty) => {
        impl Deref for $wrapper {
            type Target = $server;
            fn deref(&self) -> &Self::Target {
                &self.server
            }
        }
        impl DerefMut for $wrapper {
            fn deref_mut(&mut self) -> &mut Self::Target {
                &mut self.server
            }
        }
        impl $wrapper {
            /// Kills the process (`kill -9`).
            pub fn kill(&mut self) {
                self.server.process_mut().kill().expect("the process is ours");
            }
        }
    };
}

/// A PostgreSQL server with the programs of `ECASH_TEST_POSTGRES_BIN`.
pub struct PostgresServer {
    server: servers::Postgres,
}

wraps!(PostgresServer, servers::Postgres);

impl PostgresServer {
    fn bin() -> PathBuf {
        std::env::var_os("ECASH_TEST_POSTGRES_BIN").expect("ECASH_TEST_POSTGRES_BIN is set").into()
    }

    /// Starts a server with an empty cluster, without fsync.
    pub async fn start() -> Self {
        Self { server: ready(servers::Postgres::spawn(&Self::bin(), Durability::NoFsync)).await }
    }

    /// Starts a server whose data directory is on a file system of this size.
    pub async fn start_on_small_disk(size: &str) -> Self {
        Self { server: ready(servers::Postgres::spawn_on_small_disk(&Self::bin(), size)).await }
    }

    /// Starts a standby of the server at this address, `HOST:PORT`.
    pub async fn standby_of(primary: &str) -> Self {
        Self { server: ready(servers::Postgres::spawn_standby(&Self::bin(), primary)).await }
    }

    /// Runs a statement as the administrator.
    pub async fn execute(&self, sql: &str) {
        self.admin().await.execute(sql).await.expect("an administrative statement");
    }

    async fn admin(&self) -> PgConnection {
        PgConnection::connect(&format!("{}/postgres", self.url())).await.expect("the server responds")
    }

    /// Promotes a standby to primary.
    pub async fn promote(&self) {
        let promoted: bool = sqlx::query_scalar("SELECT pg_promote()")
            .fetch_one(&mut self.admin().await)
            .await
            .expect("an administrative statement");
        assert!(promoted, "the standby must be promoted");
    }

    /// Restarts the server after [`Self::kill`]. It recovers from its write-ahead log.
    pub async fn restart(&mut self) {
        wait_for("restarted PostgreSQL", async || {
            // The new process exits immediately while a session of the killed server is still alive.
            if !self.server.process_mut().runs() {
                self.server.respawn().expect("PostgreSQL starts");
            }
            self.server.is_ready()
        })
        .await;
    }
}

/// The password of the tests' Redis servers.
const PASSWORD: &str = "of-this-test-only";

/// A Redis server.
pub struct RedisServer {
    server: servers::Redis,
}

wraps!(RedisServer, servers::Redis);

impl RedisServer {
    /// Starts a server.
    pub async fn start() -> Self {
        Self::start_as(false, false).await
    }

    /// Starts a server with an additional TLS port and a self-signed certificate.
    pub async fn start_with_tls() -> Self {
        Self::start_as(false, true).await
    }

    async fn start_as(cluster: bool, tls: bool) -> Self {
        let settings = RedisSettings { password: PASSWORD.to_owned(), cluster, tls };
        Self { server: ready(servers::Redis::spawn(&settings)).await }
    }

    /// Returns the setting `REDIS_URL` with TLS, and the server's certificate.
    #[must_use]
    pub fn tls(&self) -> (String, PathBuf) {
        self.server.tls().expect("started with TLS")
    }

    /// Restarts the server, empty, on the same port.
    pub async fn restart(&mut self) {
        self.server.respawn().expect("Redis starts");
        wait_for("restarted Redis", async || self.server.is_ready()).await;
    }

    /// Pauses the server (SIGSTOP), or resumes it.
    pub fn pause(&self, pause: bool) {
        self.server.process().pause(pause).expect("the process is ours");
    }
}

/// A Redis cluster of three masters (the first three servers) with one replica each.
pub struct RedisCluster {
    /// All six servers.
    pub servers: Vec<RedisServer>,
}

impl RedisCluster {
    /// Starts a cluster and waits until every replica has its master's data.
    pub async fn start() -> Self {
        let mut servers = Vec::new();
        for _ in 0..6 {
            servers.push(RedisServer::start_as(true, false).await);
        }
        let nodes: Vec<String> =
            servers.iter().map(|server| format!("127.0.0.1:{}", server.port())).collect();
        let mut create = vec!["--cluster", "create"];
        create.extend(nodes.iter().map(String::as_str));
        create.extend(["--cluster-replicas", "1", "--cluster-yes"]);
        servers[0].cli(&create).expect("redis-cli creates a cluster");
        let cluster = Self { servers };
        cluster.is_whole(0).await;
        // A replica that has never synchronized with its master is not promoted.
        let linked = |server: &RedisServer| {
            server.cli(&["info", "replication"]).is_some_and(|info| info.contains("master_link_status:up"))
        };
        wait_for("synchronized replicas", async || cluster.servers.iter().skip(3).all(linked)).await;
        cluster
    }

    /// Waits until the server with this index reports that every slot is served.
    pub async fn is_whole(&self, number: usize) {
        wait_for("a complete cluster", async || {
            let info = self.servers[number].cli(&["cluster", "info"]);
            info.is_some_and(|info| info.contains("cluster_state:ok"))
        })
        .await;
    }

    /// Returns the setting `REDIS_URL` with three nodes of the cluster.
    #[must_use]
    pub fn url(&self) -> String {
        self.servers.iter().take(3).map(|server| server.url()).collect::<Vec<_>>().join(",")
    }
}

/// An nginx in front of a test's mints.
pub struct Nginx {
    server: servers::Nginx,
}

wraps!(Nginx, servers::Nginx);

impl Nginx {
    /// Starts nginx.
    pub async fn start(settings: NginxSettings<'_>) -> Self {
        Self { server: ready(servers::Nginx::spawn(&settings)).await }
    }

    /// Runs `curl` with these arguments. Returns its exit code and output.
    #[must_use]
    pub fn curl(&self, arguments: &[&str]) -> (i32, String) {
        let output = Command::new("curl")
            .args(["--silent", "--insecure", "--max-time", "20"])
            .args(arguments)
            .output()
            .expect("curl is installed");
        (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// A running `ecash-mint` with full-size keys.
pub struct MintProcess {
    server: servers::Mint,
}

wraps!(MintProcess, servers::Mint);

impl MintProcess {
    /// Pauses the process (SIGSTOP), or resumes it.
    pub fn pause(&self, pause: bool) {
        self.server.process().pause(pause).expect("the process is ours");
    }

    /// Starts the program `binary` with its keys in `folder` and these settings, and waits until it is ready.
    /// Migrates the ledger first if the settings name a database server.
    pub async fn start(binary: &str, folder: &Path, settings: &[(&str, &str)]) -> Self {
        if settings.iter().any(|(name, _)| *name == "DATABASE_URL") {
            Self::migrate(binary, folder, settings);
        }
        let log = folder.join("mint.log");
        let mint = servers::Mint::spawn(Path::new(binary), folder, free_port(), settings, &log);
        Self { server: ready(mint).await }
    }

    /// Creates the ledger in an empty database, or migrates its schema.
    pub fn migrate(binary: &str, folder: &Path, settings: &[(&str, &str)]) {
        servers::Mint::migrate(Path::new(binary), folder, settings).unwrap_or_else(|error| panic!("{error}"));
    }

    /// Starts a mint while one of its dependencies is down. Waits only until it responds to requests, not
    /// until it is ready.
    pub async fn start_without(binary: &str, folder: &Path, settings: &[(&str, &str)]) -> Self {
        let log = folder.join("mint.log");
        let mint = servers::Mint::spawn(Path::new(binary), folder, free_port(), settings, &log);
        Self { server: ready(mint.map(servers::Mint::ready_when_live)).await }
    }

    /// Starts a mint with its data folder on a file system of this size, which a test can fill up through the
    /// path [`servers::Mint::inside`].
    pub async fn start_on_small_disk(
        binary: &str,
        folder: &Path,
        size: &str,
        settings: &[(&str, &str)],
    ) -> Self {
        let log = std::fs::File::create(folder.with_extension("log")).expect("a log file");
        let mut mounted = servers::small_disk(size, folder);
        mounted.arg(binary);
        Self::start_as(mounted, log.into(), folder, settings).await
    }

    /// Starts `command serve` with this standard error. Waits only until it responds to requests, not until
    /// it is ready.
    pub async fn start_as(command: Command, stderr: Stdio, folder: &Path, settings: &[(&str, &str)]) -> Self {
        let log = folder.join("mint.log");
        let mint = servers::Mint::spawn_command(command, folder, free_port(), settings, stderr, &log);
        Self { server: ready(mint.map(servers::Mint::ready_when_live)).await }
    }

    /// Returns a client of the mint.
    #[must_use]
    pub fn raw(&self) -> RawClient {
        RawClient::remote(&self.url)
    }

    /// Returns the process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.server.process().pid()
    }

    /// Stops the mint with SIGTERM. Returns whether it exited successfully.
    pub fn stop(&mut self) -> bool {
        self.server.process_mut().stop().expect("the process is ours").success()
    }
}

/// The key ceremony file of a keyset with three denominations.
pub const CEREMONY: &str = "
institution_id: inst_primary
currency: DEMO
keyset_id: key_001
valid_from: now
issue_days: 30
expiry_days: 90
denominations: [10, 50, 100]
";

/// A PKCS#11 hardware token, simulated by SoftHSM in a temporary folder.
pub struct SoftHsm {
    token: servers::SoftHsm,
    folder: TempDir,
}

impl SoftHsm {
    /// Creates an empty hardware token.
    #[must_use]
    pub fn new() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let pins = Pins { user: "4711-of-this-test-only".into(), officer: "so-pin".into() };
        let token = servers::SoftHsm::create(folder.path(), pins, &program("ecash-signer"));
        Self { token: token.unwrap_or_else(|error| panic!("{error}")), folder }
    }

    /// Creates a hardware token with the keyset of [`CEREMONY`].
    #[must_use]
    pub fn with_keys() -> Self {
        let hsm = Self::new();
        let performed = hsm.ceremony(CEREMONY);
        assert!(performed.status.success(), "{}", String::from_utf8_lossy(&performed.stderr));
        hsm
    }

    /// Returns the path of a file in the hardware token's folder.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.token.path(name)
    }

    /// Returns the hardware token's folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the settings of a signer that uses the hardware token.
    #[must_use]
    pub fn settings(&self) -> Vec<(String, String)> {
        self.token.settings()
    }

    /// Returns the address of its signer.
    #[must_use]
    pub fn address(&self) -> String {
        self.token.address()
    }

    /// Runs `ecash-signer` with the hardware token's settings and these additional ones.
    pub fn run(&self, arguments: &[&str], more: &[(&str, &str)]) -> Output {
        let mut command = self.token.command(arguments);
        command.envs(more.iter().copied()).stdin(Stdio::null()).output().expect("the program runs")
    }

    /// Runs `ecash-signer` with the clock set to another date.
    pub fn run_at(&self, date: &str, arguments: &[&str]) -> Output {
        let signer = self.token.command(arguments);
        let mut command = Command::new("faketime");
        command.arg(date).arg(signer.get_program()).args(arguments);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).envs(self.settings());
        command.stdin(Stdio::null()).output().expect("faketime is installed")
    }

    /// Performs the key ceremony that this YAML describes.
    pub fn ceremony(&self, yaml: &str) -> Output {
        let path = self.path("ceremony.yaml");
        std::fs::write(&path, yaml).expect("the file is written");
        self.run(&["keys", "ceremony", &path.display().to_string()], &[])
    }

    /// Removes the hardware token, or reinserts it.
    pub fn pull(&self, out: bool) {
        let (from, to) = if out { ("tokens", "pulled") } else { ("pulled", "tokens") };
        std::fs::rename(self.path(from), self.path(to)).expect("the token moves");
    }

    /// Starts the hardware token's signer.
    pub async fn signer(&self, more: &[(&str, &str)]) -> SignerProcess {
        self.signer_that_says(more, "ready to sign").await
    }

    /// Starts the hardware token's signer, and waits until its log contains `expected`.
    pub async fn signer_that_says(&self, more: &[(&str, &str)], expected: &str) -> SignerProcess {
        SignerProcess { server: ready(self.token.spawn_signer(more, expected)).await }
    }
}

impl Default for SoftHsm {
    fn default() -> Self {
        Self::new()
    }
}

/// A running `ecash-signer serve`.
pub struct SignerProcess {
    server: servers::Signer,
}

wraps!(SignerProcess, servers::Signer);

impl SignerProcess {
    /// Returns the signer's log.
    #[must_use]
    pub fn log(&self) -> String {
        self.server.process().log()
    }

    /// Returns whether the signer is still running.
    pub fn runs(&mut self) -> bool {
        self.server.process_mut().runs()
    }

    /// Pauses the signer (SIGSTOP), or resumes it.
    pub fn pause(&self, pause: bool) {
        self.server.process().pause(pause).expect("the process is ours");
    }
}
