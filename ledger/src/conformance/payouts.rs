//! Payouts set a merchant's money aside, and end once: settled against the treasury, or rejected.

use super::{Book, amount, conflict};
use crate::{
    AccountRole, Claim, Conflict, Draft, Movement, NewPayout, OperationKind, Party, PayoutEnd, PayoutEnding,
    Record, Unbalanced,
};
use ecash_core::wire::PayoutState;
use ecash_core::{AccountId, PayoutId};

pub(super) async fn check(book: &Book) {
    let shop = AccountId::new("merchant_payouts").expect("a name");
    let opened = book.one.accounts.open_account(&shop, AccountRole::Merchant, [81; 32]).await;
    opened.expect("opened");
    book.commit(book.fund(&shop, 100)).await.expect("funded");
    let payout = |minor: u64| NewPayout {
        payout_id: PayoutId::from_random(&book.bytes()),
        merchant_id: shop.clone(),
        amount: amount(minor),
        reference: Some("März ü".to_owned()),
    };
    let (first, second) = (payout(30), payout(50));
    for payout in [&first, &second] {
        book.commit(request(book, payout)).await.expect("requested");
    }
    assert_eq!(book.balance(&shop).await, 20);
    assert_eq!(
        conflict(book.commit(request(book, &payout(30))).await),
        Conflict::InsufficientBalance(shop.clone())
    );
    let open = async |merchant: Option<&AccountId>| {
        let open = book.two.payouts.open(merchant, 10).await.expect("a read");
        let mut open: Vec<_> = open.into_iter().map(|record| record.payout).collect();
        open.sort_by_key(|payout| payout.amount);
        open
    };
    assert_eq!(open(Some(&shop)).await, [first.clone(), second.clone()]);
    assert_eq!(open(None).await.len(), 2);

    let settle = end(book, &first, PayoutEnding::Settled);
    book.commit(settle.clone()).await.expect("settled");
    book.commit(settle).await.expect("a retry after a lost COMMIT response returns the earlier result");
    match conflict(book.commit(end(book, &first, PayoutEnding::Rejected)).await) {
        Conflict::Claimed { claim, .. } => assert_eq!(claim, Claim::payout_end(&first.payout_id)),
        other => panic!("a payout ends once: {other:?}"),
    }
    book.commit(end(book, &second, PayoutEnding::Rejected)).await.expect("rejected");
    assert_eq!((book.balance(&shop).await, open(None).await), (70, Vec::new()));
    let read = book.two.payouts.payout(&first.payout_id).await.expect("a read").expect("the payout");
    assert_eq!((read.state, read.external_reference.as_deref()), (PayoutState::Settled, Some("bank 7")));
    let page = |before| book.two.payouts.of_merchant(&shop, before, 1);
    let newest = page(None).await.expect("a read").remove(0).payout.payout_id;
    let older = page(Some(&newest)).await.expect("a read").remove(0).payout.payout_id;
    assert_ne!(newest, older);
    assert!(page(Some(&older)).await.expect("a read").is_empty());

    let refused = |draft: Draft| assert_eq!(draft.balanced(), Err(Unbalanced::Record));
    let mut elsewhere = end(book, &payout(10), PayoutEnding::Settled);
    elsewhere.credits[0].party = Party::Account(shop.clone());
    refused(elsewhere);
    let mut unclaimed = end(book, &payout(10), PayoutEnding::Rejected);
    unclaimed.claims.clear();
    refused(unclaimed);
    let mut larger = request(book, &payout(10));
    larger.debits[0].amount = amount(20);
    larger.credits[0].amount = amount(20);
    refused(larger);
    book.assert_clean().await;
}

fn request(book: &Book, payout: &NewPayout) -> Draft {
    let mut draft = book.draft(OperationKind::Payout);
    let amount = payout.amount;
    draft.debits.push(Movement { party: Party::Account(payout.merchant_id.clone()), amount });
    draft.credits.push(Movement { party: Party::Payouts, amount });
    draft.records.push(Record::NewPayout(Box::new(payout.clone())));
    draft
}

fn end(book: &Book, payout: &NewPayout, ending: PayoutEnding) -> Draft {
    let mut draft = book.draft(OperationKind::PayoutEnd);
    let NewPayout { payout_id, merchant_id, amount, .. } = payout.clone();
    draft.claims.push((Claim::payout_end(&payout_id), None));
    draft.debits.push(Movement { party: Party::Payouts, amount });
    let party = match ending {
        PayoutEnding::Rejected => Party::Account(merchant_id.clone()),
        PayoutEnding::Settled => Party::Treasury,
    };
    draft.credits.push(Movement { party, amount });
    let external_reference = "bank 7".to_owned();
    draft.records.push(Record::PayoutEnd(PayoutEnd {
        payout_id,
        merchant_id,
        amount,
        ending,
        external_reference,
    }));
    draft
}
