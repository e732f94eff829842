//! The merchant page: takings, payments, refunds, a till and the keys of a shop's servers. It reads and writes through the API, with an
//! API key that stays in this tab.
//!
//! | module | what it holds |
//! |---|---|
//! | [`api`] | requests to the mint |
//! | [`attempt`] | a change of money that a form sends, once |
//! | [`session`] | the API key of this tab, and the merchant that it belongs to |
//! | [`route`] | the screen that the address names |
//! | [`remote`] | what is loaded from the mint: loading, failed or there |
//! | [`takings`] | sums by hour and day, in the time zone of the browser |
//! | [`screens`] | one screen per file |
//! | [`parts`] | components that screens share |
//! | [`text`] | all texts that are shown |

#![expect(unreachable_pub, reason = "#[component] makes pub items of private ones")]

mod api;
mod app;
mod attempt;
mod parts;
mod remote;
mod route;
mod screens;
mod session;
mod takings;
mod text;

fn main() {
    ecash_web_ui::text::init(text::ENGLISH, "en");
    leptos::mount::mount_to_body(app::App);
}
