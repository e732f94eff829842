//! The public listener. Each file holds one action: extract, call the service, respond.
//!
//! Rules of the API:
//! - Requests and responses are JSON; errors are problem documents, which only `problem` creates.
//! - Paths and queries hold no secrets, and there are no cookies.
//! - Only method, matched path, status, duration and error code are logged, never an address, a body or a
//!   header.

mod accounts;
mod body;
mod cancel;
mod client;
mod connections;
mod credentials;
mod docs;
mod events;
mod headers;
mod health;
mod keys;
mod limits;
mod links;
mod listener;
mod log;
mod merchant;
mod merchant_origin;
mod openapi;
mod operator;
mod payments;
mod problem;
mod query;
mod redeem;
mod refunds;
mod restore;
mod slots;
mod startup;
mod strict_json;
mod swap;
mod verify;
mod wallet_files;
mod withdraw;

pub(crate) use connections::ConnectionLimit;
pub(crate) use listener::http_server;
pub use operator::{dispatcher_router, operator_router};
pub use problem::ApiError;
pub use startup::{StartupRouter, startup, startup_for_operator};

use crate::service::Mint;
use crate::settings::Settings;
use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRef};
use axum::middleware::{from_fn, from_fn_with_state};
use client::{ClientKey, ClientKeys};
use limits::Allowance;
use merchant::Exports;
use slots::Slots;
use std::sync::Arc;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// State shared by all handlers.
#[derive(Clone)]
pub struct AppState {
    mint: Arc<Mint>,
    clients: Arc<ClientKeys>,
    signatures: Arc<Allowance<ClientKey>>,
    verifications: Arc<Allowance<ClientKey>>,
    /// Accounts that a client opens.
    openings: Arc<Allowance<ClientKey>>,
    /// `OPEN_ACCOUNTS`
    opens_accounts: bool,
    /// Operations that a client cancels.
    cancels: Arc<Allowance<ClientKey>>,
    /// Requests, by API key.
    keys: Arc<Allowance<String>>,
    /// Failed logins, by client.
    failures: Arc<Allowance<ClientKey>>,
    /// Payments of links, by client and link.
    links: Arc<Allowance<(ClientKey, String)>>,
    streams: Arc<Slots<ClientKey>>,
    costly: Arc<Slots<ClientKey>>,
    exports: Arc<Exports>,
}

impl FromRef<AppState> for Arc<Mint> {
    fn from_ref(state: &AppState) -> Self {
        state.mint.clone()
    }
}

/// Returns the routes and middleware of the public listener. Must be called within a tokio runtime.
pub fn router(mint: Arc<Mint>, settings: &Settings) -> Router {
    let (api, description) = api_router(mint.clone(), settings).split_for_parts();
    let description = openapi::complete(description);
    let merchant_origin = settings.merchant_origin.clone().map(Arc::new);
    let apart = from_fn_with_state(merchant_origin, merchant_origin::keep_apart);
    let files = wallet_files::router(&settings.wallet_dir).layer(apart);
    let pages = docs::router(&description);
    openapi::serve(api, description)
        .merge(pages)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .merge(files)
        .layer(headers::cors(&settings.cors_origins))
        .layer(from_fn_with_state(mint.clone(), problem::unless_ledger_is_lost))
        .layer(from_fn(problem::within_time))
        .layer(from_fn(headers::security))
        .layer(from_fn_with_state(mint, log::requests))
}

/// Returns the OpenAPI description, generated from the handlers.
#[must_use]
pub fn description() -> utoipa::openapi::OpenApi {
    let routes = OpenApiRouter::with_openapi(openapi::Description::openapi()).merge(routes_of_all());
    openapi::complete(routes.split_for_parts().1)
}

fn routes_of_all() -> OpenApiRouter<AppState> {
    public_routes().merge(limited_routes()).merge(withdraw_routes()).merge(merchant::routes())
}

fn public_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(health::health))
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
}

fn limited_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(keys::keys))
        .routes(routes!(keys::keyset))
        .routes(routes!(accounts::open))
        .routes(routes!(accounts::show))
        .routes(routes!(events::events))
        .routes(routes!(payments::payment))
        .routes(routes!(payments::events))
        .routes(routes!(payments::receipt))
        .routes(routes!(links::link))
        .routes(routes!(links::pay))
        .routes(routes!(refunds::claim))
        .routes(routes!(redeem::redeem))
        .routes(routes!(verify::verify))
        .routes(routes!(swap::swap))
        .routes(routes!(restore::restore))
        .routes(routes!(cancel::cancel))
}

fn withdraw_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(withdraw::withdraw))
}

fn api_router(mint: Arc<Mint>, settings: &Settings) -> OpenApiRouter {
    let rates = settings.limits;
    let clients = Arc::new(ClientKeys::new(mint.clone(), settings.trusted_proxies.clone()));
    let state = AppState {
        mint,
        clients: clients.clone(),
        signatures: Arc::new(Allowance::of_signatures(rates.signatures_per_second)),
        verifications: Arc::new(Allowance::of_verifications(rates.verifications_per_second)),
        openings: Arc::new(Allowance::of_openings(rates.accounts_per_minute)),
        keys: Arc::new(Allowance::of_requests(rates.merchant_requests_per_second)),
        links: Arc::new(Allowance::of_links()),
        exports: Arc::default(),
        opens_accounts: settings.opens_accounts,
        cancels: Arc::new(Allowance::of_requests(rates.withdrawals_per_second)),
        streams: Arc::new(Slots::of_streams(settings.live_listeners)),
        costly: Arc::new(Slots::new(settings.limits.concurrent_requests)),
        failures: Arc::new(Allowance::of_requests(rates.requests_per_second)),
    };
    // A shop's server sends requests for all of its payers, so it is limited by key. The limit by address
    // only bounds a single host.
    let shops = limits::requests(rates.merchant_requests_per_second.saturating_mul(2), clients.clone());
    let requests = limits::requests(rates.requests_per_second, clients.clone());
    let sites = limits::requests_of_sites(rates.requests_per_second, clients.clone());
    let withdrawals = limits::requests(rates.withdrawals_per_second, clients);
    OpenApiRouter::with_openapi(openapi::Description::openapi())
        .merge(withdraw_routes().layer(withdrawals))
        .merge(limited_routes())
        .layer(sites)
        .layer(requests)
        .merge(merchant::routes().layer(shops))
        .merge(public_routes())
        .layer(DefaultBodyLimit::max(ecash_core::wire::MAX_BODY_LEN))
        .with_state(state)
}
