//! Payments, merchants, their events and the keys of receipts, over an [`Engine`].

use super::Engine;
use crate::columns::seconds;
use crate::feed::{EventRow, FEED_GAP, SpanRow};
use crate::links::LinkRow;
use crate::parameter::Parameter;
use crate::payouts::PayoutRow;
use crate::receipt_keys::ReceiptKeyRow;
use crate::rows::{ApiKeyRow, MerchantRow, PaymentRow, RefundRow, merchant};
use crate::statements::shared;
use crate::{
    ApiKeyRecord, EventRecord, Feed, FeedSpan, LedgerError, LinkRecord, MerchantRecord, Merchants,
    PaymentFilter, PaymentRecord, Payments, PayoutRecord, Payouts, ReceiptKeyRecord, ReceiptKeys,
    RefundRecord,
};
use async_trait::async_trait;
use ecash_core::wire::PaymentState;
use ecash_core::{AccountId, Amount, ApiKeyId, LinkId, PaymentId, PayoutId, Timestamp};

#[async_trait]
impl<E: Engine> Payments for E {
    async fn payment(&self, payment_id: &PaymentId) -> Result<Option<PaymentRecord>, LedgerError> {
        let parameters = [Parameter::Text(payment_id.as_str())];
        let row = self.fetch::<PaymentRow>(shared::PAYMENT, &parameters).await?.pop();
        let record: Option<PaymentRecord> = row.map(TryInto::try_into).transpose()?;
        if record.as_ref().is_some_and(|record| record.state != PaymentState::Open) {
            Engine::wait_for_standby(self).await?;
        }
        Ok(record)
    }

    async fn overdue(&self, at: Timestamp, limit: u32) -> Result<Vec<PaymentId>, LedgerError> {
        let parameters = [Parameter::Integer(seconds(at)), Parameter::Integer(i64::from(limit))];
        let rows: Vec<(String,)> = self.fetch(shared::OVERDUE_PAYMENTS, &parameters).await?;
        let id = |(id,): (String,)| PaymentId::new(id).map_err(|_| LedgerError::Corrupt("payment id"));
        rows.into_iter().map(id).collect()
    }

