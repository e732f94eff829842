//! Limits of a payment's fields, and amounts that a wallet can pay.

use super::view::is_on;
use crate::service::{Mint, ServiceError};
use ecash_core::denominations::{payable_around, split};
use ecash_core::keys::{Keyset, Phase};
use ecash_core::wire::{ErrorCode, MAX_DESCRIPTION_CHARS, MAX_ITEMS, MAX_ORDER_REF_CHARS};
use ecash_core::{AccountId, Amount, Timestamp, is_localhost, is_short_line};
use ecash_ledger::{MerchantRecord, NewPayment};

/// How long a payment can be paid unless its merchant says otherwise, in seconds.
pub const DEFAULT_EXPIRY_S: u64 = 3600;
/// The longest time for paying, in seconds: 30 days.
const MAX_EXPIRY_S: u64 = 30 * 86_400;
/// The shortest time for paying, in seconds.
const MIN_EXPIRY_S: u64 = 60;
/// The shortest time for paying with play money, in seconds; short, so that a shop can test an expiry.
const MIN_DEMO_EXPIRY_S: u64 = 5;
const MAX_DETAILS_BOX_LEN: usize = 4096;
const MAX_METADATA_LEN: usize = 4096;
const MAX_RETURN_URL_CHARS: usize = 2048;

/// The payment that a merchant requests.
#[derive(Debug, Clone)]
pub struct PaymentOrder {
    /// The merchant that is paid.
    pub merchant_id: AccountId,
    /// The amount, which must be payable in the mint's denominations.
    pub amount: Amount,
    /// The highest tip; zero for none.
    pub tip_max: Amount,
    /// One line for the payer.
    pub description: String,
    /// The merchant's name of the order; at most one payment of it is paid.
    pub order_ref: Option<String>,
    /// Allows several payments of one order.
    pub is_split: bool,
    /// Encrypted details.
    pub details_box: Option<Vec<u8>>,
    /// Commitment to the details.
    pub details_hash: Option<[u8; 32]>,
    /// The merchant's own data.
    pub metadata: Option<serde_json::Value>,
    /// The page of the shop to go to after the payment.
    pub return_url: Option<String>,
    /// The time for paying, in seconds.
    pub expires_in_s: u64,
}

impl PaymentOrder {
    /// Returns whether an open payment is for the same.
    pub(super) fn is_asked_by(&self, payment: &NewPayment) -> bool {
        payment.amount == self.amount
            && payment.tip_max == self.tip_max
            && payment.description == self.description
            && payment.details_hash == self.details_hash
    }
}

impl Mint {
    /// Rejects an amount that a wallet could not pay exactly with tokens of a keyset that issues before the
    /// payment expires.
    pub(in crate::service) fn check_payable(
        &self,
        amount: Amount,
        created_at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), ServiceError> {
        let keyring = self.keyring();
        let issues = |keyset: &&Keyset| {
            keyset.phase(created_at) <= Phase::Issuing && keyset.dates.valid_from < expires_at
        };
        for keyset in keyring.keysets().iter().map(|stored| &stored.keyset).filter(issues) {
            let denominations = keyset.denominations();
            if split(amount, &denominations, MAX_ITEMS).is_none() {
                let (below, above) = payable_around(amount, &denominations, MAX_ITEMS);
                let next: Vec<_> =
                    [below, above].into_iter().flatten().map(|amount| self.money(amount)).collect();
                let next = next.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ");
                let detail = format!("nearest payable amounts: {next}");
                return Err(ServiceError::refused_because(ErrorCode::AmountNotPayable, detail));
            }
        }
        Ok(())
    }

    /// Rejects a return URL that is not on a verified domain of the merchant, because the wallet's page must
    /// not redirect payers to other sites. Play money may return to a developer's machine.
    pub(super) fn check_return_url(&self, merchant: &MerchantRecord, url: &str) -> Result<(), ServiceError> {
        let is_verified =
            merchant.domains.iter().any(|domain| domain.is_verified && is_on(url, &domain.origin));
        if is_verified || self.is_programmers_own(url) {
            return Ok(());
        }
        Err(ServiceError::refused(ErrorCode::ReturnUrlNotRegistered))
    }

    /// Returns whether a URL is on a developer's own machine, and the money is play money.
    pub(in crate::service) fn is_programmers_own(&self, url: &str) -> bool {
        self.identity().currency.is_demo() && is_localhost(url)
    }
}

/// Checks the limits of each field.
pub(super) fn check_fields(order: &PaymentOrder, is_demo: bool) -> Result<(), ServiceError> {
    let malformed = |what: String| Err(ServiceError::refused_because(ErrorCode::MalformedRequest, what));
    if order.amount.is_zero() {
        return malformed("amount must be greater than 0".to_owned());
    }
    if !is_short_line(&order.description, MAX_DESCRIPTION_CHARS) {
        return malformed(format!(
            "description must be one line of at most {MAX_DESCRIPTION_CHARS} characters"
        ));
    }
    let has_ref = |order_ref: &String| is_short_line(order_ref, MAX_ORDER_REF_CHARS) && !order_ref.is_empty();
    if !order.order_ref.as_ref().is_none_or(has_ref) {
        return malformed(format!("order_ref must have 1 to {MAX_ORDER_REF_CHARS} printable characters"));
    }
    if order.details_box.as_ref().is_some_and(|sealed| sealed.len() > MAX_DETAILS_BOX_LEN) {
        return malformed(format!("details_box must have at most {MAX_DETAILS_BOX_LEN} bytes"));
    }
    if order.metadata.as_ref().is_some_and(|metadata| metadata.to_string().len() > MAX_METADATA_LEN) {
        return malformed(format!("metadata must have at most {MAX_METADATA_LEN} bytes"));
    }
    if order.return_url.as_ref().is_some_and(|url| !is_short_line(url, MAX_RETURN_URL_CHARS)) {
        return malformed(format!(
            "return_url must have at most {MAX_RETURN_URL_CHARS} printable characters"
        ));
    }
    let min = if is_demo { MIN_DEMO_EXPIRY_S } else { MIN_EXPIRY_S };
    if !(min..=MAX_EXPIRY_S).contains(&order.expires_in_s) {
        return malformed(format!("expires_in must be {min} seconds to {} days", MAX_EXPIRY_S / 86_400));
    }
    Ok(())
}
