//! The outputs of a plan: allocates their counters, blinds them, and unblinds their signatures.

use super::Wallet;
use crate::api::MintApi;
use crate::counters::Counter;
use crate::device::{Device, Stage};
use crate::error::{MintFault, WalletError};
use crate::plan::PlannedOutput;
use crate::selection::{self, TokenCounts};
use crate::snapshot::HeldToken;
use crate::store::{Edit, Store};
use ecash_core::base64url::Base64Url;
use ecash_core::keys::{DenominationKey, KeyId, Keyset};
use ecash_core::seed::Chain;
use ecash_core::token::{InvertedOutputs, PendingOutputs, Token};
use ecash_core::wire::{OutputHash, OutputRequest};
use ecash_core::{Amount, Denomination};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Blinded outputs, in the order of their plan.
pub(super) struct Blinded {
    groups: Vec<InvertedOutputs>,
    /// For each planned output: the index of its group, and its index in the group.
    positions: Vec<(usize, usize)>,
}

impl Blinded {
    /// Returns the hashes by which a restore request names these outputs.
    pub(super) fn hashes(&self) -> Vec<OutputHash> {
        self.requests().iter().map(OutputRequest::hash).collect()
    }

    pub(super) fn requests(&self) -> Vec<OutputRequest> {
        self.positions
            .iter()
            .filter_map(|(group, position)| {
                let group = self.groups.get(*group)?;
                let output = group.outputs().get(*position)?;
                let blinded_token = output.blinded_token().as_bytes().into();
                Some(OutputRequest { key_id: group.key().key_id, blinded_token })
            })
            .collect()
    }
}

/// An output whose signature is valid.
pub(super) struct Finished {
    pub(super) output: PlannedOutput,
    pub(super) token: Token,
    pub(super) denomination: Denomination,
}

