//! Endpoints to which a merchant's events are sent, the deliveries to them, and the domains to check.

use crate::LedgerError;
use crate::columns::{seconds, timestamp, unsigned};
use crate::parameter::Parameter;
use ecash_core::wire::{DeliveryState, EndpointState};
use ecash_core::{AccountId, EndpointId, Origin, PaymentId, Timestamp};

/// An address to which a merchant's events are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointRecord {
    /// A random id, unique.
    pub endpoint_id: EndpointId,
    /// The merchant whose events are sent.
    pub merchant_id: AccountId,
    /// URL to which events are posted.
    pub url: String,
    /// Names of the events that are sent; all if empty.
    pub kinds: Vec<String>,
    /// Number of the current secret, counted from 1.
    pub secret_no: u32,
    /// Identifies the webhook key from which the secret is derived.
    pub secret_check: [u8; 8],
    /// Time until which deliveries are also signed with the previous secret.
    pub old_secret_until: Option<Timestamp>,
    /// State of the endpoint, which decides whether events are sent.
    pub state: EndpointState,
    /// Time of the first failure after the last success.
    pub failing_since: Option<Timestamp>,
    /// Time at which the endpoint was created.
    pub created_at: Timestamp,
}

impl EndpointRecord {
    pub(crate) fn parameters(&self) -> Vec<Parameter<'_>> {
        vec![
            Parameter::Text(self.merchant_id.as_str()),
            Parameter::Text(self.endpoint_id.as_str()),
            Parameter::Text(&self.url),
            Parameter::OwnedText(self.kinds.join(",")),
            Parameter::Integer(i64::from(self.secret_no)),
            Parameter::Bytes(&self.secret_check),
            Parameter::MaybeInteger(self.old_secret_until.map(seconds)),
            Parameter::Text(self.state.as_str()),
            Parameter::Integer(seconds(self.created_at)),
        ]
    }
}

/// An event that was or will be sent to an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryRecord {
    /// Number of the event in the merchant's feed.
    pub number: u64,
    /// Name of the event.
    pub kind: String,
    /// The payment, if the event is about one.
    pub payment_id: Option<PaymentId>,
    /// Whether it waits, was delivered or failed.
    pub state: DeliveryState,
    /// Number of started attempts.
    pub attempts: u32,
    /// While pending, the earliest time of the next attempt.
    pub next_at: Timestamp,
    /// The last attempt that ended.
    pub last: Option<Attempt>,
}

/// The error of a delivery whose event was deleted.
pub const EVENT_GONE: &str = "event_gone";

/// An attempt to deliver an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Time at which the attempt ended.
    pub at: Timestamp,
    /// HTTP status of the response; `None` if there was no response.
    pub http_status: Option<u16>,
    /// Duration of the attempt in milliseconds.
    pub latency_ms: u64,
    /// Kind of the failure; `None` on success.
    pub error: Option<String>,
}

/// The result of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptEnd {
    /// The endpoint to which the event was sent.
    pub endpoint_id: EndpointId,
    /// Number of the event in the merchant's feed.
    pub number: u64,
    /// Number of the attempt, counted from 1. The result is ignored if a later attempt has started since.
    pub attempts: u32,
    /// New state of the delivery.
    pub state: DeliveryState,
    /// If it stays pending, the earliest time of the next attempt.
    pub next_at: Timestamp,
    /// Time and response of the attempt.
    pub attempt: Attempt,
}

/// A domain that is due for a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainToCheck {
    /// The merchant that has added it.
    pub merchant_id: AccountId,
    /// Scheme, host and port.
    pub origin: Origin,
    /// Whether an earlier check succeeded.
    pub is_verified: bool,
    /// Number of failed checks since the last success.
    pub failed_checks: u32,
}

/// The result of a domain check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainCheck {
    /// The merchant that has added it.
    pub merchant_id: AccountId,
    /// Scheme, host and port.
    pub origin: Origin,
    /// Whether the domain is now verified.
    pub is_verified: bool,
    /// Number of failed checks since the last success.
    pub failed_checks: u32,
    /// Time of the next check.
    pub check_at: Timestamp,
}

