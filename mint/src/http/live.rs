//! `GET /api/v1/account/events`

use super::ApiError;
use super::credentials::Bearer;
use crate::live::Listener;
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

/// Shorter than any proxy's patience.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Longer than a standby that is somewhat behind.
const PATIENCE: Duration = Duration::from_secs(10);
/// nginx hands each event on at once.
const UNBUFFERED: (HeaderName, &str) = (HeaderName::from_static("x-accel-buffering"), "no");

/// Tells the account's balance now, and again whenever money comes in, as Server-Sent Events named `account`
/// with `account_id` and `balance`.
#[utoipa::path(get, path = "/api/v1/account/events", security(("account_token" = [])), responses(
    (status = 200, content_type = "text/event-stream", body = String),
    (status = 401, description = "`unauthorized`", body = Problem),
    (status = 503, description = "`overloaded`: ask `GET /api/v1/account` from time to time", body = Problem)))]
pub(super) async fn events(
    State(mint): State<Arc<Mint>>,
    Bearer(token): Bearer,
) -> Result<impl IntoResponse, ApiError> {
    let account = mint.authenticate(&token).await?;
    let listener = mint.live().listen(&account.account_id).ok_or(ApiError::new(ErrorCode::Overloaded))?;
    // Read again, now that nothing that comes between is missed.
    let account =
        mint.account_to_tell(&account.account_id).await?.ok_or(ApiError::new(ErrorCode::Unauthorized))?;
    let watch = Watch { mint, listener, account, told: None };
    let stream = unfold(watch, |watch| watch.next());
    Ok(([UNBUFFERED], Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))))
}

/// One client's stream.
struct Watch {
    mint: Arc<Mint>,
    listener: Listener,
    account: AccountRecord,
    /// The balance it was told last.
    told: Option<Amount>,
}

impl Watch {
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        let account_id = self.account.account_id.clone();
        loop {
            if self.told != Some(self.account.balance) {
                self.told = Some(self.account.balance);
                let news = serde_json::json!({ "account_id": account_id, "balance": self.account.balance });
                return Some((Ok(Event::default().event("account").data(news.to_string())), self));
            }
            if !self.listener.news().await {
                return None;
            }
            match timeout(PATIENCE, self.mint.account_to_tell(&account_id)).await {
                Ok(Ok(Some(account))) => self.account = account,
                Ok(Ok(None)) => return None,
                // A ledger that does not answer is asked again at the next news.
                Ok(Err(_)) | Err(_) => {}
            }
        }
    }
}
