//! `GET /api/v1/keys` and `/api/v1/keys/{keyset_id}`.

use super::ApiError;
use crate::service::{DEMO_MERCHANT, Mint, ServiceError};
use axum::Json;
use axum::extract::{Path, Query, State};
use ecash_core::keys::Phase;
use ecash_core::wire::{ErrorCode, KeysResponse, KeysetInfo, Problem};
use ecash_core::{AccountId, Denomination, KeysetId};
use ecash_ledger::StoredKeyset;
use openssl::bn::BigNum;
use serde::Deserialize;
use std::sync::Arc;

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct KeysQuery {
    /// The denomination whose modulus is returned in decimal; absent: the smallest.
    denomination: Option<u64>,
}

/// Returns the institution's keys and denominations.
#[utoipa::path(get, path = "/api/v1/keys", params(KeysQuery), responses(
    (status = 200, body = KeysResponse),
    (status = 422, description = "`unsupported_denomination`, `key_not_issuing`", body = Problem)))]
pub(super) async fn keys(
    State(mint): State<Arc<Mint>>,
    query: Result<Query<KeysQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<KeysResponse>, ApiError> {
    let Query(query) =
        query.map_err(|_| ApiError::malformed("denomination must be a number").in_field("denomination"))?;
    let keyring = mint.keyring();
    let now = mint.now();
    // If no keyset issues, return the newest that has: its tokens can still be redeemed and swapped.
    let has_started = |stored: &&StoredKeyset| stored.keyset.dates.valid_from <= now;
    let shown_keyset = keyring.issuing(now).or(keyring.keysets().iter().rev().find(has_started));
    let issuing = &shown_keyset.ok_or(ApiError::new(ErrorCode::KeyNotIssuing))?.keyset;
    let shown = match query.denomination {
        Some(minor) => Denomination::new(minor).ok().and_then(|denomination| issuing.key_of(denomination)),
        None => issuing.keys.first(),
    };
    let shown = shown.ok_or(ApiError::new(ErrorCode::UnsupportedDenomination))?;
    let public_key_n = BigNum::from_slice(shown.public.n())
        .and_then(|n| n.to_dec_str())
        .map_err(ServiceError::unavailable)?
        .to_string();
    let keysets = keyring.keysets().iter().map(|stored| {
        let mut info = stored.keyset.to_wire(false);
        // Decided by the dates alone, because shops and wallets compare the keys of stopped and revoked
        // keysets too.
        if stored.ended || stored.keyset.dates.phase(now) >= Phase::Swappable {
            info.keys.clear();
        }
        info
    });
    Ok(Json(KeysResponse {
        key_id: issuing.keyset_id.clone(),
        institution_id: mint.identity().institution_id.clone(),
        public_key_n,
        public_key_e: ecash_core::rsabssa::E.to_string(),
        denominations: issuing.denominations(),
        currency: mint.identity().currency.clone(),
        default_merchant: mint.has_demo_funds().then(|| AccountId::new(DEMO_MERCHANT).ok()).flatten(),
        keysets: keysets.collect(),
        receipt_keys: mint.receipt_keys(),
    }))
}

/// Returns one keyset of any age, with the proofs of its keys.
#[utoipa::path(get, path = "/api/v1/keys/{keyset_id}", params(("keyset_id" = String, Path)), responses(
    (status = 200, body = KeysetInfo),
    (status = 422, description = "`unknown_key`", body = Problem)))]
pub(super) async fn keyset(
    State(mint): State<Arc<Mint>>,
    Path(keyset_id): Path<String>,
) -> Result<Json<KeysetInfo>, ApiError> {
    let keyring = mint.keyring();
    let keyset_id = KeysetId::new(keyset_id).map_err(|_| ApiError::new(ErrorCode::UnknownKey))?;
    let stored = keyring.keyset(&keyset_id).ok_or(ApiError::new(ErrorCode::UnknownKey))?;
    Ok(Json(stored.keyset.to_wire(true)))
}
