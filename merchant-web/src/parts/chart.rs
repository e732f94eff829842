//! A bar chart of takings, with one bar for each hour or day.

use crate::session::session;
use crate::takings::Bar;
use crate::text::{t, tr};
use ecash_core::Amount;
use leptos::prelude::*;

/// The height of the tallest bar, in units of the view box.
const HEIGHT: u64 = 100;
/// Maximum number of labels, so that labels do not overlap.
const LABELS: usize = 6;

fn money(minor: u64) -> String {
    session().computed(Amount::new(minor))
}

#[component]
pub(crate) fn Chart(bars: Vec<Bar>, #[prop(into)] caption: String) -> impl IntoView {
    let highest = bars.iter().map(|bar| bar.taken_minor).max().unwrap_or_default();
    // At most 2^53 minor units, times 100, fits 64 bits.
    let height = move |bar: &Bar| (bar.taken_minor * HEIGHT).checked_div(highest).unwrap_or_default();
    let every = bars.len().div_ceil(LABELS);
    let title = |bar: &Bar| {
        tr(
            "bar",
            [
                ("label", bar.label.clone().into()),
                ("amount", money(bar.taken_minor).into()),
                ("count", bar.payments.into()),
            ],
        )
    };
    view! {
        <figure class="chart">
            <figcaption class="hint">{caption}</figcaption>
            <svg viewBox=format!("0 0 {} {HEIGHT}", bars.len() * 10) preserveAspectRatio="none" aria-hidden="true" focusable="false">
                {bars.iter().enumerate().map(|(place, bar)| {
                    let tall = if bar.taken_minor == 0 { 1 } else { height(bar).max(3) };
                    view! {
                        <rect class:nothing=bar.taken_minor == 0 x=place * 10 + 1 y=HEIGHT - tall width="8" height=tall><title>{title(bar)}</title></rect>
                    }
                }).collect_view()}
            </svg>
            <div class="labels" aria-hidden="true">
                {bars.iter().step_by(every.max(1)).map(|bar| view! { <span>{bar.label.clone()}</span> }).collect_view()}
            </div>
            // The same data for screen readers.
            <ul class="visually-hidden">
                {bars.iter().filter(|bar| bar.payments > 0).map(|bar| view! { <li>{title(bar)}</li> }).collect_view()}
                {(highest == 0).then(|| view! { <li>{t("nothing-taken")}</li> })}
            </ul>
        </figure>
    }
}
