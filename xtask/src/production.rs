//! The production stack on this machine: PostgreSQL, Redis, SoftHSM with a ceremony's keys, the signer
//! process, two mints, and nginx in front, with the configuration files that the containers use.

use crate::child::{free_port, is_healthy};
use crate::debian::{self, CURL, NGINX, NGINX_BROTLI, OPENSSL_COMMAND, PYTHON, REDIS, SOFTHSM};
use crate::postgres::{Durability, Postgres, RECOMMENDED};
use crate::service::Service;
use crate::step::{Failure, command, must, output, root};
use std::fs::File;
use std::io::Write as _;
use std::net::TcpStream;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// What it takes beside the mint.
pub(crate) fn install() -> Result<(), Failure> {
    debian::install(&[CURL, NGINX, NGINX_BROTLI, OPENSSL_COMMAND, PYTHON, REDIS, SOFTHSM])
}

/// What varies between a run and a test.
pub(crate) struct Plan {
    /// `debug` or `release`.
    pub(crate) profile: &'static str,
    pub(crate) durability: Durability,
    pub(crate) http_port: u16,
    pub(crate) https_port: u16,
    /// Requests, withdrawals and signatures per second and client; the mints' and nginx's.
    pub(crate) limits: [u32; 3],
    /// Requests and withdrawals that a client may send at once beyond its rate; nginx's.
    pub(crate) bursts: [u32; 2],
}

