//! Checks the supply chain: known sources and licences (deny.toml), locked versions, and a bill of materials
//! for each shipped program.

use crate::step::{Failure, command, must, root};
use crate::tools::cargo_tool;
use std::path::Path;

const DENY_VERSION: &str = "0.20.2";
const CYCLONEDX_VERSION: &str = "0.5.9";
/// The packages of the shipped programs.
const PROGRAMS: [&str; 5] = ["mint", "signer", "cli", "web-wallet", "merchant-web"];
/// The folder of the bills of materials.
const BILLS: &str = "target/sbom";

pub(crate) fn supply() -> Result<(), Failure> {
    let deny = cargo_tool("cargo-deny", DENY_VERSION, "cargo-deny", &[])?.join("cargo-deny");
    let arguments = ["--locked", "check", "bans", "licenses", "sources"];
    must(
        &mut command(deny, &arguments),
        "remove the dependency, or allow its licence in deny.toml with a reason",
    )?;
    let cyclonedx = cargo_tool("cargo-cyclonedx", CYCLONEDX_VERSION, "cargo-cyclonedx", &[])?;
    let folder = root().join(BILLS);
    std::fs::create_dir_all(&folder)?;
    PROGRAMS.into_iter().try_for_each(|program| bill(&cyclonedx.join("cargo-cyclonedx"), program, &folder))
}

/// Writes the CycloneDX bill of materials of a program, and checks that it lists its dependencies.
fn bill(cyclonedx: &Path, program: &str, folder: &Path) -> Result<(), Failure> {
    let manifest = format!("{program}/Cargo.toml");
    let arguments =
        ["cyclonedx", "--manifest-path", &manifest, "--format", "json", "--override-filename", "bill"];
    must(&mut command(cyclonedx, &arguments), "see the output above")?;
    // The tool writes a bill into each package of the workspace. Keep only the program's.
    let written = root().join(program).join("bill.json");
    let bill = std::fs::read_to_string(&written)?;
    must(
        &mut command("find", &[".", "-name", "bill.json", "-not", "-path", "./target/*", "-delete"]),
        "is findutils installed?",
    )?;
    let components = bill.matches("\"bom-ref\": \"registry+").count();
    if components < 50 {
        let what = format!("the bill of materials of {program} lists {components} packages");
        return Err(Failure::new(what, "compare it with cargo tree"));
    }
    let kept = folder.join(format!("{program}.cdx.json"));
    std::fs::write(&kept, bill)?;
    println!("  {}: {components} packages", kept.display());
    Ok(())
}
