//! Runs the commands of the documents unchanged.

use crate::mint::Mint;
use crate::production::Stack;
use crate::step::{Failure, command, must, root};
use crate::tools::Tools;
use ecash_servers::free_port;

/// The documents whose commands need only a mint.
const BY_HAND: [&str; 2] = ["docs/api-by-hand.md", "docs/merchants.md"];

/// Runs the `bash` blocks of each of these documents, in order, in one shell, against a real mint.
pub(crate) fn by_hand(tools: &Tools) -> Result<(), Failure> {
    let mint = Mint::start("by-hand", &[])?;
    let shop_port = free_port()?.to_string();
    for document in BY_HAND {
        let text = std::fs::read_to_string(root().join(document))
            .map_err(|error| Failure::new(format!("{document}: {error}"), "restore it from git"))?;
        // Stop all background processes that the blocks started.
        let end = "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT";
        let script = format!("set -euo pipefail\n{end}\n{}", blocks(&text, "bash"));
        let folder = mint.data_dir.join(document.replace('/', "-"));
        std::fs::create_dir_all(&folder)
            .map_err(|error| Failure::new(format!("{}: {error}", folder.display()), "is the disk full?"))?;
        let script = script.replace("http://localhost:8080", &mint.url).replace("3000", &shop_port);
        println!("  the bash blocks of {document}");
        let mut shell = mint.shell(&script);
        tools.add_path(&mut shell);
        let status = shell.current_dir(&folder).env("REPOSITORY", root()).status();
        if !status.is_ok_and(|status| status.success()) {
            return Err(Failure::new(format!("a command of {document} failed"), "see the output above"));
        }
    }
    mint.audit()
}

/// Runs the `bash` blocks of docs/operations.md, in order, in one shell, against the production stack.
pub(crate) fn operations(stack: &Stack) -> Result<(), Failure> {
    let text = std::fs::read_to_string(root().join("docs/operations.md"))
        .map_err(|error| Failure::new(format!("docs/operations.md: {error}"), "restore it from git"))?;
    let script = format!("set -euo pipefail\n{}", blocks(&text, "bash"));
    println!("  the bash blocks of docs/operations.md");
    let status = stack.shell(&script).status();
    if status.is_ok_and(|status| status.success()) {
        return Ok(());
    }
    Err(Failure::new("a command of docs/operations.md failed", "see the output above"))
}

/// Concatenates the fenced code blocks of one language.
fn blocks(markdown: &str, language: &str) -> String {
    let mut inside = false;
    let mut text = String::new();
    for line in markdown.lines() {
        if line.trim_start().starts_with("```") {
            inside = !inside && line.trim() == format!("```{language}");
        } else if inside {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

/// Builds the documentation of the whole workspace, with warnings as errors.
pub(crate) fn rustdoc() -> Result<(), Failure> {
    let arguments = ["doc", "--workspace", "--no-deps", "--quiet"];
    must(command("cargo", &arguments).env("RUSTDOCFLAGS", "-D warnings"), "see the output above")
}
