//! `/api/v1/merchant/endpoints/…`: addresses of a merchant's servers to which events are sent.

use crate::{EndpointId, PaymentId, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Names of the events that are sent to endpoints. All other events are only in the feed.
pub const WEBHOOK_EVENTS: [&str; 8] = [
    "payment.paid",
    "payment.cancelled",
    "payment.expired",
    "refund.created",
    "refund.claimed",
    "refund.returned",
    "payout.settled",
    "payout.rejected",
];
/// Name of the event that tests one endpoint.
pub const TEST_EVENT: &str = "endpoint.test";

/// The state of an endpoint, which decides whether events are sent to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum EndpointState {
    /// Events are sent.
    Enabled,
    /// The merchant paused it, or it responded with status 410 (Gone).
    Paused,
    /// All attempts failed for five days.
    Disabled,
}

impl EndpointState {
    /// Returns its name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Paused => "paused",
            Self::Disabled => "disabled",
        }
    }

    /// Parses the name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Enabled, Self::Paused, Self::Disabled].into_iter().find(|state| state.as_str() == name)
    }
}

/// The state of the delivery of an event to an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// The event will be sent at `next_at`, or after an earlier event of the same payment.
    Pending,
    /// The endpoint has responded with a status of 200 to 299.
    Delivered,
    /// All attempts failed, or the event was deleted.
    GivenUp,
}

impl DeliveryState {
    /// Returns its name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::GivenUp => "given_up",
        }
    }

    /// Parses the name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Pending, Self::Delivered, Self::GivenUp].into_iter().find(|state| state.as_str() == name)
    }
}

/// `POST /api/v1/merchant/endpoints`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateEndpointRequest {
    /// URL to which events are posted: `https`, with a host name, on port 443 or a port of at least 1024.
    pub url: String,
    /// Names of events, such as `payment.paid`. If absent or empty, all events are sent, including those that
    /// later versions add.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<String>,
}

/// `PATCH /api/v1/merchant/endpoints/{id}`: absent fields are not changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UpdateEndpointRequest {
    /// New URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// New list of events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kinds: Option<Vec<String>>,
    /// `paused` or `enabled`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<EndpointState>,
    /// When enabling, whether to send the missed events now. They are in the feed in any case.
    #[serde(default)]
    pub send_missed: bool,
}

/// An endpoint without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EndpointView {
    /// Id of the endpoint.
    pub endpoint_id: EndpointId,
    /// URL to which events are posted.
    pub url: String,
    /// Names of the events that are sent; all if empty.
    pub kinds: Vec<String>,
    /// State of the endpoint.
    pub state: EndpointState,
    /// Time of the first failure since the last success. The endpoint is disabled five days later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Timestamp>,
    /// Time until which deliveries are also signed with the previous secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_secret_until: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
}

/// An endpoint with its secret. No other response contains the secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EndpointResponse {
    /// The endpoint without its secret.
    #[serde(flatten)]
    pub view: EndpointView,
    /// `whsec_` and 32 bytes in base64: the key for Standard Webhooks signatures. Returned only once.
    pub secret: String,
}

impl fmt::Debug for EndpointResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EndpointResponse").field("view", &self.view).field("secret", &"secret").finish()
    }
}

/// `GET /api/v1/merchant/endpoints`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EndpointList {
    /// All endpoints, oldest first.
    pub data: Vec<EndpointView>,
}

/// `POST /api/v1/merchant/endpoints/{id}/redeliver`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RedeliverRequest {
    /// Number of the first event to send again.
    pub first: u64,
    /// Number of the last event, at most 1000 later. If absent, only the first event is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<u64>,
}

/// An event that was or will be sent to an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeliveryView {
    /// Number of the event in the merchant's feed.
    pub number: u64,
    /// Name of the event.
    #[serde(rename = "type")]
    pub kind: String,
    /// Id of the payment, if the event is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<PaymentId>,
    /// State of the delivery.
    pub state: DeliveryState,
    /// Number of attempts so far.
    pub attempts: u32,
    /// While pending, earliest time of the next attempt. If absent, the next attempt is due now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at: Option<Timestamp>,
    /// Time at which the last attempt ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempted_at: Option<Timestamp>,
    /// HTTP status of the last response; absent if there was no response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
    /// Duration of the last attempt in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<u64>,
    /// Kind of the last failure: `status`, `timeout`, `tls`, `connection`, `address_refused` or
    /// `name_unknown`. Later versions may add others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// `GET /api/v1/merchant/endpoints/{id}/deliveries`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeliveryList {
    /// Deliveries, newest events first.
    pub data: Vec<DeliveryView>,
    /// `before` of the next page; absent on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_before: Option<u64>,
}
