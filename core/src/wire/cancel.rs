//! `POST /api/v1/cancel`.

use crate::idempotency::Route;
use serde::{Deserialize, Serialize};

/// The body of `POST /api/v1/cancel`, sent with the original's credentials and Idempotency-Key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CancelRequest {
    /// Where the original was sent.
    pub route: Route,
}

/// What became of the original.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum CancelState {
    /// It never happened and never will.
    Cancelled,
    /// It had happened before.
    Committed,
}

/// The answer of `POST /api/v1/cancel`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CancelResponse {
    /// What became of the original.
    pub state: CancelState,
    /// What the original was answered, without its blind signatures: those are restored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<serde_json::Value>,
}
