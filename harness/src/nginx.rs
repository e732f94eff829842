//! nginx with the configuration that is shipped, in front of a test's own mints.

use crate::certificate::make_certificate;
use crate::{free_port, wait_for};
use std::fs::File;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

const TEMPLATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../deployment/nginx/nginx.conf.template");

/// What is in front of what.
pub struct NginxSettings<'a> {
    /// `HOST:PORT` of each mint.
    pub mints: &'a [&'a str],
    /// The wallet's files.
    pub wallet: &'a Path,
    /// Requests per second and client.
    pub rate: u32,
    /// Withdrawals per second and client.
    pub withdraw_rate: u32,
}

/// A running nginx, stopped by its own pid.
pub struct Nginx {
    child: Child,
    folder: TempDir,
    /// Its port for plain HTTP.
    pub http_port: u16,
    /// Its port for TLS.
    pub https_port: u16,
}

impl Nginx {
    /// Starts it with a certificate of its own.
    pub async fn start(settings: NginxSettings<'_>) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        // Its workers are another user's.
        let open = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(folder.path(), open).expect("its mode");
        let path = |name: &str| folder.path().join(name).display().to_string();
        make_certificate(folder.path());
        let (http_port, https_port) = (free_port(), free_port());
        let mints: String = settings
            .mints
            .iter()
            .map(|mint| format!("server {mint} max_fails=1 fail_timeout=2s; "))
            .collect();
        let mut text = std::fs::read_to_string(TEMPLATE).expect("the template");
        for (name, value) in [
            ("ECASH_RUN", folder.path().display().to_string()),
            ("ECASH_HTTP_LISTEN", format!("127.0.0.1:{http_port}")),
            ("ECASH_HTTPS_LISTEN", format!("127.0.0.1:{https_port}")),
            ("ECASH_TLS_CERT", path("tls.pem")),
            ("ECASH_TLS_KEY", path("tls.key")),
            ("ECASH_WALLET", settings.wallet.display().to_string()),
            ("ECASH_MINTS", mints),
            ("ECASH_RATE", settings.rate.to_string()),
            ("ECASH_WITHDRAW_RATE", settings.withdraw_rate.to_string()),
            ("ECASH_BURST", "20".to_owned()),
            ("ECASH_WITHDRAW_BURST", "5".to_owned()),
        ] {
            text = text.replace(&format!("${{{name}}}"), &value);
        }
        std::fs::write(path("nginx.conf"), text).expect("the configuration is written");
        let log = |name| File::create(folder.path().join(name)).expect("a log file");
        let child = Command::new("nginx")
            .args(["-g", "daemon off;", "-c", &path("nginx.conf")])
            .stdin(Stdio::null())
            .stdout(log("access.log"))
            .stderr(log("error.log"))
            .spawn()
            .expect("nginx is installed");
        let nginx = Self { child, folder, http_port, https_port };
        wait_for("an nginx that listens", async || {
            // Whoever looks at a failure finds nginx's reason in the test's output.
            let errors = std::fs::read_to_string(nginx.folder.path().join("error.log")).unwrap_or_default();
            assert!(!errors.contains("[emerg]"), "{errors}");
            TcpStream::connect(("127.0.0.1", nginx.http_port)).is_ok()
        })
        .await;
        nginx
    }

    /// Its plain address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.http_port)
    }

    /// What it logged of requests.
    #[must_use]
    pub fn access_log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("access.log")).unwrap_or_default()
    }

    /// `curl` with these arguments; its exit code and what it printed.
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

impl Drop for Nginx {
    fn drop(&mut self) {
        // SIGTERM: the master takes its workers along.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}
