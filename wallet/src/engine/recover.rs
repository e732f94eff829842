//! Recover: swaps tokens of revoked keysets, whose private keys are in other hands, for new ones.
//!
//! The mint takes such a token only with its opening, which shows that the mint issued it, and by which the mint can tell when
//! (`docs/protocol.md` §2). So it happens when the person asks for it, never in the background.

use super::Wallet;
use crate::api::MintApi;
use crate::counters::Counter;
use crate::device::Device;
use crate::error::WalletError;
use crate::plan::SwapReason;
use crate::store::{Store, TokenState, Transition};
use ecash_core::Amount;
use ecash_core::keys::{DenominationKey, KeyId, Phase};
use ecash_core::seed::{Chain, Seed};
use ecash_core::token::{Opening, OutputName, TokenMessage};
use ecash_core::wire::TokenInfo;
use std::collections::BTreeMap;

/// Every chain on which the seed derives outputs.
const CHAINS: [Chain; 3] = [Chain::Withdraw, Chain::Swap, Chain::Refund];

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// Swaps all tokens of revoked keysets for new ones, each with its opening, and returns their value.
    ///
    /// # Errors
    /// [`WalletError::NotIssuing`] while the mint has no keyset in the place of the revoked one;
    /// [`WalletError::Unreachable`], [`WalletError::Pending`] or [`WalletError::Refused`]. Tokens recovered before the failure
    /// stay recovered.
    pub async fn recover(&self) -> Result<Amount, WalletError> {
        let _turn = self.turn.lock().await;
        self.refuse_if_alarmed()?;
        self.update_keys().await?;
        let keyset = self.issuing_keyset().await?;
        let mut recovered = Amount::ZERO;
        // An earlier version knows no such plan.
        self.apply(Transition::SaveMint, vec![self.newest_format()?]).await?;
        for batch in self.revoked_tokens().chunks(super::MAX_PIECES) {
            let amount = Amount::sum(batch.iter().map(|(_, amount)| *amount));
            let amount = amount.map_err(|_| WalletError::InvalidToken)?;
            let pieces = self.pieces_for(&keyset, amount)?;
            let inputs = batch.iter().map(|(id, _)| *id).collect();
            self.swap_own(&keyset, inputs, amount, &pieces, SwapReason::Recover).await?;
            recovered = recovered.plus(amount).map_err(|_| WalletError::InvalidToken)?;
        }
        Ok(recovered)
    }

    /// The available tokens of revoked keysets, with their values.
    fn revoked_tokens(&self) -> Vec<(TokenMessage, Amount)> {
        let (state, now) = (self.state(), self.device.now());
        let revoked = state.tokens.iter().filter(|(_, own)| {
            let phase = state.keyset_of(&own.token.key_id).map(|keyset| keyset.phase(now));
            own.state == TokenState::Available && phase == Some(Phase::Revoked)
        });
        revoked.map(|(id, own)| (*id, own.denomination.amount())).collect()
    }

    /// Adds its opening to each token, which the seed derives again.
    ///
    /// # Errors
    /// [`WalletError::InvalidToken`] if the seed derives no output with a token's serial.
    pub(super) fn add_openings(&self, tokens: &mut [TokenInfo]) -> Result<(), WalletError> {
        let seed = self.seed()?;
        let mut outputs: BTreeMap<KeyId, BTreeMap<[u8; 32], OutputName>> = BTreeMap::new();
        for token in tokens {
            let key_id = token.key_id.ok_or(WalletError::InvalidToken)?;
            let key = self.denomination_key(&key_id)?;
            let of_key = outputs.entry(key_id).or_insert_with(|| self.outputs_by_serial(&key_id, &seed));
            let name = of_key.get(token.serial.as_bytes()).ok_or(WalletError::InvalidToken)?;
            token.opening = Some(opening(&seed, &key, *name)?);
        }
        Ok(())
    }

    /// The outputs that the seed has derived for a key, by the serials of their tokens.
    fn outputs_by_serial(&self, key_id: &KeyId, seed: &Seed) -> BTreeMap<[u8; 32], OutputName> {
        let state = self.state();
        let names = CHAINS.into_iter().flat_map(|chain| {
            let end = state.counters.get(&(*key_id, chain)).map_or(0, Counter::end);
            (0..end).map(move |counter| OutputName { chain, counter })
        });
        names.map(|name| (*seed.serial(key_id, name).as_bytes(), name)).collect()
    }
}

/// Derives an opening. It fails with negligible probability.
pub(super) fn opening(seed: &Seed, key: &DenominationKey, name: OutputName) -> Result<Opening, WalletError> {
    Opening::derive(seed, key, name).map_err(|_| WalletError::InvalidToken)
}
