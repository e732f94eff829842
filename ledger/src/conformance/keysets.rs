//! Each epoch is published once and ended once, whichever process does it.

use super::{Book, conflict, public_keyset};
use crate::{Conflict, OperationKind};

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
    book.assert_clean().await;
}
