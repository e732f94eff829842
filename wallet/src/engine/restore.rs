//! Restore: everything of a seed that the mint ever signed, found again.

use super::Wallet;
use super::connect::unreachable;
use super::outputs::{Finished, counter_edits};
use crate::api::{ApiError, MintApi};
use crate::device::{Device, Stage};
use crate::error::WalletError;
use crate::plan::PlannedOutput;
use crate::snapshot::ActivityKind;
use crate::store::{Store, Transition};
use ecash_core::Amount;
use ecash_core::keys::{KeyId, Phase};
use ecash_core::seed::Chain;
use ecash_core::wire::{RestoreRequest, RestoreResponse, TokenInfo};

/// Counters asked for at once, aligned.
const RUN: u64 = 128;
/// Empty runs after which a chain is at its end. Allocation never runs further ahead.
const EMPTY_RUNS: usize = 3;
/// Tokens swapped in one request: small requests, in random order, reveal little.
const SWAP_BATCH: usize = 8;
const CHAINS: [Chain; 3] = [Chain::Withdraw, Chain::Swap, Chain::Refund];

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restored {
    /// What is the wallet's own again.
    pub amount: Amount,
    /// How many signatures were found, spent ones too.
    pub found: usize,
}

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// Finds every token of this seed at the mint, chain by chain, without the account token, and
    /// swaps what is not spent. Safe to repeat. A failed run is an error, not an empty one.
    ///
    /// # Errors
    /// [`WalletError::Unreachable`]: try again; what was secured stays.
    pub async fn restore(&self) -> Result<Restored, WalletError> {
        let _turn = self.turn.lock().await;
        self.update_keys().await?;
        // A pending plan's outputs would be found here and come once more when it ends.
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
        let total = key_ids.len() * CHAINS.len();
        for (done, (key_id, chain)) in
            key_ids.iter().flat_map(|key_id| CHAINS.map(|chain| (*key_id, chain))).enumerate()
        {
            self.progress(Stage::Searching, done, total);
            found.extend(self.restore_chain(key_id, chain).await?);
        }
        // Counters first: whatever happens next, no output is used twice.
        let outputs: Vec<_> = found.iter().map(|finished| finished.output.clone()).collect();
        self.apply(Transition::Begin, counter_edits(self.counters_after(&outputs, true))).await?;
        let found_count = found.len();
        let amount = self.secure_found(found).await?;
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
            let request = RestoreRequest { outputs: blinded.requests() };
            let restored = self.ask_for(&request).await.map_err(unreachable)?;
            if restored.blind_signatures.len() != outputs.len() {
                return Err(WalletError::MintFault("it answered another number of pieces than asked for"));
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

    /// What the mint signed of these outputs; heeds its limits.
    pub(super) async fn ask_for(&self, request: &RestoreRequest) -> Result<RestoreResponse, ApiError> {
        let mut waits = 0;
        loop {
            let answer = self.api.restore(request).await;
            if !self.is_worth_waiting(&mut waits, &answer).await {
                return answer;
            }
        }
    }

    /// Swaps what the wallet does not hold already. Spent ones fall out on the way.
    async fn secure_found(&self, found: Vec<Finished>) -> Result<Amount, WalletError> {
        let institution_id = self.mint().ok_or(WalletError::NoMint)?.institution_id;
        let mut tokens: Vec<TokenInfo> = {
            let state = self.state();
            let new = found.iter().filter(|f| !state.tokens.contains_key(&f.token.message()));
            new.map(|f| TokenInfo::new(&f.token, f.denomination, &institution_id)).collect()
        };
        self.shuffle(&mut tokens)?;
        let mut amount = Amount::ZERO;
        for batch in tokens.chunks(SWAP_BATCH) {
            match self.secure(batch.to_vec(), ActivityKind::Restore, None).await {
                Ok(received) => amount = amount.plus(received.amount).unwrap_or(amount),
                // All of this batch had been spent before: its plan has ended.
                Err(WalletError::Refused(_)) if self.state().waiting_plans() == 0 => {}
                Err(error) => return Err(error),
            }
        }
        Ok(amount)
    }

    /// Fisher and Yates, with the device's randomness.
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
