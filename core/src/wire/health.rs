//! `GET /health`.

use crate::Timestamp;
use serde::{Deserialize, Serialize};

/// What the mint says of itself as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum RunState {
    /// It serves.
    Running,
    /// It cannot serve; a part below says why.
    Unavailable,
}

/// The state of one part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum PartState {
    /// It answers.
    Ok,
    /// It does not answer.
    Down,
    /// This mint runs without it.
    NotUsed,
}

/// The answer of `GET /health`, with 200 or 503.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HealthResponse {
    /// As a whole.
    pub status: RunState,
    /// The ledger.
    pub database: PartState,
    /// The shared spent index.
    pub redis: PartState,
    /// The hardware that holds the keys.
    pub hsm: PartState,
    /// Now, by the mint's clock.
    pub timestamp: Timestamp,
}
