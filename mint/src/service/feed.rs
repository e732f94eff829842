//! The feed of a merchant's events: every change of its payments and keys. Events are numbered without gaps,
//! so a shop's server that was offline continues where it stopped and misses nothing.

use super::page::Page;
use super::{Mint, ServiceError};
use crate::events::Topic;
use ecash_core::AccountId;
use ecash_core::wire::{ErrorCode, EventData, EventList, MerchantEvent};
use ecash_core::{PaymentId, Timestamp};
use ecash_environment::{FailureLog, error_chain};
use ecash_ledger::{EventRecord, LedgerError};
use futures_util::future::try_join_all;
use sha2::{Digest as _, Sha256};
use std::collections::HashSet;
use std::sync::Weak;
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// Events that get their numbers in one transaction.
const NUMBER_BATCH: u32 = 1000;
/// How often events without a number are polled. Events that this process writes are numbered at once.
const NUMBER_INTERVAL: Duration = Duration::from_secs(1);
/// `after` of a reader that requests only the newest number: 2^53 − 1.
const NEWEST_ONLY: u64 = (1 << 53) - 1;
/// How long events are kept: 90 days.
const KEPT_S: u64 = 90 * 86_400;
/// How often old events are deleted.
const CLEANING_INTERVAL: Duration = Duration::from_secs(60);
const CLEANING_BATCH: u32 = 1000;

impl Mint {
    /// Returns the merchant's events after a number, in order.
    ///
    /// # Errors
    /// [`ErrorCode::EventsGone`] if an event after that number was deleted, or the number is above the
    /// newest; [`ErrorCode::MalformedRequest`] for a limit of 0 or above 100.
    pub async fn events_after(
        &self,
        merchant_id: &AccountId,
        after: u64,
        limit: Option<u32>,
    ) -> Result<EventList, ServiceError> {
        let page = Page::new(limit)?;
        let feed = &self.deps.ledger.feed;
        let mut records = feed.events(merchant_id, after, page.to_read()).await?;
        // A gap shows that an event was deleted. Events before the gap can still be read.
        let whole =
            records.iter().zip(after.saturating_add(1)..).take_while(|(record, next)| record.number == *next);
        let whole = whole.count();
        if whole == 0 && !records.is_empty() {
            return Err(ServiceError::refused(ErrorCode::EventsGone));
        }
        let is_cut = whole < records.len();
        records.truncate(whole);
        let has_more = page.cut(&mut records) || is_cut;
        // Concurrently, as far as the connection pool allows, because each payment may wait for the standby.
        let data = try_join_all(records.into_iter().map(|record| self.event_of(merchant_id, record))).await?;
        // Read last, so that it is not below the number of any event above.
        let newest = self.newest_event(merchant_id).await?;
        // A reader beyond the newest number has read events that a restored backup lacks.
        if after > newest && after != NEWEST_ONLY {
            return Err(ServiceError::refused(ErrorCode::EventsGone));
        }
        Ok(EventList { data, has_more, newest })
    }

    /// Returns the number of the merchant's newest event; 0 if it has none.
    ///
    /// # Errors
    /// The ledger's failure.
    pub async fn newest_event(&self, merchant_id: &AccountId) -> Result<u64, ServiceError> {
        let span = self.deps.ledger.feed.feed_span(merchant_id).await?;
        Ok(span.map_or(0, |span| span.last))
    }

    /// Returns a merchant's event with the current state of its payment, or `None` if it was deleted.
    pub(crate) async fn event(
        &self,
        merchant_id: &AccountId,
        number: u64,
    ) -> Result<Option<MerchantEvent>, ServiceError> {
        let records = self.deps.ledger.feed.events(merchant_id, number.saturating_sub(1), 1).await?;
        match records.into_iter().find(|record| record.number == number) {
            Some(record) => self.event_of(merchant_id, record).await.map(Some),
            None => Ok(None),
        }
    }

    async fn event_of(
        &self,
        merchant_id: &AccountId,
        record: EventRecord,
    ) -> Result<MerchantEvent, ServiceError> {
        let EventRecord { number, operation_id, kind, payload, at } = record;
        let subject =
            |field: &str| payload.get(field).and_then(serde_json::Value::as_str).unwrap_or_default();
        let payment_id = PaymentId::new(subject("payment_id")).ok();
        let payment = match &payment_id {
            Some(payment_id) => Some(Box::new(self.merchant_payment(merchant_id, payment_id).await?)),
            None => None,
        };
        // An operation has at most one event of a kind about a payment or key, so the id is unique. It is
        // derived, so every mint computes the same one.
        let names = || ["key_id", "endpoint_id", "origin", "payout_id"].map(subject).concat();
        let about = payment_id.as_ref().map_or_else(names, |payment_id| payment_id.to_string());
        let id = Sha256::new_with_prefix(b"ecash/event/v1")
            .chain_update(operation_id.as_bytes())
            .chain_update([kind.len() as u8])
            .chain_update(kind.as_bytes())
            .chain_update(about.as_bytes())
            .finalize();
        let id = id.get(..16).map(ecash_core::base64url::encode).unwrap_or_default();
        let of = |prefix: &str| kind.starts_with(prefix).then(|| payload.clone());
        let (key, endpoint) = (of("key."), of("endpoint."));
        let (payout, domain) = (of("payout."), of("domain."));
        Ok(MerchantEvent {
            id: format!("evt_{id}"),
            number,
            kind,
            timestamp: at,
            data: EventData { payment, endpoint, payout, domain, key },
        })
    }

    /// Numbers the events that have no number yet, and notifies their subscribers. Idempotent; many processes
    /// may run it at the same time.
    ///
    /// # Errors
    /// The ledger's failure; the events are numbered at the next attempt.
    pub async fn number_events(&self) -> Result<(), LedgerError> {
        loop {
            let merchants = self.deps.ledger.feed.number_events(NUMBER_BATCH).await?;
            let has_more = merchants.len() == NUMBER_BATCH as usize;
            for merchant_id in merchants.into_iter().collect::<HashSet<_>>() {
                self.deps.events.publish(Topic::Feed(merchant_id));
            }
            if !has_more {
                // The ledger created deliveries together with the numbers.
                self.made_deliveries.notify_one();
                return Ok(());
            }
        }
    }

    /// Deletes events that are older than 90 days, oldest first and in batches.
    ///
    /// # Errors
    /// The ledger's failure.
    pub async fn forget_events(&self) -> Result<(), LedgerError> {
        let before = self.now().unix_seconds().saturating_sub(KEPT_S);
        self.deps.ledger.feed.forget_events(Timestamp::from_unix_seconds(before), CLEANING_BATCH).await
    }
}

/// Numbers events until the mint is dropped, and deletes old ones. Runs as a separate task, so that no
/// request cancels it halfway.
pub async fn number_events_forever(mint: Weak<Mint>) {
    let (mut failures, mut cleaned) = (FailureLog::default(), None::<Instant>);
    loop {
        let Some(strong) = mint.upgrade() else { return };
        let wrote = strong.wrote_events.clone();
        let result = strong.number_events().await;
        if cleaned.is_none_or(|cleaned| cleaned.elapsed() > CLEANING_INTERVAL) {
            cleaned = Some(Instant::now());
            if let Err(error) = strong.forget_events().await {
                tracing::error!(
                    error = error_chain(&error),
                    "deleting old events failed; retrying in a minute"
                );
            }
        }
        drop(strong);
        failures.record(result, "numbering the merchants' events failed; retrying every second");
        let _ = timeout(NUMBER_INTERVAL, wrote.notified()).await;
    }
}
