//! Endpoints, deliveries and domains to check, over an [`Engine`].

use super::Engine;
use crate::columns::seconds;
use crate::parameter::Parameter;
use crate::statements::shared;
use crate::webhooks::{DeliveryRow, DomainToCheckRow, EndpointRow};
use crate::{
    AttemptEnd, DeliveryRecord, DomainCheck, DomainToCheck, EVENT_GONE, EndpointRecord, LedgerError, Webhooks,
};
use async_trait::async_trait;
use ecash_core::{AccountId, EndpointId, Timestamp};

/// Converts an event number to a parameter. A number that does not fit becomes the maximum, which is after
/// every event.
fn number(number: u64) -> Parameter<'static> {
    Parameter::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

#[async_trait]
impl<E: Engine> Webhooks for E {
    async fn endpoints(&self, merchant_id: &AccountId) -> Result<Vec<EndpointRecord>, LedgerError> {
        let parameters = [Parameter::Text(merchant_id.as_str())];
        let rows = self.fetch::<EndpointRow>(shared::ENDPOINTS_OF_MERCHANT, &parameters).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    async fn endpoint(&self, endpoint_id: &EndpointId) -> Result<Option<EndpointRecord>, LedgerError> {
        let parameters = [Parameter::Text(endpoint_id.as_str())];
        let row = self.fetch::<EndpointRow>(shared::ENDPOINT, &parameters).await?.pop();
        row.map(TryInto::try_into).transpose()
    }

    async fn release(
        &self,
        endpoint_id: &EndpointId,
        of_number: u64,
        attempts: u32,
        next_at: Timestamp,
    ) -> Result<(), LedgerError> {
        let parameters = [
            Parameter::Text(endpoint_id.as_str()),
            number(of_number),
            Parameter::Integer(i64::from(attempts)),
            Parameter::Integer(seconds(next_at)),
        ];
        self.execute(shared::RELEASE_DELIVERY, &parameters).await
    }

    async fn due_endpoints(&self, at: Timestamp, limit: u32) -> Result<Vec<EndpointRecord>, LedgerError> {
        let parameters = [Parameter::Integer(seconds(at)), Parameter::Integer(i64::from(limit))];
        let rows = self.fetch::<EndpointRow>(shared::DUE_ENDPOINTS, &parameters).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    async fn begin_deliveries(
        &self,
        endpoint_id: &EndpointId,
        at: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<DeliveryRecord>, LedgerError> {
        let parameters = [
            Parameter::Text(endpoint_id.as_str()),
            Parameter::Integer(seconds(at)),
            Parameter::Integer(seconds(until)),
            Parameter::Integer(i64::from(limit)),
        ];
        let rows = self.fetch_written::<DeliveryRow>(E::STATEMENTS.begin_deliveries, &parameters).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    async fn end_attempt(&self, end: &AttemptEnd) -> Result<(), LedgerError> {
        let parameters = [
            Parameter::Text(end.endpoint_id.as_str()),
            number(end.number),
            Parameter::Integer(i64::from(end.attempts)),
            Parameter::Text(end.state.as_str()),
            Parameter::Integer(seconds(end.next_at)),
            Parameter::Integer(seconds(end.attempt.at)),
            Parameter::MaybeInteger(end.attempt.http_status.map(i64::from)),
            number(end.attempt.latency_ms),
            Parameter::MaybeText(end.attempt.error.as_deref()),
        ];
        self.execute(shared::END_ATTEMPT, &parameters).await?;
        if end.attempt.error.as_deref() == Some(EVENT_GONE) {
            // A deleted event is not a failure of the endpoint.
            return Ok(());
        }
        let failing_since = end.attempt.error.as_ref().map(|_| seconds(end.attempt.at));
        let parameters = [Parameter::Text(end.endpoint_id.as_str()), Parameter::MaybeInteger(failing_since)];
        self.execute(E::STATEMENTS.note_endpoint, &parameters).await
    }

    async fn deliveries(
        &self,
        endpoint_id: &EndpointId,
        before: u64,
        limit: u32,
    ) -> Result<Vec<DeliveryRecord>, LedgerError> {
        let parameters =
            [Parameter::Text(endpoint_id.as_str()), number(before), Parameter::Integer(i64::from(limit))];
        let rows = self.fetch::<DeliveryRow>(shared::DELIVERIES, &parameters).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    async fn redeliver(&self, endpoint_id: &EndpointId, first: u64, last: u64) -> Result<(), LedgerError> {
        let parameters = [Parameter::Text(endpoint_id.as_str()), number(first), number(last)];
        self.execute(E::STATEMENTS.redeliver, &parameters).await
    }

    async fn forget_deliveries(&self, before: Timestamp, limit: u32) -> Result<bool, LedgerError> {
        let limited = Parameter::Integer(i64::from(limit));
        let parameters = [Parameter::Integer(seconds(before)), limited.clone()];
        let old: Vec<(i64,)> = self.fetch_written(shared::FORGET_DELIVERIES, &parameters).await?;
        let removed: Vec<(i64,)> = self.fetch_written(shared::FORGET_REMOVED, &[limited]).await?;
        self.execute(shared::FORGET_ENDPOINTS, &[]).await?;
        Ok(old.len().max(removed.len()) >= limit as usize)
    }

    async fn domains_to_check(
        &self,
        at: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<DomainToCheck>, LedgerError> {
        let parameters = [
            Parameter::Integer(seconds(at)),
            Parameter::Integer(i64::from(limit)),
            Parameter::Integer(seconds(until)),
        ];
        let rows =
            self.fetch_written::<DomainToCheckRow>(E::STATEMENTS.domains_to_check, &parameters).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    async fn note_domain_check(&self, check: &DomainCheck) -> Result<(), LedgerError> {
        self.execute(shared::CHECK_DOMAIN, &check.parameters()).await
    }
}
