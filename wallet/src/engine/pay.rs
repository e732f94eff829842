//! Pay: redeems tokens worth exactly the amount. Makes change first if needed.

use super::Wallet;
use super::execute::Ended;
use super::outputs::Counters;
use crate::activity::{Activity, ActivityKind, PaidPayment};
use crate::api::MintApi;
use crate::device::Device;
use crate::error::{EarlierPayment, WalletError};
use crate::plan::{Plan, PlanKind, PlannedPayment, SwapReason};
use crate::selection::{self, Choice, TokenCounts};
use crate::store::{OwnToken, Store};
use ecash_core::token::TokenMessage;
use ecash_core::{AccountId, Amount, Denomination, TransactionId};

/// The maximum number of swaps before a payment. One makes change; more are needed only to merge very many
/// small tokens.
const MAX_SWAPS: usize = 8;

/// A committed payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// The mint's id of the payment.
    pub transaction_id: TransactionId,
    /// The amount paid including the tip, in minor units.
    pub amount: Amount,
    /// The shop's page to return to, if the merchant gave one.
    pub return_url: Option<String>,
}

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// Pays a merchant exactly `amount`.
    ///
    /// Earlier payments that are unsettled are settled first. Nothing is paid if one stays open
    /// ([`WalletError::EarlierPaymentWaits`]), nor if one turns out to have been made
    /// ([`WalletError::EarlierPaymentMade`]), because this call may be a retry of that payment.
    ///
    /// # Errors
    /// [`WalletError::InsufficientFunds`] and [`WalletError::NotPayable`] before anything is sent;
    /// [`WalletError::Refused`] if the mint rejects the payment; the tokens are available again. After
    /// [`WalletError::NotPaidYet`] the payment may have been made: [`Wallet::confirm`] or [`Wallet::cancel`]
    /// settles it.
    pub async fn pay(&self, merchant_id: &AccountId, amount: Amount) -> Result<Payment, WalletError> {
        let _turn = self.turn.lock().await;
        self.refuse_if_alarmed()?;
        self.settle_earlier_payments().await?;
        self.redeem_exactly(amount, merchant_id.clone(), None).await
    }

    /// Makes change for `amount`, then plans and sends the payment.
    pub(super) async fn redeem_exactly(
        &self,
        amount: Amount,
        merchant_id: AccountId,
        paid: Option<PaidPayment>,
    ) -> Result<Payment, WalletError> {
        let inputs = self.exact_tokens(amount).await?;
        let payment = paid.as_ref().map(|paid| PlannedPayment {
            payment_id: paid.payment_id.clone(),
            tip: paid.tip,
            refund_commitment: paid.refund_commitment.clone(),
        });
        let plan = self.new_plan(amount, PlanKind::Redeem { inputs, merchant_id, payment })?;
        let activity = Activity { payment: paid, ..self.new_activity(&plan, ActivityKind::Pay) };
        self.begin(&plan, Counters::new(), activity).await?;
        let ended = self.execute_payment(&plan).await?;
        Ok(Payment { transaction_id: ended.transaction_id, amount, return_url: ended.return_url })
    }

    /// Executes a payment's plan. If the mint does not respond, [`WalletError::NotPaidYet`] names the plan.
    pub(super) async fn execute_payment(&self, plan: &Plan) -> Result<Ended, WalletError> {
        self.execute(plan).await.map_err(|error| match error {
            WalletError::Pending => WalletError::NotPaidYet(plan.plan_id.clone()),
            other => other,
        })
    }

    /// Settles the pending payments: cancels those that were not made, and completes those that were.
    pub(super) async fn settle_earlier_payments(&self) -> Result<(), WalletError> {
        let waiting: Vec<Plan> = {
            let state = self.state();
            let payments = state.plans.values().filter(|plan| matches!(plan.kind, PlanKind::Redeem { .. }));
            payments.cloned().collect()
        };
        let mut made = None;
        for plan in waiting {
            let cancelled = self.end_by_cancel(&plan).await.map_err(|error| match error {
                WalletError::Pending => WalletError::EarlierPaymentWaits,
                other => other,
            })?;
            if let (false, PlanKind::Redeem { merchant_id, .. }) = (cancelled, plan.kind) {
                let currency = self.mint().ok_or(WalletError::NoMint)?.currency;
                made = Some(EarlierPayment { merchant_id, money: currency.money(plan.amount) });
            }
        }
        made.map_or(Ok(()), |payment| Err(WalletError::EarlierPaymentMade(payment)))
    }

    /// Returns tokens worth exactly `amount`. Swaps tokens first if no combination is exact, or if the exact
    /// one has too many tokens.
    pub(super) async fn exact_tokens(&self, amount: Amount) -> Result<Vec<TokenMessage>, WalletError> {
        let keyset = self.issuing_keyset().await?;
        let denominations = keyset.denominations();
        let not_payable = || WalletError::NotPayable(keyset.currency.money(amount));
        for _ in 0..MAX_SWAPS {
            let available = self.state().counts(self.device.now());
            let total = selection::sum(&available).map_err(|_| not_payable())?;
            if total < amount || amount.is_zero() {
                let (available, wanted) = (keyset.currency.money(total), keyset.currency.money(amount));
                return Err(WalletError::InsufficientFunds { available, wanted });
            }
            let choice = selection::choose(amount, &available, &denominations, super::MAX_TOKENS);
            match choice.ok_or_else(not_payable)? {
                Choice::Exact(counts) => return Ok(self.select_tokens(&counts)),
                Choice::SwapFirst { swap, into } => {
                    let value = selection::sum(&swap).map_err(|_| not_payable())?;
                    self.swap_own(&keyset, self.select_tokens(&swap), value, &into, SwapReason::Change)
                        .await?;
                }
            }
        }
        Err(not_payable())
    }

    /// Returns tokens of these denominations, oldest keyset first, so that old tokens are spent before they
    /// expire.
    pub(super) fn select_tokens(&self, counts: &TokenCounts) -> Vec<TokenMessage> {
        let state = self.state();
        let spendable = state.spendable(self.device.now());
        let of = |denomination: &Denomination, count: usize| {
            let denomination = *denomination;
            spendable.iter().filter(move |own: &&&OwnToken| own.denomination == denomination).take(count)
        };
        counts
            .iter()
            .flat_map(|(denomination, count)| of(denomination, *count))
            .map(|own| own.token.message())
            .collect()
    }
}
