//! A posting is committed atomically and only once, even if it is submitted several times.

use super::{Book, commit_to, posting};
use crate::{AccountRole, OperationKind, OutputRef};
use ecash_core::AccountId;

pub(super) async fn check(book: &Book) {
    accounts_are_opened_once(book).await;
    a_posting_changes_everything_it_names(book).await;
    a_posting_submitted_again_returns_the_same_result(book).await;
    statements_come_in_pages(book).await;
    empty_batches_and_reads_succeed(book).await;
}

async fn accounts_are_opened_once(book: &Book) {
    let name = |text: &str| AccountId::new(text).expect("a name");
    let hash = [42; 32];
    let first = book
        .one
        .accounts
        .open_account(&name("alice"), AccountRole::Customer, hash)
        .await
        .expect("opened")
        .expect("an account");
    let again = book
        .two
        .accounts
        .open_account(&name("other"), AccountRole::Customer, hash)
        .await
        .expect("found")
        .expect("an account");
    assert_eq!(first, again);
    assert_eq!(book.two.accounts.account_by_token(hash).await.expect("a read"), Some(first));
    assert_eq!(book.one.accounts.account(&name("other")).await.expect("a read"), None);
    assert_eq!(book.one.accounts.account_by_token([43; 32]).await.expect("a read"), None);
    // System accounts are not found by id.
    assert_eq!(book.one.accounts.account(&name("treasury")).await.expect("a read"), None);
}

async fn a_posting_changes_everything_it_names(book: &Book) {
    let account = book.account(100).await;
    assert_eq!(book.balance(&account).await, 100);
    let mut draft = book.withdraw(&account, 3);
    let claim = book.claim();
    draft.claims.push((claim.clone(), Some(book.keyset.keyset_id.clone())));
    let committed = book.commit(draft.clone()).await.expect("committed");
    assert_eq!((committed.operation_id, &committed.outcome), (draft.operation.id, &draft.outcome));
    assert_eq!(book.balance(&account).await, 70);

    let owner = book.two.postings.claim_owner(&claim).await.expect("a read").expect("an owner");
    assert_eq!((owner.operation_id, owner.kind), (draft.operation.id, OperationKind::Withdraw));
    assert_eq!((owner.request_digest, owner.outcome), (draft.operation.request_digest, draft.outcome));
    assert_eq!(book.two.postings.claim_owner(&book.claim()).await.expect("a read"), None);

    // Signatures come in the order of the outputs; an output that was never signed has none.
    let reference = |issue: &crate::Issue| OutputRef {
        keyset_id: issue.keyset_id.clone(),
        key_id: issue.key_id,
        blinded_hash: issue.blinded_hash,
    };
    let stranger = reference(&book.issue(10));
    let asked = [reference(&draft.issues[2]), stranger, reference(&draft.issues[0])];
    let found = book.two.postings.issued(&asked).await.expect("a read");
    let signature = |index: usize| Some(draft.issues[index].blind_signature.clone());
    assert_eq!(found, [signature(2), None, signature(0)]);

    let spends: Vec<_> = (0..2).map(|_| book.spend(10)).collect();
    let keyset_id = &book.keyset.keyset_id;
    let asked = |index: usize| (keyset_id.clone(), spends[index].spent_id);
    assert_eq!(book.two.postings.spent(&[asked(0), asked(1)]).await.expect("a read"), [false, false]);
    book.commit(book.redeem(&account, vec![spends[1].clone()])).await.expect("committed");
    assert_eq!(book.two.postings.spent(&[asked(0), asked(1)]).await.expect("a read"), [false, true]);
    assert_eq!(book.balance(&account).await, 80);
    book.assert_clean().await;
}

async fn a_posting_submitted_again_returns_the_same_result(book: &Book) {
    let tokens = book.tokens(2).await;
    let swap = posting(book.swap(tokens));
    let operations = book.one.audit_log.audit().await.expect("an audit").operations;
    let first =
        book.one.postings.commit(std::slice::from_ref(&swap), &|_| ()).await.remove(0).expect("committed");
    // Submit it again through the other handle, in a batch with a new posting.
    let account = book.account(0).await;
    let fresh = posting(book.fund(&account, 5));
    let mut again = book.two.postings.commit(&[swap, fresh], &|_| ()).await;
    assert_eq!(again.remove(0).expect("the retry returns the earlier result"), first);
    assert!(again.remove(0).is_ok());
    assert_eq!(book.balance(&account).await, 5);
    assert_eq!(book.one.audit_log.audit().await.expect("an audit").operations, operations + 2);
    book.assert_clean().await;
}

async fn statements_come_in_pages(book: &Book) {
    let account = book.account(0).await;
    for minor in 1..=5 {
        commit_to(&book.one, book.fund(&account, minor)).await.expect("committed");
    }
    let page = book.two.accounts.statement(&account, None, 3).await.expect("a read");
    assert_eq!(page.iter().map(|line| line.change_minor).collect::<Vec<_>>(), [5, 4, 3]);
    let rest = book.two.accounts.statement(&account, Some(page[2].entry_id), 3).await.expect("a read");
    assert_eq!(rest.iter().map(|line| line.change_minor).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(rest[0].kind, OperationKind::Fund);
    assert_eq!(rest[0].at.unix_seconds() % 60, 0);
}

async fn empty_batches_and_reads_succeed(book: &Book) {
    assert!(book.one.postings.commit(&[], &|_| ()).await.is_empty());
    assert!(book.one.postings.spent(&[]).await.expect("a read").is_empty());
    assert!(book.one.postings.issued(&[]).await.expect("a read").is_empty());
    // A cancel moves no value, and is still a posting.
    let mut cancel = book.draft(OperationKind::Cancel);
    cancel.claims.push((book.claim(), None));
    book.commit(cancel).await.expect("committed");
    book.one.health.ping().await.expect("the database responds");
}
