//! A conflict names a row that another operation committed, or a balance that is too low; no row of the
//! rejected posting is written.

use super::{Book, conflict};
use crate::Conflict;
use ecash_core::AccountId;

pub(super) async fn check(book: &Book) {
    let before = book.one.audit_log.audit().await.expect("an audit").operations;
    let tokens = book.tokens(3).await;
    let committed = book.swap(tokens.clone());
    book.commit(committed.clone()).await.expect("committed");
    let between = book.one.audit_log.audit().await.expect("an audit").operations;
    assert!(between > before);

    // A spent token is named by its index among the posting's spends.
    let fresh = book.tokens(1).await;
    let again = book.swap(vec![fresh[0].clone(), tokens[2].clone(), tokens[0].clone()]);
    assert_eq!(conflict(book.commit(again.clone()).await), Conflict::Spent(vec![1, 2]));
    let unspent = book.one.postings.spent(&[(fresh[0].keyset_id.clone(), fresh[0].spent_id)]).await;
    assert_eq!(unspent.expect("a read"), [false], "no row of a rejected posting is written");

    // An output that was signed before.
    let mut signed = book.swap(fresh.clone());
    signed.issues = vec![committed.issues[1].clone()];
    assert_eq!(conflict(book.commit(signed).await), Conflict::Issued(vec![0]));

    // A claim takes precedence over other conflicts, and the conflict contains the owner's record.
    let mut claimed = again;
    claimed.claims = committed.claims.clone();
    match conflict(book.commit(claimed).await) {
        Conflict::Claimed { owner, .. } => {
            assert_eq!(owner.operation_id, committed.operation.id);
            assert_eq!(owner.request_digest, committed.operation.request_digest);
            assert_eq!(owner.outcome, committed.outcome);
        }
        other => panic!("expected the claim's owner, got {other:?}"),
    }

    // A debit above the balance.
    let poor = book.account(25).await;
    assert_eq!(
        conflict(book.commit(book.withdraw(&poor, 3)).await),
        Conflict::InsufficientBalance(poor.clone())
    );
    book.commit(book.withdraw(&poor, 2)).await.expect("the available balance can be withdrawn");
    assert_eq!(book.balance(&poor).await, 5);

    // Unknown accounts.
    let missing = AccountId::new("missing").expect("a name");
    let unknown = Conflict::UnknownAccount(missing.clone());
    assert_eq!(conflict(book.commit(book.withdraw(&missing, 1)).await), unknown);
    assert_eq!(conflict(book.commit(book.redeem(&missing, fresh.clone())).await), unknown);

    // A rejected posting changes nothing: its token can still be spent.
    book.commit(book.swap(fresh)).await.expect("committed");
    book.assert_clean().await;
}
