//! Refresh: swaps tokens whose keyset will stop redeeming soon, in the background.

use super::Wallet;
use super::swap::SWAP_BATCH;
use crate::api::MintApi;
use crate::device::Device;
use crate::error::WalletError;
use crate::plan::SwapReason;
use crate::store::{Store, TokenState};
use ecash_core::keys::{KeyId, Keyset, KeysetStatus, Phase};
use ecash_core::token::TokenMessage;
use ecash_core::{Amount, Denomination, Timestamp};
use std::collections::BTreeMap;

/// Each rejected swap drops a token that was spent elsewhere. After this many, the rest waits for the next
/// refresh.
const MAX_ROUNDS: usize = 16;

type OwnToken = (TokenMessage, Denomination);

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// Swaps all tokens whose keys are in the last quarter of their redeemable life, or past it and still
    /// swappable. Uses small swaps. Returns the refreshed amount.
    ///
    /// The swaps follow each other, so the mint can link them. If there is time, call
    /// [`refresh_some`](Self::refresh_some) at random times instead.
    ///
    /// # Errors
    /// [`WalletError::Unreachable`], [`WalletError::Pending`] or [`WalletError::Refused`]; tokens refreshed
    /// before the failure stay refreshed. A key whose tokens cannot be swapped does not stop the others.
    pub async fn refresh(&self) -> Result<Amount, WalletError> {
        let mut refreshed = Amount::ZERO;
        let mut refused = 0;
        loop {
            match self.refresh_some().await {
                Ok(None) => return Ok(refreshed),
                Ok(Some(amount)) => {
                    refreshed = refreshed.plus(amount).map_err(|_| WalletError::InvalidToken)?;
                }
                // The swap dropped a token that was spent elsewhere; the next one tries the others.
                Err(WalletError::Refused(_)) if refused < MAX_ROUNDS => refused += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// Swaps a few of the tokens that [`refresh`](Self::refresh) would. Returns their amount; `None` if no
    /// more are due.
    ///
    /// # Errors
    /// As [`refresh`](Self::refresh).
    pub async fn refresh_some(&self) -> Result<Option<Amount>, WalletError> {
        let _turn = self.turn.lock().await;
        self.refuse_if_alarmed()?;
        let now = self.device.now();
        if self.due(now).is_empty() {
            return Ok(None);
        }
        self.update_keys().await?;
        let keyset = self.issuing_keyset().await?;
        let mut failed = None;
        for tokens in self.due(now).into_values() {
            match self.refresh_tokens(keyset.as_ref(), &tokens).await {
                Ok(amount) => return Ok(Some(amount)),
                // The error concerns only this key. Try the next one.
                Err(
                    error @ (WalletError::Refused(_)
                    | WalletError::NotPayable(_)
                    | WalletError::TooManyTokens(_)),
                ) => failed = Some(error),
                Err(error) => return Err(error),
            }
        }
        failed.map_or(Ok(None), Err)
    }

    /// Swaps the first few tokens of one key, or more of them if the keyset cannot issue the amount of a few.
    async fn refresh_tokens(&self, keyset: &Keyset, tokens: &[OwnToken]) -> Result<Amount, WalletError> {
        let few = tokens.get(..SWAP_BATCH).unwrap_or(tokens);
        let many = tokens.get(..super::MAX_TOKENS).unwrap_or(tokens);
        let mut unpayable = None;
        for batch in [few, many] {
            let amount = Amount::sum(batch.iter().map(|(_, denomination)| denomination.amount()));
            let amount = amount.map_err(|_| WalletError::InvalidToken)?;
            let counts = match self.token_counts_for(keyset, amount) {
                Ok(counts) => counts,
                Err(error) => {
                    unpayable = Some(error);
                    continue;
                }
            };
            let inputs = batch.iter().map(|(id, _)| *id).collect();
            self.swap_own(keyset, inputs, amount, &counts, SwapReason::Refresh).await?;
            return Ok(amount);
        }
        Err(unpayable.unwrap_or(WalletError::InvalidToken))
    }

    /// Returns the available tokens that are due for a refresh, by key.
    fn due(&self, now: Timestamp) -> BTreeMap<KeyId, Vec<OwnToken>> {
        let state = self.state();
        let mut due: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for own in state.tokens.values().filter(|own| own.state == TokenState::Available) {
            let keyset = state.keyset_of(&own.token.key_id);
            if keyset.is_some_and(|keyset| is_due(keyset, now)) {
                due.entry(own.token.key_id).or_default().push((own.token.message(), own.denomination));
            }
        }
        due
    }
}

/// Returns whether tokens of this keyset should be swapped: it soon stops redeeming, or the mint has stopped
/// it and may revoke it next. Excludes the issuing keyset, because a swap would return tokens of the same
/// keyset, without end.
fn is_due(keyset: &Keyset, now: Timestamp) -> bool {
    let ages = keyset.status == KeysetStatus::Stopped || now >= keyset.dates.refresh_from();
    ages && matches!(keyset.phase(now), Phase::Redeemable | Phase::Swappable)
}
