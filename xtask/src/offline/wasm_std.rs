//! Debian's Rust for wasm32, with a standard library built from Debian's sources. The library and the linker
//! are in a separate sysroot under target/, so that the distribution's files stay unchanged.

use crate::debian::install_by_name;
use crate::step::{Failure, command, must, output, root};
use std::path::{Path, PathBuf};

pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// The PATH folders and environment variables with which cargo compiles for wasm32.
#[derive(Clone, Default)]
pub(crate) struct WasmCompiler {
    pub(crate) path: Vec<PathBuf>,
    pub(crate) env: Vec<(String, String)>,
}

const REMEDY: &str = "on a machine that can reach rustup, run: rustup target add wasm32-unknown-unknown";

/// Returns Debian's compiler. Installs it, and builds its standard library for wasm32, if they are missing.
pub(crate) fn compiler() -> Result<WasmCompiler, Failure> {
    if !Path::new("/usr/bin/cargo").is_file() || !Path::new("/usr/lib/rustlib/src/rust").exists() {
        println!(
            "rustc-web, cargo-web, rust-web-src: Debian's Rust with the sources of its standard library"
        );
        install_by_name(&["rustc-web", "cargo-web", "rust-web-src"])?;
    }
    let sysroot = root().join("target/wasm-sysroot");
    if !has_library(&sysroot) {
        build_library(&sysroot)?;
    }
    link_linker(&sysroot)?;
    let target = root().join("target/wasm-debian").display().to_string();
    // With --target, these flags do not apply to build scripts and procedural macros, which use Debian's own
    // sysroot.
    let flags = format!("--sysroot={}", sysroot.display());
    let env = [
        ("RUSTC", "/usr/bin/rustc"),
        ("CARGO", "/usr/bin/cargo"),
        ("CARGO_TARGET_DIR", &target),
        ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", &flags),
    ];
    Ok(WasmCompiler {
        path: vec![PathBuf::from("/usr/bin")],
        env: env.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
    })
}

fn library(sysroot: &Path) -> PathBuf {
    sysroot.join("lib/rustlib").join(TARGET).join("lib")
}

fn has_library(sysroot: &Path) -> bool {
    let files = std::fs::read_dir(library(sysroot)).into_iter().flatten().flatten();
    files.filter(|file| file.file_name().to_string_lossy().starts_with("libstd-")).count() > 0
}

/// Compiles std for wasm32 with Debian's compiler.
fn build_library(sysroot: &Path) -> Result<(), Failure> {
    println!("building the standard library for {TARGET} (only once; takes 1 to 2 minutes)");
    let folder = root().join("target/wasm-std");
    std::fs::create_dir_all(folder.join("src"))?;
    std::fs::write(
        folder.join("Cargo.toml"),
        "[package]\nname = \"empty\"\nedition = \"2021\"\n[workspace]\n",
    )?;
    std::fs::write(folder.join("src/lib.rs"), "#![no_std]\n")?;
    let arguments =
        ["build", "--release", "-Z", "build-std=std,panic_abort,panic_unwind", "--target", TARGET];
    let mut build = command("/usr/bin/cargo", &arguments);
    build.current_dir(&folder).env("RUSTC", "/usr/bin/rustc").env("RUSTC_BOOTSTRAP", "1");
    // LTO needs the bitcode of the library.
    build.env("RUSTFLAGS", "-Cembed-bitcode=yes").env("CARGO_TARGET_DIR", folder.join("target"));
    must(&mut build, REMEDY)?;
    let library = library(sysroot);
    std::fs::create_dir_all(&library)?;
    for file in std::fs::read_dir(folder.join("target").join(TARGET).join("release/deps"))?.flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        if name.ends_with(".rlib") && !name.starts_with("libempty") {
            std::fs::copy(file.path(), library.join(name))?;
        }
    }
    Ok(())
}

/// Links `rust-lld` into the sysroot, where rustc looks for it. Debian's lld of the same LLVM version is the
/// same program.
fn link_linker(sysroot: &Path) -> Result<(), Failure> {
    let version = output(&mut command("/usr/bin/rustc", &["-vV"])).unwrap_or_default();
    let field =
        |name: &str| version.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim();
    let linker = sysroot.join("lib/rustlib").join(field("host: ")).join("bin/rust-lld");
    if linker.exists() {
        return Ok(());
    }
    let major = field("LLVM version: ").split('.').next().unwrap_or_default();
    install_by_name(&[&format!("lld-{major}")])?;
    if let Some(folder) = linker.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::os::unix::fs::symlink(format!("/usr/bin/lld-{major}"), &linker)?;
    Ok(())
}
