//! nginx with the shipped configuration.

use crate::process::{Process, Server};
use crate::{free_port, make_certificate};
use std::fs::{File, Permissions};
use std::io;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

const TEMPLATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../deployment/nginx/nginx.conf.template");

/// The variables of the configuration.
#[derive(Debug)]
pub struct NginxSettings<'a> {
    /// `HOST:PORT` of each mint.
    pub mints: &'a [String],
    /// The folder of the wallet's files.
    pub wallet: &'a Path,
    /// Requests per second and client.
    pub rate: u32,
    /// Withdrawals per second and client.
    pub withdraw_rate: u32,
    /// The burst: requests that a client may send beyond its rate.
    pub burst: u32,
    /// The burst of withdrawals.
    pub withdraw_burst: u32,
    /// The ports for plain HTTP and for TLS; `None` selects free ones.
    pub ports: Option<[u16; 2]>,
    /// The origin of the merchant page; empty for the wallet's origin.
    pub merchant_origin: &'a str,
    /// Whether nginx takes the client's address from the header `X-Test-Client`.
    pub believes_clients: bool,
}

/// A running nginx with a self-signed certificate.
#[derive(Debug)]
pub struct Nginx {
    process: Process,
    folder: TempDir,
    /// The port for plain HTTP.
    pub http_port: u16,
    /// The port for TLS.
    pub https_port: u16,
}

impl Nginx {
    /// Starts nginx, without waiting until it is ready.
    ///
    /// # Errors
    /// If nginx is not installed or its files cannot be written.
    pub fn spawn(settings: &NginxSettings<'_>) -> io::Result<Self> {
        let folder = TempDir::new()?;
        // The worker processes run as another user.
        std::fs::set_permissions(folder.path(), Permissions::from_mode(0o755))?;
        make_certificate(folder.path())?;
        let [http_port, https_port] = match settings.ports {
            Some(ports) => ports,
            None => [free_port()?, free_port()?],
        };
        let path = |name: &str| folder.path().join(name).display().to_string();
        let mint = |mint: &String| format!("server {mint} max_fails=1 fail_timeout=2s; ");
        let mut text = std::fs::read_to_string(TEMPLATE)?;
        for (name, value) in [
            ("ECASH_RUN", folder.path().display().to_string()),
            ("ECASH_HTTP_LISTEN", format!("127.0.0.1:{http_port}")),
            ("ECASH_HTTPS_LISTEN", format!("127.0.0.1:{https_port}")),
            ("ECASH_TLS_CERT", path("tls.pem")),
            ("ECASH_TLS_KEY", path("tls.key")),
            ("ECASH_WALLET", settings.wallet.display().to_string()),
            ("ECASH_MINTS", settings.mints.iter().map(mint).collect()),
            ("ECASH_RATE", settings.rate.to_string()),
            ("ECASH_WITHDRAW_RATE", settings.withdraw_rate.to_string()),
            ("ECASH_BURST", settings.burst.to_string()),
            ("ECASH_WITHDRAW_BURST", settings.withdraw_burst.to_string()),
            ("ECASH_MERCHANT_ORIGIN", settings.merchant_origin.to_owned()),
            ("ECASH_MERCHANT_RATE", settings.rate.saturating_mul(10).to_string()),
            ("ECASH_MERCHANT_BURST", settings.burst.saturating_mul(10).to_string()),
        ] {
            text = text.replace(&format!("${{{name}}}"), &value);
        }
        if settings.believes_clients {
            let believe = "set_real_ip_from 127.0.0.1;\n    real_ip_header X-Test-Client;\n    sendfile on;";
            text = text.replace("sendfile on;", believe);
        }
        std::fs::write(path("nginx.conf"), text)?;
        let log = |name| File::create(folder.path().join(name));
        let mut nginx = Command::new("nginx");
        nginx.args(["-g", "daemon off;", "-c", &path("nginx.conf")]);
        let (access, errors) = (log("access.log")?, log("error.log")?);
        let error_log = folder.path().join("error.log");
        let process = Process::start_with_output("nginx", &mut nginx, access, errors, &error_log)?;
        // SIGTERM also ends the worker processes, which would survive a kill.
        Ok(Self { process: process.stopped_by("-TERM"), folder, http_port, https_port })
    }

    /// Returns `http://HOST:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.http_port)
    }

    /// Returns the access log, with one line per request.
    #[must_use]
    pub fn access_log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("access.log")).unwrap_or_default()
    }
}

impl Server for Nginx {
    fn process(&self) -> &Process {
        &self.process
    }

    fn process_mut(&mut self) -> &mut Process {
        &mut self.process
    }

    fn is_ready(&mut self) -> bool {
        TcpStream::connect(("127.0.0.1", self.http_port)).is_ok()
    }
}
