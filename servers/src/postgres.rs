//! PostgreSQL servers: standalone, as a standby, or on a small disk.

use crate::process::{Process, Server, ready};
use crate::{as_server_user, free_port, give_to_server_user, is_root, run, small_disk};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// Whether commits survive a power failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// No fsync, for tests.
    NoFsync,
    /// With fsync, as in production.
    Full,
}

/// A PostgreSQL server with its own cluster.
#[derive(Debug)]
pub struct Postgres {
    process: Process,
    bin: PathBuf,
    folder: TempDir,
    port: u16,
    settings: Vec<String>,
}

impl Postgres {
    /// Creates an empty cluster and starts its server, with the programs in the folder `bin`.
    ///
    /// # Errors
    /// If a program fails or the server is not ready in time.
    pub fn start(bin: &Path, durability: Durability) -> io::Result<Self> {
        ready(Self::spawn(bin, durability))
    }

    /// Like [`Postgres::start`], without waiting until the server is ready.
    ///
    /// # Errors
    /// If a program fails.
    pub fn spawn(bin: &Path, durability: Durability) -> io::Result<Self> {
        let folder = make_folder()?;
        let mut initdb = as_server_user(bin.join("initdb"));
        initdb.args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C"]);
        initdb.args(["--no-sync", "--pgdata"]).arg(folder.path().join("data"));
        run("initdb", &mut initdb)?;
        let settings = match durability {
            Durability::NoFsync => vec!["fsync=off".to_owned(), "full_page_writes=off".to_owned()],
            Durability::Full => Vec::new(),
        };
        Self::serve(bin, folder, settings)
    }

    /// Starts a standby of the running server at this address, `HOST:PORT`, under the application name
    /// `standby`. Does not wait until it is ready.
    ///
    /// # Errors
    /// If a program fails.
    pub fn spawn_standby(bin: &Path, primary: &str) -> io::Result<Self> {
        let (host, port) = primary.rsplit_once(':').unwrap_or((primary, "5432"));
        let source = format!("host={host} port={port} user=postgres application_name=standby");
        let folder = make_folder()?;
        let data = folder.path().join("data");
        let mut copy = as_server_user(bin.join("pg_basebackup"));
        copy.args(["--checkpoint=fast", "--no-sync", "-d", &source, "-D"]).arg(&data);
        run("pg_basebackup", &mut copy)?;
        run("touch", as_server_user("touch").arg(data.join("standby.signal")))?;
        // Pass the connection as a setting. pg_basebackup could write it, but its libpq may use options that
        // the server's does not know.
        Self::serve(bin, folder, vec!["fsync=off".to_owned(), format!("primary_conninfo={source}")])
    }

    /// Starts a server whose data is on a file system of this size (`128m`), which can be filled up at
    /// [`Self::disk`]. The write-ahead log is elsewhere, so the server survives a full disk. Does not wait
    /// until it is ready.
    ///
    /// # Errors
    /// If this process is not root. Mounting needs root, but PostgreSQL must run as another user.
    pub fn spawn_on_small_disk(bin: &Path, size: &str) -> io::Result<Self> {
        // Runs as `nobody` inside the mount: creates the cluster, then replaces itself with the server.
        const SCRIPT: &str = "\"$1/initdb\" --auth=trust --username=postgres --encoding=UTF8 --locale=C --no-sync \
            --waldir \"$3/wal\" --pgdata \"$2/data\" && \
            exec \"$1/postgres\" -D \"$2/data\" -k \"$3\" -p \"$4\" -c listen_addresses=127.0.0.1 -c fsync=off";
        if !is_root() {
            return Err(io::Error::other(
                "mounting a small disk for PostgreSQL needs root: sudo cargo xtask test unit",
            ));
        }
        let folder = make_folder()?;
        let disk = folder.path().join("disk");
        std::fs::create_dir(&disk)?;
        std::fs::create_dir(folder.path().join("wal"))?;
        give_to_server_user(folder.path())?;
        let port = free_port()?;
        let mut server = small_disk(size, &disk);
        server.args(["sh", "-c", "chown nobody:nogroup \"$1\" && shift && exec \"$@\"", "sh"]).arg(&disk);
        server.args(["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"]);
        server.args(["sh", "-ec", SCRIPT, "sh"]).arg(bin).arg(&disk).arg(folder.path()).arg(port.to_string());
        let process = Process::start("PostgreSQL", &mut server, &folder.path().join("log"))?;
        Ok(Self { process, bin: bin.to_owned(), folder, port, settings: Vec::new() })
    }

