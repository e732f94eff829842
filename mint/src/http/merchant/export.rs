//! `/api/v1/merchant/takings` and `/api/v1/merchant/export.csv`

use super::table::Table;
use crate::http::query::StrictQuery;
use crate::http::{ApiError, AppState};
use crate::service::{Caller, Mint, MovementReader, ServiceError, TimeSpan};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use ecash_core::api_key::Scope;
use ecash_core::wire::{ErrorCode, Problem, TakingsResponse};
use ecash_core::{AccountId, Timestamp};
use futures_util::stream::try_unfold;
use serde::Deserialize;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Number of requests that an export is charged as, because it reads the whole account.
const EXPORT_COST: usize = 20;

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct SpanQuery {
    /// Start of the span, such as `2026-01-01T00:00:00Z`.
    #[param(value_type = String)]
    from: Timestamp,
    /// End of the span, exclusive; absent: the end of this minute.
    #[param(value_type = Option<String>)]
    to: Option<Timestamp>,
}

impl SpanQuery {
    fn span(&self, mint: &Mint) -> Result<TimeSpan, ServiceError> {
        // Stored times are rounded down to the minute.
        let end_of_minute = || mint.now().rounded_to_minute().plus_seconds(60);
        TimeSpan::new(self.from, self.to.unwrap_or_else(end_of_minute))
    }
}

/// Returns the merchant's takings in quarters of an hour, in a span of at most 32 days.
#[utoipa::path(get, path = "/api/v1/merchant/takings", params(SpanQuery), security(("api_key" = ["read"])), responses(
    (status = 200, body = TakingsResponse),
    (status = 400, description = "`malformed_request`", body = Problem),
    (status = 401, description = "`unauthorized`, `wrong_mode`", body = Problem),
    (status = 403, description = "`insufficient_scope`", body = Problem)))]
pub(super) async fn takings(
    State(mint): State<Arc<Mint>>,
    caller: Caller,
    StrictQuery(query): StrictQuery<SpanQuery>,
) -> Result<Json<TakingsResponse>, ApiError> {
    let merchant_id = caller.may(Scope::Read)?;
    Ok(Json(mint.takings(merchant_id, query.span(&mint)?).await?))
}

/// Returns every change of the merchant's balance in a span of time as CSV (RFC 4180, UTF-8 with a byte order
/// mark), one row each, oldest first. The first row is the opening balance and the last the closing balance;
/// a file without that row is incomplete. Texts that a spreadsheet would take for a formula begin with an
/// apostrophe. To a span that ended within the last hour, entries may still be added.
#[utoipa::path(get, path = "/api/v1/merchant/export.csv", params(SpanQuery), security(("api_key" = ["read"])), responses(
    (status = 200, content_type = "text/csv", body = String),
    (status = 400, description = "`malformed_request`", body = Problem),
    (status = 401, description = "`unauthorized`, `wrong_mode`", body = Problem),
    (status = 403, description = "`insufficient_scope`", body = Problem),
    (status = 429, description = "`rate_limited`", body = Problem)))]
pub(super) async fn export(
    State(state): State<AppState>,
    caller: Caller,
    StrictQuery(query): StrictQuery<SpanQuery>,
) -> Result<impl IntoResponse, ApiError> {
    let (merchant_id, span, running) = begin(&state, &caller, &query)?;
    let mint = state.mint;
    let (reader, balance_minor) = mint.movements_of(merchant_id, span).await?;
    let table = Table::new(mint.identity().currency.clone(), balance_minor);
    let export = Export { mint, reader, table, span, step: Step::Opening, _running: running };
    let name = format!("ecash-{}.csv", merchant_id.as_str());
    let headers = attachment("text/csv; charset=utf-8; header=present", &name);
    Ok((headers, Body::from_stream(try_unfold(export, Export::next))))
}

/// Starts an export. Charges it to the key's allowance, and rejects it if the merchant is reading another
/// one.
pub(super) fn begin<'a>(
    state: &AppState,
    caller: &'a Caller,
    query: &SpanQuery,
) -> Result<(&'a AccountId, TimeSpan, RunningExport), ApiError> {
    let merchant_id = caller.may(Scope::Read)?;
    state.keys.take_at_most(&caller.name().to_owned(), EXPORT_COST)?;
    let running = state.exports.begin(merchant_id)?;
    Ok((merchant_id, query.span(&state.mint)?, running))
}

/// Returns the headers of a file that a browser saves under this name.
pub(super) fn attachment(media_type: &str, name: &str) -> [(header::HeaderName, String); 3] {
    [
        (header::CONTENT_TYPE, media_type.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ]
}

/// A file that is written while the ledger is read.
struct Export {
    mint: Arc<Mint>,
    reader: MovementReader,
    table: Table,
    span: TimeSpan,
    step: Step,
    _running: RunningExport,
}

/// The merchants that are reading an export. Each export sums the whole account, so a merchant may read one
/// at a time.
#[derive(Default)]
pub(in crate::http) struct Exports(Mutex<HashSet<AccountId>>);

impl Exports {
    fn begin(self: &Arc<Self>, merchant_id: &AccountId) -> Result<RunningExport, ApiError> {
        if !self.merchants().insert(merchant_id.clone()) {
            return Err(ApiError::new(ErrorCode::RateLimited));
        }
        Ok(RunningExport { exports: self.clone(), merchant_id: merchant_id.clone() })
    }

    fn merchants(&self) -> MutexGuard<'_, HashSet<AccountId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An export in progress. It ends when this is dropped.
pub(super) struct RunningExport {
    exports: Arc<Exports>,
    merchant_id: AccountId,
}

impl Drop for RunningExport {
    fn drop(&mut self) {
        self.exports.merchants().remove(&self.merchant_id);
    }
}

enum Step {
    Opening,
    Movements,
    Done,
}

impl Export {
    /// Returns the next rows. An error ends the response before its last row, so that a truncated file is
    /// recognizable.
    async fn next(mut self) -> Result<Option<(Vec<u8>, Self)>, ServiceError> {
        let rows = match self.step {
            Step::Opening => {
                self.step = Step::Movements;
                self.table.opening(self.span.from)
            }
            Step::Movements => {
                let lines = self.mint.next_movements(&mut self.reader).await?;
                if lines.is_empty() {
                    self.step = Step::Done;
                    self.table.closing(self.span.to)
                } else {
                    self.table.movements(&lines)
                }
            }
            Step::Done => return Ok(None),
        };
        Ok(Some((rows.map_err(ServiceError::unavailable)?, self)))
    }
}
