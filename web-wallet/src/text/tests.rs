//! Checks that the texts and the source that uses them match.

use super::{ENGLISH, t, tr};
use std::path::Path;

#[test]
fn every_text_is_used_and_every_used_text_exists() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let none: [String; 0] = [];
    assert_eq!(ecash_web_ui::check::texts(ENGLISH, &source).expect("the source and its texts"), none);
}

#[test]
fn plurals_follow_the_rules_of_the_language() {
    ecash_web_ui::text::init(ENGLISH);
    let tokens = |count: usize| tr("tokens", [("count", count.into()), ("denomination", "50".into())]);
    assert_eq!(tokens(1), "1 token of 50");
    assert_eq!(tokens(2), "2 tokens of 50");
    assert_eq!(t("pay"), "Pay");
}
