//! Stand-ins for the official images that the Dockerfile and docker-compose.yml use. They have the same
//! names, and are built from Debian packages and files of this machine.

use super::docker_plugins::{debian_site, debian_site_of};
use super::{base, node, postgres};
use crate::debian::{self, DEBOOTSTRAP};
use crate::step::{Failure, command, must, output, root, succeeds};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;

const DEBIAN: &str = "debian:trixie-slim";
const LABEL: &str = "ecash.stand-in";
const REMEDY: &str = "see the builder's output above";
/// The official images, and the source folder of each stand-in.
const OFFICIAL: [(&str, &str); 4] = [
    ("rust:1.95-trixie", "rust"),
    ("postgres:16", "postgres"),
    ("redis:7", "redis"),
    ("node:22-trixie-slim", "node"),
];

/// A container engine that builds images.
pub(crate) trait Docker {
    /// Returns a `docker` command for this engine.
    fn docker(&self, arguments: &[&str]) -> Command;

    /// Wraps a command to run in the engine's network namespace, in which the published ports are on
    /// loopback. `docker` in the command uses this engine.
    fn inside(&self, what: &Command) -> Command;
}

/// Pulls the official images, or builds a stand-in for each that cannot be pulled.
pub(crate) fn provide(engine: &impl Docker) -> Result<(), Failure> {
    if !is_available(engine, DEBIAN) {
        debian_stand_in(engine)?;
    }
    for (image, folder) in OFFICIAL {
        let source = root().join("xtask/src/offline/stand_ins").join(folder);
        let version = version_of(&source);
        // Rebuild a stand-in whose source files have changed.
        let label = label_of(engine, image);
        if label.as_ref().is_some_and(|label| *label != version) || !is_available(engine, image) {
            println!("  {image}: registry unreachable; building a stand-in");
            stand_in(engine, image, folder, &version)?;
        }
    }
    Ok(())
}

/// Returns whether the engine has the image, or can pull it.
fn is_available(engine: &impl Docker, image: &str) -> bool {
    let reachable = command("timeout", &["15", "docker", "manifest", "inspect", image]);
    succeeds(&mut engine.docker(&["image", "inspect", image]))
        || succeeds(&mut engine.inside(&reachable))
            && succeeds(&mut engine.docker(&["pull", "--quiet", image]))
}

/// Returns the label of a stand-in; `None` for an official or missing image.
fn label_of(engine: &impl Docker, image: &str) -> Option<String> {
    let format = format!("{{{{index .Config.Labels \"{LABEL}\"}}}}");
    let label = output(&mut engine.docker(&["image", "inspect", "--format", &format, image]))?;
    Some(label.trim().to_owned()).filter(|label| !label.is_empty())
}

/// Returns a hash of the stand-in's source files.
fn version_of(source: &Path) -> String {
    let mut hasher = DefaultHasher::new();
    let mut files: Vec<_> =
        std::fs::read_dir(source).into_iter().flatten().flatten().map(|file| file.path()).collect();
    files.sort();
    for file in files {
        std::fs::read(file).unwrap_or_default().hash(&mut hasher);
    }
    format!("{:016x}", hasher.finish())
}

fn debian_stand_in(engine: &impl Docker) -> Result<(), Failure> {
    println!("  {DEBIAN}: registry unreachable; building a stand-in");
    debian::install(&[DEBOOTSTRAP])?;
    let folder = base().join("docker/rootfs");
    let text = folder.display().to_string();
    // Remove the files of an interrupted build.
    let _ = std::fs::remove_dir_all(&folder);
    let site = debian_site()?;
    let mut debootstrap = command("debootstrap", &["--variant=minbase", "trixie", &text, &site]);
    must(debootstrap.stdout(std::process::Stdio::null()), "is Debian's mirror reachable?")?;
    // Use the same package sources as the official image. The security archive has a Rust that supports this
    // edition.
    let security = debian_site_of("Debian-Security").map(|site| format!("deb {site} trixie-security main\n"));
    if let Ok(line) = security {
        let list = folder.join("etc/apt/sources.list.d/security.list");
        std::fs::write(&list, line)
            .map_err(|error| Failure::new(format!("{}: {error}", list.display()), REMEDY))?;
    }
    let import = "tar --directory \"$1\" --create . | docker import - \"$2\" > /dev/null";
    let import = command("bash", &["-o", "pipefail", "-ec", import, "sh", &text, DEBIAN]);
    must(&mut engine.inside(&import), REMEDY)?;
    std::fs::remove_dir_all(&folder)
        .map_err(|error| Failure::new(format!("{text}: {error}"), "remove the folder by hand"))
}

fn stand_in(engine: &impl Docker, image: &str, name: &str, version: &str) -> Result<(), Failure> {
    let context = base().join("docker/context");
    let _ = std::fs::remove_dir_all(&context);
    let source = root().join("xtask/src/offline/stand_ins").join(name);
    copy(&source, &context)?;
    match name {
        "rust" => {
            let sysroot = output(&mut command("rustc", &["--print", "sysroot"])).unwrap_or_default();
            copy(Path::new(sysroot.trim()), &context.join("toolchain"))?;
            // Let builds inside the image trust the same certificates as this machine.
            copy(Path::new("/etc/ssl/certs/ca-certificates.crt"), &context.join("ca.crt"))?;
        }
        "postgres" => {
            let bin = postgres::binaries(postgres::RECOMMENDED)?;
            copy(bin.parent().unwrap_or(&bin), &context.join("postgresql"))?;
        }
        "node" => copy(&node::from_npm("an image")?.join("node"), &context.join("node"))?,
        _ => {}
    }
    let text = context.display().to_string();
    let label = format!("{LABEL}={version}");
    let arguments =
        ["buildx", "build", "--network=host", "--quiet", "--label", &label, "--tag", image, &text];
    must(&mut engine.docker(&arguments), REMEDY)?;
    std::fs::remove_dir_all(&context)
        .map_err(|error| Failure::new(format!("{text}: {error}"), "remove the folder by hand"))
}

fn copy(from: &Path, to: &PathBuf) -> Result<(), Failure> {
    let copied = succeeds(command("cp", &["--recursive", "--dereference"]).arg(from).arg(to));
    let failed = || Failure::new(format!("cannot copy {}", from.display()), "is the disk full?");
    copied.then_some(()).ok_or_else(failed)
}