    fn serve(bin: &Path, folder: TempDir, settings: Vec<String>) -> io::Result<Self> {
        let port = free_port()?;
        let process = start_process(bin, folder.path(), port, &settings)?;
        Ok(Self { process, bin: bin.to_owned(), folder, port, settings })
    }

    /// Returns `postgres://USER@HOST:PORT`, without a database.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}", self.port)
    }

    /// Returns `HOST:PORT`.
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Returns the URL of a database through the server's unix socket.
    #[must_use]
    pub fn socket_url(&self, database: &str) -> String {
        let folder = self.folder.path().display();
        format!("postgres://postgres@localhost:{}/{database}?host={folder}", self.port)
    }

    /// Returns the folder of the server's programs.
    #[must_use]
    pub fn bin(&self) -> &Path {
        &self.bin
    }

    /// Creates a database.
    ///
    /// # Errors
    /// If the database exists.
    pub fn create_database(&self, name: &str) -> io::Result<()> {
        let mut createdb = Command::new(self.bin.join("createdb"));
        createdb.args(["--maintenance-db", &format!("{}/postgres", self.url()), name]);
        run("createdb", &mut createdb).map(drop)
    }

    /// Returns the path under which this process reaches the small file system of
    /// [`Postgres::spawn_on_small_disk`].
    #[must_use]
    pub fn disk(&self) -> PathBuf {
        let disk = self.folder.path().join("disk");
        let root = PathBuf::from(format!("/proc/{}/root", self.process.pid()));
        root.join(disk.strip_prefix("/").unwrap_or(&disk))
    }

    /// Adds a setting, `name=value`, for the next start.
    pub fn set(&mut self, setting: &str) {
        self.settings.push(setting.to_owned());
    }

    /// Restarts the server after [`Process::kill`]. It exits immediately while a session of the killed server
    /// is alive; then call this again. Does not wait until it is ready.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn respawn(&mut self) -> io::Result<()> {
        self.process = start_process(&self.bin, self.folder.path(), self.port, &self.settings)?;
        Ok(())
    }
}

impl Server for Postgres {
    fn process(&self) -> &Process {
        &self.process
    }

    fn process_mut(&mut self) -> &mut Process {
        &mut self.process
    }

    fn is_ready(&mut self) -> bool {
        let mut ready = Command::new(self.bin.join("pg_isready"));
        run("pg_isready", ready.args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()])).is_ok()
    }
}

/// Creates a folder with a short path, because the path of a unix socket is limited to 107 bytes.
fn make_folder() -> io::Result<TempDir> {
    let folder = TempDir::with_prefix_in("ecash-pg-", "/tmp")?;
    give_to_server_user(folder.path())?;
    Ok(folder)
}

fn start_process(bin: &Path, folder: &Path, port: u16, settings: &[String]) -> io::Result<Process> {
    let mut server = as_server_user(bin.join("postgres"));
    server.arg("-D").arg(folder.join("data")).arg("-k").arg(folder).args(["-p", &port.to_string()]);
    let always = ["listen_addresses=127.0.0.1", "max_connections=400", "shared_buffers=128MB"];
    for setting in always.into_iter().chain(settings.iter().map(String::as_str)) {
        server.args(["-c", setting]);
    }
    // SIGINT is PostgreSQL's fast shutdown.
    Ok(Process::start("PostgreSQL", &mut server, &folder.join("log"))?.stopped_by("-INT"))
}
