//! Builds the web wallet, the merchant page and the checkout element into dist/, and compresses their files, so that
//! servers need not compress each response.

use crate::step::{Failure, command, must, root};
use crate::tools::{self, Tools};
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::path::Path;

/// Installs what the build needs.
pub(crate) fn prepare() -> Result<Tools, Failure> {
    tools::for_wasm()
}

/// Builds the pages and compresses their files. The wallet comes first: its build empties dist/.
pub(crate) fn build(tools: &Tools) -> Result<(), Failure> {
    let dist = root().join("dist");
    let worker = root().join("target/passphrase-worker");
    let worker_path = passphrase_worker(tools, &worker)?;
    let mut wallet = tools.command("trunk", &["build"]);
    must(wallet.env("ECASH_PASSPHRASE_WORKER", worker_path), "the compiler's message is above")?;
    optimize(tools, &dist)?;
    let worker = worker.display().to_string();
    must(&mut command("cp", &["-r", &worker, "dist/passphrase"]), "is the disk full?")?;
    let merchant = &["build", "--config", "merchant-web/Trunk.toml"];
    must(&mut tools.command("trunk", merchant), "the compiler's message is above")?;
    optimize(tools, &dist.join("merchant"))?;
    checkout(tools)?;
    compress(tools, &dist)?;
    report_size("wallet", &dist);
    report_size("passphrase worker", &dist.join("passphrase"));
    report_size("merchant page", &dist.join("merchant"));
    Ok(())
}

/// Builds the worker that stretches passphrases into a folder of its own, and returns its path on the mint. The page loads it only when a
/// passphrase is typed. Its files have a hash in their names, so that browsers keep them: a wallet is unlocked without a network.
fn passphrase_worker(tools: &Tools, folder: &Path) -> Result<String, Failure> {
    let package = "ecash-passphrase-worker";
    let target = ["--target", "wasm32-unknown-unknown", "--profile", "wasm-release"];
    let arguments = [&["build", "--package", package], target.as_slice()].concat();
    must(&mut tools.command("cargo", &arguments), "the compiler's message is above")?;
    let wasm = root().join("target/wasm32-unknown-unknown/wasm-release/ecash_passphrase_worker.wasm");
    let worker = std::fs::read_to_string(root().join("passphrase-worker/worker.js"))?;
    let hash = hash_of(&(std::fs::read(&wasm)?, &worker));
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    let (wasm, to, name) =
        (wasm.display().to_string(), folder.display().to_string(), format!("stretch-{hash}"));
    let arguments = ["--target", "web", "--no-typescript", "--out-name", &name, "--out-dir", &to, &wasm];
    must(&mut tools.command("wasm-bindgen", &arguments), "the message of wasm-bindgen is above")?;
    let worker = worker.replace("ecash_passphrase_worker", &name);
    std::fs::write(folder.join(format!("worker-{hash}.js")), worker)?;
    optimize(tools, folder)?;
    Ok(format!("/passphrase/worker-{hash}.js"))
}

/// Returns 16 hexadecimal digits that change with the content, as Trunk's do.
fn hash_of(content: &impl Hash) -> String {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// Builds the checkout element and the page that verifies receipts, and puts them beside the wallet, where a mint serves them.
fn checkout(tools: &Tools) -> Result<(), Failure> {
    let mut build = tools.command("node", &["build.mjs"]);
    must(build.current_dir(root().join("checkout")), "the compiler's message is above")?;
    must(&mut command("cp", &["-r", "checkout/dist/site", "dist/checkout"]), "is the disk full?")?;
    must(&mut command("cp", &["-r", "checkout/dist/receipt", "dist/receipt"]), "is the disk full?")
}

fn compress(tools: &Tools, folder: &Path) -> Result<(), Failure> {
    let files = std::fs::read_dir(folder)
        .map_err(|error| Failure::new(format!("dist/ cannot be read: {error}"), "run it again"))?;
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

/// Makes the WebAssembly smaller by a third. Trunk does this only for cargo's own release profile.
fn optimize(tools: &Tools, dist: &Path) -> Result<(), Failure> {
    for file in std::fs::read_dir(dist)?.flatten() {
        let path = file.path();
        if path.to_string_lossy().ends_with("_bg.wasm") {
            let path = path.display().to_string();
            let arguments = ["-Os", &path, "--output", &path];
            must(&mut tools.command("wasm-opt", &arguments), "binaryen's message is above")?;
        }
    }
    Ok(())
}

fn report_size(page: &str, folder: &Path) {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let compressed = files.filter(|file| file.file_name().to_string_lossy().ends_with("_bg.wasm.br"));
    for file in compressed {
        let bytes = file.metadata().map_or(0, |data| data.len());
        println!("  wasm of the {page} as transferred: {} kB (brotli)", bytes / 1000);
    }
}
