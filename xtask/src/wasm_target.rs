//! Compilers for wasm32: the installed one, rustup's target, or Debian's for machines that cannot reach
//! rustup.

use crate::offline::wasm_std::{self, TARGET, WasmCompiler};
use crate::step::{Failure, command, has, output, succeeds};
use std::path::Path;

/// Finds or installs a compiler. `ECASH_WASM=debian` selects Debian's even if rustup works.
pub(crate) fn find_or_make() -> Result<WasmCompiler, Failure> {
    let debian_wanted = std::env::var("ECASH_WASM").is_ok_and(|choice| choice == "debian");
    if !debian_wanted {
        if has_target() {
            return Ok(WasmCompiler::default());
        }
        println!("downloading the Rust target {TARGET}, for the wallet");
        if has("rustup") && succeeds(&mut command("rustup", &["target", "add", TARGET])) && has_target() {
            return Ok(WasmCompiler::default());
        }
        println!("rustup cannot download it; using Debian's Rust for the wallet");
    }
    wasm_std::compiler()
}

fn has_target() -> bool {
    let sysroot = output(&mut command("rustc", &["--print", "sysroot"])).unwrap_or_default();
    Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET).join("lib").is_dir()
}
