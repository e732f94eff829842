//! The spendable tokens, drawn by denomination.

use crate::format;
use crate::text::tr;
use ecash_core::Currency;
use ecash_wallet::TokenCount;
use leptos::prelude::*;

/// The largest number of tokens of one denomination that are drawn; the rest are counted in text.
const MAX_DRAWN: usize = 5;

#[component]
pub(crate) fn Coins(counts: Vec<TokenCount>, currency: Currency) -> impl IntoView {
    let total = counts.len();
    counts
        .into_iter()
        .enumerate()
        .map(|(rank, held)| {
            let value = format::amount(held.denomination.amount(), &currency);
            let label = tr("tokens", [("count", held.count.into()), ("denomination", value.clone().into())]);
            let more = held.count.saturating_sub(MAX_DRAWN);
            // One of five sizes by rank, so that larger denominations look larger.
            let size = format!("coin size-{}", (rank * 4 / total.max(1)).min(4));
            view! {
                <li class="coin-stack">
                    <span class="coin-row" role="img" aria-label=label>
                        // Only the topmost token shows its value: only the edges of the others are visible.
                        {(1..held.count.min(MAX_DRAWN))
                            .map(|_| view! { <span class=size.clone()></span> })
                            .collect_view()}
                        <span class=size.clone()>{value.clone()}</span>
                        {(more > 0).then(|| view! { <span class="coin-more">"+" {more}</span> })}
                    </span>
                </li>
            }
        })
        .collect_view()
}