impl DomainCheck {
    pub(crate) fn parameters(&self) -> Vec<Parameter<'_>> {
        vec![
            Parameter::Text(self.merchant_id.as_str()),
            Parameter::Text(self.origin.as_str()),
            Parameter::Boolean(self.is_verified),
            Parameter::Integer(i64::from(self.failed_checks)),
            Parameter::Integer(seconds(self.check_at)),
        ]
    }
}

#[derive(sqlx::FromRow)]
pub(crate) struct EndpointRow {
    endpoint_id: String,
    merchant_id: String,
    url: String,
    kinds: String,
    secret_no: i64,
    secret_check: Vec<u8>,
    old_secret_until: Option<i64>,
    state: String,
    failing_since: Option<i64>,
    created_at: i64,
}

const CORRUPT_ENDPOINT: LedgerError = LedgerError::Corrupt("endpoint");
const CORRUPT_DELIVERY: LedgerError = LedgerError::Corrupt("delivery");
const CORRUPT_DOMAIN: LedgerError = LedgerError::Corrupt("domain");

impl TryFrom<EndpointRow> for EndpointRecord {
    type Error = LedgerError;
    fn try_from(row: EndpointRow) -> Result<Self, LedgerError> {
        Ok(Self {
            endpoint_id: EndpointId::new(row.endpoint_id).map_err(|_| CORRUPT_ENDPOINT)?,
            merchant_id: AccountId::new(row.merchant_id).map_err(|_| CORRUPT_ENDPOINT)?,
            url: row.url,
            kinds: row.kinds.split(',').filter(|kind| !kind.is_empty()).map(str::to_owned).collect(),
            secret_no: u32::try_from(row.secret_no).map_err(|_| CORRUPT_ENDPOINT)?,
            secret_check: row.secret_check.try_into().map_err(|_| CORRUPT_ENDPOINT)?,
            old_secret_until: row.old_secret_until.map(timestamp).transpose()?,
            state: EndpointState::parse(&row.state).ok_or(CORRUPT_ENDPOINT)?,
            failing_since: row.failing_since.map(timestamp).transpose()?,
            created_at: timestamp(row.created_at)?,
        })
    }
}

#[derive(sqlx::FromRow)]
pub(crate) struct DeliveryRow {
    number: i64,
    kind: String,
    payment_id: Option<String>,
    state: String,
    attempts: i64,
    next_at: i64,
    attempted_at: Option<i64>,
    http_status: Option<i64>,
    latency_ms: Option<i64>,
    error: Option<String>,
}

impl TryFrom<DeliveryRow> for DeliveryRecord {
    type Error = LedgerError;
    fn try_from(row: DeliveryRow) -> Result<Self, LedgerError> {
        let status = |status: i64| u16::try_from(status).map_err(|_| CORRUPT_DELIVERY);
        let attempt = |at: i64| {
            Ok(Attempt {
                at: timestamp(at)?,
                http_status: row.http_status.map(status).transpose()?,
                latency_ms: unsigned(row.latency_ms.unwrap_or_default(), "latency")?,
                error: row.error,
            })
        };
        Ok(Self {
            number: unsigned(row.number, "number of an event")?,
            kind: row.kind,
            payment_id: row.payment_id.map(PaymentId::new).transpose().map_err(|_| CORRUPT_DELIVERY)?,
            state: DeliveryState::parse(&row.state).ok_or(CORRUPT_DELIVERY)?,
            attempts: u32::try_from(row.attempts).map_err(|_| CORRUPT_DELIVERY)?,
            next_at: timestamp(row.next_at)?,
            last: row.attempted_at.map(attempt).transpose()?,
        })
    }
}

#[derive(sqlx::FromRow)]
pub(crate) struct DomainToCheckRow {
    merchant_id: String,
    origin: String,
    is_verified: bool,
    failed_checks: i64,
}

impl TryFrom<DomainToCheckRow> for DomainToCheck {
    type Error = LedgerError;
    fn try_from(row: DomainToCheckRow) -> Result<Self, LedgerError> {
        Ok(Self {
            merchant_id: AccountId::new(row.merchant_id).map_err(|_| CORRUPT_DOMAIN)?,
            origin: Origin::new(row.origin).map_err(|_| CORRUPT_DOMAIN)?,
            is_verified: row.is_verified,
            failed_checks: u32::try_from(row.failed_checks).map_err(|_| CORRUPT_DOMAIN)?,
        })
    }
}
