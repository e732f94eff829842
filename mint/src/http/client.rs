//! Clients for the limiters: an HMAC of the address under a secret that lives a day, so that no
//! address is kept and none can be told from a key.

use super::{ApiError, AppState};
use crate::service::Mint;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::Extensions;
use axum::http::request::Parts;
use ecash_core::wire::ErrorCode;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use tower_governor::GovernorError;
use tower_governor::key_extractor::KeyExtractor;

const DAY_S: u64 = 86_400;

/// A client, for counting its requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ClientKey([u8; 16]);

/// Makes client keys.
pub(super) struct ClientKeys {
    mint: Arc<Mint>,
    secret: Mutex<Option<(u64, [u8; 32])>>,
}

impl ClientKeys {
    pub(super) fn new(mint: Arc<Mint>) -> Self {
        Self { mint, secret: Mutex::new(None) }
    }

    fn key(&self, extensions: &Extensions) -> Option<ClientKey> {
        let ConnectInfo(address) = extensions.get::<ConnectInfo<SocketAddr>>()?;
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret_of_today()?).ok()?;
        match address.ip().to_canonical() {
            IpAddr::V4(ip) => mac.update(&ip.octets()),
            // A household has a /64.
            IpAddr::V6(ip) => mac.update(ip.octets().get(..8)?),
        }
        mac.finalize().into_bytes().get(..16)?.try_into().ok().map(ClientKey)
    }

    fn secret_of_today(&self) -> Option<[u8; 32]> {
        let today = self.mint.now().unix_seconds() / DAY_S;
        let mut secret = self.secret.lock().unwrap_or_else(PoisonError::into_inner);
        match *secret {
            Some((day, bytes)) if day == today => Some(bytes),
            _ => {
                let mut bytes = [0; 32];
                self.mint.parts.entropy.fill(&mut bytes).ok()?;
                *secret = Some((today, bytes));
                Some(bytes)
            }
        }
    }
}

/// For tower_governor.
#[derive(Clone)]
pub(super) struct ByClient(pub(super) Arc<ClientKeys>);

impl KeyExtractor for ByClient {
    type Key = ClientKey;

    fn extract<T>(&self, request: &axum::http::Request<T>) -> Result<ClientKey, GovernorError> {
        self.0.key(request.extensions()).ok_or(GovernorError::UnableToExtractKey)
    }
}

impl FromRequestParts<AppState> for ClientKey {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        state.clients.key(&parts.extensions).ok_or(ApiError::new(ErrorCode::Unavailable))
    }
}
