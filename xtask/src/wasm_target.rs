//! A compiler for wasm32: rustup's if it can fetch the target, else Debian's, for which the
//! standard library is built once.

use crate::debian::install_by_name;
use crate::step::{Failure, command, has, must, output, root, succeeds};
use std::path::{Path, PathBuf};

const TARGET: &str = "wasm32-unknown-unknown";
const DEBIAN_LIBRARY: &str = "/usr/lib/rustlib/wasm32-unknown-unknown/lib";

/// How to call the compiler that knows wasm32.
#[derive(Clone, Default)]
pub(crate) struct WasmCompiler {
    pub(crate) path: Vec<PathBuf>,
    pub(crate) env: Vec<(String, String)>,
}

/// Finds a compiler or makes one. `ECASH_WASM=debian` takes Debian's even if rustup works.
pub(crate) fn find_or_make() -> Result<WasmCompiler, Failure> {
    let debian_wanted = std::env::var("ECASH_WASM").is_ok_and(|choice| choice == "debian");
    if !debian_wanted {
        if has_target() {
            return Ok(WasmCompiler::default());
        }
        println!("fetching the Rust target {TARGET}, for the wallet");
        if has("rustup") && succeeds(&mut command("rustup", &["target", "add", TARGET])) && has_target() {
            return Ok(WasmCompiler::default());
        }
        println!("rustup cannot fetch it here; using Debian's Rust for the wallet");
    }
    debian()
}

fn has_target() -> bool {
    let sysroot = output(&mut command("rustc", &["--print", "sysroot"])).unwrap_or_default();
    Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET).join("lib").is_dir()
}

fn debian() -> Result<WasmCompiler, Failure> {
    if !Path::new("/usr/bin/cargo").is_file()
        || !Path::new("/usr/lib/rustlib/src/rust").exists() && !has_rlibs()
    {
        println!(
            "rustc-web, cargo-web, rust-web-src: Debian's Rust with the sources of its standard library"
        );
        install_by_name(&["rustc-web", "cargo-web", "rust-web-src"])?;
    }
    if !has_rlibs() {
        build_standard_library()?;
    }
    link_linker()?;
    let target = root().join("target/wasm-debian").display().to_string();
    let env =
        [("RUSTC", "/usr/bin/rustc"), ("CARGO", "/usr/bin/cargo"), ("CARGO_TARGET_DIR", target.as_str())];
    Ok(WasmCompiler {
        path: vec![PathBuf::from("/usr/bin")],
        env: env.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
    })
}

fn has_rlibs() -> bool {
    let files = std::fs::read_dir(DEBIAN_LIBRARY).into_iter().flatten().flatten();
    files.filter(|file| file.file_name().to_string_lossy().starts_with("libstd-")).count() > 0
}

/// Compiles std for wasm32 with Debian's compiler and puts it where that compiler looks.
fn build_standard_library() -> Result<(), Failure> {
    const REMEDY: &str = "try again with network access for rustup: rustup target add wasm32-unknown-unknown";
    println!("building the standard library for {TARGET}, once (1 to 2 minutes)");
    let folder = root().join("target/wasm-std");
    let write = |name: &str, text: &str| {
        let file = folder.join(name);
        let made =
            file.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(file, text));
        made.map_err(|error| Failure::new(format!("cannot write to {}: {error}", folder.display()), REMEDY))
    };
    write("Cargo.toml", "[package]\nname = \"empty\"\nedition = \"2021\"\n[workspace]\n")?;
    write("src/lib.rs", "#![no_std]\n")?;
    let arguments =
        ["build", "--release", "-Z", "build-std=std,panic_abort,panic_unwind", "--target", TARGET];
    let mut build = command("/usr/bin/cargo", &arguments);
    build.current_dir(&folder).env("RUSTC", "/usr/bin/rustc").env("RUSTC_BOOTSTRAP", "1");
    // Without the bitcode every later build with LTO fails.
    build.env("RUSTFLAGS", "-Cembed-bitcode=yes").env("CARGO_TARGET_DIR", folder.join("target"));
    must(&mut build, REMEDY)?;
    let copy = || -> std::io::Result<()> {
        std::fs::create_dir_all(DEBIAN_LIBRARY)?;
        for file in std::fs::read_dir(folder.join("target").join(TARGET).join("release/deps"))? {
            let file = file?;
            let name = file.file_name();
            let text = name.to_string_lossy();
            if text.ends_with(".rlib") && !text.starts_with("libempty") {
                std::fs::copy(file.path(), Path::new(DEBIAN_LIBRARY).join(&name))?;
            }
        }
        Ok(())
    };
    copy().map_err(|error| Failure::new(format!("cannot write to {DEBIAN_LIBRARY}: {error}"), "run as root"))
}

/// Debian's rustc looks for `rust-lld`; the lld of its own LLVM version does.
fn link_linker() -> Result<(), Failure> {
    let linker = Path::new("/usr/lib/rustlib/x86_64-unknown-linux-gnu/bin/rust-lld");
    if linker.exists() {
        return Ok(());
    }
    let version = output(&mut command("/usr/bin/rustc", &["-vV"])).unwrap_or_default();
    let llvm = version.lines().find_map(|line| line.strip_prefix("LLVM version: "));
    let major = llvm.and_then(|version| version.split('.').next()).unwrap_or_default().to_owned();
    install_by_name(&[&format!("lld-{major}")])?;
    let link = || -> std::io::Result<()> {
        if let Some(folder) = linker.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::os::unix::fs::symlink(format!("/usr/bin/lld-{major}"), linker)
    };
    link().map_err(|error| Failure::new(format!("cannot link the linker: {error}"), "run as root"))
}
