//! `GET /api/v1/account/events`

use super::client::ClientKey;
use super::credentials::Bearer;
use super::slots::Slot;
use super::{ApiError, AppState};
use crate::events::{Subscription, Topic};
use crate::service::Mint;
use axum::extract::State;
use axum::http::HeaderName;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use ecash_core::Amount;
use ecash_core::wire::{ErrorCode, Problem};
use ecash_ledger::AccountRecord;
use futures_util::stream::unfold;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// Shorter than the idle timeout of common proxies.
pub(super) const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Timeout of a read; longer than the ledger waits for a lagging standby.
pub(super) const READ_TIMEOUT: Duration = Duration::from_secs(10);
/// Tells nginx to forward each event at once.
pub(super) const UNBUFFERED: (HeaderName, &str) = (HeaderName::from_static("x-accel-buffering"), "no");

/// Sends the account's balance now, and again whenever money comes in, as Server-Sent Events named `account`
/// with `account_id` and `balance`.
#[utoipa::path(get, path = "/api/v1/account/events", security(("account_token" = [])), responses(
    (status = 200, content_type = "text/event-stream", body = String),
    (status = 401, description = "`unauthorized`", body = Problem),
    (status = 503, description = "`overloaded`: poll `GET /api/v1/account` instead", body = Problem)))]
pub(super) async fn events(
    State(AppState { mint, streams, .. }): State<AppState>,
    Bearer(token): Bearer,
    client: ClientKey,
) -> Result<impl IntoResponse, ApiError> {
    let account = mint.authenticate(&token).await?;
    let open = streams.take_or_refuse(client)?;
    let subscription = mint
        .events()
        .subscribe(Topic::Account(account.account_id.clone()))
        .ok_or(ApiError::new(ErrorCode::Overloaded))?;
    // Read the balance again: a credit between the first read and the subscription caused no event here.
    let account = mint
        .account_from_standby(&account.account_id)
        .await?
        .ok_or(ApiError::new(ErrorCode::Unauthorized))?;
    let watch = Watch { mint, subscription, account, sent: None, _open: open };
    let stream = unfold(watch, |watch| watch.next());
    Ok(([UNBUFFERED], Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))))
}

/// One client's stream.
struct Watch {
    mint: Arc<Mint>,
    subscription: Subscription,
    account: AccountRecord,
    /// The balance that was sent last.
    sent: Option<Amount>,
    _open: Slot<ClientKey>,
}

impl Watch {
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        let account_id = self.account.account_id.clone();
        loop {
            if self.sent != Some(self.account.balance) {
                self.sent = Some(self.account.balance);
                let event = serde_json::json!({ "account_id": account_id, "balance": self.account.balance });
                return Some((Ok(Event::default().event("account").data(event.to_string())), self));
            }
            if !self.subscription.changed().await {
                return None;
            }
            match timeout(READ_TIMEOUT, self.mint.account_from_standby(&account_id)).await {
                Ok(Ok(Some(account))) => self.account = account,
                Ok(Ok(None)) => return None,
                // The ledger failed: read again at the next event or poll.
                Ok(Err(_)) | Err(_) => {}
            }
        }
    }
}
