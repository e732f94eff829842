//! Writes the records of a posting: payments, their ends and changes of merchants.

use super::statements;
use crate::changes::check_count;
use crate::columns::seconds;
use crate::engine::bind_all;
use crate::error::During as _;
use crate::row_changes::RowChange;
use crate::{Draft, KeysetStop, LedgerError, NewPayment, Record, Settlement};
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
            Record::KeysetStop(stop) => write_stop(connection, draft, stop).await?,
            other => {
                for change in other.row_changes(draft, statements::DIALECT) {
                    write_change(connection, &change).await?;
                }
            }
        }
    }
    Ok(())
}

async fn write_change(connection: &mut SqliteConnection, change: &RowChange<'_>) -> Result<(), LedgerError> {
    let query = bind_all!(sqlx::query(change.statement.sql), &change.parameters);
    let written = query.execute(connection).await.during(change.statement)?;
    change.one_row_of.map_or(Ok(()), |table| check_count(table, written.rows_affected(), 1))
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
