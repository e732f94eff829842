//! `POST /api/v1/cancel`.

use crate::idempotency::Route;
use serde::{Deserialize, Serialize};

/// The body of `POST /api/v1/cancel`, sent with the credentials and the `Idempotency-Key` of the original
/// request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CancelRequest {
    /// Route of the original request.
    pub route: Route,
}

/// The final state of the original request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum CancelState {
    /// The operation did not happen, and will not even if the original request arrives later.
    Cancelled,
    /// The operation was committed before the cancel request, and stays committed.
    Committed,
}

/// The response of `POST /api/v1/cancel`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CancelResponse {
    /// Final state of the original request.
    pub state: CancelState,
    /// Response of the committed operation, without its blind signatures; `POST /api/v1/restore` returns
    /// those. Absent if the operation was cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<serde_json::Value>,
}
