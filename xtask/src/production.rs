//! The production stack on this machine: PostgreSQL, Redis, a SoftHSM hardware token with the keys of a
//! ceremony, the signer, two mints, and nginx. Uses the same configuration files as the containers.

use crate::debian::{self, CURL, NGINX, NGINX_BROTLI, OPENSSL_COMMAND, PYTHON, REDIS, SOFTHSM};
use crate::postgres::{self, Durability, Postgres, RECOMMENDED};
use crate::step::{Failure, command, must, output, root, stop_flag};
use ecash_servers::{
    Mint, Nginx, NginxSettings, Pins, Redis, RedisSettings, Server, Signer, SoftHsm, free_port, ready,
    write_private,
};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tempfile::TempDir;

const MINTS: usize = 2;

/// Installs what the stack needs in addition to the mint.
pub(crate) fn install() -> Result<(), Failure> {
    debian::install(&[CURL, NGINX, NGINX_BROTLI, OPENSSL_COMMAND, PYTHON, REDIS, SOFTHSM])
}

/// The parameters that differ between a run, a test and a measurement.
pub(crate) struct Plan {
    /// The cargo profile of the programs: `debug` or `release`.
    pub(crate) profile: &'static str,
    pub(crate) durability: Durability,
    /// The ports of nginx for plain HTTP and TLS.
    pub(crate) ports: [u16; 2],
    /// Rate limits per second and client of the mints and nginx: requests, withdrawals, signatures.
    pub(crate) limits: [u32; 3],
    /// Bursts that nginx allows a client beyond its rate: requests, withdrawals.
    pub(crate) bursts: [u32; 2],
}

/// The highest rate that a setting allows.
const MAX_RATE: u32 = 1_000_000;

/// The running stack. Fields are dropped in this order, so that each part stops before those it depends on.
pub(crate) struct Stack {
    nginx: Nginx,
    mints: Vec<Mint>,
    signer: Signer,
    redis: Redis,
    postgres: Postgres,
    folder: TempDir,
    settings: Vec<(&'static str, String)>,
    binary: PathBuf,
    /// The URL of nginx, plain HTTP.
    pub(crate) url: String,
    /// The operator URL of the first mint.
    operator_url: String,
}

impl Stack {
    /// Starts all parts, each after its dependencies are ready. Dependencies come first: PostgreSQL, Redis,
    /// signer, mints, nginx.
    pub(crate) fn start(plan: &Plan) -> Result<Self, Failure> {
        let binary = root().join("target").join(plan.profile).join("ecash-mint");
        let folder = make_folder()?;
        let path = |name: &str| folder.path().join(name);
        let postgres = postgres::start(RECOMMENDED, plan.durability)?;
        postgres.create_database("ecash_db")?;
        let redis = Redis::start(&RedisSettings { password: secret()?, cluster: false, tls: false })?;
        let hsm = token_with_keys(folder.path(), &binary)?;
        let signer = ready(hsm.spawn_signer(&[], "ready to sign"))?;

        let [requests, withdrawals, signatures] = plan.limits;
        let weak = if plan.durability == Durability::Full { "demo_funds" } else { "demo_funds,fsync_off" };
        let settings = vec![
            ("DATABASE_URL", postgres.socket_url("ecash_db")),
            ("REDIS_URL", redis.url()),
            ("SIGNER_URL", hsm.address()),
            ("PUBLIC_ORIGIN", format!("http://localhost:{}", plan.ports[0])),
            ("CURRENCY", "DEMO".to_owned()),
            ("ALLOW_WEAK", weak.to_owned()),
            ("TRUSTED_PROXIES", "127.0.0.1".to_owned()),
            ("RATE_LIMIT_PER_SECOND", requests.to_string()),
            ("WITHDRAW_RATE_LIMIT_PER_SECOND", withdrawals.to_string()),
            ("SIGNATURE_LIMIT_PER_SECOND", signatures.to_string()),
            // Five times the limit of a wallet, like the defaults.
            ("MERCHANT_RATE_LIMIT_PER_SECOND", requests.saturating_mul(5).min(MAX_RATE).to_string()),
            ("ECASH_DATA_DIR", path("mint").display().to_string()),
        ];
        Mint::migrate(&binary, &path("mint"), &borrowed(&settings))?;
        let operator = format!("127.0.0.1:{}", free_port()?);
        let (mut mints, mut addresses) = (Vec::new(), Vec::new());
        for number in 1..=MINTS {
            let mut own = borrowed(&settings);
            if number == 1 {
                own.push(("OPERATOR_LISTEN", operator.as_str()));
            }
            let (port, log) = (free_port()?, path(&format!("mint-{number}.log")));
            mints.push(ready(Mint::spawn(&binary, &path("mint"), port, &own, &log))?);
            addresses.push(format!("127.0.0.1:{port}"));
        }
        let nginx = ready(Nginx::spawn(&NginxSettings {
            mints: &addresses,
            wallet: &path("wallet"),
            rate: requests,
            withdraw_rate: withdrawals,
            burst: plan.bursts[0],
            withdraw_burst: plan.bursts[1],
            ports: Some(plan.ports),
            merchant_origin: "",
            believes_clients: false,
        }))?;
        let url = format!("http://localhost:{}", plan.ports[0]);
        let operator_url = format!("http://{operator}");
        let stack =
            Self { nginx, mints, signer, redis, postgres, folder, settings, binary, url, operator_url };
        stack.write_variables()?;
        Ok(stack)
    }

