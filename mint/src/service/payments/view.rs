//! Payments as payers and merchants see them.

use super::refund::{merchants_refund, public_refund};
use crate::service::page::Page;
use crate::service::{Mint, ServiceError};
use ecash_core::wire::{
    ErrorCode, MAX_SEARCH_CHARS, MerchantPayment, MerchantView, PaymentList, PaymentState, PaymentView,
};
use ecash_core::{AccountId, Origin, PaymentId, Timestamp, is_short_line};
use ecash_ledger::{MerchantRecord, PaymentFilter, PaymentRecord};
use futures_util::future::try_join_all;

/// A filter of a merchant's payments; the default matches all.
#[derive(Debug, Clone, Default)]
pub struct PaymentQuery {
    /// `next_before` of the previous page.
    pub before: Option<PaymentId>,
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
    /// Payments on one page, 1 to 100.
    pub limit: Option<u32>,
}

/// Counts the changes of a payment: its creation, its end, its refunds and their ends.
fn version(record: &PaymentRecord) -> u32 {
    let end = u32::from(record.state != PaymentState::Open);
    record.refunds.iter().fold(1 + end, |version, count| version + u32::from(*count))
}

impl Mint {
    /// Returns the public view of a payment.
    ///
    /// # Errors
    /// [`ErrorCode::PaymentUnknown`].
    pub async fn payment_view(&self, payment_id: &PaymentId) -> Result<PaymentView, ServiceError> {
        let record = self.payment(payment_id).await?;
        let refunds = self.refunds_of(&record).await?;
        let version = version(&record);
        let PaymentRecord { payment, state, .. } = record;
        let merchant = self.merchant(&payment.merchant_id).await?;
        Ok(PaymentView {
            payment_id: payment.payment_id,
            state,
            version,
            amount: payment.amount,
            tip_max: payment.tip_max,
            currency: self.identity().currency.clone(),
            description: payment.description,
            details_box: payment.details_box.map(Into::into),
            details_hash: payment.details_hash.map(|hash| hash.as_slice().into()),
            merchant: merchant_view(merchant, payment.return_url.as_deref()),
            created_at: payment.created_at,
            expires_at: payment.expires_at,
            refunds: refunds.into_iter().map(public_refund).collect(),
            demo: self.identity().currency.is_demo(),
            server_time: self.now(),
        })
    }

    /// Returns a payment as its merchant sees it.
    ///
    /// # Errors
    /// [`ErrorCode::PaymentUnknown`], also for another merchant's payment.
    pub async fn merchant_payment(
        &self,
        merchant_id: &AccountId,
        payment_id: &PaymentId,
    ) -> Result<MerchantPayment, ServiceError> {
        let record = self.own_payment(merchant_id, payment_id).await?;
        self.merchants_view(record, false).await
    }

    /// Returns a page of a merchant's payments, newest first.
    ///
    /// # Errors
    /// [`ErrorCode::MalformedRequest`] for a limit of 0 or above 100, or a text that no field can hold.
    pub async fn merchant_payments(
        &self,
        merchant_id: AccountId,
        query: PaymentQuery,
    ) -> Result<PaymentList, ServiceError> {
        let page = Page::new(query.limit)?;
        let PaymentQuery { before, state, order_ref, from, to, prefix, .. } = query;
        if [&order_ref, &prefix].into_iter().flatten().any(|text| !is_short_line(text, MAX_SEARCH_CHARS)) {
            let detail = format!(
                "order_ref and q must be one line of at most {MAX_SEARCH_CHARS} printable characters"
            );
            return Err(ServiceError::refused_because(ErrorCode::MalformedRequest, detail));
        }
        let filter =
            PaymentFilter { merchant_id, before, state, order_ref, from, to, prefix, limit: page.to_read() };
        let mut records = self.deps.ledger.payments.list(&filter).await?;
        let has_more = page.cut(&mut records);
        let next_before = records.last().filter(|_| has_more).map(|last| last.payment.payment_id.clone());
        let data = try_join_all(records.into_iter().map(|record| self.merchants_view(record, false))).await?;
        Ok(PaymentList { data, next_before })
    }

    pub(super) async fn merchants_view(
        &self,
        record: PaymentRecord,
        reused: bool,
    ) -> Result<MerchantPayment, ServiceError> {
        let refunds = self.refunds_of(&record).await?;
        let version = version(&record);
        let PaymentRecord { payment, state, tip, settled, .. } = record;
        let paid_by = settled.as_ref().filter(|_| state == PaymentState::Paid);
        let transaction_id = paid_by.map(|settled| settled.operation_id.transaction_id()).transpose();
        Ok(MerchantPayment {
            // The shop's server appends the key of the details and the hash of the keysets, which only it
            // knows.
            checkout_url: format!("{}/#pay={}..", self.deps.public_origin, payment.payment_id),
            payment_id: payment.payment_id,
            state,
            version,
            amount: payment.amount,
            tip_max: payment.tip_max,
            tip,
            currency: self.identity().currency.clone(),
            description: payment.description,
            order_ref: payment.order_ref,
            split: payment.is_split,
            return_url: payment.return_url,
            metadata: payment.metadata,
            details_box: payment.details_box.map(Into::into),
            details_hash: payment.details_hash.map(|hash| hash.as_slice().into()),
            created_at: payment.created_at,
            expires_at: payment.expires_at,
            ended_at: settled.map(|settled| settled.at),
            transaction_id: transaction_id.map_err(ServiceError::internal)?,
            refunds: refunds.into_iter().map(merchants_refund).collect(),
            reused,
        })
    }
}

/// Returns a merchant as payers see it, with the verified domain of `return_url`, or else the oldest verified
/// one.
pub(in crate::service) fn merchant_view(merchant: MerchantRecord, return_url: Option<&str>) -> MerchantView {
    let verified =
        || merchant.domains.iter().filter(|domain| domain.is_verified).map(|domain| &domain.origin);
    let returns = verified().find(|origin| return_url.is_some_and(|url| is_on(url, origin)));
    let origin = returns.or_else(|| verified().next()).cloned();
    MerchantView {
        merchant_id: merchant.merchant_id,
        name: merchant.name,
        verified: origin.is_some(),
        origin,
    }
}

/// Returns whether a URL is on this origin. Compares texts, so that no two parsers can disagree: an origin is
/// in lower case and without user or path, and must be followed by the path, the query, the fragment or
/// nothing.
pub(super) fn is_on(url: &str, origin: &Origin) -> bool {
    url.strip_prefix(origin.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_return_url_is_on_its_origin_and_on_no_other() {
        let origin = Origin::new("https://shop.example").unwrap();
        for good in ["https://shop.example", "https://shop.example/a?b#c", "https://shop.example?x"] {
            assert!(is_on(good, &origin), "{good}");
        }
        for bad in [
            "https://shop.example.evil.example/",
            "https://shop.example@evil.example/",
            "https://shop.example:8443/",
            "https://shop.example\\@evil.example/",
            "http://shop.example/",
            "https://SHOP.example/",
            "//shop.example/",
        ] {
            assert!(!is_on(bad, &origin), "{bad}");
        }
    }
}
