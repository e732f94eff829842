//! Builds the web wallet, the merchant page and the checkout element into dist/. Compresses their files, so
//! that servers need not compress each response.

use crate::step::{Failure, command, must, root};
use crate::tools::{self, Tools};
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::path::Path;

/// Installs the packages and tools for the build.
pub(crate) fn prepare() -> Result<Tools, Failure> {
    tools::for_wasm()
}

/// Builds the pages and compresses their files. The wallet must come first, because its build empties dist/.
pub(crate) fn build(tools: &Tools) -> Result<(), Failure> {
    let dist = root().join("dist");
    let worker = root().join("target/passphrase-worker");
    let worker_path = passphrase_worker(tools, &worker)?;
    let mut wallet = tools.command("trunk", &["build"]);
    must(wallet.env("ECASH_PASSPHRASE_WORKER", worker_path), "see the compiler's output above")?;
    optimize(tools, &dist)?;
    let worker = worker.display().to_string();
    must(&mut command("cp", &["-r", &worker, "dist/passphrase"]), "is the disk full?")?;
    let merchant = &["build", "--config", "merchant-web/Trunk.toml"];
    must(&mut tools.command("trunk", merchant), "see the compiler's output above")?;
    optimize(tools, &dist.join("merchant"))?;
    checkout(tools)?;
    compress(tools, &dist)?;
    report_size("wallet", &dist);
    report_size("passphrase worker", &dist.join("passphrase"));
    report_size("merchant page", &dist.join("merchant"));
    Ok(())
}

/// Builds the worker that stretches passphrases into a separate folder, and returns its path on the mint. The
/// page loads it only when a passphrase is entered. Its file names contain a hash, so that browsers cache the
/// files and a wallet can be unlocked offline.
fn passphrase_worker(tools: &Tools, folder: &Path) -> Result<String, Failure> {
    let package = "ecash-passphrase-worker";
    let target = ["--target", "wasm32-unknown-unknown", "--profile", "wasm-release"];
    let arguments = [&["build", "--package", package], target.as_slice()].concat();
    must(&mut tools.command("cargo", &arguments), "see the compiler's output above")?;
    let wasm = root().join("target/wasm32-unknown-unknown/wasm-release/ecash_passphrase_worker.wasm");
    let worker = std::fs::read_to_string(root().join("passphrase-worker/worker.js"))?;
    let hash = hash_of(&(std::fs::read(&wasm)?, &worker));
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    let (wasm, to, name) =
        (wasm.display().to_string(), folder.display().to_string(), format!("stretch-{hash}"));
    let arguments = ["--target", "web", "--no-typescript", "--out-name", &name, "--out-dir", &to, &wasm];
    must(&mut tools.command("wasm-bindgen", &arguments), "see the output of wasm-bindgen above")?;
    let worker = worker.replace("ecash_passphrase_worker", &name);
    std::fs::write(folder.join(format!("worker-{hash}.js")), worker)?;
    optimize(tools, folder)?;
    Ok(format!("/passphrase/worker-{hash}.js"))
}

/// Returns a hash of the content in 16 hexadecimal digits, like the hashes in Trunk's file names.
fn hash_of(content: &impl Hash) -> String {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// Builds the checkout element and the page that verifies receipts, and copies them into dist/, from which a
/// mint serves them.
fn checkout(tools: &Tools) -> Result<(), Failure> {
    let mut build = tools.command("node", &["build.mjs"]);
    must(build.current_dir(root().join("checkout")), "see the compiler's output above")?;
    must(&mut command("cp", &["-r", "checkout/dist/site", "dist/checkout"]), "is the disk full?")?;
    must(&mut command("cp", &["-r", "checkout/dist/receipt", "dist/receipt"]), "is the disk full?")
}

fn compress(tools: &Tools, folder: &Path) -> Result<(), Failure> {
    let files = std::fs::read_dir(folder)
        .map_err(|error| Failure::new(format!("cannot read dist/: {error}"), "run it again"))?;
    for file in files.flatten() {
        let path = file.path();
        if path.is_dir() {
            compress(tools, &path)?;
            continue;
        }
        let name = path.display().to_string();
        if [".wasm", ".js", ".css", ".svg", ".html"].iter().any(|ending| name.ends_with(ending)) {
            must(&mut tools.command("brotli", &["--best", "--force", &name]), "is brotli installed?")?;
            must(&mut tools.command("gzip", &["--best", "--keep", "--force", &name]), "is gzip installed?")?;
        }
    }
    Ok(())
}

/// Shrinks the WebAssembly by a third. Trunk does this only for cargo's release profile.
fn optimize(tools: &Tools, dist: &Path) -> Result<(), Failure> {
    for file in std::fs::read_dir(dist)?.flatten() {
        let path = file.path();
        if path.to_string_lossy().ends_with("_bg.wasm") {
            let path = path.display().to_string();
            let arguments = ["-Os", &path, "--output", &path];
            must(&mut tools.command("wasm-opt", &arguments), "see the output of wasm-opt above")?;
        }
    }
    Ok(())
}

fn report_size(page: &str, folder: &Path) {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let compressed = files.filter(|file| file.file_name().to_string_lossy().ends_with("_bg.wasm.br"));
    for file in compressed {
        let bytes = file.metadata().map_or(0, |data| data.len());
        println!("  transferred size of the {page}'s wasm: {} kB (brotli)", bytes / 1000);
    }
}
