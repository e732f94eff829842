#![no_main]
//! Fuzzes the text form of tokens: decoding never panics, and a decoded bundle encodes to the same tokens.

use ecash_core::token::TokenBundle;

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(bundle) = TokenBundle::from_text(text) {
        let again = bundle.to_text().and_then(|text| TokenBundle::from_text(&text));
        assert_eq!(again.as_ref().map(|again| &again.origin), Ok(&bundle.origin));
        assert_eq!(again.map(|again| again.tokens.len()), Ok(bundle.tokens.len()));
    }
});
