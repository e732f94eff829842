//! A payment ends once, by the posting that owns its claim. An order is paid once. Open payments are listed
//! as open.

use super::{Book, amount, conflict};
use crate::{
    Claim, Conflict, Draft, Movement, NewPayment, OperationKind, Party, PaymentEnd, Record, Settlement,
    Unbalanced,
};
use ecash_core::wire::PaymentState;
use ecash_core::{AccountId, Amount, PaymentId, Timestamp};
use serde_json::json;

const EXPIRES_AT: u64 = 1_767_229_260;

pub(super) async fn check(book: &Book) {
    let shop = book.account(0).await;
    pays_once(book, &shop).await;
    pays_an_order_once(book, &shop).await;
    ends_without_money(book, &shop).await;
    rejects_records_that_do_not_match_their_posting(book, &shop).await;
    book.assert_clean().await;
}

fn payment(book: &Book, shop: &AccountId, order_ref: Option<&str>) -> NewPayment {
    NewPayment {
        payment_id: PaymentId::from_random(&book.bytes()),
        merchant_id: shop.clone(),
        amount: amount(20),
        tip_max: amount(10),
        description: "Order 1042".to_owned(),
        order_ref: order_ref.map(str::to_owned),
        is_split: false,
        details_box: Some(vec![1, 2, 3]),
        details_hash: Some([7; 32]),
        metadata: Some(json!({ "basket": [1, "two"] })),
        return_url: Some("https://shop.example/thanks".to_owned()),
        created_at: Timestamp::from_unix_seconds(EXPIRES_AT - 3600),
        expires_at: Timestamp::from_unix_seconds(EXPIRES_AT),
    }
}

async fn create(book: &Book, payment: &NewPayment) {
    let mut draft = book.draft(OperationKind::Payment);
    draft.records.push(Record::NewPayment(Box::new(payment.clone())));
    book.commit(draft).await.expect("a payment is created");
}

/// A redemption that pays with fresh tokens worth amount and tip.
async fn paying(book: &Book, payment: &NewPayment, tip: u64) -> Draft {
    let tokens = book.tokens(usize::try_from((20 + tip) / 10).expect("small")).await;
    let mut draft = book.redeem(&payment.merchant_id, tokens);
    draft.claims.push((Claim::payment(&payment.payment_id), None));
    let order = Claim::of_order(&payment.merchant_id, payment.order_ref.as_deref(), payment.is_split);
    draft.claims.extend(order.map(|claim| (claim, None)));
    let end = PaymentEnd::Paid {
        merchant_id: payment.merchant_id.clone(),
        amount: payment.amount,
        tip: amount(tip),
        refund_commitment: Some([9; 32]),
    };
    draft.records.push(Record::Settlement(Settlement { payment_id: payment.payment_id.clone(), end }));
    draft
}

fn ending(book: &Book, payment: &NewPayment, kind: OperationKind, end: PaymentEnd) -> Draft {
    let mut draft = book.draft(kind);
    draft.claims.push((Claim::payment(&payment.payment_id), None));
    draft.records.push(Record::Settlement(Settlement { payment_id: payment.payment_id.clone(), end }));
    draft
}

async fn open_count(book: &Book, shop: &AccountId) -> u64 {
    book.two.payments.open_count(shop).await.expect("a read")
}

async fn pays_once(book: &Book, shop: &AccountId) {
    let payment = payment(book, shop, None);
    create(book, &payment).await;
    let stored = book.two.payments.payment(&payment.payment_id).await.expect("a read").expect("the payment");
    assert_eq!((&stored.payment, stored.state), (&payment, PaymentState::Open));
    assert_eq!(open_count(book, shop).await, 1);

    let (one, two) = (paying(book, &payment, 10).await, paying(book, &payment, 0).await);
    book.commit(one.clone()).await.expect("the first payer pays");
    let claim = Claim::payment(&payment.payment_id);
    match conflict(book.commit(two.clone()).await) {
        Conflict::Claimed { claim: taken, owner } => {
            assert_eq!((taken, owner.operation_id), (claim, one.operation.id));
        }
        other => panic!("expected the payment's claim, got {other:?}"),
    }
    let tokens: Vec<_> = two.spends.iter().map(|spend| (spend.keyset_id.clone(), spend.spent_id)).collect();
    let spent = book.one.postings.spent(&tokens).await.expect("a read");
    assert!(spent.iter().all(|spent| !spent), "the second payer keeps every token");
    assert_eq!(book.balance(shop).await, 30);
    let stored = book.two.payments.payment(&payment.payment_id).await.expect("a read").expect("the payment");
    assert_eq!((stored.state, stored.tip), (PaymentState::Paid, amount(10)));
    assert_eq!(stored.refund_commitment, Some([9; 32]));
    assert_eq!(open_count(book, shop).await, 0);
    // A retry after a lost COMMIT response returns the earlier result.
    book.commit(one).await.expect("the retry returns the earlier result");
}

