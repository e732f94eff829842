//! Builds the web wallet into dist/ and compresses its files, so that servers need not compress each response.

use crate::step::{Failure, must, root};
use crate::tools::{self, Tools};
use std::path::Path;

/// Installs what the build needs.
pub(crate) fn prepare() -> Result<Tools, Failure> {
    tools::for_wasm()
}

/// Builds the wallet and compresses its files.
pub(crate) fn build(tools: &Tools) -> Result<(), Failure> {
    must(&mut tools.command("trunk", &["build"]), "the compiler's message is above")?;
    let dist = root().join("dist");
    optimize(tools, &dist)?;
    let files = std::fs::read_dir(&dist)
        .map_err(|error| Failure::new(format!("dist/ cannot be read: {error}"), "run it again"))?;
    for file in files.flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        if [".wasm", ".js", ".css", ".svg", ".html"].iter().any(|ending| name.ends_with(ending)) {
            must(
                &mut tools.command("brotli", &["--best", "--force", &format!("dist/{name}")]),
                "is brotli installed?",
            )?;
            must(
                &mut tools.command("gzip", &["--best", "--keep", "--force", &format!("dist/{name}")]),
                "is gzip installed?",
            )?;
        }
    }
    report_size(&dist);
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

fn report_size(dist: &Path) {
    let files = std::fs::read_dir(dist).into_iter().flatten().flatten();
    let compressed = files.filter(|file| file.file_name().to_string_lossy().ends_with("_bg.wasm.br"));
    for file in compressed {
        let bytes = file.metadata().map_or(0, |data| data.len());
        println!("  wasm as transferred: {} kB (brotli)", bytes / 1000);
    }
}
