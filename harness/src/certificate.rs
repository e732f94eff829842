//! A self-signed certificate for a server on this machine.

use std::path::Path;
use std::process::Command;

/// Writes `tls.key` and `tls.pem` into the folder, for `localhost` and 127.0.0.1.
pub(crate) fn make_certificate(folder: &Path) {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"])
        .args(["-days", "2", "-subj", "/CN=localhost"])
        .args([
            "-addext",
            "subjectAltName=DNS:localhost,IP:127.0.0.1",
            "-keyout",
            "tls.key",
            "-out",
            "tls.pem",
        ])
        .current_dir(folder)
        .output()
        .expect("openssl is installed");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}
