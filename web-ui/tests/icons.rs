//! The sprite contains exactly the icons that the pages use.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

#[test]
fn the_sprite_contains_exactly_the_used_icons() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let pages = [root.join("web-wallet/src"), root.join("merchant-web/src")];
    let none: [String; 0] = [];
    assert_eq!(ecash_web_ui::check::icons(&[&pages[0], &pages[1]]).unwrap(), none);
}
