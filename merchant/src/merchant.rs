//! A merchant's account at one mint.

use crate::http::{Call, Http};
use crate::{Error, Order};
use ecash_core::api_key::ApiKey;
use ecash_core::denominations::nearest_payable;
use ecash_core::details::DetailsKey;
use ecash_core::idempotency::IdempotencyKey;
use ecash_core::keys::keys_seen_in;
use ecash_core::wire::{
    CreatePaymentRequest, CreatePayoutRequest, CreateRefundRequest, EventList, KeysResponse, MAX_ITEMS,
    MerchantEvent, MerchantPayment, MerchantResponse, PaymentList, PaymentState, PayoutView, RefundResponse,
};
use ecash_core::{Amount, Origin, PaymentId, Timestamp};
use reqwest::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use std::fmt;
use zeroize::Zeroizing;

/// A merchant's account at one mint, with an API key.
#[derive(Clone)]
pub struct Merchant {
    http: Http,
    mint: Origin,
    details_secret: Option<Zeroizing<[u8; 32]>>,
}

/// Selects the payments to list. The default selects all.
#[derive(Debug, Clone, Default)]
pub struct PaymentFilter {
    /// Only payments in this state.
    pub state: Option<PaymentState>,
    /// Only payments of this order.
    pub order_ref: Option<String>,
    /// Only payments created at this time or later.
    pub from: Option<Timestamp>,
    /// Only payments created before this time.
    pub to: Option<Timestamp>,
    /// Only payments whose id, order or description begins with this text.
    pub prefix: Option<String>,
}

impl Merchant {
    /// Connects to the mint at this URL with an API key. Sends nothing.
    ///
    /// # Errors
    /// [`Error::Misconfigured`] if the URL or the key is malformed.
    pub fn new(mint: &str, api_key: &str) -> Result<Self, Error> {
        let mint = Origin::new(mint.trim_end_matches('/'));
        let mint = mint.map_err(|_| {
            Error::Misconfigured("the mint's URL must be an origin such as https://mint.example")
        })?;
        let key = ApiKey::parse(api_key.trim());
        let key = key
            .ok_or(Error::Misconfigured("the API key is malformed or incomplete; it must begin with ek_"))?;
        Ok(Self { http: Http::new(mint.to_string(), key)?, mint, details_secret: None })
    }

    /// Sets the shop's secret from which the keys of order details are derived: at least 32 random bytes. The
    /// mint never sees it.
    ///
    /// # Errors
    /// [`Error::Misconfigured`] for a shorter secret.
    pub fn with_details_secret(mut self, secret: &[u8]) -> Result<Self, Error> {
        if secret.len() < 32 {
            return Err(Error::Misconfigured("the details secret must have at least 32 bytes"));
        }
        self.details_secret = Some(Zeroizing::new(Sha256::digest(secret).into()));
        Ok(self)
    }

    /// Returns the mint's URL.
    #[must_use]
    pub const fn mint(&self) -> &Origin {
        &self.mint
    }

