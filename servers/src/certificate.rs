//! Self-signed certificates for servers on this machine.

use std::io;
use std::path::Path;
use std::process::Command;

/// Writes `tls.key` and `tls.pem` into a folder, for `localhost` and 127.0.0.1.
///
/// # Errors
/// If openssl is not installed or the folder cannot be written.
pub fn make_certificate(folder: &Path) -> io::Result<()> {
    let mut openssl = Command::new("openssl");
    openssl
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"])
        .args(["-days", "30", "-subj", "/CN=localhost"])
        .args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"])
        .args(["-keyout", "tls.key", "-out", "tls.pem"])
        .current_dir(folder);
    crate::run("openssl", &mut openssl).map(drop)
}
