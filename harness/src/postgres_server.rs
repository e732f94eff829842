//! A PostgreSQL server of a test's own, to be killed. Its programs are those of `ECASH_TEST_POSTGRES_BIN`.

use crate::mint_process::small_disk;
use crate::{free_port, wait_for};
use sqlx::{Connection as _, Executor as _, PgConnection};
use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// A server on a free port of loopback.
pub struct PostgresServer {
    child: Child,
    bin: PathBuf,
    folder: TempDir,
    port: u16,
    settings: Vec<String>,
}

impl PostgresServer {
    /// Makes an empty cluster and starts it, without fsync: no power fails in a test.
    pub async fn start() -> Self {
        Self::fill(Vec::new(), |bin, data| {
            let mut initdb = as_server(bin.join("initdb"));
            initdb.args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C"]);
            initdb.args(["--no-sync", "--pgdata"]).arg(data);
            initdb
        })
        .await
    }

    /// An empty cluster whose data is on a small file system of its own, which can be filled up ([`Self::disk`]); its
    /// write-ahead log is elsewhere, so that the server itself survives a full disk. Needs root, for mounting as one
    /// user and serving as another.
    pub async fn start_on_small_disk(size: &str) -> Self {
        assert!(is_root(), "this test mounts a file system and needs root: sudo cargo xtask test unit");
        let bin: PathBuf =
            std::env::var_os("ECASH_TEST_POSTGRES_BIN").expect("ECASH_TEST_POSTGRES_BIN is set").into();
        let folder = TempDir::with_prefix_in("ecash-pg-", "/tmp").expect("a temporary folder");
        let (disk, log) = (folder.path().join("disk"), folder.path().join("wal"));
        for made in [&disk, &log] {
            std::fs::create_dir(made).expect("a folder");
        }
        let owned = Command::new("chown").args(["-R", "nobody:nogroup"]).arg(folder.path()).status();
        assert!(owned.expect("chown runs").success());
        let port = free_port();
        // As nobody, within the mount: make the cluster, then become its server.
        const SCRIPT: &str = "\"$1/initdb\" --auth=trust --username=postgres --encoding=UTF8 --locale=C --no-sync \
            --waldir \"$3/wal\" --pgdata \"$2/data\" >\"$3/log\" 2>&1 && \
            exec \"$1/postgres\" -D \"$2/data\" -k \"$3\" -p \"$4\" -c listen_addresses=127.0.0.1 -c fsync=off >>\"$3/log\" 2>&1";
        let mut server = small_disk(size, &disk);
        server.args(["sh", "-c", "chown nobody:nogroup \"$1\" && shift && exec \"$@\"", "sh"]).arg(&disk);
        server.args([
            "setpriv",
            "--reuid=nobody",
            "--regid=nogroup",
            "--clear-groups",
            "--",
            "sh",
            "-ec",
            SCRIPT,
            "sh",
        ]);
        server.arg(&bin).arg(&disk).arg(folder.path()).arg(port.to_string());
        let child = server.stdin(Stdio::null()).spawn().expect("a server starts");
        let server = Self { child, bin, folder, port, settings: Vec::new() };
        server.answers().await;
        server
    }

    /// The small file system, as this process sees it.
    #[must_use]
    pub fn disk(&self) -> PathBuf {
        let disk = self.folder.path().join("disk");
        let disk = disk.strip_prefix("/").expect("an absolute path");
        PathBuf::from(format!("/proc/{}/root", self.child.id())).join(disk)
    }

    /// Runs an administrator's statement.
    pub async fn execute(&self, sql: &str) {
        let mut admin = PgConnection::connect(&format!("{}/postgres", self.url())).await.expect("it answers");
        admin.execute(sql).await.expect("an administrator's statement");
    }

