//! Tools that are built or downloaded once and kept in the user's cache.

use crate::debian::{self, BROTLI, COMPILER, NODE, NPM, OPENSSL, PKG_CONFIG};
use crate::offline;
use crate::offline::wasm_std::WasmCompiler;
use crate::step::{Failure, cache, command, must, root};
use crate::wasm_target;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

const TRUNK_VERSION: &str = "0.21.14";

/// The tools that build the web wallet.
pub(crate) struct Tools {
    compiler: WasmCompiler,
    folders: Vec<PathBuf>,
}

/// Installs the packages for building the mint.
pub(crate) fn native() -> Result<(), Failure> {
    debian::install(&[COMPILER, PKG_CONFIG, OPENSSL])
}

/// Installs the packages and tools for building the wallet.
pub(crate) fn for_wasm() -> Result<Tools, Failure> {
    debian::install(&[COMPILER, NODE, NPM, BROTLI])?;
    let compiler = wasm_target::find_or_make()?;
    let bindgen = cargo_tool("wasm-bindgen-cli", &locked_version("wasm-bindgen")?, "wasm-bindgen", &[])?;
    let trunk = cargo_tool("trunk", TRUNK_VERSION, "trunk", &["--no-default-features"])?;
    npm()?;
    let mut folders = vec![bindgen, trunk, root().join("playwright-tests/node_modules/.bin")];
    folders.push(root().join("checkout/node_modules/.bin"));
    folders.extend(offline::node::for_playwright()?);
    Ok(Tools { compiler, folders })
}

impl Tools {
    /// Returns a command with the tools on its PATH and the compiler for WebAssembly.
    pub(crate) fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut path: Vec<PathBuf> = self.compiler.path.clone();
        path.extend(self.folders.clone());
        path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
        // Joining fails only if the name of a folder contains a colon.
        let path: OsString = std::env::join_paths(path).unwrap_or_default();
        let found =
            std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file());
        let mut command = command(found.unwrap_or_else(|| program.into()), arguments);
        command.env("PATH", path).envs(self.compiler.env.iter().cloned());
        command
    }
}

impl Tools {
    /// Prepends the tools to the PATH of a command.
    pub(crate) fn add_path(&self, command: &mut Command) {
        let own = command.get_envs().find(|(name, _)| *name == "PATH").and_then(|(_, path)| path);
        let own = own.map(OsString::from).or_else(|| std::env::var_os("PATH")).unwrap_or_default();
        let path = std::env::join_paths(self.folders.iter().cloned().chain(std::env::split_paths(&own)));
        // Joining fails only if the name of a folder contains a colon.
        command.env("PATH", path.unwrap_or(own));
    }
}

/// Builds a tool, or returns the cached build of the same version.
pub(crate) fn cargo_tool(
    package: &str,
    version: &str,
    binary: &str,
    features: &[&str],
) -> Result<PathBuf, Failure> {
    let folder = cache().join(format!("{package}-{version}"));
    if folder.join("bin").join(binary).is_file() {
        return Ok(folder.join("bin"));
    }
    println!("building {package} {version} (only once; takes some minutes)");
    let specification = format!("{package}@{version}");
    let target = root().join("target/tools");
    let install = |locked: &[&str]| {
        let arguments = [&["install", "--quiet", &specification, "--root"], locked, features].concat();
        let (before, after) = arguments.split_at(4);
        let mut command = command("cargo", before);
        command.arg(&folder).args(after).env("CARGO_TARGET_DIR", &target);
        // Optimize for build time: the tools are small and run only for seconds.
        command.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0").env("CARGO_PROFILE_RELEASE_LTO", "off");
        command.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16").env("CARGO_PROFILE_RELEASE_STRIP", "true");
        must(&mut command, "is the crate registry reachable?")
    };
    // Retry without --locked, because the tool's own lock file may name a version that is no longer served.
    install(&["--locked"]).or_else(|_| install(&[]))?;
    Ok(folder.join("bin"))
}

/// Returns the version of a package in Cargo.lock.
fn locked_version(package: &str) -> Result<String, Failure> {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap_or_default();
    let mut lines = lock.lines().skip_while(|line| *line != format!("name = \"{package}\""));
    let version = lines.nth(1).and_then(|line| line.strip_prefix("version = \"")?.strip_suffix('"'));
    version.map(str::to_owned).ok_or_else(|| {
        Failure::new(
            format!("Cargo.lock does not contain {package}"),
            "restore Cargo.lock: git checkout Cargo.lock",
        )
    })
}

/// The folders with npm packages: wasm-opt and Playwright, and the build tools of the checkout element.
const NPM_FOLDERS: [&str; 2] = ["playwright-tests", "checkout"];

/// Installs the npm packages in their locked versions.
pub(crate) fn npm() -> Result<(), Failure> {
    NPM_FOLDERS.into_iter().try_for_each(npm_in)
}

fn npm_in(folder: &str) -> Result<(), Failure> {
    let folder = root().join(folder);
    let fresh = |file: &str| std::fs::metadata(folder.join(file)).and_then(|data| data.modified()).ok();
    let installed = fresh("node_modules/.package-lock.json");
    if installed.is_some() && installed >= fresh("package-lock.json") {
        return Ok(());
    }
    let mut npm = command("npm", &["ci", "--no-progress"]);
    must(npm.current_dir(folder), "is the npm registry reachable?")
}
