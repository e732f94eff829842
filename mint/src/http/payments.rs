//! `GET /api/v1/payments/{payment_id}` and `/events`: the public view of a payment. The id is the capability,
//! so the view is readable from every origin, without credentials.

use super::client::ClientKey;
use super::events::{KEEP_ALIVE, READ_TIMEOUT, UNBUFFERED};
use super::query::StrictQuery;
use super::slots::Slot;
use super::{ApiError, AppState};
use crate::events::{Subscription, Topic};
use crate::service::Mint;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use ecash_core::PaymentId;
use ecash_core::receipt::{ReceiptBody, RefundReceiptBody};
use ecash_core::wire::{ErrorCode, PaymentState, PaymentView, Problem};
use futures_util::stream::unfold;
use serde::Deserialize;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};

/// How long a stream stays open after the payment ended, so that a client that reconnects sees the end again.
const LINGER: Duration = Duration::from_secs(60);

/// The media type of a receipt.
const RECEIPT_TYPE: &str = "application/vnd.ecash.receipt+json";

/// Returns the public view of a payment.
#[utoipa::path(get, path = "/api/v1/payments/{payment_id}", responses(
    (status = 200, body = PaymentView),
    (status = 404, description = "`payment_unknown`", body = Problem)))]
pub(super) async fn payment(
    State(mint): State<Arc<Mint>>,
    Path(payment_id): Path<String>,
) -> Result<impl IntoResponse, ApiError> {
    let view = read(&mint, &parse_id(&payment_id)?).await?;
    Ok(Json(view))
}

/// Sends the public view now and after each change, as Server-Sent Events named `payment` whose id is the
/// version. Ends 60 seconds after a final state.
#[utoipa::path(get, path = "/api/v1/payments/{payment_id}/events", responses(
    (status = 200, content_type = "text/event-stream", body = String),
    (status = 404, description = "`payment_unknown`", body = Problem),
    (status = 503, description = "`overloaded`: poll `GET /api/v1/payments/{payment_id}` instead", body = Problem)))]
pub(super) async fn events(
    State(AppState { mint, streams, .. }): State<AppState>,
    Path(payment_id): Path<String>,
    client: ClientKey,
) -> Result<impl IntoResponse, ApiError> {
    let payment_id = parse_id(&payment_id)?;
    let open = streams.take_or_refuse(client)?;
    // Only subscriptions to payments that exist may take a slot.
    read(&mint, &payment_id).await?;
    let topic = Topic::Payment(payment_id.clone());
    let subscription = mint.events().subscribe(topic).ok_or(ApiError::new(ErrorCode::Overloaded))?;
    // Read again: an end between the first read and the subscription caused no event here.
    let view = read(&mint, &payment_id).await?;
    let watch = Watch { mint, subscription, payment_id, view, sent: 0, closes_at: None, _open: open };
    let stream = unfold(watch, |watch| watch.next());
    let sse = Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    Ok(([UNBUFFERED], sse))
}

/// The content of a receipt. Declared for the OpenAPI description only.
#[derive(utoipa::ToSchema)]
#[schema(as = Receipt)]
#[serde(untagged)]
#[expect(dead_code, reason = "receipts are returned as they were signed")]
enum AnyReceipt {
    Payment(ReceiptBody),
    Refund(RefundReceiptBody),
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ReceiptQuery {
    /// Number of a refund, whose receipt is returned instead: `kind` is `refund`.
    #[param(minimum = 1, maximum = 64)]
    refund: Option<u8>,
}

/// Returns the receipt of a paid payment, or of one of its refunds, as a file that can be verified without
/// the mint.
#[utoipa::path(get, path = "/api/v1/payments/{payment_id}/receipt", params(ReceiptQuery), responses(
    (status = 200, content_type = "application/vnd.ecash.receipt+json", body = AnyReceipt),
    (status = 400, description = "`malformed_request`", body = Problem),
    (status = 404, description = "`payment_unknown`", body = Problem),
    (status = 409, description = "`payment_not_paid`", body = Problem)))]
pub(super) async fn receipt(
    State(mint): State<Arc<Mint>>,
    Path(payment_id): Path<String>,
    StrictQuery(query): StrictQuery<ReceiptQuery>,
) -> Result<impl IntoResponse, ApiError> {
    let payment_id = parse_id(&payment_id)?;
    let (receipt, name) = match query.refund {
        None => (mint.receipt(&payment_id).await?, format!("receipt-{payment_id}")),
        Some(number) => {
            (mint.refund_receipt(&payment_id, number).await?, format!("refund-{payment_id}-{number}"))
        }
    };
    let file = format!("attachment; filename=\"{name}.json\"");
    let headers = [(header::CONTENT_TYPE, RECEIPT_TYPE.to_owned()), (header::CONTENT_DISPOSITION, file)];
    Ok((headers, receipt.to_file()))
}

/// Reads the id in a path. A text that is not an id is an unknown payment.
pub(super) fn parse_id(payment_id: &str) -> Result<PaymentId, ApiError> {
    PaymentId::new(payment_id).map_err(|_| ApiError::new(ErrorCode::PaymentUnknown))
}

async fn read(mint: &Mint, payment_id: &PaymentId) -> Result<PaymentView, ApiError> {
    Ok(mint.payment_view(payment_id).await?)
}

/// One client's stream.
struct Watch {
    mint: Arc<Mint>,
    subscription: Subscription,
    payment_id: PaymentId,
    view: PaymentView,
    /// The version that was sent last; 0 before the first.
    sent: u32,
    /// Set once the final state was sent.
    closes_at: Option<Instant>,
    _open: Slot<ClientKey>,
}

impl Watch {
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        loop {
            if self.view.version > self.sent {
                self.sent = self.view.version;
                if self.view.state != PaymentState::Open {
                    self.closes_at = Some(Instant::now() + LINGER);
                }
                // A view always serializes.
                let event =
                    Event::default().event("payment").id(self.sent.to_string()).json_data(&self.view).ok()?;
                return Some((Ok(event), self));
            }
            let runs = match self.closes_at {
                Some(closes_at) => timeout_at(closes_at, self.subscription.changed()).await.ok()?,
                None => self.subscription.changed().await,
            };
            if !runs {
                return None;
            }
            // After a failure of the ledger: read again at the next event or poll.
            if let Ok(Ok(view)) = timeout(READ_TIMEOUT, read(&self.mint, &self.payment_id)).await {
                self.view = view;
            }
        }
    }
}
