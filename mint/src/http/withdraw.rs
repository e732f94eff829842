//! `POST /api/v1/withdraw`.

use super::body::MoneyBody;
use super::credentials::{Bearer, MaybeKey};
use super::problem::detached_at;
use super::slots::CostlyRequest;
use super::{ApiError, AppState};
use crate::service::Received;
use axum::Json;
use axum::extract::State;
use ecash_core::idempotency::Route;
use ecash_core::wire::{Problem, WithdrawRequest, WithdrawResponse};

/// Withdraws: debits an account and returns blind signatures of the same value.
#[utoipa::path(post, path = "/api/v1/withdraw", request_body = WithdrawRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "22 to 64 characters of base64url")),
    security(("account_token" = [])), responses(
    (status = 200, body = WithdrawResponse),
    (status = 401, description = "`unauthorized`", body = Problem),
    (status = 409, description = "`blinded_token_already_signed`, `idempotency_key_reused`, `cancelled`", body = Problem),
    (status = 422, description = "refused; nothing changed", body = Problem),
    (status = 429, description = "`rate_limited`", body = Problem),
    (status = 503, description = "`overloaded`, `unavailable`", body = Problem)))]
pub(super) async fn withdraw(
    State(state): State<AppState>,
    CostlyRequest { client, slot }: CostlyRequest,
    Bearer(token): Bearer,
    MaybeKey(key): MaybeKey,
    body: MoneyBody<WithdrawRequest>,
) -> Result<Json<WithdrawResponse>, ApiError> {
    let mint = state.mint;
    let account = mint.authenticate(&token).await?;
    let request = body.value;
    let count =
        request.outputs.as_ref().map_or(0, Vec::len) + request.blinded_tokens.as_ref().map_or(0, Vec::len);
    state.signatures.take(&client, count)?;
    let received = Received::new(Route::Withdraw, Some(&account.account_id), key.as_ref(), body.digest);
    detached_at(slot, async move { mint.withdraw(received, &account, request).await }).await.map(Json)
}
