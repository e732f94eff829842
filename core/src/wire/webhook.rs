//! `/api/v1/merchant/endpoints/…`: addresses of a merchant's servers to which events are sent.

use crate::{EndpointId, PaymentId, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Names of the events that are sent to endpoints. Others are only in the feed.
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
/// The event that is sent to one endpoint to try it out.
pub const TEST_EVENT: &str = "endpoint.test";

/// Whether events are sent to an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum EndpointState {
    /// Events are sent.
    Enabled,
    /// The merchant paused it, or it answered 410 (Gone).
    Paused,
    /// It failed for five days.
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

/// What became of an event that is sent to an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It is sent at `next_at`, or waits for an earlier event of the same payment.
    Pending,
    /// The endpoint has answered with a status of 200 to 299.
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
    /// Where events are posted: an `https` address with a host name, on port 443 or one from 1024 on.
    pub url: String,
    /// Names of events, such as `payment.paid`. Absent or empty: every event that is sent, also those that come later.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<String>,
}

/// `PATCH /api/v1/merchant/endpoints/{id}`: what is absent stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UpdateEndpointRequest {
    /// Another address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Other events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kinds: Option<Vec<String>>,
    /// `paused` or `enabled`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<EndpointState>,
    /// When enabling: whether the events that it missed are sent now. They are in the feed in any case.
    #[serde(default)]
    pub send_missed: bool,
}

/// An endpoint without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EndpointView {
    /// Id of the endpoint.
    pub endpoint_id: EndpointId,
    /// Where events are posted.
    pub url: String,
    /// Names of the events that are sent; empty: all.
    pub kinds: Vec<String>,
    /// Whether events are sent.
    pub state: EndpointState,
    /// The first failure since the last success. After five days the endpoint is disabled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Timestamp>,
    /// Until then deliveries carry a signature with the previous secret too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_secret_until: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
}

/// An endpoint with its secret, which is in no other response.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EndpointResponse {
    /// The endpoint without its secret.
    #[serde(flatten)]
    pub view: EndpointView,
    /// `whsec_` and 32 bytes in base64: the key of the signatures of Standard Webhooks. Shown only now.
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
    /// The oldest first.
    pub data: Vec<EndpointView>,
}

/// `POST /api/v1/merchant/endpoints/{id}/redeliver`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RedeliverRequest {
    /// Number of the first event to send again.
    pub first: u64,
    /// Number of the last one, at most 1000 later; absent: the same.
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
    /// The payment that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<PaymentId>,
    /// What became of it.
    pub state: DeliveryState,
    /// Attempts so far.
    pub attempts: u32,
    /// While pending, the earliest next attempt. Absent: at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at: Option<Timestamp>,
    /// End of the last attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempted_at: Option<Timestamp>,
    /// Status of the last answer; absent if none came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
    /// Duration of the last attempt in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<u64>,
    /// Kind of the last failure: `status`, `timeout`, `tls`, `connection`, `address_refused` or `name_unknown`. Others may follow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// `GET /api/v1/merchant/endpoints/{id}/deliveries`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeliveryList {
    /// The newest events first.
    pub data: Vec<DeliveryView>,
    /// `before` of the next page; absent on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_before: Option<u64>,
}
