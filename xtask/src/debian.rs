//! Debian packages. Lists the missing ones with their reasons before installing them.

use crate::step::{Failure, command, has, must, succeeds};
use ecash_servers::is_root;

/// A Debian package, the reason why it is needed, and a check whether it is installed.
pub(crate) struct Package {
    name: &'static str,
    reason: &'static str,
    present: fn() -> bool,
}

pub(crate) const COMPILER: Package =
    Package { name: "build-essential", reason: "links Rust programs, builds SQLite", present: || has("cc") };
pub(crate) const PKG_CONFIG: Package =
    Package { name: "pkg-config", reason: "finds OpenSSL", present: || has("pkg-config") };
pub(crate) const OPENSSL: Package = Package {
    name: "libssl-dev",
    reason: "the mint signs and verifies with OpenSSL",
    present: || succeeds(&mut command("pkg-config", &["--exists", "openssl"])),
};
pub(crate) const NODE: Package =
    Package { name: "nodejs", reason: "runs the browser tests and wasm-opt", present: || has("node") };
pub(crate) const NPM: Package =
    Package { name: "npm", reason: "installs wasm-opt and Playwright", present: || has("npm") };
pub(crate) const BROTLI: Package =
    Package { name: "brotli", reason: "compresses the wallet's files", present: || has("brotli") };
pub(crate) const CHROMIUM: Package =
    Package { name: "chromium", reason: "the browser for the tests", present: || has("chromium") };
pub(crate) const CHROMEDRIVER: Package = Package {
    name: "chromium-driver",
    reason: "runs WebAssembly tests in Chromium",
    present: || has("chromedriver"),
};
pub(crate) const FIREFOX: Package = Package {
    name: "firefox-esr",
    reason: "the second browser for the tests",
    present: || has("firefox-esr"),
};
pub(crate) const WEBKIT: Package = Package {
    name: "webkit2gtk-driver",
    reason: "the third browser for the tests",
    present: || has("WebKitWebDriver"),
};
pub(crate) const XVFB: Package =
    Package { name: "xvfb", reason: "a virtual screen for the third browser", present: || has("xvfb-run") };
pub(crate) const XAUTH: Package =
    Package { name: "xauth", reason: "access to the virtual screen", present: || has("xauth") };
pub(crate) const CURL: Package =
    Package { name: "curl", reason: "runs the commands of docs/api-by-hand.md", present: || has("curl") };
pub(crate) const OPENSSL_COMMAND: Package =
    Package { name: "openssl", reason: "checks tokens in docs/api-by-hand.md", present: || has("openssl") };
pub(crate) const PYTHON: Package =
    Package { name: "python3", reason: "blinds tokens in docs/api-by-hand.md", present: || has("python3") };
pub(crate) const REDIS: Package =
    Package { name: "redis-server", reason: "the spent index in tests", present: || has("redis-server") };
pub(crate) const NGINX: Package =
    Package { name: "nginx", reason: "the reverse proxy of mints", present: || has_in_sbin("nginx") };
pub(crate) const NGINX_BROTLI: Package = Package {
    name: "libnginx-mod-http-brotli-static",
    reason: "serves the wallet compressed",
    present: || std::path::Path::new("/usr/lib/nginx/modules/ngx_http_brotli_static_module.so").exists(),
};
pub(crate) const SOFTHSM: Package = Package {
    name: "softhsm2",
    reason: "a PKCS#11 hardware token in software",
    present: || has("softhsm2-util") && std::path::Path::new("/usr/lib/softhsm/libsofthsm2.so").exists(),
};
pub(crate) const FAKETIME: Package = Package {
    name: "faketime",
    reason: "sets the clock of programs under test",
    present: || has("faketime"),
};
pub(crate) const UNSHARE: Package = Package {
    name: "util-linux",
    reason: "separate networks and file systems for tests",
    present: || has("unshare"),
};
pub(crate) const IPROUTE: Package =
    Package { name: "iproute2", reason: "sets up the tests' networks", present: || has("ip") };
pub(crate) const DOCKER: Package =
    Package { name: "docker.io", reason: "runs the containers", present: || has_in_sbin("dockerd") };
pub(crate) const IPTABLES: Package = Package {
    name: "iptables",
    reason: "the network of the containers",
    present: || has_in_sbin("iptables"),
};
pub(crate) const DEBOOTSTRAP: Package = Package {
    name: "debootstrap",
    reason: "builds Debian images if no image registry is reachable",
    present: || has_in_sbin("debootstrap"),
};

/// Returns whether a program is on the PATH or in /usr/sbin, which is not on every user's PATH.
fn has_in_sbin(program: &str) -> bool {
    has(program) || std::path::Path::new("/usr/sbin").join(program).is_file()
}

/// Lists the missing packages and installs them.
pub(crate) fn install(packages: &[Package]) -> Result<(), Failure> {
    let missing: Vec<_> = packages.iter().filter(|package| !(package.present)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("missing on this machine:");
    for package in &missing {
        println!("  {:16} {}", package.name, package.reason);
    }
    let names: Vec<_> = missing.iter().map(|package| package.name).collect();
    install_by_name(&names)
}

/// Installs packages by name.
pub(crate) fn install_by_name(names: &[&str]) -> Result<(), Failure> {
    let by_hand = format!("install them by hand: apt-get install {}", names.join(" "));
    if !has("apt-get") {
        return Err(Failure::new("apt-get is not installed", by_hand.replace("apt-get install", "")));
    }
    let root = is_root();
    if !root && !has("sudo") {
        return Err(Failure::new("packages are missing, and installing them needs root or sudo", by_hand));
    }
    let apt = |arguments: &[&str]| {
        let whole = [&["apt-get", "-q", "-y", "-o", "Dpkg::Use-Pty=0"], arguments].concat();
        let (program, rest) =
            if root { ("apt-get", whole.get(1..).unwrap_or_default()) } else { ("sudo", whole.as_slice()) };
        let mut command = command(program, rest);
        command.env("DEBIAN_FRONTEND", "noninteractive");
        must(&mut command, &by_hand)
    };
    apt(&["update"])?;
    apt(&[&["install", "--no-install-recommends"], names].concat())
}
