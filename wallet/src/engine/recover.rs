//! Recover: swaps tokens of revoked keysets, whose private keys are compromised, for new ones.
//!
//! The mint accepts such a token only with its opening. The opening proves that the mint issued the token,
//! but also reveals by which request: a withdrawal, a swap or a refund (`docs/protocol.md` §2). Recovery
//! therefore runs only when the user asks for it, never in the background.

use super::Wallet;
use super::swap::SWAP_BATCH;
use crate::api::MintApi;
use crate::counters::Counter;
use crate::device::Device;
use crate::error::WalletError;
use crate::plan::SwapReason;
use crate::store::{OwnToken, Store, TokenState, Transition};
use ecash_core::Amount;
use ecash_core::keys::{DenominationKey, KeyId};
use ecash_core::seed::{Chain, Seed};
use ecash_core::token::{Opening, OutputName, TokenMessage};
use ecash_core::wire::TokenInfo;
use std::collections::BTreeMap;

/// The outputs of a key, by the serials of their tokens.
type OutputsBySerial = BTreeMap<[u8; 32], OutputName>;

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// Swaps all tokens of revoked keysets for new ones, a few at a time, and returns their value. Tokens
    /// that were issued by different routes are never in the same swap.
    ///
    /// # Errors
    /// [`WalletError::NotIssuing`] until the mint has replaced the revoked keyset;
    /// [`WalletError::Unreachable`], [`WalletError::Pending`] or [`WalletError::Refused`]. Tokens recovered
    /// before the failure stay recovered.
    pub async fn recover(&self) -> Result<Amount, WalletError> {
        let _turn = self.turn.lock().await;
        self.refuse_if_alarmed()?;
        self.update_keys().await?;
        let keyset = self.issuing_keyset().await?;
        // Store the newest format version first: earlier programs cannot read such a plan.
        self.apply(Transition::SaveMint, vec![self.newest_format()?]).await?;
        let (mut recovered, mut refused) = (Amount::ZERO, None);
        for batch in self.revoked_batches()? {
            let amount = Amount::sum(batch.iter().map(|(_, amount)| *amount));
            let amount = amount.map_err(|_| WalletError::InvalidToken)?;
            let counts = self.token_counts_for(&keyset, amount)?;
            let inputs = batch.iter().map(|(id, _)| *id).collect();
            match self.swap_own(&keyset, inputs, amount, &counts, SwapReason::Recover).await {
                Ok(_) => recovered = recovered.plus(amount).map_err(|_| WalletError::InvalidToken)?,
                // The rejected swap dropped a token that was spent elsewhere. The next call retries the rest
                // of its batch.
                Err(error @ WalletError::Refused(_)) => refused = Some(error),
                Err(error) => return Err(error),
            }
        }
        refused.map_or(Ok(recovered), Err)
    }

    /// Returns the available tokens of revoked keysets with their values, in batches of one key and chain.
    fn revoked_batches(&self) -> Result<Vec<Vec<(TokenMessage, Amount)>>, WalletError> {
        let seed = self.seed()?;
        let revoked: Vec<OwnToken> = {
            let (state, now) = (self.state(), self.device.now());
            let is_revoked = |own: &&OwnToken| {
                own.state == TokenState::Available && state.is_revoked(&own.token.key_id, now)
            };
            state.tokens.values().filter(is_revoked).cloned().collect()
        };
        // `outputs` caches the derived outputs of each key. `by_chain` groups the tokens by the route that
        // issued them.
        let mut outputs: BTreeMap<KeyId, OutputsBySerial> = BTreeMap::new();
        let mut by_chain: BTreeMap<(Chain, KeyId), Vec<(TokenMessage, Amount)>> = BTreeMap::new();
        for own in &revoked {
            let key_id = own.token.key_id;
            let of_key = outputs.entry(key_id).or_insert_with(|| self.outputs_by_serial(&key_id, &seed));
            // A token that this seed did not derive cannot be opened.
            if let Some(name) = of_key.get(own.token.serial.as_bytes()) {
                let value = (own.token.message(), own.denomination.amount());
                by_chain.entry((name.chain, key_id)).or_default().push(value);
            }
        }
        Ok(by_chain
            .into_values()
            .flat_map(|tokens| tokens.chunks(SWAP_BATCH).map(<[_]>::to_vec).collect::<Vec<_>>())
            .collect())
    }

    /// Adds its opening to each token of a revoked keyset. The seed derives the opening again.
    ///
    /// # Errors
    /// [`WalletError::RevokedKeys`] if the seed derives no output with a token's serial: it was issued to
    /// another wallet.
    pub(super) fn add_openings(&self, tokens: &mut [TokenInfo]) -> Result<(), WalletError> {
        let seed = self.seed()?;
        let mut outputs: BTreeMap<KeyId, OutputsBySerial> = BTreeMap::new();
        for token in tokens {
            let key_id = token.key_id.ok_or(WalletError::InvalidToken)?;
            if !self.state().is_revoked(&key_id, self.device.now()) {
                continue;
            }
            let key = self.denomination_key(&key_id)?;
            let of_key = outputs.entry(key_id).or_insert_with(|| self.outputs_by_serial(&key_id, &seed));
            let name = of_key.get(token.serial.as_bytes()).ok_or(WalletError::RevokedKeys)?;
            token.opening = Some(opening(&seed, &key, *name)?);
        }
        Ok(())
    }

    /// Returns the outputs that the seed has derived for a key, by the serials of their tokens.
    fn outputs_by_serial(&self, key_id: &KeyId, seed: &Seed) -> OutputsBySerial {
        let state = self.state();
        let names = Chain::ALL.into_iter().flat_map(|chain| {
            let end = state.counters.get(&(*key_id, chain)).map_or(0, Counter::end);
            (0..end).map(move |counter| OutputName { chain, counter })
        });
        names.map(|name| (*seed.serial(key_id, name).as_bytes(), name)).collect()
    }
}

/// Derives an opening. Fails with negligible probability.
pub(super) fn opening(seed: &Seed, key: &DenominationKey, name: OutputName) -> Result<Opening, WalletError> {
    Opening::derive(seed, key, name).map_err(|_| WalletError::InvalidToken)
}
