//! Each epoch is published once and ended once, by any process. A stopped keyset no longer issues, and tokens
//! of a revoked one need openings.

use super::{Book, conflict, posting, public_keyset};
use crate::{Claim, Conflict, Draft, KeysetStop, OperationKind, OutputRef, Record};
use ecash_core::KeysetId;
use ecash_core::keys::KeysetStatus;

pub(super) async fn check(book: &Book) {
    // Two mints publish the second epoch at the same time: one wins.
    let keyset = public_keyset(2, 1_769_817_600);
    let (one, two) =
        tokio::join!(book.one.keysets.add_keyset(2, &keyset), book.two.keysets.add_keyset(2, &keyset));
    assert_eq!([one.expect("no error"), two.expect("no error")].iter().filter(|won| **won).count(), 1);
    let stored = book.two.keysets.keysets().await.expect("a read");
    assert_eq!(stored.iter().map(|stored| stored.epoch).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(stored[0].keyset, book.keyset);
    assert_eq!(stored[1].keyset, keyset);
    assert!(!stored[0].ended);

    // The first keyset ends: its unspent value expires, and its tokens can no longer be spent.
    let tokens = book.tokens(3).await;
    let late = book.swap(vec![tokens[0].clone()]);
    let before = book.one.audit_log.audit().await.expect("an audit");
    let end = || book.draft(OperationKind::Expire).operation;
    let keyset_id = &book.keyset.keyset_id;
    let (one, two) = tokio::join!(
        book.one.keysets.end_keyset(keyset_id, end()),
        book.two.keysets.end_keyset(keyset_id, end())
    );
    assert_eq!([one.expect("no error"), two.expect("no error")].iter().filter(|ended| **ended).count(), 1);
    let after = book.one.audit_log.audit().await.expect("an audit");
    assert_eq!(after.violations, []);
    assert_eq!(after.outstanding_minor, 0);
    assert_eq!(after.accounts_minor - before.accounts_minor, before.outstanding_minor);
    assert_eq!(after.operations, before.operations + 1);
    assert!(book.two.keysets.keysets().await.expect("a read")[0].ended);
    assert_eq!(conflict(book.commit(late.clone()).await), Conflict::KeysetEnded(keyset_id.clone()));

    // A keyset without outstanding value can end too.
    assert!(book.two.keysets.end_keyset(&keyset.keyset_id, end()).await.expect("ended"));
    check_stops(book).await;
    book.assert_clean().await;
}

fn stop(book: &Book, keyset_id: &KeysetId, status: KeysetStatus) -> Draft {
    let mut draft = book.draft(OperationKind::KeysetStop);
    draft.claims.push((Claim::keyset_stop(keyset_id, status), None));
    draft.records.push(Record::KeysetStop(KeysetStop { keyset_id: keyset_id.clone(), status }));
    draft
}

/// A stopped keyset no longer issues, tokens of a revoked keyset are spent only with an opening each, and a
/// keyset is replaced at most once. Uses separate keysets.
async fn check_stops(book: &Book) {
    let stopped = public_keyset(3, 1_772_409_600);
    assert!(book.one.keysets.add_keyset(3, &stopped).await.expect("added"));
    let account = book.account(1_000).await;
    let withdrawal = || {
        let mut draft = book.withdraw(&account, 1);
        draft.issues = vec![book.issue_of(&stopped, 10)];
        draft
    };
    let spend = || book.spend_of(&stopped, 10);
    for _ in 0..4 {
        book.commit(withdrawal()).await.expect("it issues");
    }

    book.commit(stop(book, &stopped.keyset_id, KeysetStatus::Stopped)).await.expect("stopped");
    let again = conflict(book.commit(stop(book, &stopped.keyset_id, KeysetStatus::Stopped)).await);
    assert!(matches!(again, Conflict::Claimed { .. }), "{again:?}");
    let refused = conflict(book.commit(withdrawal()).await);
    assert_eq!(refused, Conflict::KeysetStopped(stopped.keyset_id.clone()));
    book.commit(book.redeem(&account, vec![spend()])).await.expect("its tokens stay valid");

    let replacement = |epoch| {
        let mut keyset = public_keyset(epoch, 1_772_409_600);
        keyset.replaces = Some(stopped.keyset_id.clone());
        keyset
    };
    assert!(book.two.keysets.add_keyset(4, &replacement(4)).await.expect("added"));
    assert!(
        !book.two.keysets.add_keyset(5, &replacement(5)).await.expect("a second replacement is not added")
    );

    book.commit(stop(book, &stopped.keyset_id, KeysetStatus::Revoked)).await.expect("revoked");
    let revoked = Conflict::KeysetRevoked(stopped.keyset_id.clone());
    assert_eq!(conflict(book.commit(book.redeem(&account, vec![spend()])).await), revoked);
    let output = |issue: crate::Issue| OutputRef {
        keyset_id: issue.keyset_id,
        key_id: issue.key_id,
        blinded_hash: issue.blinded_hash,
    };
    let opening = Claim::opened(&output(book.issue_of(&stopped, 10)));
    let opened = |spends| {
        let mut draft = book.redeem(&account, spends);
        draft.claims.push((opening.clone(), None));
        draft
    };
    // At most the 30 in circulation at the time of the revocation can be spent. A thief of the private key
    // could also open outputs whose tokens were spent before.
    let many = |count: u8| {
        let spends: Vec<_> = (0..count).map(|_| spend()).collect();
        let mut draft = book.redeem(&account, spends);
        let openings = (0..count).map(|_| (Claim::opened(&output(book.issue_of(&stopped, 10))), None));
        draft.claims.extend(openings);
        draft
    };
    assert_eq!(conflict(book.commit(many(4)).await), revoked);
    let first = many(2);
    book.commit(first.clone()).await.expect("tokens in circulation are spendable");
    // One opening allows only one token to be spent.
    assert_eq!(conflict(book.commit(opened(vec![spend(), spend()])).await), revoked);
    // In one batch, a posting that conflicts uses up nothing of what is left for the next one.
    let mut conflicting = many(1);
    conflicting.claims.extend(first.claims.first().cloned());
    let batch = [posting(conflicting), posting(opened(vec![spend()]))];
    let mut answers = book.one.postings.commit(&batch, &|_| ()).await;
    answers.pop().expect("a result").expect("with an opening");
    let claimed = conflict(answers.pop().expect("a result"));
    assert!(matches!(claimed, Conflict::Claimed { .. }), "{claimed:?}");
    assert_eq!(conflict(book.commit(many(1)).await), revoked, "nothing is left");
    let again = conflict(book.commit(opened(vec![spend()])).await);
    assert!(matches!(again, Conflict::Claimed { .. }), "{again:?}");

    let stored = book.two.keysets.keysets().await.expect("a read");
    let states: Vec<_> = stored.iter().map(|stored| stored.keyset.status).collect();
    assert_eq!(states, [KeysetStatus::Live, KeysetStatus::Live, KeysetStatus::Revoked, KeysetStatus::Live]);
    assert_eq!(stored[3].keyset.replaces, Some(stopped.keyset_id));
}
