//! Node from npm, for machines whose version is too old: Debian 12 has 18, Debian 13 has 20.

use crate::step::{Failure, cache, command, must, output};
use std::path::PathBuf;

/// The version that is downloaded if the installed one is too old.
const NODE_VERSION: &str = "22.23.3";

/// Returns the folder of a newer Node for Playwright; `None` if the installed one is new enough.
pub(crate) fn for_playwright() -> Result<Option<PathBuf>, Failure> {
    newer_than((20, 0), "Playwright")
}

/// Returns the folder of a newer Node for the demo shop, which uses Node's built-in SQLite.
pub(crate) fn for_demo_shop() -> Result<Option<PathBuf>, Failure> {
    newer_than((22, 13), "the demo shop")
}

fn newer_than(oldest: (u32, u32), why: &str) -> Result<Option<PathBuf>, Failure> {
    let version = output(&mut command("node", &["--version"])).unwrap_or_default();
    let mut numbers =
        version.trim().trim_start_matches('v').split('.').map_while(|number| number.parse().ok());
    if numbers.next().zip(numbers.next()).is_some_and(|installed| installed >= oldest) {
        return Ok(None);
    }
    from_npm(why).map(Some)
}

/// Returns the folder of Node from npm, which is downloaded once.
pub(super) fn from_npm(why: &str) -> Result<PathBuf, Failure> {
    let folder = cache().join(format!("node-{NODE_VERSION}"));
    let bin = folder.join("node_modules/.bin");
    if !bin.join("node").exists() {
        println!("downloading Node {NODE_VERSION}, for {why}");
        let package = format!("node@{NODE_VERSION}");
        let mut npm = command("npm", &["install", "--no-save", "--no-progress", "--prefix"]);
        must(npm.arg(&folder).arg(package), "is the npm registry reachable?")?;
    }
    Ok(bin)
}
