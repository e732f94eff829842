//! Writes the records of a posting: payments, their ends and changes of merchants.

use super::statements;
use crate::changes::check_count;
use crate::columns::seconds;
use crate::engine::bind_all;
use crate::error::During as _;
use crate::{
    Draft, KeysetStop, LedgerError, MerchantChange, NewPayment, NewPayout, NewRefund, PayoutEnd, Record,
    RefundEnd, Settlement,
};
use ecash_core::keys::KeysetStatus;
use sqlx::SqliteConnection;

pub(super) async fn write_records(
    connection: &mut SqliteConnection,
    draft: &Draft,
) -> Result<(), LedgerError> {
    for record in &draft.records {
        match record {
            Record::NewPayment(payment) => write_payment(connection, draft, payment).await?,
            Record::Settlement(settlement) => write_settlement(connection, draft, settlement).await?,
            Record::NewRefund(refund) => write_refund(connection, draft, refund).await?,
            Record::RefundEnd(end) => write_refund_end(connection, draft, end).await?,
            Record::NewPayout(payout) => write_payout(connection, draft, payout).await?,
            Record::PayoutEnd(end) => write_payout_end(connection, draft, end).await?,
            Record::Merchant(change) => write_change(connection, change).await?,
            Record::KeysetStop(stop) => write_stop(connection, draft, stop).await?,
        }
    }
    Ok(())
}

async fn write_change(connection: &mut SqliteConnection, change: &MerchantChange) -> Result<(), LedgerError> {
    let (statement, parameters) = change.statement(statements::SHARED);
    let query = bind_all!(sqlx::query(statement.sql), &parameters);
    let written = query.execute(connection).await.during(statement)?;
    if change.changes_one_row() { check_count("merchant", written.rows_affected(), 1) } else { Ok(()) }
}

async fn write_stop(
    connection: &mut SqliteConnection,
    draft: &Draft,
    stop: &KeysetStop,
) -> Result<(), LedgerError> {
    sqlx::query(statements::INSERT_KEYSET_STOP.sql)
        .bind(stop.keyset_id.as_str())
        .bind(stop.status.as_str())
        .bind(draft.operation.id.as_bytes().as_slice())
        .bind(seconds(draft.operation.at))
        .execute(&mut *connection)
        .await
        .during(statements::INSERT_KEYSET_STOP)?;
    if stop.status != KeysetStatus::Revoked {
        return Ok(());
    }
    sqlx::query(statements::INSERT_RECOVERABLE.sql)
        .bind(stop.keyset_id.as_str())
        .execute(connection)
        .await
        .during(statements::INSERT_RECOVERABLE)?;
    Ok(())
}

async fn write_payment(
    connection: &mut SqliteConnection,
    draft: &Draft,
    payment: &NewPayment,
) -> Result<(), LedgerError> {
    sqlx::query(statements::INSERT_PAYMENT.sql)
        .bind(payment.payment_id.as_str())
        .bind(draft.operation.id.as_bytes().as_slice())
        .bind(payment.merchant_id.as_str())
        .bind(payment.amount.minor_signed())
        .bind(payment.tip_max.minor_signed())
        .bind(&payment.description)
        .bind(&payment.order_ref)
        .bind(payment.is_split)
        .bind(&payment.details_box)
        .bind(payment.details_hash.as_ref().map(<[u8; 32]>::as_slice))
        .bind(payment.metadata.as_ref().map(ToString::to_string))
        .bind(&payment.return_url)
        .bind(seconds(payment.created_at))
        .bind(seconds(payment.expires_at))
        .execute(&mut *connection)
        .await
        .during(statements::INSERT_PAYMENT)?;
    sqlx::query(statements::INSERT_OPEN_PAYMENT.sql)
        .bind(payment.payment_id.as_str())
        .bind(payment.merchant_id.as_str())
        .bind(seconds(payment.expires_at))
        .execute(connection)
        .await
        .during(statements::INSERT_OPEN_PAYMENT)?;
    Ok(())
}

