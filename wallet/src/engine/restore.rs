//! Restore: finds every output of the seed that the mint ever signed, and swaps the unspent tokens.

use super::Wallet;
use super::outputs::{Finished, counter_edits};
use super::swap::SWAP_BATCH;
use crate::activity::ActivityKind;
use crate::api::{ApiError, MintApi};
use crate::backoff::Backoff;
use crate::device::{Device, Stage};
use crate::error::{MintFault, WalletError, overflow, request_error};
use crate::plan::PlannedOutput;
use crate::store::{Store, Transition};
use ecash_core::Amount;
use ecash_core::keys::{KeyId, Phase};
use ecash_core::seed::Chain;
use ecash_core::wire::{RestoreRequest, RestoreResponse};

/// Counters per request. Requests start at multiples of this, so they do not reveal how many counters were
/// used.
const RUN: u64 = 128;
/// The search of a chain stops after this many runs without a signature. Allocation never gets further ahead
/// (`counters.rs`).
const EMPTY_RUNS: usize = 3;

/// The result of a restore.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restored {
    /// The value of the restored tokens, in minor units.
    pub amount: Amount,
    /// The number of signatures found, including those of spent tokens.
    pub found: usize,
}

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// Finds every token of this seed at the mint, without sending the account token, and swaps the unspent
    /// ones. Safe to repeat.
    ///
    /// 1. End the pending plans. Otherwise their outputs would be found here, and added again when the plans
    ///    end.
    /// 2. Search each key and chain for signatures, in random order.
    /// 3. Store the counters of all signatures found, so that no output is used twice if a later step fails.
    /// 4. Swap the unspent tokens.
    ///
    /// # Errors
    /// [`WalletError::Unreachable`] or [`WalletError::Pending`] if the mint does not respond; tokens restored
    /// before stay in the wallet. A failed request never counts as an empty result.
    pub async fn restore(&self) -> Result<Restored, WalletError> {
        let _turn = self.turn.lock().await;
        self.update_keys().await?;
        // 1. End pending plans.
        if self.resume_plans().await? > 0 {
            return Err(WalletError::Pending);
        }
        let now = self.device.now();
        let key_ids: Vec<KeyId> = {
            let state = self.state();
            let live = state.keysets.iter().filter(|keyset| keyset.dates.phase(now) != Phase::Ended);
            live.flat_map(|keyset| keyset.keys.iter().map(|key| key.key_id)).collect()
        };
        let mut found = Vec::new();
        // 2. A fixed order would let the mint link the requests of one restore.
        let mut chains: Vec<_> =
            key_ids.iter().flat_map(|key_id| Chain::ALL.map(|chain| (*key_id, chain))).collect();
        self.shuffle(&mut chains)?;
        let total = chains.len();
        for (done, (key_id, chain)) in chains.into_iter().enumerate() {
            self.progress(Stage::Searching, done, total);
            found.extend(self.restore_chain(key_id, chain).await?);
        }
        // 3. Store counters.
        let outputs: Vec<_> = found.iter().map(|finished| finished.output.clone()).collect();
        self.apply(Transition::Begin, counter_edits(self.counters_after(&outputs, true))).await?;
        // 4. Swap.
        let found_count = found.len();
        let amount = self.receive_restored(&found).await?;
        Ok(Restored { amount, found: found_count })
    }

    async fn restore_chain(&self, key_id: KeyId, chain: Chain) -> Result<Vec<Finished>, WalletError> {
        let mut found = Vec::new();
        let mut empty = 0;
        for run in 0.. {
            let outputs: Vec<_> = (run * RUN..(run + 1) * RUN)
                .map(|counter| PlannedOutput { key_id, chain, counter })
                .collect();
            let blinded = self.blind(&outputs).await?;
            let request = RestoreRequest { outputs: blinded.hashes() };
            let restored = self.restore_signatures(&request).await.map_err(request_error)?;
            if restored.blind_signatures.len() != outputs.len() {
                return Err(WalletError::MintFault(MintFault::WrongSignatureCount));
            }
            empty = if restored.blind_signatures.iter().all(Option::is_none) { empty + 1 } else { 0 };
            let (finished, _) = self.finish(&outputs, &blinded, &restored.blind_signatures).await;
            found.extend(finished);
            if empty == EMPTY_RUNS {
                break;
            }
        }
        Ok(found)
    }

    /// Requests the mint's stored signatures of these outputs.
    pub(super) async fn restore_signatures(
        &self,
        request: &RestoreRequest,
    ) -> Result<RestoreResponse, ApiError> {
        self.repeat(Backoff::of_series(), || self.api.restore(request)).await
    }

    /// Swaps the found tokens that the wallet does not hold, in random order. Drops spent ones.
    async fn receive_restored(&self, found: &[Finished]) -> Result<Amount, WalletError> {
        let mut tokens = self.not_held(found)?;
        self.shuffle(&mut tokens)?;
        let mut amount = Amount::ZERO;
        for batch in tokens.chunks(SWAP_BATCH) {
            match self.receive_tokens(batch.to_vec(), ActivityKind::Restore, None).await {
                Ok(received) => {
                    let sum = amount.plus(received.amount);
                    amount = sum.map_err(|_| overflow())?;
                }
                // Every token of this batch was spent, so its plan has ended.
                Err(WalletError::Refused(_)) if self.state().waiting_plans() == 0 => {}
                Err(error) => return Err(error),
            }
        }
        Ok(amount)
    }

    /// Fisher–Yates shuffle with the device's randomness.
    fn shuffle<T>(&self, items: &mut [T]) -> Result<(), WalletError> {
        for end in (1..items.len()).rev() {
            let mut bytes = [0; 8];
            self.device.fill_random(&mut bytes).map_err(|_| WalletError::Entropy)?;
            let pick = u64::from_be_bytes(bytes) % (end as u64 + 1);
            items.swap(end, usize::try_from(pick).unwrap_or(end));
        }
        Ok(())
    }
}
