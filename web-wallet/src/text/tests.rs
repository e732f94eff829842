//! Checks that the texts and the source that uses them match.

use super::{ENGLISH, t, tr};
use crate::language::LANGUAGES;
use std::path::Path;

#[test]
fn every_text_is_used_and_every_used_text_exists() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let none: [String; 0] = [];
    assert_eq!(ecash_web_ui::check::texts(ENGLISH, &source).expect("the source and its texts"), none);
}

#[test]
fn every_language_has_the_same_texts_with_the_same_variables() {
    for language in LANGUAGES.into_iter().skip(1) {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("text").join(format!("{}.ftl", language.code));
        let texts = std::fs::read_to_string(file).expect("a file for each language");
        let none: [String; 0] = [];
        assert_eq!(
            ecash_web_ui::check::translation(ENGLISH, &texts).expect("texts"),
            none,
            "{}",
            language.code
        );
    }
}

#[test]
fn plurals_follow_the_rules_of_the_language() {
    ecash_web_ui::text::init(ENGLISH, "en");
    let tokens = |count: usize| tr("tokens", [("count", count.into()), ("denomination", "50".into())]);
    assert_eq!(tokens(1), "1 token of 50");
    assert_eq!(tokens(2), "2 tokens of 50");
    assert_eq!(t("pay"), "Pay");
}
