//! Problem documents (RFC 9457): the only module that converts errors to responses.

use super::client::ClientKey;
use super::slots::Slot;
use crate::service::{Mint, ServiceError};
use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use ecash_core::wire::{ErrorCode, Problem, Verdict};
use ecash_environment::error_chain;
use std::sync::Arc;
use std::time::Duration;

/// Default of `Retry-After`, in seconds.
const RETRY_AFTER_S: u64 = 1;

/// An error response.
#[derive(Debug)]
pub struct ApiError {
    problem: Box<Problem>,
    retry_after_s: Option<u64>,
}

impl ApiError {
    /// Creates an error with this code, and with `Retry-After` if a retry may succeed.
    #[must_use]
    pub fn new(code: ErrorCode) -> Self {
        let problem = Problem::new(code);
        let retry = problem.verdict() == Verdict::Busy;
        Self { problem: Box::new(problem), retry_after_s: retry.then_some(RETRY_AFTER_S) }
    }

    /// Creates a `malformed_request` error with this detail.
    #[must_use]
    pub fn malformed(detail: impl Into<String>) -> Self {
        let problem = Problem::new(ErrorCode::MalformedRequest).with_detail(detail);
        Self { problem: Box::new(problem), retry_after_s: None }
    }

    /// Adds a message for a person.
    #[must_use]
    pub(super) fn because(mut self, detail: impl Into<String>) -> Self {
        self.problem.detail = Some(detail.into());
        self
    }

    /// Returns the error's code.
    pub(super) const fn code(&self) -> ErrorCode {
        self.problem.code
    }

    /// Names the invalid field by its path.
    #[must_use]
    pub fn in_field(mut self, field: impl Into<String>) -> Self {
        self.problem.field = Some(field.into());
        self
    }

    /// Sets `Retry-After`.
    #[must_use]
    pub const fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }
}

/// The error code of a response, passed to the request log.
#[derive(Debug, Clone, Copy)]
pub(super) struct ResponseCode(pub(super) ErrorCode);

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let code = self.problem.code;
        let mut response = (status, Json(*self.problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(ResponseCode(code));
        response
    }
}

impl From<ServiceError> for ApiError {
    /// Converts an error. Failures are logged here once, with all their sources; refusals are not failures.
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Refused(refusal) => {
                let mut problem = Problem::new(refusal.code);
                problem.detail = refusal.detail;
                problem.index = refusal.index;
                problem.payment_id = refusal.payment_id;
                Self { problem: Box::new(problem), retry_after_s: None }
            }
            ServiceError::Overloaded => Self::new(ErrorCode::Overloaded),
            ServiceError::Unavailable(source) => {
                tracing::error!(
                    error = error_chain(source.as_ref()),
                    "dependency failed; returning 503, the client retries"
                );
                Self::new(ErrorCode::Unavailable)
            }
            ServiceError::Internal(source) => {
                tracing::error!(
                    error = error_chain(source.as_ref()),
                    "bug or corrupt ledger; returning 500; run `ecash-mint audit` and report this line"
                );
                Self::new(ErrorCode::InternalError)
            }
        }
    }
}

/// Runs a money operation in a separate task, so that a client that disconnects does not cancel it halfway.
pub(super) async fn detached<T: Send + 'static>(
    operation: impl Future<Output = Result<T, ServiceError>> + Send + 'static,
) -> Result<T, ApiError> {
    match tokio::spawn(operation).await {
        Ok(result) => result.map_err(ApiError::from),
        Err(error) => Err(ServiceError::unavailable(error).into()),
    }
}

/// Like [`detached`]. The client's slot is released when the work is done, not when the client disconnects.
pub(super) async fn detached_at<T: Send + 'static>(
    slot: Slot<ClientKey>,
    operation: impl Future<Output = Result<T, ServiceError>> + Send + 'static,
) -> Result<T, ApiError> {
    let until_done = async move {
        let result = operation.await;
        drop(slot);
        result
    };
    detached(until_done).await
}

/// Maximum time until a response, whichever dependency hangs. A money operation continues in its own task,
/// and a repeat of the request returns its result.
const MAX_ANSWER_TIME: Duration = Duration::from_secs(30);

pub(super) async fn within_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(MAX_ANSWER_TIME, next.run(request)).await {
        Ok(response) => response,
        Err(_) => ApiError::new(ErrorCode::Unavailable).into_response(),
    }
}

/// Responds 503 to everything except health checks after the ledger's file was deleted or replaced.
pub(super) async fn unless_ledger_is_lost(
    State(mint): State<Arc<Mint>>,
    request: Request,
    next: Next,
) -> Response {
    if mint.has_lost_its_ledger() && !request.uri().path().starts_with("/health") {
        return ApiError::new(ErrorCode::Unavailable).into_response();
    }
    next.run(request).await
}

pub(super) async fn not_found() -> ApiError {
    ApiError::new(ErrorCode::NotFound)
}

pub(super) async fn method_not_allowed() -> ApiError {
    ApiError::new(ErrorCode::MethodNotAllowed)
}
