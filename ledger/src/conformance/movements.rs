//! An account over a span of time: entries name their cause, and sums are correct despite small clock
//! differences.

use super::Book;
use crate::movements::CLOCK_DIFFERENCE_S;
use crate::{OperationKind, Takings};
use ecash_core::{AccountId, Timestamp};

/// Must run after the suites for refunds and payouts, because it reads their merchants.
pub(super) async fn check(book: &Book) {
    entries_name_their_cause(book).await;
    sums_are_correct_despite_clock_differences(book).await;
}

async fn entries_name_their_cause(book: &Book) {
    let lines = async |name: &str| {
        let account = AccountId::new(name).expect("a name");
        book.two.movements.movements(&account, 0, 100).await.expect("a read")
    };
    let refunded = lines("merchant_refunds").await;
    let shown: Vec<_> = refunded.iter().map(|line| (line.kind, line.change_minor)).collect();
    use OperationKind::{Fund, Payout, PayoutEnd, Redeem, Refund, RefundReturn};
    assert_eq!(shown, [(Redeem, 50), (Refund, -10), (Refund, -20), (Refund, -10), (RefundReturn, 10)]);
    assert!(refunded.iter().all(|line| line.payment_id == refunded[0].payment_id));
    assert!(refunded.iter().all(|line| line.description.as_deref() == Some("Cake")));
    assert_eq!((&refunded[0].refund_id, &refunded[4].refund_id), (&None, &refunded[3].refund_id));

    let paid_out = lines("merchant_payouts").await;
    let shown: Vec<_> = paid_out.iter().map(|line| (line.kind, line.change_minor)).collect();
    assert_eq!(shown, [(Fund, 100), (Payout, -30), (Payout, -50), (PayoutEnd, 50)]);
    assert!(paid_out[0].payout_id.is_none() && paid_out[1].payout_id.is_some());
    assert_eq!(paid_out[2].payout_id, paid_out[3].payout_id);
}

async fn sums_are_correct_despite_clock_differences(book: &Book) {
    let account = book.account(0).await;
    let start = 1_767_312_000;
    let at = |minutes: u64| Timestamp::from_unix_seconds(start + minutes * 60);
    // The third was committed by a mint whose clock is half an hour behind.
    let times = [0, 100, 70, 110, 300, 1000];
    for (number, minutes) in times.into_iter().enumerate() {
        let tokens = book.tokens(number + 1).await;
        let mut draft = book.redeem(&account, tokens);
        draft.operation.at = at(minutes);
        book.commit(draft).await.expect("committed");
    }
    let movements = &book.two.movements;
    let since = async |time: Timestamp| movements.first_entry_since(&account, time).await.expect("a read");
    let minus = |time: Timestamp| Timestamp::from_unix_seconds(time.unix_seconds() - CLOCK_DIFFERENCE_S);
    let plus = |time: Timestamp| Timestamp::from_unix_seconds(time.unix_seconds() + CLOCK_DIFFERENCE_S);
    for minutes in [0, 1, 70, 71, 100, 101, 110, 300, 301, 1000, 1001] {
        let entries = (since(minus(at(minutes))).await, since(plus(at(minutes))).await);
        let balance = movements.balance_before(&account, at(minutes), entries).await.expect("a read");
        let before = times.iter().zip([10, 20, 30, 40, 50, 60]).filter(|(time, _)| **time < minutes);
        assert_eq!(balance, before.map(|(_, value)| value).sum::<i64>(), "before minute {minutes}");
    }
    let lines = movements.movements(&account, since(at(300)).await, 1).await.expect("a read");
    assert_eq!(lines.iter().map(|line| line.change_minor).collect::<Vec<_>>(), [50]);
    assert!(movements.movements(&account, since(at(1001)).await, 1).await.expect("a read").is_empty());

    let takings = movements.takings(&account, 0, (at(70), at(1000))).await.expect("a read");
    let sum = |minutes: u64, payments, taken_minor| Takings {
        from: at(minutes),
        payments,
        taken_minor,
        refunded_minor: 0,
    };
    assert_eq!(takings, [sum(60, 1, 30), sum(90, 1, 20), sum(105, 1, 40), sum(300, 1, 50)]);
    let idle = book.account(0).await;
    assert_eq!(movements.first_entry_since(&idle, at(0)).await.expect("a read"), 0);
}