    /// Copies a running server and follows it by this address, host and port, under the name `standby`.
    pub async fn standby_of(primary: &str) -> Self {
        let (host, port) = primary.rsplit_once(':').expect("a port");
        let source = format!("host={host} port={port} user=postgres application_name=standby");
        // Given at the start, not written by pg_basebackup: its libpq may know options that the server's
        // does not.
        Self::fill(vec![format!("primary_conninfo={source}")], |bin, data| {
            let mut copy = as_server("sh");
            copy.args([
                "-ec",
                "\"$1\" --checkpoint=fast --no-sync -d \"$2\" -D \"$3\"; touch \"$3/standby.signal\"",
                "sh",
            ]);
            copy.arg(bin.join("pg_basebackup")).arg(&source).arg(data);
            copy
        })
        .await
    }

    async fn fill(settings: Vec<String>, fill: impl FnOnce(&Path, &Path) -> Command) -> Self {
        let bin: PathBuf =
            std::env::var_os("ECASH_TEST_POSTGRES_BIN").expect("ECASH_TEST_POSTGRES_BIN is set").into();
        // The path of a unix socket is at most 107 bytes long.
        let folder = TempDir::with_prefix_in("ecash-pg-", "/tmp").expect("a temporary folder");
        if is_root() {
            let owned = Command::new("chown").arg("nobody:nogroup").arg(folder.path()).status();
            assert!(owned.expect("chown runs").success());
        }
        let port = free_port();
        let filled = fill(&bin, &folder.path().join("data")).stdout(Stdio::null()).status();
        assert!(filled.expect("PostgreSQL's programs run").success());
        let child = spawn(&bin, folder.path(), port, &settings);
        let server = Self { child, bin, folder, port, settings };
        server.answers().await;
        server
    }

    async fn answers(&self) {
        let mut ready = Command::new(self.bin.join("pg_isready"));
        ready.args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()]);
        wait_for("a PostgreSQL that answers", async || ready.status().is_ok_and(|status| status.success()))
            .await;
    }

    /// `postgres://USER@HOST:PORT`
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}", self.port)
    }

    /// Device and port.
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// A setting for the next start.
    pub fn set(&mut self, setting: &str) {
        self.settings.push(setting.to_owned());
    }

    /// A standby becomes a primary.
    pub async fn promote(&self) {
        let mut admin = PgConnection::connect(&format!("{}/postgres", self.url())).await.expect("it answers");
        let promoted: bool =
            sqlx::query_scalar("SELECT pg_promote()").fetch_one(&mut admin).await.expect("an administrator");
        assert!(promoted, "it is a primary now");
    }

    /// `kill -9` of the postmaster: its sessions end when they notice.
    pub fn kill(&mut self) {
        self.child.kill().expect("the process is ours");
        self.child.wait().expect("the process is ours");
    }

    /// Starts it again; it recovers from its log.
    pub async fn restart(&mut self) {
        // As long as a session of the old one lives, the new one ends at once.
        wait_for("a PostgreSQL that starts again", async || {
            self.child = spawn(&self.bin, self.folder.path(), self.port, &self.settings);
            std::thread::sleep(std::time::Duration::from_millis(300));
            matches!(self.child.try_wait(), Ok(None))
        })
        .await;
        self.answers().await;
    }
}

fn spawn(bin: &Path, folder: &Path, port: u16, settings: &[String]) -> Child {
    let log = File::options().create(true).append(true).open(folder.join("log")).expect("a log file");
    let mut server = as_server(bin.join("postgres"));
    server.arg("-D").arg(folder.join("data")).arg("-k").arg(folder).args(["-p", &port.to_string()]);
    let always = ["listen_addresses=127.0.0.1", "fsync=off", "max_connections=200"];
    for setting in always.into_iter().chain(settings.iter().map(String::as_str)) {
        server.args(["-c", setting]);
    }
    server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().expect("postgres starts")
}

pub(crate) fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().expect("id runs");
    output.stdout.starts_with(b"0\n")
}

/// The server refuses to run as root.
fn as_server(program: impl AsRef<OsStr>) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"]).arg(program);
    command
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        // It may be dead already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
