//! `/api/v1/merchant/receipts.zip`

use super::export::{RunningExport, SpanQuery, attachment, begin};
use crate::http::query::StrictQuery;
use crate::http::{ApiError, AppState};
use crate::service::{Caller, Mint, PaymentQuery, ServiceError};
use axum::body::Body;
use axum::extract::State;
use axum::response::IntoResponse;
use ecash_core::receipt::SignedReceipt;
use ecash_core::wire::{ErrorCode, MerchantPayment, PaymentState, Problem};
use ecash_core::{AccountId, Timestamp};
use futures_util::stream::try_unfold;
use std::io::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

/// The longest span, in days. Limited, because the archive's list of contents is kept in memory until its
/// end.
const MAX_DAYS: u64 = 32;
/// Maximum number of files of one archive: their names and sums take about half a kilobyte each.
const MAX_FILES: usize = 50_000;
/// Number of payments whose receipts are read before the next part of the file is sent.
const PAGE: u32 = 50;

/// Returns the receipts of all payments that were created in a span of at most 32 days and paid, and of their
/// refunds. They are in one ZIP file: `DAY/receipt-ID.json` and `DAY/refund-ID-NUMBER.json`, the newest
/// payment first. Each can be verified without the mint. A truncated file lacks its list of contents. A
/// payment that was paid before this mint signed receipts has a text file instead.
#[utoipa::path(get, path = "/api/v1/merchant/receipts.zip", params(SpanQuery), security(("api_key" = ["read"])), responses(
    (status = 200, content_type = "application/zip", body = Vec<u8>),
    (status = 400, description = "`malformed_request`", body = Problem),
    (status = 401, description = "`unauthorized`, `wrong_mode`", body = Problem),
    (status = 403, description = "`insufficient_scope`", body = Problem),
    (status = 429, description = "`rate_limited`", body = Problem)))]
pub(super) async fn receipts(
    State(state): State<AppState>,
    caller: Caller,
    StrictQuery(query): StrictQuery<SpanQuery>,
) -> Result<impl IntoResponse, ApiError> {
    let (merchant_id, span, running) = begin(&state, &caller, &query)?;
    if span.from.plus_days(MAX_DAYS) < span.to {
        return Err(ApiError::malformed(format!("a span of receipts must be at most {MAX_DAYS} days"))
            .in_field("from"));
    }
    let query = PaymentQuery {
        state: Some(PaymentState::Paid),
        from: Some(span.from),
        to: Some(span.to),
        limit: Some(PAGE),
        ..PaymentQuery::default()
    };
    let written = Written::default();
    let archive = Archive {
        mint: state.mint,
        merchant_id: merchant_id.clone(),
        next: Some(query),
        zip: ZipWriter::new_stream(written.clone()),
        written,
        files: 0,
        _running: running,
    };
    let headers = attachment("application/zip", &format!("ecash-receipts-{}.zip", merchant_id.as_str()));
    Ok((headers, Body::from_stream(try_unfold(Some(archive), Archive::advance))))
}

/// A ZIP file that is written while the ledger is read.
struct Archive {
    mint: Arc<Mint>,
    merchant_id: AccountId,
    /// The next page of payments; `None` after the last.
    next: Option<PaymentQuery>,
    zip: ZipWriter<StreamWriter<Written>>,
    written: Written,
    files: usize,
    _running: RunningExport,
}

impl Archive {
    /// Returns the next bytes of the file. An error ends the response before the list of contents, so that a
    /// truncated file is recognizable.
    async fn advance(this: Option<Self>) -> Result<Option<(Vec<u8>, Option<Self>)>, ServiceError> {
        let Some(mut archive) = this else { return Ok(None) };
        let Some(query) = archive.next.take() else {
            let written = archive.written;
            archive.zip.finish().map_err(ServiceError::internal)?;
            return Ok(Some((written.take(), None)));
        };
        let page = archive.mint.merchant_payments(archive.merchant_id.clone(), query.clone()).await?;
        for payment in &page.data {
            archive.add(payment).await?;
        }
        archive.next = page.next_before.map(|before| PaymentQuery { before: Some(before), ..query });
        Ok(Some((archive.written.take(), Some(archive))))
    }

    /// Adds the receipt of a payment, and those of its refunds.
    async fn add(&mut self, payment: &MerchantPayment) -> Result<(), ServiceError> {
        let id = &payment.payment_id;
        let paid_at = payment.ended_at.unwrap_or(payment.created_at);
        let receipt = self.mint.receipt(id).await;
        self.write(&format!("receipt-{id}"), paid_at, receipt, ErrorCode::PaymentNotPaid)?;
        for refund in &payment.refunds {
            let receipt = self.mint.refund_receipt(id, refund.number).await;
            let name = format!("refund-{id}-{}", refund.number);
            self.write(&name, refund.created_at, receipt, ErrorCode::PaymentUnknown)?;
        }
        Ok(())
    }

    /// Writes one file. `if_unsigned` is the error code of an operation from before the mint signed receipts.
    fn write(
        &mut self,
        name: &str,
        at: Timestamp,
        receipt: Result<SignedReceipt, ServiceError>,
        if_unsigned: ErrorCode,
    ) -> Result<(), ServiceError> {
        self.files += 1;
        if self.files > MAX_FILES {
            return Err(ServiceError::internal(TooManyFiles));
        }
        let day: String = at.to_string().chars().take("2026-01-31".len()).collect();
        let (ending, content) = match receipt {
            Ok(receipt) => ("json", receipt.to_file()),
            Err(error) if error.is_refusal(if_unsigned) => {
                ("txt", "This was made before the mint signed receipts.\n".to_owned())
            }
            Err(error) => return Err(error),
        };
        // Store no modification time, so that the same span gives the same bytes.
        let options = SimpleFileOptions::DEFAULT.compression_method(CompressionMethod::Stored);
        self.zip.start_file(format!("{day}/{name}.{ending}"), options).map_err(ServiceError::internal)?;
        self.zip.write_all(content.as_bytes()).map_err(ServiceError::internal)
    }
}

/// Bytes that the archive has written and that are not sent yet.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The response ends before its list of contents. The shop must request a shorter span.
#[derive(Debug, thiserror::Error)]
#[error("more than {MAX_FILES} receipts were requested at once")]
struct TooManyFiles;