    /// Fetches the merchant: its name, balance, domains, and the scopes of the API key.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn merchant(&self) -> Result<MerchantResponse, Error> {
        self.http.get("/merchant").await
    }

    /// Creates a payment. With an [`Order::order_ref`], an identical open payment of the order is returned
    /// instead.
    ///
    /// # Errors
    /// [`Error`]. After [`Error::Unreachable`] the payment may exist. A retry with the same `order_ref`
    /// returns it.
    pub async fn create_payment(&self, order: &Order) -> Result<MerchantPayment, Error> {
        let amount = Amount::new(order.amount_minor).map_err(|_| Error::NoAmount)?;
        let (details_key, sealed) = self.seal(order, amount)?;
        let keys = self.keys().await?;
        let request = CreatePaymentRequest {
            amount,
            description: order.description.clone(),
            order_ref: order.order_ref.clone(),
            split: order.is_split,
            tip_max: Amount::new(order.tip_max_minor).map_err(|_| Error::NoAmount)?,
            expires_in: order.expires_in_s,
            return_url: order.return_url.clone(),
            metadata: order.metadata.clone(),
            details_box: sealed.as_ref().map(|sealed| sealed.details_box.as_slice().into()),
            details_hash: sealed.as_ref().map(|sealed| sealed.details_hash.as_slice().into()),
            currency: Some(keys.currency.code.to_string()),
        };
        let mut payment: MerchantPayment = self.make("/merchant/payments", &request, &new_key()?).await?;
        // Add two values to the link that are never sent to the mint: the key of the details, and the hash of
        // the mint's keys that this server sees. The payer's wallet compares the hash with its own. A mint
        // that published different keys to one payer could recognize that payer's money.
        let seen = keys_seen_in(&keys.keysets, payment.created_at);
        let seen = ecash_core::base64url::encode(&seen);
        payment.checkout_url = link(&payment.checkout_url, &details_key, &seen);
        Ok(payment)
    }

    fn seal(
        &self,
        order: &Order,
        amount: Amount,
    ) -> Result<(String, Option<ecash_core::details::SealedDetails>), Error> {
        let Some(details) = &order.details else { return Ok((String::new(), None)) };
        details.check(amount)?;
        let plain = serde_json::to_vec(details).map_err(|_| Error::NotUnderstood)?;
        let key = match (&order.order_ref, &self.details_secret) {
            (Some(order_ref), Some(secret)) => DetailsKey::derive(secret, order_ref, &plain),
            (Some(_), None) => {
                return Err(Error::Misconfigured(
                    "details of an order need a secret; set it with with_details_secret",
                ));
            }
            (None, _) => DetailsKey::new(random()?),
        };
        Ok((key.to_link(), Some(key.seal(&plain)?)))
    }

    /// Fetches a payment.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn payment(&self, payment_id: &PaymentId) -> Result<MerchantPayment, Error> {
        self.http.get(&format!("/merchant/payments/{payment_id}")).await
    }

    /// Fetches a page of payments, newest first. Begins with the newest, or after the payment `before`.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn payments(
        &self,
        filter: &PaymentFilter,
        before: Option<&PaymentId>,
    ) -> Result<PaymentList, Error> {
        let parameters = [
            ("state", filter.state.map(|state| state.as_str().to_owned())),
            ("order_ref", filter.order_ref.clone()),
            ("from", filter.from.map(|at| at.to_string())),
            ("to", filter.to.map(|at| at.to_string())),
            ("q", filter.prefix.clone()),
            ("before", before.map(ToString::to_string)),
        ];
        let mut url = reqwest::Url::parse("http://query/").map_err(|_| Error::NotUnderstood)?;
        for (name, value) in parameters {
            if let Some(value) = value {
                url.query_pairs_mut().append_pair(name, &value);
            }
        }
        self.http.get(&format!("/merchant/payments?{}", url.query().unwrap_or_default())).await
    }

    /// Cancels an open payment. Idempotent.
    ///
    /// # Errors
    /// [`Error`], with the code `payment_paid` if the payment was already paid.
    pub async fn cancel(&self, payment_id: &PaymentId) -> Result<MerchantPayment, Error> {
        let path = format!("/merchant/payments/{payment_id}/cancel");
        self.http
            .send(&Call { method: Method::POST, path: &path, body: Some(&serde_json::json!({})), key: None })
            .await
    }

    /// Refunds an amount in minor units; `None` refunds the rest. Show the `refund_url` to the payer. Calls
    /// with the same key refund once.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn refund(
        &self,
        payment_id: &PaymentId,
        amount_minor: Option<u64>,
        reason: Option<&str>,
        key: &IdempotencyKey,
    ) -> Result<RefundResponse, Error> {
        let amount = amount_minor.map(Amount::new).transpose().map_err(|_| Error::NoAmount)?;
        let request = CreateRefundRequest { amount, reason: reason.map(str::to_owned) };
        self.make(&format!("/merchant/payments/{payment_id}/refunds"), &request, key).await
    }

    /// Requests a payout of takings by the operator. Calls with the same key request it once.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn payout(
        &self,
        amount_minor: u64,
        reference: Option<&str>,
        key: &IdempotencyKey,
    ) -> Result<PayoutView, Error> {
        let amount = Amount::new(amount_minor).map_err(|_| Error::NoAmount)?;
        let request = CreatePayoutRequest { amount, reference: reference.map(str::to_owned) };
        self.make("/merchant/payouts", &request, key).await
    }

    /// Generates an idempotency key for [`Self::refund`] or [`Self::payout`]. Store it before the call, so
    /// that a retry after a crash uses the same key.
    ///
    /// # Errors
    /// [`Error::NoEntropy`].
    pub fn new_key() -> Result<IdempotencyKey, Error> {
        new_key()
    }

    /// Fetches the events after a number, in order and without gaps, at most 100.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn events(&self, after: u64) -> Result<EventList, Error> {
        self.http.get(&format!("/merchant/events?after={after}")).await
    }

    /// Handles every event after the number `after`, including events whose webhook was lost. Returns the
    /// number of the last event handled, to pass to the next call. Call this every hour, in addition to
    /// handling webhooks.
    ///
    /// # Errors
    /// [`Error`], and the errors of `handle`. Earlier events were handled.
    pub async fn reconcile<E: From<Error>>(
        &self,
        after: u64,
        mut handle: impl AsyncFnMut(MerchantEvent) -> Result<(), E>,
    ) -> Result<u64, E> {
        let mut last = after;
        loop {
            let page = self.events(last).await?;
            for event in page.data {
                let number = event.number;
                handle(event).await?;
                last = number;
            }
            if !page.has_more {
                return Ok(last);
            }
        }
    }

    /// Fetches the mint's keys, currency and denominations.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn keys(&self) -> Result<KeysResponse, Error> {
        self.http.get("/keys").await
    }

    /// Formats minor units with the mint's currency: `12.50 EUR`.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn format(&self, amount_minor: u64) -> Result<String, Error> {
        let amount = Amount::new(amount_minor).map_err(|_| Error::NoAmount)?;
        Ok(self.keys().await?.currency.money(amount).to_string())
    }

    /// Returns the nearest amounts that wallets can pay exactly: the highest that is at most `amount_minor`,
    /// and the lowest that is at least `amount_minor`.
    ///
    /// # Errors
    /// [`Error::NotPayable`] if neither exists.
    pub async fn payable_around(&self, amount_minor: u64) -> Result<[Option<Amount>; 2], Error> {
        let amount = Amount::new(amount_minor).map_err(|_| Error::NoAmount)?;
        let denominations = self.keys().await?.denominations;
        match nearest_payable(amount, &denominations, MAX_ITEMS) {
            (None, None) => Err(Error::NotPayable),
            (below, above) => Ok([below, above]),
        }
    }

    /// Sends a request that creates something. The key makes retries create it only once.
    async fn make<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
        key: &IdempotencyKey,
    ) -> Result<T, Error> {
        self.http.send(&Call { method: Method::POST, path, body: Some(body), key: Some(key) }).await
    }

    pub(crate) async fn read<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        self.http.get(path).await
    }
}

impl fmt::Debug for Merchant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Merchant").field("mint", &self.mint).finish_non_exhaustive()
    }
}

/// Fills in the last two parts of a checkout URL, which the mint leaves empty.
fn link(checkout_url: &str, details_key: &str, seen: &str) -> String {
    let payment = checkout_url.strip_suffix("..").unwrap_or(checkout_url);
    format!("{payment}.{details_key}.{seen}")
}

fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| Error::NoEntropy)?;
    Ok(bytes)
}

fn new_key() -> Result<IdempotencyKey, Error> {
    Ok(IdempotencyKey::from_random(&random()?))
}
