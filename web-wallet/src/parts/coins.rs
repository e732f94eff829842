//! Pieces by denomination, drawn.

use crate::format;
use crate::text;
use ecash_core::Currency;
use ecash_wallet::Piece;
use leptos::prelude::*;

/// More of one denomination are drawn as a number.
const MAX_DRAWN: usize = 5;

#[component]
pub(crate) fn Coins(pieces: Vec<Piece>, currency: Currency) -> impl IntoView {
    let total = pieces.len();
    pieces
        .into_iter()
        .enumerate()
        .map(|(rank, piece)| {
            let value = format::amount(piece.denomination.amount(), &currency);
            let label = text::pieces(piece.count, &value);
            let more = piece.count.saturating_sub(MAX_DRAWN);
            // Five sizes, by rank: larger pieces look larger.
            let size = format!("coin size-{}", (rank * 4 / total.max(1)).min(4));
            view! {
                <li class="coin-stack">
                    <span class="coin-row" role="img" aria-label=label>
                        // Only the topmost shows its value; the others are seen by their edge.
                        {(1..piece.count.min(MAX_DRAWN))
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