    /// Returns an operator command: `ecash-mint` with the settings of the mints.
    pub(crate) fn operator(&self, arguments: &[&str]) -> Command {
        let mut command = command(&self.binary, arguments);
        command.envs(borrowed(&self.settings)).env("RUST_LOG", "warn");
        command
    }

    /// Returns a shell command with `ecash-mint` and PostgreSQL's programs on the PATH, and with the settings
    /// of the mints.
    pub(crate) fn shell(&self, script: &str) -> Command {
        let mut bash = command("bash", &["-c", &format!("source {}\n{script}", self.variables().display())]);
        bash.current_dir(self.folder.path().join("mint"));
        bash
    }

    /// Returns the path of the file of variables for an operator's shell to source. It contains a password.
    pub(crate) fn variables(&self) -> PathBuf {
        self.folder.path().join("operator.env")
    }

    fn write_variables(&self) -> Result<(), Failure> {
        let programs = [self.binary.parent(), Some(self.postgres.bin())];
        let path: String = programs.iter().flatten().map(|folder| format!("{}:", folder.display())).collect();
        let own = [("MINT_URL", &self.url), ("OPERATOR_URL", &self.operator_url)];
        let settings = self.settings.iter().map(|(name, value)| (*name, value)).chain(own);
        let mut text: String = settings.map(|(name, value)| format!("export {name}='{value}'\n")).collect();
        text.push_str(&format!("export RUST_LOG=warn\nexport PATH=\"{path}$PATH\"\n"));
        Ok(write_private(&self.variables(), &text)?)
    }

    /// Serves until Ctrl-C, SIGTERM or SIGHUP. Parts may be killed to try out failures: databases are
    /// restarted, and the remaining mint continues alone. Fails if no mint, nginx or signer is left.
    pub(crate) fn watch(mut self) -> Result<(), Failure> {
        let stop = stop_flag()?;
        while !stop.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(500));
            self.restart_ended()?;
        }
        println!("\nstopping");
        Ok(())
    }

    /// Restarts databases that exited, and removes mints that exited.
    fn restart_ended(&mut self) -> Result<(), Failure> {
        if !self.redis.process_mut().runs() {
            println!("Redis exited; restarting it empty. Payments continue meanwhile");
            self.redis.respawn()?;
        }
        if !self.postgres.process_mut().runs() {
            println!("PostgreSQL exited; restarting it. The mints return 503 until it is ready");
            self.postgres.respawn()?;
        }
        for ended in self.mints.extract_if(.., |mint| !mint.process_mut().runs()) {
            println!("{}", ended.process().error("exited"));
        }
        let needed = [self.nginx.process_mut(), self.signer.process_mut()];
        match needed.into_iter().find_map(|part| (!part.runs()).then(|| part.error("exited"))) {
            Some(error) => Err(error.into()),
            None if self.mints.is_empty() => Err(Failure::new("both mints exited", "see their logs above")),
            None => Ok(()),
        }
    }

    /// Returns the name and process id of each part, for measurements. Both mints have the same name.
    pub(crate) fn processes(&self) -> Vec<(&'static str, u32)> {
        let mints = self.mints.iter().map(|mint| ("mints", mint.process().pid())).collect();
        let others = vec![
            ("nginx", self.nginx.process().pid()),
            ("signer", self.signer.process().pid()),
            ("redis", self.redis.process().pid()),
            ("database", self.postgres.process().pid()),
        ];
        [mints, others].concat()
    }

    /// Returns the folder of the mints' and the signer's logs.
    pub(crate) fn logs(&self) -> &Path {
        self.folder.path()
    }
}

fn borrowed<'a>(settings: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    settings.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

/// Creates the folder of the stack, with the wallet's files for nginx.
fn make_folder() -> Result<TempDir, Failure> {
    // Keep the path short: the path of a unix socket is limited to 107 bytes.
    let folder = TempDir::with_prefix_in("ecash-production-", "/tmp")?;
    let wallet = folder.path().join("wallet");
    for subfolder in [&wallet, &folder.path().join("mint")] {
        std::fs::create_dir(subfolder)?;
    }
    // Let nginx's worker processes, which run as another user, reach the wallet's files. The mint's folder stays
    // closed to them.
    for open in [folder.path(), &wallet] {
        std::fs::set_permissions(open, std::fs::Permissions::from_mode(0o755))?;
    }
    copy_folder(&root().join("dist"), &wallet)?;
    Ok(folder)
}

/// Copies the content of a folder recursively.
fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(from)?.flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            std::fs::create_dir(&target)?;
            std::fs::set_permissions(&target, std::fs::Permissions::from_mode(0o755))?;
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Returns a random secret.
fn secret() -> Result<String, Failure> {
    let random = output(&mut command("openssl", &["rand", "-hex", "16"]));
    random
        .map(|random| random.trim().to_owned())
        .ok_or_else(|| Failure::new("openssl rand failed", "is openssl installed?"))
}

/// Creates a hardware token with the keys of the demo ceremony, using the signer next to the program `mint`.
fn token_with_keys(folder: &Path, mint: &Path) -> Result<SoftHsm, Failure> {
    let pins = Pins { user: secret()?, officer: secret()? };
    let hsm = SoftHsm::create(folder, pins, &mint.with_file_name("ecash-signer"))?;
    let ceremony = root().join("deployment/key-ceremony/demo.yaml");
    must(hsm.command(&["keys", "ceremony"]).arg(ceremony), "see the output of ecash-signer above")?;
    Ok(hsm)
}
