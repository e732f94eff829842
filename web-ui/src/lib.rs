//! Shared code of the web pages: the wallet and the merchant page.
//!
//! | module | contents |
//! |---|---|
//! | [`text`] | texts, formatted by Project Fluent |
//! | [`mod@format`] | amounts and times in the browser's language |
//! | [`parts`] | components |
//! | [`check`] | checks of texts and icons, for the tests of each page |
//!
//! `style/` and `assets/` hold design tokens, controls and icons.

#![expect(unreachable_pub, reason = "#[component] makes pub items of private ones")]

pub mod check;
pub mod format;
pub mod parts;
pub mod text;
