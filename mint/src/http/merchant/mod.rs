//! `/api/v1/merchant/…`: for the servers of merchants, authenticated by API key, and for the merchant's
//! owner, authenticated by account token.

mod endpoints;
mod events;
mod export;
mod keys;
mod links;
mod payments;
mod payouts;
mod play;
mod profile;
mod receipts;
mod table;

pub(super) use export::Exports;

use super::client::ClientKey;
use super::{ApiError, AppState};
use crate::service::{Caller, Mint};
use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use ecash_core::api_key::ApiKey;
use ecash_core::seed::AccountToken;
use ecash_core::wire::ErrorCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(profile::show, profile::update))
        .routes(routes!(profile::statement))
        .routes(routes!(export::takings))
        .routes(routes!(export::export))
        .routes(routes!(receipts::receipts))
        .routes(routes!(profile::add_domain, profile::remove_domain))
        .routes(routes!(payments::create, payments::list))
        .routes(routes!(payments::show))
        .routes(routes!(payments::cancel))
        .routes(routes!(payments::refund))
        .routes(routes!(play::pay))
        .routes(routes!(play::expire))
        .routes(routes!(payouts::create, payouts::list))
        .routes(routes!(events::list))
        .routes(routes!(events::stream))
        .routes(routes!(endpoints::create, endpoints::list))
        .routes(routes!(endpoints::update, endpoints::remove))
        .routes(routes!(endpoints::rotate))
        .routes(routes!(endpoints::test))
        .routes(routes!(endpoints::deliveries))
        .routes(routes!(endpoints::redeliver))
        .routes(routes!(links::create, links::list))
        .routes(routes!(links::update))
        .routes(routes!(keys::create, keys::list))
        .routes(routes!(keys::rotate))
        .routes(routes!(keys::revoke))
}

/// Authenticates `Authorization: Bearer <API key or account token>`. Requests with wrong credentials are
/// charged to the client's address, which limits guessing; all others are charged to the key.
impl FromRequestParts<AppState> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        match authenticate(parts, &state.mint).await {
            Ok(caller) => {
                state.keys.take(&caller.name().to_owned(), 1)?;
                Ok(caller)
            }
            // A failure of the mint is not a wrong guess.
            Err(error) if error.code() != ErrorCode::Unauthorized => Err(error),
            Err(error) => {
                let client = ClientKey::from_request_parts(parts, state).await?;
                state.failures.take(&client, 1)?;
                Err(error)
            }
        }
    }
}

async fn authenticate(parts: &Parts, mint: &Mint) -> Result<Caller, ApiError> {
    let unauthorized = || ApiError::new(ErrorCode::Unauthorized);
    let header = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let bearer = header.and_then(|text| text.strip_prefix("Bearer ")).ok_or_else(unauthorized)?;
    // Decided by the length, not by the prefix, because an account token may begin with the same characters.
    if let Some(key) = ApiKey::parse(bearer) {
        return Ok(mint.merchant_of_key(&key).await?);
    }
    let token = AccountToken::parse(bearer).ok_or_else(unauthorized)?;
    Ok(mint.merchant_of_token(&token).await?)
}
