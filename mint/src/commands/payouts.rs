//! `ecash-mint payouts list|settle|reject`

use super::CommandError;
use crate::service::{Mint, PayoutDecision};
use crate::settings::Settings;
use crate::start::assemble_without_keys;
use clap::Subcommand;
use ecash_core::PayoutId;
use ecash_core::wire::{PayoutState, PayoutView};
use ecash_environment::say;

/// Maximum number of payouts that `list` shows.
const MAX_LISTED: u32 = 1000;

#[derive(Debug, Subcommand)]
pub(super) enum Payouts {
    /// List pending payouts, the oldest first.
    List,
    /// Record that a payout was paid outside the mint. Pay it first: this takes the money off the books.
    Settle {
        /// The id of the payout.
        #[arg(value_parser = parse_payout_id)]
        payout_id: PayoutId,
        /// The reference of the payment outside, such as a bank's.
        #[arg(long)]
        reference: String,
    },
    /// Give the money of a payout back to its merchant.
    Reject {
        /// The id of the payout.
        #[arg(value_parser = parse_payout_id)]
        payout_id: PayoutId,
        /// Why, for the merchant.
        #[arg(long)]
        reason: String,
    },
}

pub(super) async fn run(settings: &Settings, command: Payouts) -> Result<(), CommandError> {
    let mint = assemble_without_keys(settings).await.map_err(CommandError::Start)?;
    decide(&mint, command).await
}

async fn decide(mint: &Mint, command: Payouts) -> Result<(), CommandError> {
    let (payout_id, decision, wanted) = match command {
        Payouts::List => {
            let open = mint.open_payouts(MAX_LISTED).await?;
            if open.is_empty() {
                say!("no pending payouts")?;
            }
            for payout in &open {
                say!("{}", line(mint, payout))?;
            }
            return Ok(());
        }
        Payouts::Settle { payout_id, reference } => {
            (payout_id, PayoutDecision::Settle(reference), PayoutState::Settled)
        }
        Payouts::Reject { payout_id, reason } => {
            (payout_id, PayoutDecision::Reject(reason), PayoutState::Rejected)
        }
    };
    let payout = mint.end_payout(&payout_id, decision).await?;
    say!("{}", line(mint, &payout))?;
    if payout.state == wanted { Ok(()) } else { Err(CommandError::PayoutEnded(payout_id)) }
}

fn line(mint: &Mint, payout: &PayoutView) -> String {
    let state = match payout.state {
        PayoutState::Requested => "pending",
        PayoutState::Settled => "settled",
        PayoutState::Rejected => "rejected",
    };
    let money = mint.identity().currency.money(payout.amount);
    let PayoutView { payout_id, merchant_id, requested_at, .. } = payout;
    let notes = [&payout.reference, &payout.external_reference].into_iter().flatten();
    let notes: String = notes.map(|note| format!("  {note:?}")).collect();
    format!("{payout_id}  {merchant_id}  {money}  {state}  {requested_at}{notes}")
}

fn parse_payout_id(text: &str) -> Result<PayoutId, String> {
    PayoutId::new(text).map_err(|error| error.to_string())
}
