//! Checkout: pays the payment that a merchant asks for, exactly, once, and only after the person has seen it.

use super::Wallet;
use super::connect::unreachable;
use super::pay::Payment;
use crate::activity::{Activity, ActivityState, PaidPayment};
use crate::api::{ApiError, MintApi};
use crate::backoff::Backoff;
use crate::device::Device;
use crate::error::{EarlierPayment, MintFault, WalletError};
use crate::store::Store;
use ecash_core::base64url::{self, Base64Url};
use ecash_core::details::{Details, DetailsError, DetailsKey};
use ecash_core::keys::{KEYS_SEEN_LEN, keys_seen};
use ecash_core::wire::{ErrorCode, PaymentView, Problem, PublicLink, UseLinkRequest};
use ecash_core::{Amount, LinkId, PaymentId};

/// Opens the sealed details of a payment.
pub(crate) fn details_of(
    view: &PaymentView,
    key: Option<&DetailsKey>,
) -> Result<Option<Details>, WalletError> {
    match (&view.details_box, &view.details_hash, key) {
        (Some(sealed), Some(hash), Some(key)) => Ok(Some(key.open(&sealed.0, &hash.0, view.amount)?)),
        // A link with a key names details that the mint does not show.
        (None, _, Some(_)) | (_, None, Some(_)) => Err(WalletError::Details(DetailsError::Wrong)),
        (_, _, None) => Ok(None),
    }
}

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// Asks the mint for a payment, to show it before it is paid.
    ///
    /// # Errors
    /// [`WalletError::Unreachable`] if the mint does not answer, [`WalletError::Refused`] if it does not know the payment,
    /// [`WalletError::MintFault`] if it returns another one.
    pub async fn payment(&self, payment_id: &PaymentId) -> Result<PaymentView, WalletError> {
        let mint = self.mint().ok_or(WalletError::NoMint)?;
        let view =
            self.repeat(Backoff::single(), || self.api.payment(payment_id)).await.map_err(unreachable)?;
        if view.payment_id != *payment_id || view.currency != mint.currency || view.amount.is_zero() {
            return Err(WalletError::MintFault(MintFault::WrongPayment));
        }
        Ok(view)
    }

    /// Asks the mint for a merchant's link.
    ///
    /// # Errors
    /// [`WalletError::Unreachable`], or [`WalletError::Refused`] if the mint does not know it.
    pub async fn link(&self, link_id: &LinkId) -> Result<PublicLink, WalletError> {
        let link = self.repeat(Backoff::single(), || self.api.link(link_id)).await.map_err(unreachable)?;
        if link.link_id == *link_id { Ok(link) } else { Err(WalletError::MintFault(MintFault::WrongPayment)) }
    }

    /// Makes a payment of a link, which then is shown and paid like any other. Nothing is paid by this: after a lost answer another one
    /// may be made.
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
            // Too many at this moment, from here or of this link.
            Err(ApiError::Busy { .. }) => {
                Err(WalletError::Refused(Box::new(Problem::new(ErrorCode::TooManyOpen))))
            }
            Err(error) => Err(unreachable(error)),
        }
    }

    /// Compares the keys that a shop saw, as its link names them, with this wallet's, and once more after asking the mint again.
    ///
    /// # Errors
    /// [`WalletError::OtherKeys`] if they differ: the mint may show somebody keys of their own. Anybody can write such a link, so this
    /// refuses one payment and says nothing else about the mint.
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

    /// Returns both sides of a comparison that [`check_keys_seen`](Self::check_keys_seen) refused, as JSON to keep or to send to
    /// somebody who watches over mints. It names the payment and nothing else of the wallet.
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

    /// Returns the activity that pays or has paid a payment from this wallet; `None` if nothing was paid and nothing is under
    /// way.
    pub fn activity_of_payment(&self, payment_id: &PaymentId) -> Option<Activity> {
        let state = self.state();
        let named = |activity: &&Activity| {
            activity.payment.as_ref().is_some_and(|paid| paid.payment_id == *payment_id)
                && activity.state != ActivityState::Cancelled
        };
        state.activity.values().find(named).cloned()
    }

    /// Returns the commitment to the key that claims refunds of a payment. The key comes from the seed, so a restored wallet has it too.
    fn refund_commitment(&self, payment_id: &PaymentId) -> Result<Base64Url, WalletError> {
        Ok(self.refund_secret(payment_id)?.commitment().as_slice().into())
    }

    /// Opens the sealed details of a payment with the key of its link. `None` if it has no details, or the link no key.
    ///
    /// # Errors
    /// [`WalletError::Details`] if they are not those of the payment, or mislead: then it must not be paid.
    pub fn details_of(
        &self,
        view: &PaymentView,
        key: Option<&DetailsKey>,
    ) -> Result<Option<Details>, WalletError> {
        details_of(view, key)
    }

    /// Pays a payment as the person has seen it, with a tip, and keeps the details that were shown. A payment that this
    /// wallet has paid, or may be paying, is never paid again: as [`Wallet::pay`], this settles unsettled payments
    /// first.
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
