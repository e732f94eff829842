//! Refresh: swaps tokens whose keyset will stop redeeming soon, in the background.

use super::Wallet;
use crate::api::MintApi;
use crate::device::Device;
use crate::error::WalletError;
use crate::plan::SwapReason;
use crate::store::{Store, TokenState};
use ecash_core::keys::{KeyId, Phase};
use ecash_core::token::TokenMessage;
use ecash_core::{Amount, Denomination, Timestamp};
use std::collections::BTreeMap;

/// Each refused round drops a token that was spent elsewhere. After this many the rest waits for the next refresh.
const MAX_ROUNDS: usize = 16;

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// Swaps the tokens whose keys are in the last quarter of their redeemable life, or past it
    /// and still swappable, one key at a time. Returns the refreshed amount.
    ///
    /// Call it at a random moment: then its time says nothing about a payment.
    ///
    /// # Errors
    /// [`WalletError::Unreachable`], [`WalletError::Pending`] or [`WalletError::Refused`]; tokens refreshed before the failure
    /// stay refreshed.
    pub async fn refresh(&self) -> Result<Amount, WalletError> {
        let _turn = self.turn.lock().await;
        let now = self.device.now();
        let mut refreshed = Amount::ZERO;
        if self.due(now).is_empty() {
            return Ok(refreshed);
        }
        self.update_keys().await?;
        let keyset = self.issuing_keyset().await?;
        let mut refused = None;
        // A refused swap drops the token that was spent elsewhere; the next round tries the others.
        for _ in 0..MAX_ROUNDS {
            let due = self.due(now);
            if due.is_empty() {
                refused = None;
                break;
            }
            for tokens in due.into_values() {
                for batch in tokens.chunks(super::MAX_PIECES) {
                    let amount = Amount::sum(batch.iter().map(|(_, denomination)| denomination.amount()));
                    let amount = amount.map_err(|_| WalletError::InvalidToken)?;
                    let pieces = self.pieces_for(&keyset, amount)?;
                    let inputs = batch.iter().map(|(id, _)| *id).collect();
                    match self.swap_own(&keyset, inputs, amount, &pieces, SwapReason::Refresh).await {
                        Ok(_) => refreshed = refreshed.plus(amount).unwrap_or(refreshed),
                        Err(WalletError::Refused(problem)) => refused = Some(problem),
                        Err(error) => return Err(error),
                    }
                }
            }
        }
        match refused {
            Some(problem) => Err(WalletError::Refused(problem)),
            None => Ok(refreshed),
        }
    }

    /// The available tokens that are due for a refresh, by key.
    fn due(&self, now: Timestamp) -> BTreeMap<KeyId, Vec<(TokenMessage, Denomination)>> {
        let state = self.state();
        let mut due: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for own in state.tokens.values().filter(|own| own.state == TokenState::Available) {
            let dates = state.keyset_of(&own.token.key_id).map(|keyset| keyset.dates);
            if dates.is_some_and(|dates| now >= dates.refresh_from() && dates.phase(now) != Phase::Ended) {
                due.entry(own.token.key_id).or_default().push((own.token.message(), own.denomination));
            }
        }
        due
    }
}
