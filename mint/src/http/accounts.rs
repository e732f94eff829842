//! `POST /api/v1/accounts` and `GET /api/v1/account`.

use super::body::JsonBody;
use super::credentials::Bearer;
use super::problem::{detached, detached_at};
use super::slots::CostlyRequest;
use super::{ApiError, AppState};
use crate::service::Mint;
use axum::Json;
use axum::extract::{Query, State};
use ecash_core::wire::{AccountResponse, ErrorCode, OpenAccountRequest, OpenAccountResponse, Problem};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use std::sync::Arc;

/// Opens an account, or returns the account that was opened with the same hash.
#[utoipa::path(post, path = "/api/v1/accounts", request_body = OpenAccountRequest, responses(
    (status = 200, body = OpenAccountResponse),
    (status = 400, description = "`malformed_request`", body = Problem),
    (status = 403, description = "`accounts_closed`", body = Problem),
    (status = 429, description = "`rate_limited`", body = Problem),
    (status = 503, description = "`overloaded`, `unavailable`", body = Problem)))]
pub(super) async fn open(
    State(state): State<AppState>,
    CostlyRequest { client, slot }: CostlyRequest,
    body: JsonBody<OpenAccountRequest>,
) -> Result<Json<OpenAccountResponse>, ApiError> {
    let hash = body.value.account_token_hash.map(|hash| <[u8; 32]>::try_from(hash.0)).transpose();
    let hash = hash.map_err(|_| {
        ApiError::malformed("a SHA-256 hash must have 32 bytes").in_field("account_token_hash")
    })?;
    let mint = state.mint;
    // A repeat opens no account, for example when a wallet is restored.
    if let Some(hash) = hash {
        let mint = mint.clone();
        if let Some(opened) = detached(async move { mint.opened_before(hash).await }).await? {
            return Ok(Json(opened));
        }
    }
    if !state.opens_accounts {
        return Err(ApiError::new(ErrorCode::AccountsClosed));
    }
    state.openings.take(&client, 1)?;
    detached_at(slot, async move { mint.open_account(hash).await }).await.map(Json)
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PageQuery {
    /// `next_before` of the previous page; absent: the first page.
    #[serde(default, deserialize_with = "entry_number")]
    pub(super) before: Option<u64>,
}

/// Reads the number of an entry or event, which the ledger stores as a signed 64-bit integer.
pub(super) fn entry_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let number = Option::<i64>::deserialize(deserializer)?;
    number.map(u64::try_from).transpose().map_err(|_| D::Error::custom("expected a non-negative number"))
}

/// Returns an account's balance and a page of its statement.
#[utoipa::path(get, path = "/api/v1/account", params(PageQuery), security(("account_token" = [])), responses(
    (status = 200, body = AccountResponse),
    (status = 401, description = "`unauthorized`", body = Problem)))]
pub(super) async fn show(
    State(mint): State<Arc<Mint>>,
    Bearer(token): Bearer,
    query: Result<Query<PageQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<AccountResponse>, ApiError> {
    let Query(page) = query.map_err(|_| ApiError::malformed("before must be a number").in_field("before"))?;
    let account = mint.authenticate(&token).await?;
    Ok(Json(mint.account(account, page.before).await?))
}