/// The running stack. Dropped from front to back, so that nobody is asked for what is gone.
pub(crate) struct Stack {
    /// nginx, the mints, the signer, Redis.
    services: Vec<Service>,
    postgres: Postgres,
    folder: Folder,
    settings: Vec<(&'static str, String)>,
    binary: PathBuf,
    /// Where nginx serves plain HTTP, on loopback.
    pub(crate) url: String,
    /// Where a mint serves its operator.
    pub(crate) operator_url: String,
}

/// A folder that goes when its stack goes.
struct Folder(PathBuf);

impl Folder {
    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that stays is in the way of nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Stack {
    /// Starts all parts, each when those it needs are ready.
    pub(crate) fn start(plan: &Plan) -> Result<Self, Failure> {
        let folder = make_folder()?;
        let binary = root().join("target").join(plan.profile).join("ecash-mint");
        let postgres = Postgres::start(RECOMMENDED, plan.durability)?;
        let create = postgres.bin.join("createdb");
        must(
            command(create, &["--maintenance-db"]).arg(postgres.socket_url("postgres")).arg("ecash_db"),
            "see above",
        )?;
        let redis_port = free_port()?;
        let redis = start_redis(&folder, redis_port)?;
        hold_ceremony(&folder, &binary)?;
        let signer = start_signer(&folder, &binary)?;
        let weak = if plan.durability == Durability::Full { "demo_funds" } else { "demo_funds,fsync_off" };
        let [requests, withdrawals, signatures] = plan.limits.map(|limit| limit.to_string());
        let settings = vec![
            ("DATABASE_URL", postgres.socket_url("ecash_db")),
            ("REDIS_URL", format!("redis://:{}@127.0.0.1:{redis_port}", secret(&folder, "redis.secret")?)),
            ("SIGNER_URL", format!("unix:{}", folder.text("signer.sock"))),
            ("CURRENCY", "DEMO".to_owned()),
            ("ALLOW_WEAK", weak.to_owned()),
            ("TRUSTED_PROXIES", "127.0.0.1".to_owned()),
            ("RATE_LIMIT_PER_SECOND", requests.clone()),
            ("WITHDRAW_RATE_LIMIT_PER_SECOND", withdrawals.clone()),
            ("SIGNATURE_LIMIT_PER_SECOND", signatures),
            ("ECASH_DATA_DIR", folder.text("mint")),
        ];
        let operator_port = free_port()?;
        let operator = ("OPERATOR_LISTEN", format!("127.0.0.1:{operator_port}"));
        let mut migrate = command(&binary, &["migrate"]);
        migrate.envs(settings.iter().map(|(name, value)| (*name, value.as_str()))).env("RUST_LOG", "warn");
        must(&mut migrate, "its message is above")?;
        let (mut mints, mut addresses) = (Vec::new(), String::new());
        for name in ["mint 1", "mint 2"] {
            let port = free_port()?;
            // The first has the operator listener.
            let own = if mints.is_empty() {
                [settings.clone(), vec![operator.clone()]].concat()
            } else {
                settings.clone()
            };
            mints.push(start_mint(&folder, &binary, name, port, &own)?);
            addresses.push_str(&format!("server 127.0.0.1:{port} max_fails=1 fail_timeout=5s; "));
        }
        let nginx = start_nginx(&folder, plan, &addresses, &requests, &withdrawals)?;
        let mut services = vec![nginx];
        services.extend(mints);
        services.extend([signer, redis]);
        let url = format!("http://localhost:{}", plan.http_port);
        let operator_url = format!("http://localhost:{operator_port}");
        let stack = Self { services, postgres, folder, settings, binary, url, operator_url };
        stack.write_variables()?;
        Ok(stack)
    }

    /// An operator's command beside the mints.
    pub(crate) fn operator(&self, arguments: &[&str]) -> Command {
        let mut command = command(&self.binary, arguments);
        command
            .envs(self.settings.iter().map(|(name, value)| (*name, value.as_str())))
            .env("RUST_LOG", "warn");
        command
    }

    /// A shell in which `ecash-mint` and PostgreSQL's programs are on the PATH, set up as the mints are.
    pub(crate) fn shell(&self, script: &str) -> Command {
        let mut bash = command("bash", &["-c", &format!("source {}\n{script}", self.variables().display())]);
        bash.current_dir(self.folder.path("mint"));
        bash
    }

    /// What an operator's shell must know, as a file to `source`; it holds a password.
    pub(crate) fn variables(&self) -> PathBuf {
        self.folder.path("operator.env")
    }

    fn write_variables(&self) -> Result<(), Failure> {
        let programs = [self.binary.parent(), Some(&*self.postgres.bin)];
        let path: String = programs.iter().flatten().map(|folder| format!("{}:", folder.display())).collect();
        let own = [("MINT_URL", &self.url), ("OPERATOR_URL", &self.operator_url)];
        let settings = self.settings.iter().map(|(name, value)| (*name, value)).chain(own);
        let mut text: String = settings.map(|(name, value)| format!("export {name}='{value}'\n")).collect();
        text.push_str(&format!("export RUST_LOG=warn\nexport PATH=\"{path}$PATH\"\n"));
        write_private(&self.variables(), &text)
    }

    /// Serves until Ctrl-C or SIGTERM; a part that ends by itself is a failure.
    pub(crate) fn watch(mut self) -> Result<(), Failure> {
        let stop = Arc::new(AtomicBool::new(false));
        let asked = stop.clone();
        ctrlc::set_handler(move || asked.store(true, Ordering::Relaxed))
            .map_err(|error| Failure::new(error.to_string(), "start again"))?;
        loop {
            std::thread::sleep(Duration::from_millis(500));
            if stop.load(Ordering::Relaxed) {
                println!("\nstopping");
                return Ok(());
            }
            if let Some(gone) = self.services.iter_mut().find_map(|part| (!part.runs()).then(|| part.name()))
            {
                let log = self.folder.path(&format!("{}.log", gone.to_lowercase().replace(' ', "-")));
                let said = std::fs::read_to_string(log).unwrap_or_default();
                let last: Vec<_> = said.lines().rev().take(5).collect();
                return Err(Failure::new(format!("{gone} ended"), last.join("\n  ")));
            }
        }
    }

    /// Its processes by what they are: the mints share a name.
    pub(crate) fn processes(&self) -> Vec<(&'static str, u32)> {
        let services = self.services.iter().map(|service| match service.name() {
            "mint 1" | "mint 2" => ("mints", service.pid()),
            "Redis" => ("redis", service.pid()),
            name => (name, service.pid()),
        });
        services.chain([("database", self.postgres.pid())]).collect()
    }

    /// Where its logs are.
    pub(crate) fn logs(&self) -> &Path {
        &self.folder.0
    }
}

fn make_folder() -> Result<Folder, Failure> {
    // The path of a unix socket is at most 107 bytes long.
    let folder = Folder(format!("/tmp/ecash-production-{}", std::process::id()).into());
    let made = || -> std::io::Result<()> {
        // Fails if somebody else has prepared it.
        std::fs::DirBuilder::new().mode(0o755).create(&folder.0)?;
        for name in ["tokens", "mint", "wallet", "nginx"] {
            std::fs::create_dir_all(folder.path(name))?;
        }
        // nginx's workers are another user's, and read the wallet's files only.
        for open in ["wallet", "nginx"] {
            std::fs::set_permissions(folder.path(open), std::fs::Permissions::from_mode(0o755))?;
        }
        std::fs::set_permissions(folder.path("tokens"), std::fs::Permissions::from_mode(0o700))?;
        for file in std::fs::read_dir(root().join("dist"))?.flatten() {
            std::fs::copy(file.path(), folder.path("wallet").join(file.file_name()))?;
        }
        let conf = format!(
            "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
            folder.text("tokens")
        );
        std::fs::write(folder.path("softhsm2.conf"), conf)
    };
    made().map_err(|error| Failure::new(format!("{}: {error}", folder.0.display()), "is /tmp full?"))?;
    Ok(folder)
}

/// A random secret, made once.
fn secret(folder: &Folder, name: &str) -> Result<String, Failure> {
    let path = folder.path(name);
    let failed = |error| Failure::new(format!("{}: {error}", path.display()), "is /tmp full?");
    if !path.exists() {
        let random = output(&mut command("openssl", &["rand", "-hex", "16"]));
        let random = random.ok_or_else(|| Failure::new("openssl rand failed", "is openssl installed?"))?;
        write_private(&path, random.trim())?;
    }
    std::fs::read_to_string(&path).map_err(failed)
}

/// A file that only its owner reads, from its first byte on.
fn write_private(path: &Path, text: &str) -> Result<(), Failure> {
    let write = || {
        let mut file = File::options().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(text.as_bytes())
    };
    write().map_err(|error| Failure::new(format!("{}: {error}", path.display()), "is /tmp full?"))
}

fn start_redis(folder: &Folder, port: u16) -> Result<Service, Failure> {
    let conf = format!(
        "port {port}\nbind 127.0.0.1\nrequirepass {}\nsave \"\"\nappendonly no\ndir {}\n",
        secret(folder, "redis.secret")?,
        folder.0.display()
    );
    let path = folder.path("redis.conf");
    write_private(&path, &conf)?;
    let mut server = command("redis-server", &[]);
    let listens = || TcpStream::connect(("127.0.0.1", port)).is_ok();
    Service::start("Redis", server.arg(path), &folder.path("redis.log"), listens)
}

fn with_token(folder: &Folder, command: &mut Command) -> Result<(), Failure> {
    command
        .env("SOFTHSM2_CONF", folder.path("softhsm2.conf"))
        .env("PKCS11_MODULE", "/usr/lib/softhsm/libsofthsm2.so")
        .env("PKCS11_TOKEN", "ecash")
        .env("PKCS11_PIN", secret(folder, "pin.secret")?)
        .env("KEYSETS_DIR", folder.path("keysets"))
        .env("SIGNER_LISTEN", format!("unix:{}", folder.text("signer.sock")));
    Ok(())
}

fn hold_ceremony(folder: &Folder, binary: &Path) -> Result<(), Failure> {
    let (pin, so_pin) = (secret(folder, "pin.secret")?, secret(folder, "so-pin.secret")?);
    let mut token = command("softhsm2-util", &["--init-token", "--free", "--label", "ecash"]);
    token.args(["--pin", &pin, "--so-pin", &so_pin]).env("SOFTHSM2_CONF", folder.path("softhsm2.conf"));
    output(&mut token).ok_or_else(|| Failure::new("softhsm2-util failed", "is softhsm2 installed?"))?;
    let mut ceremony =
        command(signer_beside(binary), &["keys", "ceremony", "deployment/key-ceremony/demo.yaml"]);
    with_token(folder, &mut ceremony)?;
    must(&mut ceremony, "its message is above")
}

/// The signer of the same build.
fn signer_beside(mint: &Path) -> PathBuf {
    mint.with_file_name("ecash-signer")
}

fn start_signer(folder: &Folder, binary: &Path) -> Result<Service, Failure> {
    let mut signer = command(signer_beside(binary), &["serve"]);
    with_token(folder, &mut signer)?;
    let socket = folder.path("signer.sock");
    Service::start("signer", &mut signer, &folder.path("signer.log"), || socket.exists())
}

fn start_mint(
    folder: &Folder,
    binary: &Path,
    name: &'static str,
    port: u16,
    settings: &[(&str, String)],
) -> Result<Service, Failure> {
    let mut mint = command(binary, &["serve"]);
    mint.envs(settings.iter().map(|(name, value)| (*name, value.as_str())))
        .env("SERVER_PORT", port.to_string());
    let log = folder.path(&format!("{}.log", name.replace(' ', "-")));
    Service::start(name, &mut mint, &log, || is_healthy(port))
}

fn start_nginx(
    folder: &Folder,
    plan: &Plan,
    mints: &str,
    requests: &str,
    withdrawals: &str,
) -> Result<Service, Failure> {
    let failed = |error: std::io::Error| Failure::new(format!("nginx: {error}"), "is /tmp full?");
    let certificate = [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "30",
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost,IP:127.0.0.1",
    ];
    let (key, pem) = (folder.text("nginx/tls.key"), folder.text("nginx/tls.pem"));
    let mut openssl = command("openssl", &certificate);
    output(openssl.args(["-keyout", &key, "-out", &pem]))
        .ok_or_else(|| Failure::new("no certificate could be made", "is openssl installed?"))?;
    let mut text =
        std::fs::read_to_string(root().join("deployment/nginx/nginx.conf.template")).map_err(failed)?;
    for (name, value) in [
        ("ECASH_RUN", folder.text("nginx").as_str()),
        ("ECASH_HTTP_LISTEN", &format!("127.0.0.1:{}", plan.http_port)),
        ("ECASH_HTTPS_LISTEN", &plan.https_port.to_string()),
        ("ECASH_TLS_CERT", &pem),
        ("ECASH_TLS_KEY", &key),
        ("ECASH_WALLET", &folder.text("wallet")),
        ("ECASH_MINTS", mints),
        ("ECASH_RATE", requests),
        ("ECASH_WITHDRAW_RATE", withdrawals),
        ("ECASH_BURST", &plan.bursts[0].to_string()),
        ("ECASH_WITHDRAW_BURST", &plan.bursts[1].to_string()),
    ] {
        text = text.replace(&format!("${{{name}}}"), value);
    }
    let conf = folder.text("nginx/nginx.conf");
    std::fs::write(&conf, text).map_err(failed)?;
    let mut nginx = command("nginx", &["-g", "daemon off;", "-c", &conf]);
    Service::start("nginx", &mut nginx, &folder.path("nginx.log"), || is_healthy(plan.http_port))
}