    async fn list(&self, filter: &PaymentFilter) -> Result<Vec<PaymentRecord>, LedgerError> {
        let rows = self.fetch::<PaymentRow>(E::STATEMENTS.payments_of_merchant, &filter.parameters()).await?;
        Engine::wait_for_standby(self).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    async fn of_order(
        &self,
        merchant_id: &AccountId,
        order_ref: &str,
    ) -> Result<Vec<PaymentRecord>, LedgerError> {
        let parameters = [Parameter::Text(merchant_id.as_str()), Parameter::Text(order_ref)];
        let rows = self.fetch::<PaymentRow>(shared::PAYMENTS_OF_ORDER, &parameters).await?;
        Engine::wait_for_standby(self).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    async fn open_count(&self, merchant_id: &AccountId) -> Result<u64, LedgerError> {
        let parameters = [Parameter::Text(merchant_id.as_str())];
        let rows: Vec<(i64,)> = self.fetch(shared::OPEN_PAYMENTS, &parameters).await?;
        let count = rows.first().and_then(|(count,)| u64::try_from(*count).ok());
        count.ok_or(LedgerError::Corrupt("count"))
    }

    async fn refunds(&self, payment_id: &PaymentId) -> Result<Vec<RefundRecord>, LedgerError> {
        let parameters = [Parameter::Text(payment_id.as_str())];
        let rows = self.fetch::<RefundRow>(shared::REFUNDS_OF_PAYMENT, &parameters).await?;
        Engine::wait_for_standby(self).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    async fn overdue_refunds(&self, at: Timestamp, limit: u32) -> Result<Vec<RefundRecord>, LedgerError> {
        let parameters = [Parameter::Integer(seconds(at)), Parameter::Integer(i64::from(limit))];
        let rows = self.fetch::<RefundRow>(shared::OVERDUE_REFUNDS, &parameters).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    async fn held_for_refunds(&self, merchant_id: &AccountId) -> Result<Amount, LedgerError> {
        let parameters = [Parameter::Text(merchant_id.as_str())];
        let rows: Vec<(i64,)> = self.fetch(E::STATEMENTS.held_for_refunds, &parameters).await?;
        let sum = rows.first().and_then(|(sum,)| u64::try_from(*sum).ok());
        sum.and_then(|sum| Amount::new(sum).ok()).ok_or(LedgerError::Corrupt("sum of refunds"))
    }
}

#[async_trait]
impl<E: Engine> Payouts for E {
    async fn payout(&self, payout_id: &PayoutId) -> Result<Option<PayoutRecord>, LedgerError> {
        let parameters = [Parameter::Text(payout_id.as_str())];
        let row = self.fetch::<PayoutRow>(shared::PAYOUT, &parameters).await?.pop();
        Engine::wait_for_standby(self).await?;
        row.map(TryInto::try_into).transpose()
    }

    async fn of_merchant(
        &self,
        merchant_id: &AccountId,
        before: Option<&PayoutId>,
        limit: u32,
    ) -> Result<Vec<PayoutRecord>, LedgerError> {
        let parameters = [
            Parameter::Text(merchant_id.as_str()),
            Parameter::Text(before.map_or("", PayoutId::as_str)),
            Parameter::Integer(i64::from(limit)),
        ];
        let rows = self.fetch::<PayoutRow>(shared::PAYOUTS_OF_MERCHANT, &parameters).await?;
        Engine::wait_for_standby(self).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    async fn open(
        &self,
        merchant_id: Option<&AccountId>,
        limit: u32,
    ) -> Result<Vec<PayoutRecord>, LedgerError> {
        let parameters = [
            Parameter::Text(merchant_id.map_or("", AccountId::as_str)),
            Parameter::Integer(i64::from(limit)),
        ];
        let rows = self.fetch::<PayoutRow>(shared::OPEN_PAYOUTS, &parameters).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }
}

#[async_trait]
impl<E: Engine> Merchants for E {
    async fn merchant(&self, merchant_id: &AccountId) -> Result<Option<MerchantRecord>, LedgerError> {
        let parameters = [Parameter::Text(merchant_id.as_str())];
        let rows = self.fetch::<MerchantRow>(shared::MERCHANT, &parameters).await?;
        merchant(merchant_id, rows)
    }

    async fn api_key(&self, secret_hash: [u8; 32]) -> Result<Option<ApiKeyRecord>, LedgerError> {
        let parameters = [Parameter::Bytes(&secret_hash)];
        let row = self.fetch::<ApiKeyRow>(shared::API_KEY_BY_HASH, &parameters).await?.pop();
        row.map(TryInto::try_into).transpose()
    }

    async fn api_keys(&self, merchant_id: &AccountId) -> Result<Vec<ApiKeyRecord>, LedgerError> {
        let parameters = [Parameter::Text(merchant_id.as_str())];
        let rows = self.fetch::<ApiKeyRow>(shared::API_KEYS_OF_MERCHANT, &parameters).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    async fn link(&self, link_id: &LinkId) -> Result<Option<LinkRecord>, LedgerError> {
        let parameters = [Parameter::Text(link_id.as_str())];
        let row = self.fetch::<LinkRow>(shared::LINK, &parameters).await?.pop();
        row.map(TryInto::try_into).transpose()
    }

    async fn links(&self, merchant_id: &AccountId) -> Result<Vec<LinkRecord>, LedgerError> {
        let parameters = [Parameter::Text(merchant_id.as_str())];
        let rows = self.fetch::<LinkRow>(shared::LINKS_OF_MERCHANT, &parameters).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    async fn mark_key_used(&self, key_id: &ApiKeyId, day: Timestamp) -> Result<(), LedgerError> {
        let parameters = [Parameter::Text(key_id.as_str()), Parameter::Integer(seconds(day))];
        self.execute(shared::MARK_API_KEY_USED, &parameters).await
    }
}

#[async_trait]
impl<E: Engine> Feed for E {
    async fn number_events(&self, limit: u32) -> Result<Vec<AccountId>, LedgerError> {
        let merchants = self.write_numbers(limit).await?;
        let name = |name: String| AccountId::new(name).map_err(|_| LedgerError::Corrupt("account id"));
        merchants.into_iter().map(name).collect()
    }

    async fn events(
        &self,
        merchant_id: &AccountId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<EventRecord>, LedgerError> {
        let parameters = [
            Parameter::Text(merchant_id.as_str()),
            // A number that does not fit is after every event.
            Parameter::Integer(i64::try_from(after).unwrap_or(i64::MAX)),
            Parameter::Integer(i64::from(limit)),
        ];
        let rows = self.fetch::<EventRow>(E::STATEMENTS.feed, &parameters).await?;
        Engine::wait_for_standby(self).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    async fn feed_span(&self, merchant_id: &AccountId) -> Result<Option<FeedSpan>, LedgerError> {
        let parameters = [Parameter::Text(merchant_id.as_str())];
        let row = self.fetch::<SpanRow>(shared::FEED_SPAN, &parameters).await?.pop();
        row.map_or(Ok(None), |row| row.span())
    }

    async fn leave_gap_in_feeds(&self) -> Result<(), LedgerError> {
        let parameters = [Parameter::Integer(FEED_GAP)];
        // The order matters. If the process stops between the two statements, endpoints receive their newest
        // event again but miss none.
        self.execute(shared::LEAVE_GAP_IN_FEEDS, &parameters).await?;
        self.execute(shared::FOLLOW_GAP, &parameters).await
    }

    async fn forget_events(&self, before: Timestamp, limit: u32) -> Result<(), LedgerError> {
        let parameters = [Parameter::Integer(seconds(before)), Parameter::Integer(i64::from(limit))];
        self.execute(shared::FORGET_EVENTS, &parameters).await
    }
}

#[async_trait]
impl<E: Engine> ReceiptKeys for E {
    async fn receipt_keys(&self) -> Result<Vec<ReceiptKeyRecord>, LedgerError> {
        let rows = self.fetch::<ReceiptKeyRow>(shared::RECEIPT_KEYS, &[]).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    async fn add_receipt_key(&self, number: u32, key: &ReceiptKeyRecord) -> Result<(), LedgerError> {
        let by_previous = key.by_previous.as_ref().map_or([].as_slice(), |signature| signature.as_slice());
        let parameters = [
            Parameter::Integer(i64::from(number)),
            Parameter::Bytes(&key.public_key),
            Parameter::Integer(seconds(key.from)),
            Parameter::Bytes(by_previous),
        ];
        self.execute(E::STATEMENTS.insert_receipt_key, &parameters).await
    }
}
