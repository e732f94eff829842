//! Refunds: claims refunds of a payment as tokens. The key that claims is derived from the seed and the
//! payment's id. A restored wallet needs only the id, which the shop's order page shows.

use super::Wallet;
use super::outputs::Counters;
use crate::activity::{Activity, ActivityKind, ActivityState};
use crate::api::MintApi;
use crate::device::Device;
use crate::error::{WalletError, overflow};
use crate::plan::{Plan, PlanKind};
use crate::selection::{self, TokenCounts};
use crate::store::Store;
use ecash_core::keys::Keyset;
use ecash_core::refund::Claim;
use ecash_core::seed::{Chain, RefundSecret};
use ecash_core::wire::{ClaimRequest, OutputRequest, PaymentView, RefundState};
use ecash_core::{Amount, PaymentId};

/// How long after a payment its refunds are polled in the background, in days.
const LOOK_DAYS: u64 = 90;

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// Claims all open refunds of a payment, as the view lists them. Returns their value, which is zero if no
    /// refund is open.
    ///
    /// # Errors
    /// [`WalletError::Refused`] with `refund_wrong_key` if another wallet made the payment;
    /// [`WalletError::Pending`] if the mint does not respond: [`Wallet::resume`] then completes the claim.
    pub async fn claim_refunds(&self, view: &PaymentView) -> Result<Amount, WalletError> {
        let _turn = self.turn.lock().await;
        self.refuse_if_alarmed()?;
        // Finish the claims of earlier calls first, and do not claim their refunds again.
        let mut claimed = Amount::ZERO;
        let mut finished = Vec::new();
        for plan in self.pending_claims(&view.payment_id) {
            if let PlanKind::Claim { refunds, .. } = &plan.kind {
                finished.extend(refunds);
            }
            let ended = self.execute_then_found(&plan).await?;
            claimed = claimed.plus(ended.received).map_err(|_| overflow())?;
        }
        let keyset = self.issuing_keyset().await?;
        for (refunds, amount) in self.claims_of(view, &keyset, &finished)? {
            self.claim(view, &keyset, refunds, amount).await?;
            claimed = claimed.plus(amount).map_err(|_| overflow())?;
        }
        Ok(claimed)
    }

    /// Returns a random refundable payment that this wallet made in the last 90 days, to poll for refunds.
    /// `None` if there is no such payment. Poll one payment at a time, at random times: the mint can link
    /// payments that are polled together to one payer.
    ///
    /// # Errors
    /// [`WalletError::Entropy`] if the device returns no random bytes.
    pub fn random_refundable_payment(&self) -> Result<Option<PaymentId>, WalletError> {
        let now = self.device.now();
        let payments: Vec<_> = self
            .activity()
            .into_iter()
            .filter(|activity| {
                activity.state == ActivityState::Done && now < activity.at.plus_days(LOOK_DAYS)
            })
            .filter_map(|activity| activity.payment.filter(|paid| paid.refund_commitment.is_some()))
            .map(|paid| paid.payment_id)
            .collect();
        // With 128 random bits, the bias of the remainder is negligible.
        let random = u128::from_be_bytes(self.random_bytes()?);
        let index = u128::try_from(payments.len()).ok().and_then(|count| random.checked_rem(count));
        Ok(index.and_then(|index| payments.into_iter().nth(usize::try_from(index).ok()?)))
    }

    /// Groups the open refunds, without those numbered in `skipped`, into claims that fit into one request
    /// each. Fails only if no refund fits into a request.
    fn claims_of(
        &self,
        view: &PaymentView,
        keyset: &Keyset,
        skipped: &[u8],
    ) -> Result<Vec<(Vec<u8>, Amount)>, WalletError> {
        let open = view.refunds.iter().filter(|refund| refund.state == RefundState::Open);
        let mut claims: Vec<(Vec<u8>, Amount)> = Vec::new();
        let mut unfit = None;
        for refund in open.filter(|refund| !skipped.contains(&refund.number)) {
            let joined = claims.last().and_then(|(_, amount)| amount.plus(refund.amount).ok());
            match (claims.last_mut(), joined.filter(|joined| fits(keyset, *joined))) {
                (Some((refunds, amount)), Some(joined)) => {
                    refunds.push(refund.number);
                    *amount = joined;
                }
                // The mint checked that each refund fits alone, but its denominations may have changed since.
                _ => match self.token_counts_for(keyset, refund.amount) {
                    Ok(_) => claims.push((vec![refund.number], refund.amount)),
                    Err(error) => unfit = Some(error),
                },
            }
        }
        match unfit {
            Some(error) if claims.is_empty() => Err(error),
            _ => Ok(claims),
        }
    }

    fn pending_claims(&self, payment_id: &PaymentId) -> Vec<Plan> {
        let state = self.state();
        let claims = |plan: &&Plan| matches!(&plan.kind, PlanKind::Claim { payment_id: claimed, .. } if claimed == payment_id);
        state.plans.values().filter(claims).cloned().collect()
    }

    async fn claim(
        &self,
        view: &PaymentView,
        keyset: &Keyset,
        refunds: Vec<u8>,
        amount: Amount,
    ) -> Result<(), WalletError> {
        let counts: TokenCounts = self.token_counts_for(keyset, amount)?;
        let (outputs, counters) = self.allocate(keyset, &counts, Chain::Refund, Counters::new())?;
        let payment_id = view.payment_id.clone();
        let plan = self.new_plan(amount, PlanKind::Claim { payment_id, refunds, outputs })?;
        let activity = Activity {
            merchant_id: Some(view.merchant.merchant_id.clone()),
            note: Some(view.merchant.name.clone()),
            ..self.new_activity(&plan, ActivityKind::Refund)
        };
        self.begin(&plan, counters, activity).await?;
        self.execute_then_found(&plan).await.map(drop)
    }

    /// Returns a claim, signed for exactly these outputs.
    pub(super) fn signed_claim(
        &self,
        payment_id: &PaymentId,
        refunds: &[u8],
        outputs: Vec<OutputRequest>,
    ) -> Result<ClaimRequest, WalletError> {
        let secret = self.refund_secret(payment_id)?;
        let institution_id = self.mint().ok_or(WalletError::NoMint)?.institution_id;
        let asked: Vec<_> =
            outputs.iter().map(|output| (output.key_id, output.blinded_token.as_bytes())).collect();
        let claim = Claim { institution_id: &institution_id, payment_id, refunds, outputs: &asked };
        let message = claim.message().ok_or(WalletError::TooManyTokens(super::MAX_TOKENS))?;
        Ok(ClaimRequest {
            refund_key: secret.public_key().as_slice().into(),
            refunds: refunds.to_vec(),
            signature: secret.sign(&message).as_slice().into(),
            outputs,
        })
    }

    /// Returns the key that claims refunds of a payment.
    pub(super) fn refund_secret(&self, payment_id: &PaymentId) -> Result<RefundSecret, WalletError> {
        let institution_id = self.mint().ok_or(WalletError::NoMint)?.institution_id;
        Ok(self.seed()?.refund_secret(&self.origin, &institution_id, payment_id.as_str()))
    }
}

fn fits(keyset: &Keyset, amount: Amount) -> bool {
    let denominations = keyset.denominations();
    selection::split(amount, &denominations, super::MAX_TOKENS).is_some()
}