/// Both payments of one order in one batch: one is paid, the other conflicts on the order's claim.
async fn pays_an_order_once(book: &Book, shop: &AccountId) {
    let payments = [payment(book, shop, Some("1042")), payment(book, shop, Some("1042"))];
    let mut drafts = Vec::new();
    for payment in &payments {
        create(book, payment).await;
        drafts.push(paying(book, payment, 0).await);
    }
    let answers = [book.commit(drafts.remove(0)).await, book.commit(drafts.remove(0)).await];
    let [Ok(_), Err(_)] = &answers else { panic!("one of two is paid: {answers:?}") };
    let [_, lost] = answers;
    assert!(matches!(conflict(lost), Conflict::Claimed { claim, .. } if claim.is_order()));
    // A split order may be paid several times.
    for _ in 0..2 {
        let split = NewPayment { is_split: true, ..payment(book, shop, Some("1042")) };
        create(book, &split).await;
        book.commit(paying(book, &split, 0).await).await.expect("split payments are independent");
    }
    book.commit(ending(book, &payments[1], OperationKind::PaymentCancel, PaymentEnd::Cancelled))
        .await
        .expect("the unpaid one is still open");
}

async fn ends_without_money(book: &Book, shop: &AccountId) {
    let payment = payment(book, shop, None);
    create(book, &payment).await;
    let overdue = async |at| {
        let overdue = book.one.payments.overdue(Timestamp::from_unix_seconds(at), 10).await.expect("a read");
        overdue.contains(&payment.payment_id)
    };
    assert!(!overdue(EXPIRES_AT - 1).await);
    assert!(overdue(EXPIRES_AT).await);
    book.commit(ending(book, &payment, OperationKind::PaymentExpire, PaymentEnd::Expired))
        .await
        .expect("expires");
    assert!(!overdue(EXPIRES_AT).await);
    let cancel = ending(book, &payment, OperationKind::PaymentCancel, PaymentEnd::Cancelled);
    assert!(matches!(
        conflict(book.commit(cancel).await),
        Conflict::Claimed { owner, .. } if owner.kind == OperationKind::PaymentExpire
    ));
    let late = paying(book, &payment, 0).await;
    assert!(matches!(conflict(book.commit(late).await), Conflict::Claimed { .. }));
    let unknown = PaymentId::from_random(&book.bytes());
    assert_eq!(book.one.payments.payment(&unknown).await.expect("a read"), None);
}

async fn rejects_records_that_do_not_match_their_posting(book: &Book, shop: &AccountId) {
    let payment = payment(book, shop, None);
    let good = paying(book, &payment, 0).await;
    let mut without_claim = good.clone();
    without_claim.claims.clear();
    assert_eq!(without_claim.balanced(), Err(Unbalanced::Record));
    let mut other_merchant = good.clone();
    other_merchant.credits =
        vec![Movement { party: Party::Account(book.account(0).await), amount: amount(20) }];
    assert_eq!(other_merchant.balanced(), Err(Unbalanced::Record));
    let mut too_little = good.clone();
    too_little.spends.pop();
    too_little.credits = vec![Movement { party: Party::Account(shop.clone()), amount: amount(10) }];
    assert_eq!(too_little.balanced(), Err(Unbalanced::Record));
    let mut credited = ending(book, &payment, OperationKind::PaymentCancel, PaymentEnd::Cancelled);
    credited.debits = vec![Movement { party: Party::Treasury, amount: amount(20) }];
    credited.credits = vec![Movement { party: Party::Account(shop.clone()), amount: amount(20) }];
    assert_eq!(credited.balanced(), Err(Unbalanced::Record));
    assert_eq!(Amount::ZERO, PaymentEnd::Cancelled.tip());
}
