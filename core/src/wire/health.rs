//! `GET /health`.

use crate::Timestamp;
use serde::{Deserialize, Serialize};

/// The state of the mint as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum RunState {
    /// The mint serves requests.
    Running,
    /// The mint cannot serve requests; at least one dependency is `down`.
    Unavailable,
}

/// The state of one dependency of the mint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum PartState {
    /// The dependency responds.
    Ok,
    /// The dependency does not respond in time, or reports an error.
    Down,
    /// This mint is configured without the dependency.
    NotUsed,
}

/// The response of `GET /health`, with status 200 or 503.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HealthResponse {
    /// State of the mint as a whole.
    pub status: RunState,
    /// State of the ledger's database.
    pub database: PartState,
    /// State of Redis, which holds the shared spent index.
    pub redis: PartState,
    /// State of the hardware token that holds the signing keys.
    pub hsm: PartState,
    /// Current time by the mint's clock.
    pub timestamp: Timestamp,
}
