//! Endpoints to which a merchant's events are sent, and the state of their deliveries.

use crate::service::page::Page;
use crate::service::{Mint, ServiceError};
use crate::webhooks::{WebhookKey, check_url};
use ecash_core::wire::{
    CreateEndpointRequest, DeliveryList, DeliveryState, DeliveryView, EndpointList, EndpointResponse,
    EndpointState, EndpointView, ErrorCode, RedeliverRequest, TEST_EVENT, UpdateEndpointRequest,
    WEBHOOK_EVENTS,
};
use ecash_core::{AccountId, EndpointId};
use ecash_ledger::{DeliveryRecord, EndpointRecord, Event, MerchantChange};
use serde_json::json;

/// Maximum number of endpoints of a merchant.
const MAX_ENDPOINTS: usize = 10;
/// How long deliveries are also signed with the previous secret after a rotation: one day.
const OVERLAP_S: u64 = 86_400;
/// Maximum number of events that one request redelivers.
const MAX_REDELIVERED: u64 = 1000;

impl Mint {
    /// Adds an endpoint, to which all later events are sent. Only this response holds its secret.
    ///
    /// # Errors
    /// [`ErrorCode::WebhookUrlRefused`], [`ErrorCode::TooManyEntries`], or [`ErrorCode::MalformedRequest`]
    /// for a kind of event that is not sent.
    pub async fn create_endpoint(
        &self,
        merchant_id: &AccountId,
        request: CreateEndpointRequest,
    ) -> Result<EndpointResponse, ServiceError> {
        self.check_endpoint(Some(&request.url), Some(&request.kinds))?;
        if self.deps.ledger.webhooks.endpoints(merchant_id).await?.len() >= MAX_ENDPOINTS {
            let detail = format!("a merchant has at most {MAX_ENDPOINTS} endpoints");
            return Err(ServiceError::refused_because(ErrorCode::TooManyEntries, detail));
        }
        let record = EndpointRecord {
            endpoint_id: EndpointId::from_random(&self.random_id()?),
            merchant_id: merchant_id.clone(),
            url: request.url,
            kinds: unique(request.kinds),
            secret_no: 1,
            secret_check: self.webhook_key()?.check(),
            old_secret_until: None,
            state: EndpointState::Enabled,
            failing_since: None,
            created_at: self.now(),
        };
        self.change_merchant(vec![MerchantChange::NewEndpoint(record.clone())], Vec::new()).await?;
        self.with_secret(record)
    }

    /// Returns a merchant's endpoints, the oldest first.
    ///
    /// # Errors
    /// The ledger's failure.
    pub async fn endpoints(&self, merchant_id: &AccountId) -> Result<EndpointList, ServiceError> {
        let endpoints = self.deps.ledger.webhooks.endpoints(merchant_id).await?;
        Ok(EndpointList { data: endpoints.into_iter().map(view_of).collect() })
    }

    /// Changes an endpoint. Absent fields are not changed.
    ///
    /// # Errors
    /// [`ErrorCode::EndpointUnknown`], and those of [`Self::create_endpoint`].
    pub async fn update_endpoint(
        &self,
        merchant_id: &AccountId,
        endpoint_id: &str,
        request: UpdateEndpointRequest,
    ) -> Result<EndpointView, ServiceError> {
        let UpdateEndpointRequest { url, kinds, state, send_missed } = request;
        self.check_endpoint(url.as_deref(), kinds.as_deref())?;
        if state == Some(EndpointState::Disabled) {
            let detail = "state must be enabled or paused";
            return Err(ServiceError::refused_because(ErrorCode::MalformedRequest, detail));
        }
        let old = self.endpoint(merchant_id, endpoint_id).await?;
        let (merchant_id, endpoint_id) = (old.merchant_id, old.endpoint_id);
        let mut changes = Vec::new();
        if state == Some(EndpointState::Enabled) && old.state != EndpointState::Enabled && !send_missed {
            changes.push(MerchantChange::SkipEvents {
                merchant_id: merchant_id.clone(),
                endpoint_id: endpoint_id.clone(),
            });
        }
        let kinds = kinds.map(|kinds| unique(kinds).join(","));
        let (merchant, id) = (merchant_id.clone(), endpoint_id.clone());
        changes.push(MerchantChange::ChangeEndpoint { merchant_id, endpoint_id, url, kinds, state });
        self.change_merchant(changes, Vec::new()).await?;
        Ok(view_of(self.endpoint(&merchant, id.as_str()).await?))
    }

