//! Checkout: pays a merchant's payment exactly and only once, after the user has seen it.

use super::Wallet;
use super::pay::Payment;
use crate::activity::{Activity, ActivityState, PaidPayment};
use crate::api::{ApiError, MintApi};
use crate::backoff::Backoff;
use crate::checks::{check_payment, details_of};
use crate::device::Device;
use crate::error::{EarlierPayment, MintFault, WalletError, request_error};
use crate::store::Store;
use ecash_core::base64url::{self, Base64Url};
use ecash_core::details::{Details, DetailsKey};
use ecash_core::keys::{KEYS_SEEN_LEN, keys_seen};
use ecash_core::wire::{ErrorCode, PaymentView, Problem, PublicLink, UseLinkRequest};
use ecash_core::{Amount, LinkId, PaymentId};

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// Fetches a payment, to show it before it is paid.
    ///
    /// # Errors
    /// [`WalletError::Unreachable`] if the mint does not respond, [`WalletError::Refused`] if it does not
    /// know the payment, [`WalletError::MintFault`] if it returns another one.
    pub async fn payment(&self, payment_id: &PaymentId) -> Result<PaymentView, WalletError> {
        let mint = self.mint().ok_or(WalletError::NoMint)?;
        let view =
            self.repeat(Backoff::single(), || self.api.payment(payment_id)).await.map_err(request_error)?;
        check_payment(&view, payment_id, &mint.currency)?;
        Ok(view)
    }

    /// Fetches a merchant's link.
    ///
    /// # Errors
    /// [`WalletError::Unreachable`], or [`WalletError::Refused`] if the mint does not know it.
    pub async fn link(&self, link_id: &LinkId) -> Result<PublicLink, WalletError> {
        let link = self.repeat(Backoff::single(), || self.api.link(link_id)).await.map_err(request_error)?;
        if link.link_id == *link_id { Ok(link) } else { Err(WalletError::MintFault(MintFault::WrongPayment)) }
    }

    /// Creates a payment of a link, to be shown and paid like any other. This pays nothing, so it is safe to
    /// repeat after a lost response.
    ///
    /// # Errors
    /// [`WalletError::Unreachable`], or [`WalletError::Refused`].
    pub async fn use_link(
        &self,
        link_id: &LinkId,
        amount: Option<Amount>,
        note: Option<String>,
    ) -> Result<PaymentId, WalletError> {
        let request = UseLinkRequest { amount, note };
        match self.api.use_link(link_id, &request).await {
            Ok(made) => Ok(made.payment_id),
            // This client has created too many payments of this link. The mint is not unreachable.
            Err(ApiError::Busy { .. }) => {
                Err(WalletError::Refused(Box::new(Problem::new(ErrorCode::TooManyOpen))))
            }
            Err(error) => Err(request_error(error)),
        }
    }

    /// Compares the hash of the mint's keys that a shop saw, as its link contains it, with this wallet's
    /// keys. If they differ, fetches the mint's keys and compares again.
    ///
    /// # Errors
    /// [`WalletError::OtherKeys`] if they differ: the mint may publish different keys to different clients.
    /// Because anyone can write such a link, this rejects only this payment and raises no alarm about the
    /// mint.
    pub async fn check_keys_seen(
        &self,
        view: &PaymentView,
        seen_by_shop: &[u8; KEYS_SEEN_LEN],
    ) -> Result<(), WalletError> {
        let is_same = || {
            let state = self.state();
            keys_seen(state.keysets.iter().map(AsRef::as_ref), view.created_at) == *seen_by_shop
        };
        if !is_same() {
            let _turn = self.turn.lock().await;
            self.update_keys().await?;
        }
        if is_same() { Ok(()) } else { Err(WalletError::OtherKeys) }
    }

    /// Returns both sides of a comparison that [`check_keys_seen`](Self::check_keys_seen) rejected, as JSON
    /// to keep as evidence or to send to an auditor. Of the wallet it contains only the id of the payment and
    /// the mint's keysets.
    pub fn both_sides_of_keys(&self, view: &PaymentView, seen_by_shop: &[u8; KEYS_SEEN_LEN]) -> String {
        let state = self.state();
        let here = keys_seen(state.keysets.iter().map(AsRef::as_ref), view.created_at);
        let both = serde_json::json!({
            "mint": self.origin,
            "payment_id": view.payment_id,
            "created_at": view.created_at,
            "compared_at": self.device.now(),
            "seen_by_shop": base64url::encode(seen_by_shop),
            "seen_by_wallet": base64url::encode(&here),
            "keysets_of_wallet": state.mint.as_ref().map(|mint| &mint.keysets),
        });
        format!("{both:#}")
    }

    /// Returns the activity that pays or has paid a payment from this wallet. `None` if the payment was
    /// neither made nor is pending.
    pub fn activity_of_payment(&self, payment_id: &PaymentId) -> Option<Activity> {
        let state = self.state();
        let named = |activity: &&Activity| {
            activity.payment.as_ref().is_some_and(|paid| paid.payment_id == *payment_id)
                && activity.state != ActivityState::Cancelled
        };
        state.activity.values().find(named).cloned()
    }

    /// Returns the commitment to the key that claims refunds of a payment. The key is derived from the seed,
    /// so a restored wallet has it too.
    fn refund_commitment(&self, payment_id: &PaymentId) -> Result<Base64Url, WalletError> {
        Ok(self.refund_secret(payment_id)?.commitment().as_slice().into())
    }

    /// Opens the sealed details of a payment with the key of its link. Returns `None` if the link has no key.
    ///
    /// # Errors
    /// [`WalletError::Details`] if they do not match the payment, or are misleading. The payment must then
    /// not be paid.
    pub fn details_of(
        &self,
        view: &PaymentView,
        key: Option<&DetailsKey>,
    ) -> Result<Option<Details>, WalletError> {
        details_of(view, key)
    }

    /// Pays a payment as the user has seen it, with a tip, and keeps the details that were shown. Like
    /// [`Wallet::pay`], this settles unsettled payments first. It never pays a payment twice.
    ///
    /// # Errors
    /// As [`Wallet::pay`], and [`WalletError::TipTooLarge`] before anything is sent.
    pub async fn pay_payment(
        &self,
        view: &PaymentView,
        tip: Amount,
        details: Option<Details>,
    ) -> Result<Payment, WalletError> {
        let _turn = self.turn.lock().await;
        self.refuse_if_alarmed()?;
        let total = view.amount.plus(tip).ok().filter(|_| tip <= view.tip_max);
        let total = total.ok_or_else(|| WalletError::TipTooLarge(view.currency.money(view.tip_max)))?;
        // Settle earlier payments before checking whether this one was made: it may be among them.
        self.settle_earlier_payments().await?;
        let merchant_id = view.merchant.merchant_id.clone();
        if let Some(made) = self.activity_of_payment(&view.payment_id) {
            let money = view.currency.money(made.amount);
            return Err(WalletError::EarlierPaymentMade(EarlierPayment { merchant_id, money }));
        }
        let paid = PaidPayment {
            payment_id: view.payment_id.clone(),
            merchant_name: view.merchant.name.clone(),
            merchant_origin: view.merchant.origin.clone().filter(|_| view.merchant.verified),
            description: view.description.clone(),
            tip,
            details_hash: view.details_hash.clone(),
            details,
            refund_commitment: Some(self.refund_commitment(&view.payment_id)?),
            receipt: None,
        };
        let payment = self.redeem_exactly(total, merchant_id, Some(paid)).await?;
        if let Some(activity) = self.activity_of_payment(&view.payment_id) {
            self.learn_receipt_key(&activity).await;
        }
        Ok(payment)
    }
}
