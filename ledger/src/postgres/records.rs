//! Writes the records of a batch: payments, their ends and changes of merchants. The inserts cannot conflict,
//! because ids are random and earlier statements took the claims.

use super::batch::Batch;
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
use sqlx::PgConnection;

pub(super) async fn insert_records(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
) -> Result<(), LedgerError> {
    let (mut payments, mut settlements, mut changes) = (Vec::new(), Vec::new(), Vec::new());
    let (mut refunds, mut ends) = (Vec::new(), Vec::new());
    let (mut payouts, mut payout_ends, mut stops) = (Vec::new(), Vec::new(), Vec::new());
    for draft in batch.drafts() {
        for record in &draft.records {
            match record {
                Record::NewPayment(payment) => payments.push((draft, &**payment)),
                Record::Settlement(settlement) => settlements.push((draft, settlement)),
                Record::NewRefund(refund) => refunds.push((draft, &**refund)),
                Record::RefundEnd(end) => ends.push((draft, end)),
                Record::NewPayout(payout) => payouts.push((draft, &**payout)),
                Record::PayoutEnd(end) => payout_ends.push((draft, end)),
                Record::Merchant(change) => changes.push(&**change),
                Record::KeysetStop(stop) => stops.push((draft, stop)),
            }
        }
    }
    insert_payments(connection, &payments).await?;
    insert_settlements(connection, &settlements).await?;
    // Written with one statement each, because refunds, payouts, changes of merchants and stops of keysets
    // are rare.
    for (draft, refund) in refunds {
        write_refund(connection, draft, refund).await?;
    }
    for (draft, end) in ends {
        write_refund_end(connection, draft, end).await?;
    }
    for (draft, payout) in payouts {
        write_payout(connection, draft, payout).await?;
    }
    for (draft, end) in payout_ends {
        write_payout_end(connection, draft, end).await?;
    }
    for change in changes {
        write_change(connection, change).await?;
    }
    for (draft, stop) in stops {
        write_stop(connection, draft, stop).await?;
    }
    Ok(())
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

async fn write_change(connection: &mut PgConnection, change: &MerchantChange) -> Result<(), LedgerError> {
    let (statement, parameters) = change.statement(statements::SHARED);
    let query = bind_all!(sqlx::query(statement.sql), &parameters);
    let written = query.execute(connection).await.during(statement)?;
    if change.changes_one_row() { check_count("merchant", written.rows_affected(), 1) } else { Ok(()) }
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

async fn write_refund(
    connection: &mut PgConnection,
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
    connection: &mut PgConnection,
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
    connection: &mut PgConnection,
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
    connection: &mut PgConnection,
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