    /// Rotates an endpoint's secret. For a day, deliveries are signed with both secrets, and rotating again
    /// returns the same new one.
    ///
    /// # Errors
    /// [`ErrorCode::EndpointUnknown`].
    pub async fn rotate_endpoint(
        &self,
        merchant_id: &AccountId,
        endpoint_id: &str,
    ) -> Result<EndpointResponse, ServiceError> {
        let old = self.endpoint(merchant_id, endpoint_id).await?;
        let secret_check = self.webhook_key()?.check();
        // A repeat whose response was lost: return the same secret, because the server may use it already.
        if old.secret_check == secret_check && old.old_secret_until.is_some_and(|until| self.now() < until) {
            return self.with_secret(old);
        }
        // A secret that was derived from another key cannot be computed, so it stops signing at once.
        let overlaps = old.secret_check == secret_check;
        let change = MerchantChange::RotateEndpoint {
            merchant_id: old.merchant_id,
            endpoint_id: old.endpoint_id,
            secret_no: old.secret_no.checked_add(1).ok_or_else(|| ServiceError::internal(NoSecretLeft))?,
            secret_check,
            old_secret_until: overlaps.then(|| self.now().plus_seconds(OVERLAP_S)),
        };
        self.change_merchant(vec![change], Vec::new()).await?;
        // Concurrent rotations: one wins, and both return its secret.
        self.with_secret(self.endpoint(merchant_id, endpoint_id).await?)
    }

    /// Removes an endpoint with its deliveries. Repeating it changes nothing.
    ///
    /// # Errors
    /// [`ErrorCode::EndpointUnknown`] for a text that is not an id.
    pub async fn drop_endpoint(
        &self,
        merchant_id: &AccountId,
        endpoint_id: &str,
    ) -> Result<(), ServiceError> {
        let endpoint_id =
            EndpointId::new(endpoint_id).map_err(|_| ServiceError::refused(ErrorCode::EndpointUnknown))?;
        let merchant_id = merchant_id.clone();
        self.change_merchant(vec![MerchantChange::DropEndpoint { merchant_id, endpoint_id }], Vec::new())
            .await
    }

    /// Sends an event of kind [`TEST_EVENT`] to one endpoint.
    ///
    /// # Errors
    /// [`ErrorCode::EndpointUnknown`], [`ErrorCode::EndpointNotEnabled`].
    pub async fn test_endpoint(
        &self,
        merchant_id: &AccountId,
        endpoint_id: &str,
    ) -> Result<(), ServiceError> {
        let endpoint = self.enabled_endpoint(merchant_id, endpoint_id).await?;
        self.change_merchant(Vec::new(), vec![endpoint_event(TEST_EVENT, &endpoint, endpoint.state)]).await
    }

    /// Returns a page of deliveries, the newest events first.
    ///
    /// # Errors
    /// [`ErrorCode::EndpointUnknown`], or [`ErrorCode::MalformedRequest`] for a limit of 0 or above 100.
    pub async fn deliveries(
        &self,
        merchant_id: &AccountId,
        endpoint_id: &str,
        before: Option<u64>,
        limit: Option<u32>,
    ) -> Result<DeliveryList, ServiceError> {
        let page = Page::new(limit)?;
        let endpoint = self.endpoint(merchant_id, endpoint_id).await?;
        let webhooks = &self.deps.ledger.webhooks;
        let before = before.unwrap_or(u64::MAX);
        let mut records = webhooks.deliveries(&endpoint.endpoint_id, before, page.to_read()).await?;
        let has_more = page.cut(&mut records);
        let next_before = records.last().filter(|_| has_more).map(|last| last.number);
        Ok(DeliveryList { data: records.into_iter().map(delivery_view).collect(), next_before })
    }

    /// Sends the events `first` to `last` again, also those that were delivered.
    ///
    /// # Errors
    /// [`ErrorCode::EndpointUnknown`], [`ErrorCode::EndpointNotEnabled`], or [`ErrorCode::MalformedRequest`]
    /// for a span that is empty or too long.
    pub async fn redeliver(
        &self,
        merchant_id: &AccountId,
        endpoint_id: &str,
        request: &RedeliverRequest,
    ) -> Result<(), ServiceError> {
        let first = request.first;
        let last = request.last.unwrap_or(first);
        if first == 0 || last < first || last - first >= MAX_REDELIVERED {
            let detail = format!(
                "first to last must span 1 to {MAX_REDELIVERED} events; the first event has number 1"
            );
            return Err(ServiceError::refused_because(ErrorCode::MalformedRequest, detail));
        }
        let endpoint = self.enabled_endpoint(merchant_id, endpoint_id).await?;
        self.deps.ledger.webhooks.redeliver(&endpoint.endpoint_id, first, last).await?;
        self.made_deliveries.notify_one();
        Ok(())
    }