impl Finished {
    pub(super) fn held(&self) -> HeldToken {
        HeldToken { key_id: self.token.key_id, serial: self.token.serial, denomination: self.denomination }
    }
}

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// Returns the keyset that issues now. Fetches the mint's keys if no known keyset does.
    pub(super) async fn issuing_keyset(&self) -> Result<Arc<Keyset>, WalletError> {
        let now = self.device.now();
        let known = self.state().issuing(now).cloned();
        if let Some(keyset) = known {
            return Ok(keyset);
        }
        self.update_keys().await?;
        let now_known = self.state().issuing(now).cloned();
        now_known.ok_or(WalletError::NotIssuing)
    }

    /// Splits `amount` into the fewest tokens of a keyset.
    pub(super) fn token_counts_for(
        &self,
        keyset: &Keyset,
        amount: Amount,
    ) -> Result<TokenCounts, WalletError> {
        let denominations = keyset.denominations();
        selection::split(amount, &denominations, MAX).ok_or_else(|| {
            match selection::split(amount, &denominations, usize::MAX) {
                Some(_) => WalletError::TooManyTokens(MAX),
                None => WalletError::NotPayable(keyset.currency.money(amount)),
            }
        })
    }

    /// Allocates outputs for `counts`, in ascending order of denomination so that their order reveals
    /// nothing. The returned counters must be stored in the transition that begins the plan. `counters`
    /// contains those that the same transition has already changed.
    pub(super) fn allocate(
        &self,
        keyset: &Keyset,
        counts: &TokenCounts,
        chain: Chain,
        mut counters: Counters,
    ) -> Result<(Vec<PlannedOutput>, Counters), WalletError> {
        let state = self.state();
        let mut outputs = Vec::new();
        for (denomination, count) in counts {
            let key = keyset.key_of(*denomination).ok_or(WalletError::NotIssuing)?;
            let counter_key = (key.key_id, chain);
            let counter = counters
                .entry(counter_key)
                .or_insert_with(|| state.counters.get(&counter_key).cloned().unwrap_or_default());
            for _ in 0..*count {
                let counter = counter.allocate().ok_or(WalletError::CountersExhausted)?;
                outputs.push(PlannedOutput { key_id: key.key_id, chain, counter });
            }
        }
        Ok((outputs, counters))
    }

    /// Returns the counters after these outputs were signed (`signed`) or their plan was cancelled.
    pub(super) fn counters_after(&self, outputs: &[PlannedOutput], signed: bool) -> Counters {
        let state = self.state();
        let mut counters = Counters::new();
        for output in outputs {
            let counter_key = (output.key_id, output.chain);
            let counter = counters
                .entry(counter_key)
                .or_insert_with(|| state.counters.get(&counter_key).cloned().unwrap_or_default());
            if signed {
                counter.signed(output.counter);
            } else {
                counter.cancelled(output.counter);
            }
        }
        counters
    }

    /// Blinds outputs, grouped by key. Yields after each, so that a page stays responsive.
    pub(super) async fn blind(&self, outputs: &[PlannedOutput]) -> Result<Blinded, WalletError> {
        let seed = self.seed()?;
        // 1. Blind each output in the group of its key. `group_of` is the index of a key's group; `positions`
        //    is the group and the index within it of each output, in the order of `outputs`.
        let mut groups: Vec<PendingOutputs> = Vec::new();
        let mut group_of: BTreeMap<KeyId, usize> = BTreeMap::new();
        let mut positions = Vec::with_capacity(outputs.len());
        for (done, output) in outputs.iter().enumerate() {
            self.progress(Stage::Preparing, done, outputs.len());
            let group = match group_of.get(&output.key_id) {
                Some(group) => *group,
                None => {
                    groups.push(PendingOutputs::new(&self.denomination_key(&output.key_id)?));
                    group_of.insert(output.key_id, groups.len() - 1);
                    groups.len() - 1
                }
            };
            let pending = groups.get_mut(group).ok_or(WalletError::NotIssuing)?;
            pending.push(&seed, output.name()).map_err(|_| WalletError::MintFault(MintFault::UnusableKey))?;
            positions.push((group, pending.outputs().len() - 1));
            self.device.yield_now().await;
        }
        // 2. Invert the blinding factors of each group together, which is cheaper than one by one.
        let mut inverted = Vec::with_capacity(groups.len());
        for group in groups {
            let group = group.invert(&seed);
            inverted.push(group.map_err(|_| WalletError::MintFault(MintFault::UnusableKey))?);
            self.device.yield_now().await;
        }
        Ok(Blinded { groups: inverted, positions })
    }

    /// Unblinds and verifies blind signatures. Returns the finished outputs, and those whose signature is
    /// invalid. An output whose signature is `None` was never signed and is in neither list. An output beyond
    /// the end of `signatures` counts as invalid.
    pub(super) async fn finish(
        &self,
        outputs: &[PlannedOutput],
        blinded: &Blinded,
        signatures: &[Option<Base64Url>],
    ) -> (Vec<Finished>, Vec<PlannedOutput>) {
        let mut finished = Vec::with_capacity(outputs.len());
        let mut bad = Vec::new();
        let signed = outputs.iter().zip(&blinded.positions).zip(signatures);
        for (done, ((output, (group, position)), signature)) in signed.enumerate() {
            self.progress(Stage::Finishing, done, outputs.len());
            let Some(signature) = signature else { continue };
            let group = blinded.groups.get(*group);
            let token = group.and_then(|group| {
                let token = group.finalize(*position, signature.as_bytes()).ok()?;
                Some((token, group.key().denomination))
            });
            match token {
                Some((token, denomination)) => {
                    finished.push(Finished { output: output.clone(), token, denomination });
                }
                None => bad.push(output.clone()),
            }
            self.device.yield_now().await;
        }
        bad.extend(outputs.iter().skip(signatures.len()).cloned());
        (finished, bad)
    }

    pub(super) fn denomination_key(&self, key_id: &KeyId) -> Result<DenominationKey, WalletError> {
        let state = self.state();
        let key = state.keyset_of(key_id).and_then(|keyset| keyset.key(key_id)).cloned();
        key.ok_or(WalletError::MintFault(MintFault::KeyMissing))
    }
}

const MAX: usize = super::MAX_TOKENS;

/// The counters of one transition, by key and chain.
pub(super) type Counters = BTreeMap<(KeyId, Chain), Counter>;

pub(super) fn counter_edits(counters: Counters) -> Vec<Edit> {
    counters.into_iter().map(|(counter_key, counter)| Edit::Counter(counter_key, counter)).collect()
}