async fn write_settlement(
    connection: &mut SqliteConnection,
    draft: &Draft,
    settlement: &Settlement,
) -> Result<(), LedgerError> {
    let closed = sqlx::query(statements::DELETE_OPEN_PAYMENT.sql)
        .bind(settlement.payment_id.as_str())
        .execute(&mut *connection)
        .await
        .during(statements::DELETE_OPEN_PAYMENT)?;
    // The claim was free, so the payment is open (P1, P6).
    check_count("open_payments", closed.rows_affected(), 1)?;
    sqlx::query(statements::INSERT_SETTLEMENT.sql)
        .bind(settlement.payment_id.as_str())
        .bind(draft.operation.id.as_bytes().as_slice())
        .bind(settlement.end.state().as_str())
        .bind(settlement.end.tip().minor_signed())
        .bind(settlement.end.refund_commitment().map(<[u8; 32]>::as_slice))
        .bind(seconds(draft.operation.at))
        .execute(connection)
        .await
        .during(statements::INSERT_SETTLEMENT)?;
    Ok(())
}

async fn write_refund(
    connection: &mut SqliteConnection,
    draft: &Draft,
    refund: &NewRefund,
) -> Result<(), LedgerError> {
    sqlx::query(statements::INSERT_REFUND.sql)
        .bind(refund.refund_id.as_str())
        .bind(draft.operation.id.as_bytes().as_slice())
        .bind(refund.payment_id.as_str())
        .bind(i64::from(refund.number))
        .bind(refund.amount.minor_signed())
        .bind(&refund.reason)
        .bind(seconds(draft.operation.at))
        .bind(seconds(refund.claim_until))
        .execute(&mut *connection)
        .await
        .during(statements::INSERT_REFUND)?;
    sqlx::query(statements::INSERT_OPEN_REFUND.sql)
        .bind(refund.refund_id.as_str())
        .bind(refund.merchant_id.as_str())
        .bind(seconds(refund.claim_until))
        .execute(connection)
        .await
        .during(statements::INSERT_OPEN_REFUND)?;
    Ok(())
}

async fn write_refund_end(
    connection: &mut SqliteConnection,
    draft: &Draft,
    end: &RefundEnd,
) -> Result<(), LedgerError> {
    let closed = sqlx::query(statements::DELETE_OPEN_REFUND.sql)
        .bind(end.refund_id.as_str())
        .execute(&mut *connection)
        .await
        .during(statements::DELETE_OPEN_REFUND)?;
    // The claim was free, so the refund is open.
    check_count("open_refunds", closed.rows_affected(), 1)?;
    sqlx::query(statements::INSERT_REFUND_END.sql)
        .bind(end.refund_id.as_str())
        .bind(draft.operation.id.as_bytes().as_slice())
        .bind(end.how())
        .bind(seconds(draft.operation.at))
        .execute(connection)
        .await
        .during(statements::INSERT_REFUND_END)?;
    Ok(())
}

async fn write_payout(
    connection: &mut SqliteConnection,
    draft: &Draft,
    payout: &NewPayout,
) -> Result<(), LedgerError> {
    let inserted = sqlx::query(statements::INSERT_PAYOUT.sql)
        .bind(payout.payout_id.as_str())
        .bind(draft.operation.id.as_bytes().as_slice())
        .bind(payout.merchant_id.as_str())
        .bind(payout.amount.minor_signed())
        .bind(&payout.reference)
        .bind(seconds(draft.operation.at))
        .execute(connection)
        .await;
    inserted.during(statements::INSERT_PAYOUT).map(drop)
}

async fn write_payout_end(
    connection: &mut SqliteConnection,
    draft: &Draft,
    end: &PayoutEnd,
) -> Result<(), LedgerError> {
    let inserted = sqlx::query(statements::INSERT_PAYOUT_END.sql)
        .bind(end.payout_id.as_str())
        .bind(draft.operation.id.as_bytes().as_slice())
        .bind(end.how())
        .bind(&end.external_reference)
        .bind(seconds(draft.operation.at))
        .execute(connection)
        .await;
    inserted.during(statements::INSERT_PAYOUT_END).map(drop)
}
