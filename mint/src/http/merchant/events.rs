//! `GET /api/v1/merchant/events` and `/events/stream`.

use crate::events::{Subscription, Topic};
use crate::http::ApiError;
use crate::http::accounts::entry_number;
use crate::http::events::{KEEP_ALIVE, READ_TIMEOUT, UNBUFFERED};
use crate::http::query::StrictQuery;
use crate::service::{Caller, Mint};
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use ecash_core::AccountId;
use ecash_core::api_key::Scope;
use ecash_core::wire::{ErrorCode, EventList, MerchantEvent, Problem};
use futures_util::stream::unfold;
use serde::Deserialize;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct EventsQuery {
    /// The number of the last event that was read; absent: before the first.
    #[serde(default, deserialize_with = "entry_number")]
    after: Option<u64>,
    /// Events on one page, 1 to 100; absent: 100.
    limit: Option<u32>,
}

/// Returns the merchant's events after a number, in order and without gaps.
#[utoipa::path(get, path = "/api/v1/merchant/events", params(EventsQuery), security(("api_key" = ["read"])), responses(
    (status = 200, body = EventList),
    (status = 401, description = "`unauthorized`, `wrong_mode`", body = Problem),
    (status = 403, description = "`insufficient_scope`", body = Problem),
    (status = 410, description = "`events_gone`", body = Problem)))]
pub(super) async fn list(
    State(mint): State<Arc<Mint>>,
    caller: Caller,
    StrictQuery(query): StrictQuery<EventsQuery>,
) -> Result<Json<EventList>, ApiError> {
    let merchant_id = caller.may(Scope::Read)?;
    let EventsQuery { after, limit } = query;
    Ok(Json(mint.events_after(merchant_id, after.unwrap_or(0), limit).await?))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct StreamQuery {
    /// The number of the last event that was read; absent: only new events. `Last-Event-ID` takes precedence.
    #[serde(default, deserialize_with = "entry_number")]
    after: Option<u64>,
}

/// Sends the merchant's events as Server-Sent Events named `event`, whose id is the number.
#[utoipa::path(get, path = "/api/v1/merchant/events/stream", params(StreamQuery), security(("api_key" = ["read"])), responses(
    (status = 200, content_type = "text/event-stream", body = String),
    (status = 401, description = "`unauthorized`, `wrong_mode`", body = Problem),
    (status = 403, description = "`insufficient_scope`", body = Problem),
    (status = 410, description = "`events_gone`", body = Problem),
    (status = 503, description = "`overloaded`: poll `GET /api/v1/merchant/events` instead", body = Problem)))]
pub(super) async fn stream(
    State(mint): State<Arc<Mint>>,
    caller: Caller,
    headers: HeaderMap,
    StrictQuery(query): StrictQuery<StreamQuery>,
) -> Result<impl IntoResponse, ApiError> {
    let merchant_id = caller.may(Scope::Read)?.clone();
    // A client that reconnects sends the number of its last event.
    let resumed = headers.get("last-event-id").and_then(|value| value.to_str().ok()?.parse().ok());
    let subscription = mint.events().subscribe(Topic::Feed(merchant_id.clone()));
    let subscription = subscription.ok_or(ApiError::new(ErrorCode::Overloaded))?;
    let after = match resumed.or(query.after) {
        Some(after) => after,
        None => mint.newest_event(&merchant_id).await?,
    };
    // Read once before the response starts, so that `events_gone` can still be its status.
    let first = mint.events_after(&merchant_id, after, None).await?;
    let watch = Watch {
        closes_at: Instant::now() + MAX_STREAM,
        mint,
        subscription,
        merchant_id,
        after,
        unread: first.data.into(),
        has_more: first.has_more,
    };
    let stream = unfold(watch, |watch| watch.next());
    Ok(([UNBUFFERED], Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))))
}

/// Maximum lifetime of a stream. A client reconnects with the number of its last event, and its key is
/// checked again.
const MAX_STREAM: Duration = Duration::from_secs(300);

/// One client's stream.
struct Watch {
    closes_at: Instant,
    mint: Arc<Mint>,
    subscription: Subscription,
    merchant_id: AccountId,
    /// The number of the last event that was sent.
    after: u64,
    unread: VecDeque<MerchantEvent>,
    has_more: bool,
}

impl Watch {
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        loop {
            if let Some(event) = self.unread.pop_front() {
                self.after = event.number;
                // An event always serializes.
                let sent =
                    Event::default().event("event").id(event.number.to_string()).json_data(&event).ok()?;
                return Some((Ok(sent), self));
            }
            if !self.has_more && !timeout_at(self.closes_at, self.subscription.changed()).await.ok()? {
                return None;
            }
            let read = self.mint.events_after(&self.merchant_id, self.after, None);
            match timeout(READ_TIMEOUT, read).await {
                Ok(Ok(page)) => {
                    self.unread = page.data.into();
                    self.has_more = page.has_more;
                }
                // The ledger failed: read again at the next event or poll.
                Ok(Err(_)) | Err(_) => self.has_more = false,
            }
        }
    }
}
