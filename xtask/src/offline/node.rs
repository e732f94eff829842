//! Node from npm, for Playwright, where the installed version is too old: Debian 12 has 18.

use crate::step::{Failure, cache, command, must, output};
use std::path::PathBuf;

/// The oldest version that Playwright accepts, and the version that is fetched.
const OLDEST_NODE: u32 = 20;
const NODE_VERSION: &str = "22.23.3";

/// Returns the folder of a newer Node; `None` if the installed one is new enough.
pub(crate) fn newer_node() -> Result<Option<PathBuf>, Failure> {
    let version = output(&mut command("node", &["--version"])).unwrap_or_default();
    let major = version.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse().ok());
    if major.is_some_and(|major: u32| major >= OLDEST_NODE) {
        return Ok(None);
    }
    let folder = cache().join(format!("node-{NODE_VERSION}"));
    let bin = folder.join("node_modules/.bin");
    if !bin.join("node").exists() {
        println!("fetching Node {NODE_VERSION}, for Playwright (this machine's is {})", version.trim());
        let package = format!("node@{NODE_VERSION}");
        let mut npm = command("npm", &["install", "--no-save", "--no-progress", "--prefix"]);
        must(npm.arg(&folder).arg(package), "is the npm registry reachable?")?;
    }
    Ok(Some(bin))
}
