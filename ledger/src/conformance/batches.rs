//! One posting's conflict never fails another of the same batch.

use super::{Answer, Book, conflict, posting};
use crate::{Conflict, Draft, Posting};

pub(super) async fn check(book: &Book) {
    neighbours_of_every_kind_of_conflict_commit(book).await;
    concurrent_debits_are_rejected_only_beyond_the_balance(book).await;
    a_large_batch_is_one_batch(book).await;
}

async fn commit_all(book: &Book, drafts: Vec<Draft>) -> Vec<Answer> {
    let postings: Vec<Posting> = drafts.into_iter().map(posting).collect();
    let answers = book.one.postings.commit(&postings, &|_| ()).await;
    assert_eq!(answers.len(), postings.len());
    answers
}

async fn neighbours_of_every_kind_of_conflict_commit(book: &Book) {
    let taken = book.tokens(2).await;
    let first = book.swap(taken.clone());
    book.commit(first.clone()).await.expect("committed");
    let poor = book.account(5).await;
    let payee = book.account(0).await;
    let good = book.tokens(3).await;

    let mut claimed = book.swap(book.tokens(1).await);
    claimed.claims = first.claims.clone();
    let mut signed = book.swap(book.tokens(1).await);
    signed.issues = vec![first.issues[0].clone()];
    let drafts = vec![
        book.redeem(&payee, vec![good[0].clone()]),
        book.redeem(&payee, vec![taken[0].clone()]),
        book.withdraw(&poor, 1),
        book.swap(vec![good[1].clone()]),
        claimed,
        signed,
        book.redeem(&payee, vec![good[2].clone()]),
    ];
    let mut answers = commit_all(book, drafts).await.into_iter();
    let mut next = || answers.next().expect("a result for each posting");
    assert!(next().is_ok());
    assert_eq!(conflict(next()), Conflict::Spent(vec![0]));
    assert_eq!(conflict(next()), Conflict::InsufficientBalance(poor));
    assert!(next().is_ok());
    assert!(matches!(conflict(next()), Conflict::Claimed { .. }));
    assert_eq!(conflict(next()), Conflict::Issued(vec![0]));
    assert!(next().is_ok());
    assert_eq!(book.balance(&payee).await, 20);
    book.assert_clean().await;
}

async fn concurrent_debits_are_rejected_only_beyond_the_balance(book: &Book) {
    let account = book.account(35).await;
    let drafts = (0..3).map(|_| book.withdraw(&account, 2)).chain([book.withdraw(&account, 1)]).collect();
    let answers = commit_all(book, drafts).await;
    let committed = answers.iter().filter(|answer| answer.is_ok()).count();
    // One debit of 20 and the one of 10 fit; each of the other two exceeds the remaining balance.
    assert_eq!(committed, 2, "{answers:?}");
    assert_eq!(book.balance(&account).await, 5);
    book.assert_clean().await;
}

async fn a_large_batch_is_one_batch(book: &Book) {
    let tokens = book.tokens(300).await;
    let payee = book.account(0).await;
    let drafts = tokens.into_iter().map(|token| book.redeem(&payee, vec![token])).collect();
    let answers = commit_all(book, drafts).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(book.balance(&payee).await, 3000);
    book.assert_clean().await;
}
