//! Refresh: tokens that get old become fresh ones, in the background.

use super::Wallet;
use crate::api::MintApi;
use crate::error::WalletError;
use crate::host::Host;
use crate::plan::SwapReason;
use crate::store::{Store, TokenState};
use ecash_core::Amount;
use ecash_core::keys::{KeyId, Phase};
use std::collections::BTreeMap;

impl<S: Store, A: MintApi, H: Host> Wallet<S, A, H> {
    /// Swaps the tokens whose keys are in the last quarter of their redeemable life, or past it
    /// and still swappable, one key at a time. Answers the amount that was refreshed.
    ///
    /// The caller chooses the moment, at random, so that refreshing tells nothing about a payment.
    ///
    /// # Errors
    /// [`WalletError`]; what was refreshed before stays refreshed.
    pub async fn refresh(&self) -> Result<Amount, WalletError> {
        let _turn = self.turn.lock().await;
        let now = self.host.now();
        let mut due: BTreeMap<KeyId, Vec<_>> = BTreeMap::new();
        {
            let state = self.state();
            for own in state.tokens.values().filter(|own| own.state == TokenState::Available) {
                let dates = state.keyset_of(&own.token.key_id).map(|keyset| keyset.dates);
                if dates.is_some_and(|dates| now >= dates.refresh_from() && dates.phase(now) != Phase::Ended)
                {
                    due.entry(own.token.key_id).or_default().push((own.token.message(), own.denomination));
                }
            }
        }
        let mut refreshed = Amount::ZERO;
        if due.is_empty() {
            return Ok(refreshed);
        }
        self.update_keys().await?;
        let keyset = self.issuing_keyset().await?;
        for tokens in due.into_values() {
            for batch in tokens.chunks(super::MAX_PIECES) {
                let amount = Amount::sum(batch.iter().map(|(_, denomination)| denomination.amount()));
                let amount = amount.map_err(|_| WalletError::InvalidToken)?;
                let pieces = self.pieces_for(&keyset, amount)?;
                let inputs = batch.iter().map(|(id, _)| *id).collect();
                self.swap_own(inputs, amount, &pieces, SwapReason::Refresh).await?;
                refreshed = refreshed.plus(amount).unwrap_or(refreshed);
            }
        }
        Ok(refreshed)
    }
}
