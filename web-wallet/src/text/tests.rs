//! Checks that the texts and the source that uses them match.

use super::{ENGLISH, t, tr};
use fluent_bundle::FluentResource;
use std::collections::BTreeSet;
use std::path::Path;

/// Returns the ids in the file of texts. Every parser error fails the test.
fn defined() -> BTreeSet<String> {
    let resource = FluentResource::try_new(ENGLISH.to_owned()).expect("text/en.ftl parses");
    assert!(resource.entries().next().is_some(), "text/en.ftl is not empty");
    let ids = ENGLISH.lines().filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()));
    ids.filter_map(|line| line.split_once(" =").map(|(id, _)| id.to_owned())).collect()
}

pub(crate) fn rust_source(folder: &Path) -> String {
    let entries =
        std::fs::read_dir(folder).expect("the source is there").map(|entry| entry.expect("an entry").path());
    entries
        .filter(|path| !path.ends_with("tests.rs"))
        .map(
            |path| {
                if path.is_dir() {
                    rust_source(&path)
                } else {
                    std::fs::read_to_string(path).expect("a file")
                }
            },
        )
        .collect()
}

#[test]
fn every_text_is_used_and_every_used_text_exists() {
    let source = rust_source(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    // Collect the string literals that look like an id, and those directly inside t(…), tr(…) and with_amount(…).
    let literals: BTreeSet<&str> = source.split('"').skip(1).step_by(2).collect();
    let defined = defined();
    let unused: Vec<_> = defined.iter().filter(|id| !literals.contains(id.as_str())).collect();
    assert!(unused.is_empty(), "texts that nothing shows: {unused:?}");
    for call in ["t(\"", "tr(\"", "with_amount(\""] {
        for (position, _) in source.match_indices(call) {
            let before = source[..position].chars().next_back().unwrap_or(' ');
            let id = source[position + call.len()..].split('"').next().unwrap_or_default();
            let is_call = !before.is_alphanumeric() && before != '_' && before != '.';
            assert!(!is_call || defined.contains(id), "no text has the id {id}");
        }
    }
}

#[test]
fn plurals_follow_the_rules_of_the_language() {
    let tokens = |count: usize| tr("tokens", [("count", count.into()), ("denomination", "50".into())]);
    assert_eq!(tokens(1), "1 token of 50");
    assert_eq!(tokens(2), "2 tokens of 50");
    assert_eq!(t("pay"), "Pay");
}
