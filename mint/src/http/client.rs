//! Identifies clients for the rate limits by an HMAC of their address. The HMAC key is random and changes
//! daily, so that no address is stored or can be recovered.

use super::{ApiError, AppState};
use crate::service::Mint;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};
use ecash_core::wire::ErrorCode;
use hmac::{Hmac, KeyInit, Mac};
use ipnet::IpNet;
use sha2::Sha256;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use tower_governor::GovernorError;
use tower_governor::key_extractor::KeyExtractor;

const FORWARDED_FOR: &str = "x-forwarded-for";
const DAY_S: u64 = 86_400;

/// A /64, the usual allocation of one household or server.
const HOUSEHOLD_LEN: usize = 8;
/// A /48, the usual allocation of one organization: 65,536 households.
const SITE_LEN: usize = 6;

/// A client's pseudonym, the same for a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ClientKey([u8; 16]);

/// Derives client keys from requests.
pub(super) struct ClientKeys {
    mint: Arc<Mint>,
    trusted_proxies: Vec<IpNet>,
    /// Day since 1970, and the HMAC key of that day.
    secret: Mutex<Option<(u64, [u8; 32])>>,
}

impl ClientKeys {
    pub(super) fn new(mint: Arc<Mint>, trusted_proxies: Vec<IpNet>) -> Self {
        Self { mint, trusted_proxies, secret: Mutex::new(None) }
    }

    /// Returns the client's address: the peer's, or the one in `X-Forwarded-For` if the peer is a trusted
    /// proxy. Such a proxy overwrites the header with one address; if it holds anything else, the request
    /// counts for the proxy.
    fn address(&self, extensions: &Extensions, headers: &HeaderMap) -> Option<IpAddr> {
        let ConnectInfo(peer) = extensions.get::<ConnectInfo<SocketAddr>>()?;
        let peer = peer.ip().to_canonical();
        if !self.trusted_proxies.iter().any(|proxy| proxy.contains(&peer)) {
            return Some(peer);
        }
        let mut named = headers.get_all(FORWARDED_FOR).iter();
        match (named.next(), named.next()) {
            (Some(one), None) => Some(one.to_str().ok().and_then(|text| text.parse().ok()).unwrap_or(peer)),
            _ => Some(peer),
        }
    }

    /// Returns the pseudonym of the client's IPv4 address, or of the network of so many bytes that holds its
    /// IPv6 address.
    fn key(
        &self,
        extensions: &Extensions,
        headers: &HeaderMap,
        ipv6_network_len: usize,
    ) -> Option<ClientKey> {
        let address = self.address(extensions, headers)?;
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret_of_today()?).ok()?;
        match address.to_canonical() {
            IpAddr::V4(ip) => mac.update(&ip.octets()),
            IpAddr::V6(ip) => mac.update(ip.octets().get(..ipv6_network_len)?),
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
                self.mint.deps.entropy.fill(&mut bytes).ok()?;
                *secret = Some((today, bytes));
                Some(bytes)
            }
        }
    }
}

/// Lets `tower_governor` limit requests by [`ClientKey`], of households or of sites.
#[derive(Clone)]
pub(super) struct ByClient {
    clients: Arc<ClientKeys>,
    ipv6_network_len: usize,
}

impl ByClient {
    pub(super) const fn households(clients: Arc<ClientKeys>) -> Self {
        Self { clients, ipv6_network_len: HOUSEHOLD_LEN }
    }

    pub(super) const fn sites(clients: Arc<ClientKeys>) -> Self {
        Self { clients, ipv6_network_len: SITE_LEN }
    }
}

impl KeyExtractor for ByClient {
    type Key = ClientKey;

    fn extract<T>(&self, request: &axum::http::Request<T>) -> Result<ClientKey, GovernorError> {
        let key = self.clients.key(request.extensions(), request.headers(), self.ipv6_network_len);
        key.ok_or(GovernorError::UnableToExtractKey)
    }
}

impl FromRequestParts<AppState> for ClientKey {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let key = state.clients.key(&parts.extensions, &parts.headers, HOUSEHOLD_LEN);
        key.ok_or(ApiError::new(ErrorCode::Unavailable))
    }
}
