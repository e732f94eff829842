//! Refunds set a merchant's money aside, one after the other, and end once: claimed as tokens or returned.

use super::{Book, amount, conflict};
use crate::{
    AccountRole, Claim, Conflict, Draft, Movement, NewPayment, NewRefund, OperationKind, Party, PaymentEnd,
    Record, RefundEnd, Settlement, Unbalanced,
};
use ecash_core::wire::RefundState;
use ecash_core::{AccountId, PaymentId, RefundId, Timestamp};

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_unix_seconds(1_767_229_200 + seconds)
}

pub(super) async fn check(book: &Book) {
    let shop = AccountId::new("merchant_refunds").expect("a name");
    let opened = book.one.accounts.open_account(&shop, AccountRole::Merchant, [71; 32]).await;
    opened.expect("opened");
    let payment_id = paid(book, &shop).await;
    let refund = |number: u8, minor: u64| NewRefund {
        refund_id: RefundId::from_random(&book.bytes()),
        payment_id: payment_id.clone(),
        merchant_id: shop.clone(),
        number,
        amount: amount(minor),
        reason: Some("Zu viel ü".to_owned()),
        claim_until: at(u64::from(number)),
    };
    let refunds = [refund(1, 10), refund(2, 20), refund(3, 10)];
    for refund in &refunds {
        book.commit(create(book, refund)).await.expect("created");
    }
    assert_eq!(book.balance(&shop).await, 10);
    assert_eq!(
        conflict(book.commit(create(book, &refund(4, 20))).await),
        Conflict::InsufficientBalance(shop.clone())
    );
    let rival = refund(2, 10);
    match conflict(book.commit(create(book, &rival)).await) {
        Conflict::Claimed { claim, .. } => assert_eq!(claim, Claim::refund(&payment_id, 2)),
        other => panic!("a second refund with the same number is rejected: {other:?}"),
    }
    let read = async || book.two.payments.refunds(&payment_id).await.expect("a read");
    let states = async || read().await.iter().map(|record| record.state).collect::<Vec<_>>();
    assert_eq!(read().await.into_iter().map(|record| record.refund).collect::<Vec<_>>(), refunds);
    assert_eq!(held(book, &shop).await, 40);
    let overdue = async |seconds| {
        let overdue = book.two.payments.overdue_refunds(at(seconds), 2).await.expect("a read");
        overdue.into_iter().map(|record| record.refund.number).collect::<Vec<_>>()
    };
    assert_eq!((overdue(0).await, overdue(1).await, overdue(9).await), (vec![], vec![1], vec![1, 2]));

    // Two refunds are claimed together, and the third is returned.
    let claim = end(book, &[&refunds[0], &refunds[1]], None);
    book.commit(claim.clone()).await.expect("claimed");
    book.commit(claim).await.expect("a retry after a lost COMMIT response returns the earlier result");
    match conflict(book.commit(end(book, &[&refunds[1]], Some(&shop))).await) {
        Conflict::Claimed { claim, .. } => assert!(claim.is_refund_end()),
        other => panic!("a refund ends once: {other:?}"),
    }
    book.commit(end(book, &[&refunds[2]], Some(&shop))).await.expect("returned");
    use RefundState::{Claimed, Returned};
    assert_eq!(states().await, [Claimed, Claimed, Returned]);
    assert_eq!((book.balance(&shop).await, held(book, &shop).await, overdue(9).await), (20, 0, vec![]));
    let record = book.one.payments.payment(&payment_id).await.expect("a read").expect("the payment");
    assert_eq!(record.refunds, [3, 3]);
    rejects_records_that_do_not_match_the_movements(book, &shop, &refund(4, 10));
    book.assert_clean().await;
}

async fn held(book: &Book, shop: &AccountId) -> u64 {
    book.two.payments.held_for_refunds(shop).await.expect("a read").minor()
}

