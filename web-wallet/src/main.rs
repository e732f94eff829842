//! The web wallet: blinds and unblinds in the browser, and stores its tokens in IndexedDB.
//!
//! | module | contents |
//! |---|---|
//! | [`browser`] | the browser as storage, HTTP, time and randomness of the engine; the single writer |
//! | [`language`] | the language of the page |
//! | [`state`] | the app's state and its operations |
//! | [`screens`] | one screen per file |
//! | [`parts`] | components that screens share |
//! | [`text`] | all texts that are shown |

#![expect(unreachable_pub, reason = "#[component] makes pub items of private ones")]

mod app;
mod background;
mod browser;
mod hand_over;
mod language;
mod lock;
mod parts;
mod screens;
mod state;
mod text;
mod turn;

use ecash_web_ui::format;

fn main() {
    // Leptos has no executor before it mounts.
    wasm_bindgen_futures::spawn_local(async {
        language::load().await;
        leptos::mount::mount_to_body(app::App);
    });
}
