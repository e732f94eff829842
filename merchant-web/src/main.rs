//! The merchant page: takings, payments, refunds, a till and the API keys of a shop's servers. It uses the
//! published API with an API key that stays in this tab.
//!
//! | module | contents |
//! |---|---|
//! | [`api`] | requests to the mint |
//! | [`attempt`] | an idempotent change that a form sends |
//! | [`session`] | the API key of this tab and its merchant |
//! | [`route`] | the mapping of screens to addresses |
//! | [`remote`] | a value from the mint: loading, failed or loaded |
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