async fn paid(book: &Book, shop: &AccountId) -> PaymentId {
    let payment = NewPayment {
        payment_id: PaymentId::from_random(&book.bytes()),
        merchant_id: shop.clone(),
        amount: amount(50),
        tip_max: amount(0),
        description: "Cake".to_owned(),
        order_ref: None,
        is_split: false,
        details_box: None,
        details_hash: None,
        metadata: None,
        return_url: None,
        created_at: at(0),
        expires_at: at(60),
    };
    let mut draft = book.draft(OperationKind::Payment);
    draft.records.push(Record::NewPayment(Box::new(payment.clone())));
    book.commit(draft).await.expect("created");
    let tokens = book.tokens(5).await;
    let mut paying = book.redeem(shop, tokens);
    paying.claims.push((Claim::payment(&payment.payment_id), None));
    let (merchant_id, refund_commitment) = (shop.clone(), Some([7; 32]));
    let end = PaymentEnd::Paid { merchant_id, amount: amount(50), tip: amount(0), refund_commitment };
    paying.records.push(Record::Settlement(Settlement { payment_id: payment.payment_id.clone(), end }));
    book.commit(paying).await.expect("paid");
    payment.payment_id
}

fn create(book: &Book, refund: &NewRefund) -> Draft {
    let mut draft = book.draft(OperationKind::Refund);
    draft.claims.push((Claim::refund(&refund.payment_id, refund.number), None));
    let amount = refund.amount;
    draft.debits.push(Movement { party: Party::Account(refund.merchant_id.clone()), amount });
    draft.credits.push(Movement { party: Party::Refunds, amount });
    draft.records.push(Record::NewRefund(Box::new(refund.clone())));
    draft
}

/// Ends refunds: returned to the merchant, or claimed as tokens of 10.
fn end(book: &Book, refunds: &[&NewRefund], returned_to: Option<&AccountId>) -> Draft {
    let kind = if returned_to.is_some() { OperationKind::RefundReturn } else { OperationKind::RefundClaim };
    let mut draft = book.draft(kind);
    let sum = amount(refunds.iter().map(|refund| refund.amount.minor()).sum());
    draft.debits.push(Movement { party: Party::Refunds, amount: sum });
    match returned_to {
        Some(shop) => draft.credits.push(Movement { party: Party::Account(shop.clone()), amount: sum }),
        None => draft.issues = (0..sum.minor() / 10).map(|_| book.issue(10)).collect(),
    }
    for refund in refunds {
        draft.claims.push((Claim::refund_end(&refund.refund_id), None));
        draft.records.push(Record::RefundEnd(RefundEnd {
            refund_id: refund.refund_id.clone(),
            payment_id: refund.payment_id.clone(),
            amount: refund.amount,
            returned_to: returned_to.cloned(),
        }));
    }
    draft
}

fn rejects_records_that_do_not_match_the_movements(book: &Book, shop: &AccountId, refund: &NewRefund) {
    let refused = |draft: Draft| assert_eq!(draft.balanced(), Err(Unbalanced::Record));
    let mut unclaimed = create(book, refund);
    unclaimed.claims.clear();
    refused(unclaimed);
    let mut elsewhere = create(book, refund);
    elsewhere.credits[0].party = Party::Treasury;
    refused(elsewhere);
    let mut of_another = create(book, refund);
    of_another.debits[0].party = Party::Account(AccountId::new("merchant_other").expect("a name"));
    refused(of_another);
    let mut to_another = end(book, &[refund], Some(shop));
    to_another.credits[0].party = Party::Account(AccountId::new("merchant_other").expect("a name"));
    refused(to_another);
    let mut larger = end(book, &[refund], Some(shop));
    larger.debits[0].amount = amount(20);
    larger.credits[0].amount = amount(20);
    refused(larger);
    let mut twice = end(book, &[refund], None);
    let again = twice.records[0].clone();
    twice.records.push(again);
    refused(twice);
}
