//! Writes the records of a batch: payments, their ends and changes of merchants. The inserts cannot conflict,
//! because ids are random and earlier statements took the claims.

use super::batch::Batch;
use super::statements;
use crate::changes::check_count;
use crate::columns::seconds;
use crate::engine::bind_all;
use crate::error::During as _;
use crate::row_changes::RowChange;
use crate::{Draft, KeysetStop, LedgerError, NewPayment, Record, Settlement};
use ecash_core::keys::KeysetStatus;
use sqlx::PgConnection;

pub(super) async fn insert_records(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
) -> Result<(), LedgerError> {
    let (mut payments, mut settlements, mut stops, mut others) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for draft in batch.drafts() {
        for record in &draft.records {
            match record {
                Record::NewPayment(payment) => payments.push((draft, &**payment)),
                Record::Settlement(settlement) => settlements.push((draft, settlement)),
                Record::KeysetStop(stop) => stops.push((draft, stop)),
                other => others.push((draft, other)),
            }
        }
    }
    insert_payments(connection, &payments).await?;
    insert_settlements(connection, &settlements).await?;
    // By kind, so that every batch locks the tables in the same order.
    others.sort_by_key(|(_, record)| lock_order(record));
    for (draft, record) in others {
        for change in record.row_changes(draft, statements::DIALECT) {
            write_change(connection, &change).await?;
        }
    }
    for (draft, stop) in stops {
        write_stop(connection, draft, stop).await?;
    }
    Ok(())
}

/// The order in which the kinds of rare records are written.
const fn lock_order(record: &Record) -> u8 {
    match record {
        Record::NewRefund(_) => 0,
        Record::RefundEnd(_) => 1,
        Record::NewPayout(_) => 2,
        Record::PayoutEnd(_) => 3,
        Record::Merchant(_) | Record::NewPayment(_) | Record::Settlement(_) | Record::KeysetStop(_) => 4,
    }
}

async fn write_stop(
    connection: &mut PgConnection,
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
    // Waits for the batches that hold the keyset's shared lock, so that the sums below count them.
    sqlx::query(statements::LOCK_KEYSET.sql)
        .bind(statements::LOCK_CLASS)
        .bind(stop.keyset_id.as_str())
        .execute(&mut *connection)
        .await
        .during(statements::LOCK_KEYSET)?;
    sqlx::query(statements::INSERT_RECOVERABLE.sql)
        .bind(stop.keyset_id.as_str())
        .execute(connection)
        .await
        .during(statements::INSERT_RECOVERABLE)?;
    Ok(())
}

async fn write_change(connection: &mut PgConnection, change: &RowChange<'_>) -> Result<(), LedgerError> {
    let query = bind_all!(sqlx::query(change.statement.sql), &change.parameters);
    let written = query.execute(connection).await.during(change.statement)?;
    change.one_row_of.map_or(Ok(()), |table| check_count(table, written.rows_affected(), 1))
}

async fn insert_payments(
    connection: &mut PgConnection,
    payments: &[(&Draft, &NewPayment)],
) -> Result<(), LedgerError> {
    if payments.is_empty() {
        return Ok(());
    }
    let wanted = payments.len() as u64;
    let column = |value: fn(&NewPayment) -> &str| payments.iter().map(|(_, p)| value(p)).collect::<Vec<_>>();
    let numbers = |value: fn(&NewPayment) -> i64| payments.iter().map(|(_, p)| value(p)).collect::<Vec<_>>();
    let (ids, merchants) = (column(|p| p.payment_id.as_str()), column(|p| p.merchant_id.as_str()));
    let expires = numbers(|p| seconds(p.expires_at));
    let inserted = sqlx::query(statements::INSERT_PAYMENTS.sql)
        .bind(&ids)
        .bind(payments.iter().map(|(draft, _)| draft.operation.id.as_bytes().as_slice()).collect::<Vec<_>>())
        .bind(&merchants)
        .bind(numbers(|p| p.amount.minor_signed()))
        .bind(numbers(|p| p.tip_max.minor_signed()))
        .bind(column(|p| &p.description))
        .bind(payments.iter().map(|(_, p)| p.order_ref.as_deref()).collect::<Vec<_>>())
        .bind(payments.iter().map(|(_, p)| p.is_split).collect::<Vec<_>>())
        .bind(payments.iter().map(|(_, p)| p.details_box.as_deref()).collect::<Vec<_>>())
        .bind(
            payments
                .iter()
                .map(|(_, p)| p.details_hash.as_ref().map(<[u8; 32]>::as_slice))
                .collect::<Vec<_>>(),
        )
        .bind(payments.iter().map(|(_, p)| p.metadata.as_ref().map(ToString::to_string)).collect::<Vec<_>>())
        .bind(payments.iter().map(|(_, p)| p.return_url.as_deref()).collect::<Vec<_>>())
        .bind(numbers(|p| seconds(p.created_at)))
        .bind(&expires)
        .execute(&mut *connection)
        .await
        .during(statements::INSERT_PAYMENTS)?;
    check_count("payments", inserted.rows_affected(), wanted)?;
    let opened = sqlx::query(statements::INSERT_OPEN_PAYMENTS.sql)
        .bind(ids)
        .bind(merchants)
        .bind(expires)
        .execute(connection)
        .await
        .during(statements::INSERT_OPEN_PAYMENTS)?;
    check_count("open_payments", opened.rows_affected(), wanted)
}

async fn insert_settlements(
    connection: &mut PgConnection,
    settlements: &[(&Draft, &Settlement)],
) -> Result<(), LedgerError> {
    if settlements.is_empty() {
        return Ok(());
    }
    let wanted = settlements.len() as u64;
    let ids: Vec<_> = settlements.iter().map(|(_, settlement)| settlement.payment_id.as_str()).collect();
    let closed = sqlx::query(statements::DELETE_OPEN_PAYMENTS.sql)
        .bind(&ids)
        .execute(&mut *connection)
        .await
        .during(statements::DELETE_OPEN_PAYMENTS)?;
    // The claims were free, so all of these payments were open (P1, P6).
    check_count("open_payments", closed.rows_affected(), wanted)?;
    let commitment = |(_, settlement): &(&Draft, &Settlement)| {
        settlement.end.refund_commitment().map(|commitment| commitment.to_vec())
    };
    let inserted = sqlx::query(statements::INSERT_SETTLEMENTS.sql)
        .bind(ids)
        .bind(
            settlements.iter().map(|(draft, _)| draft.operation.id.as_bytes().as_slice()).collect::<Vec<_>>(),
        )
        .bind(settlements.iter().map(|(_, settlement)| settlement.end.state().as_str()).collect::<Vec<_>>())
        .bind(
            settlements.iter().map(|(_, settlement)| settlement.end.tip().minor_signed()).collect::<Vec<_>>(),
        )
        .bind(settlements.iter().map(commitment).collect::<Vec<_>>())
        .bind(settlements.iter().map(|(draft, _)| seconds(draft.operation.at)).collect::<Vec<_>>())
        .execute(connection)
        .await
        .during(statements::INSERT_SETTLEMENTS)?;
    check_count("settlements", inserted.rows_affected(), wanted)
}
