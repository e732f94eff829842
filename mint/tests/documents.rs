//! Compares documents with the code: numbers of guarantees, sentences of invariants, sections of the
//! protocol.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_ledger::Invariant;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

fn document(name: &str) -> String {
    std::fs::read_to_string(root().join("docs").join(name)).unwrap()
}

/// All of the project's source files with one of these endings, with their text.
fn sources(endings: &[&str]) -> Vec<(PathBuf, String)> {
    const CODE: [&str; 20] = [
        "bench",
        "checkout",
        "cli",
        "client",
        "core",
        "environment",
        "harness",
        "ledger",
        "merchant",
        "merchant-web",
        "mint",
        "passphrase-worker",
        "playwright-tests",
        "servers",
        "signer",
        "wallet",
        "web-ui",
        "web-wallet",
        "xtask",
        "deployment",
    ];
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = CODE.iter().map(|name| root().join(name)).collect();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !["node_modules", "target", "results", "looks", "dist"].contains(&name.as_str()) {
                    folders.push(path);
                }
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    assert!(found.len() > 10, "too few sources were found");
    found
}

/// Names of all functions, and titles of Playwright tests.
fn tests() -> BTreeSet<String> {
    let mut tests = BTreeSet::new();
    for (path, text) in sources(&[".rs", ".spec.ts"]) {
        let is_rust = path.extension().is_some_and(|ending| ending == "rs");
        for line in text.lines().map(str::trim_start) {
            if is_rust {
                let line = line.strip_prefix("pub ").unwrap_or(line);
                let function = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ");
                let name = function.and_then(|rest| rest.split(['(', '<']).next());
                tests.extend(name.map(str::to_owned));
            } else if let Some(rest) = line.strip_prefix("test(\"") {
                tests.extend(rest.split('"').next().map(str::to_owned));
            }
        }
    }
    tests
}

/// Returns `r22` for `r22_wallet…`, and `w4` for `w4: a link…`.
fn number_of(test: &str) -> Option<&str> {
    let (number, _) = test.split_once(['_', ':'])?;
    let digits = number.strip_prefix(['r', 's', 'o', 'h', 'm', 'w', 'p'])?;
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(number)
}

#[test]
fn every_invariant_is_in_the_document_with_its_sentence() {
    let text = document("invariants.md");
    for invariant in Invariant::ALL {
        let row = format!("| {invariant} | {} |", invariant.sentence());
        assert!(text.contains(&row), "{row} is not in docs/invariants.md");
    }
}

#[test]
fn promises_and_tests_belong_together() {
    let text = document("invariants.md");
    let tests = tests();
    let rows: Vec<Vec<&str>> = text
        .lines()
        .filter(|line| line.starts_with("| ") && line.matches('|').count() == 5)
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .filter(|cells: &Vec<&str>| cells[0] != "number")
        .collect();
    assert!(rows.len() > 50, "too few rows were found");
    for cells in &rows {
        for test in cells[2].split('`').skip(1).step_by(2) {
            assert!(
                tests.contains(test),
                "{}: docs/invariants.md names `{test}`, which does not exist",
                cells[0]
            );
        }
    }
    for test in &tests {
        let Some(number) = number_of(test) else { continue };
        let row = rows.iter().find(|cells| cells[0].eq_ignore_ascii_case(number));
        let listed = row.is_some_and(|cells| cells[2].contains(&format!("`{test}`")));
        assert!(listed, "`{test}` is not in the row of {} in docs/invariants.md", number.to_uppercase());
    }
}

#[test]
fn every_reference_to_the_protocol_resolves() {
    let text = document("protocol.md");
    let mut references = 0;
    for (path, source) in sources(&[".rs", ".ts", ".sql"]) {
        for rest in source.split("protocol §").skip(1) {
            let section: String = rest.chars().take_while(char::is_ascii_digit).collect();
            if section.is_empty() {
                continue;
            }
            let heading = format!("\n## {section}. ");
            assert!(text.contains(&heading), "{}: docs/protocol.md has no section {section}", path.display());
            references += 1;
        }
    }
    assert!(references >= 7, "too few references were found");
}

/// `docs/settings.md` is generated; `.env.example` names only settings that exist, with their defaults.
#[test]
fn settings_are_documented_as_they_are_declared() {
    use ecash_environment::settings::{declared, reference};
    assert!(
        document("settings.md") == reference(),
        "run: cargo run -p ecash-mint -- config --reference > docs/settings.md"
    );
    // Settings of docker-compose.yml itself.
    const COMPOSE: [&str; 7] = [
        "ECASH_FRONT_SUBNET",
        "ECASH_HOSTNAME",
        "ECASH_HTTPS_PORT",
        "ECASH_HTTP_PORT",
        "ECASH_SERVER_MEMORY",
        "REDIS_MAXMEMORY",
        "SHOP_PORT",
    ];
    let example = std::fs::read_to_string(root().join(".env.example")).unwrap();
    for line in example.lines() {
        let Some((name, value)) = line.trim_start_matches('#').split_once('=') else { continue };
        if name.contains(' ') || COMPOSE.contains(&name) {
            continue;
        }
        let setting = declared::ALL.iter().find(|setting| setting.name == name);
        let setting = setting.unwrap_or_else(|| panic!(".env.example names {name}, which is not a setting"));
        // These differ on purpose: the demo is reachable by others, and the servers have addresses inside its
        // network.
        if !["ALLOW_WEAK", "DATABASE_URL", "REDIS_URL"].contains(&name) {
            assert_eq!(value, setting.default, "{name}");
        }
    }
}
