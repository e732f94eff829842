#![no_main]
//! The text form of tokens: never a panic, and what is read is written back to the same tokens.

use ecash_core::token::TokenBundle;

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(bundle) = TokenBundle::from_text(text) {
        let again = bundle.to_text().and_then(|text| TokenBundle::from_text(&text));
        assert_eq!(again.as_ref().map(|again| &again.origin), Ok(&bundle.origin));
        assert_eq!(again.map(|again| again.tokens.len()), Ok(bundle.tokens.len()));
    }
});