    /// Disables or pauses an endpoint, and adds the event `endpoint.disabled`.
    pub(crate) async fn stop_endpoint(
        &self,
        endpoint: &EndpointRecord,
        state: EndpointState,
    ) -> Result<(), ServiceError> {
        let current = self.endpoint(&endpoint.merchant_id, endpoint.endpoint_id.as_str()).await;
        match current {
            // Another delivery or the merchant has stopped it already.
            Ok(current) if current.state != EndpointState::Enabled => return Ok(()),
            Err(ServiceError::Refused(_)) => return Ok(()),
            current => current?,
        };
        let change = MerchantChange::ChangeEndpoint {
            merchant_id: endpoint.merchant_id.clone(),
            endpoint_id: endpoint.endpoint_id.clone(),
            url: None,
            kinds: None,
            state: Some(state),
        };
        tracing::warn!(endpoint_id = %endpoint.endpoint_id, state = state.as_str(), "webhook endpoint stopped; sending nothing to it until its merchant enables it");
        self.change_merchant(vec![change], vec![endpoint_event("endpoint.disabled", endpoint, state)]).await
    }

    fn check_endpoint(&self, url: Option<&str>, kinds: Option<&[String]>) -> Result<(), ServiceError> {
        let webhooks = self.deps.webhooks.as_ref();
        let allowed = webhooks.map_or([].as_slice(), |webhooks| &webhooks.allowed);
        if let Some(Err(refused)) = url.map(|url| check_url(url, allowed)) {
            return Err(ServiceError::refused_because(ErrorCode::WebhookUrlRefused, refused.0));
        }
        let is_sent = |kind: &String| WEBHOOK_EVENTS.contains(&kind.as_str());
        let mut kinds = kinds.into_iter().flatten();
        match kinds.find(|kind| !is_sent(kind)) {
            None => Ok(()),
            Some(_) => {
                let detail = format!("kinds must name some of {}", WEBHOOK_EVENTS.join(", "));
                Err(ServiceError::refused_because(ErrorCode::MalformedRequest, detail))
            }
        }
    }

    async fn endpoint(
        &self,
        merchant_id: &AccountId,
        endpoint_id: &str,
    ) -> Result<EndpointRecord, ServiceError> {
        let endpoints = self.deps.ledger.webhooks.endpoints(merchant_id).await?;
        let endpoint = endpoints.into_iter().find(|endpoint| endpoint.endpoint_id.as_str() == endpoint_id);
        endpoint.ok_or(ServiceError::refused(ErrorCode::EndpointUnknown))
    }

    /// Returns the endpoint if it is enabled.
    async fn enabled_endpoint(
        &self,
        merchant_id: &AccountId,
        endpoint_id: &str,
    ) -> Result<EndpointRecord, ServiceError> {
        let endpoint = self.endpoint(merchant_id, endpoint_id).await?;
        match endpoint.state {
            EndpointState::Enabled => Ok(endpoint),
            _ => Err(ServiceError::refused(ErrorCode::EndpointNotEnabled)),
        }
    }

    fn webhook_key(&self) -> Result<&WebhookKey, ServiceError> {
        let webhooks = self.deps.webhooks.as_ref();
        webhooks
            .map(|webhooks| &webhooks.key)
            .ok_or_else(|| ServiceError::internal(crate::webhooks::NoWebhookKey))
    }

    fn with_secret(&self, record: EndpointRecord) -> Result<EndpointResponse, ServiceError> {
        let secret = self.webhook_key()?.secret(&record.endpoint_id, record.secret_no);
        let secret = secret.map_err(ServiceError::unavailable)?.to_text();
        Ok(EndpointResponse { view: view_of(record), secret })
    }
}

fn unique(mut kinds: Vec<String>) -> Vec<String> {
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

fn endpoint_event(kind: &'static str, endpoint: &EndpointRecord, state: EndpointState) -> Event {
    let payload = json!({ "endpoint_id": endpoint.endpoint_id, "url": endpoint.url, "state": state });
    Event { merchant_id: endpoint.merchant_id.clone(), kind, payload }
}

fn view_of(record: EndpointRecord) -> EndpointView {
    EndpointView {
        endpoint_id: record.endpoint_id,
        url: record.url,
        kinds: record.kinds,
        state: record.state,
        failing_since: record.failing_since,
        old_secret_until: record.old_secret_until,
        created_at: record.created_at,
    }
}

fn delivery_view(record: DeliveryRecord) -> DeliveryView {
    let is_scheduled = record.state == DeliveryState::Pending && record.next_at.unix_seconds() > 0;
    let last = record.last.as_ref();
    DeliveryView {
        number: record.number,
        kind: record.kind,
        payment_id: record.payment_id,
        state: record.state,
        attempts: record.attempts,
        next_at: is_scheduled.then_some(record.next_at),
        attempted_at: last.map(|last| last.at),
        http_status: last.and_then(|last| last.http_status),
        latency_ms: last.map(|last| last.latency_ms),
        error: record.last.and_then(|last| last.error),
    }
}

/// A rotation must not return the old secret as a new one.
#[derive(Debug, thiserror::Error)]
#[error("the secret numbers of the endpoint are exhausted")]
struct NoSecretLeft;
