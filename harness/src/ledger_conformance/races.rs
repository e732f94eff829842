//! Two mints write at once: exactly one of many wins, and nobody waits in a circle.

use super::{Answer, Book, posting};
use crate::Seeded;
use ecash_core::AccountId;
use ecash_mint::ledger::{CommitError, Conflict, Posting};
use std::sync::Arc;

const ROUNDS: u64 = 30;
const BATCH: u64 = 8;
/// Tokens of a round: far fewer than the postings want.
const TOKENS: u64 = 10;

pub(super) async fn check(book: &Book) {
    let random = Seeded::new(4);
    let payee = book.account(0).await;
    let mut redeemed = 0;
    for _ in 0..ROUNDS {
        redeemed += one_round(book, &random, &payee).await;
    }
    assert_eq!(book.balance(&payee).await, redeemed * 10);
    book.assert_clean().await;
}

/// Both mints commit a batch of postings that want overlapping tokens, in any order. Answers how many
/// tokens were redeemed.
async fn one_round(book: &Book, random: &Seeded, payee: &AccountId) -> u64 {
    let tokens = book.tokens(usize::try_from(TOKENS).expect("small")).await;
    let batch = || -> Vec<Posting> {
        // Within a batch no two postings share a token: the committer sees to it.
        let mut free = tokens.clone();
        let mut postings = Vec::new();
        for _ in 0..BATCH {
            let mut wanted = Vec::new();
            for _ in 0..=random.below(2) {
                if !free.is_empty() {
                    wanted.push(
                        free.swap_remove(usize::try_from(random.below(free.len() as u64)).expect("small")),
                    );
                }
            }
            if !wanted.is_empty() {
                postings.push(posting(book.redeem(payee, wanted)));
            }
        }
        postings
    };
    let batches = [batch(), batch()];
    let ledgers = [&book.one, &book.two].map(Arc::clone);
    let tasks = ledgers
        .into_iter()
        .zip(batches.clone())
        .map(|(ledger, batch)| tokio::spawn(async move { ledger.commit(&batch).await }));
    let mut redeemed = 0;
    let mut outcomes: Vec<(Posting, Answer)> = Vec::new();
    for (task, batch) in tasks.collect::<Vec<_>>().into_iter().zip(batches) {
        outcomes.extend(batch.into_iter().zip(task.await.expect("a task")));
    }
    for (posting, answer) in &outcomes {
        match answer {
            Ok(_) => redeemed += posting.draft().spends.len() as u64,
            Err(CommitError::Conflict(Conflict::Spent(_))) => {}
            Err(other) => panic!("nothing but a rival's token is in the way: {other:?}"),
        }
    }
    // Every refused posting wanted a token that another one got.
    let won = |token: &ecash_mint::ledger::Spend| {
        outcomes.iter().any(|(posting, answer)| answer.is_ok() && posting.draft().spends.contains(token))
    };
    for (posting, answer) in &outcomes {
        if let Err(CommitError::Conflict(Conflict::Spent(indices))) = answer {
            assert!(indices.iter().all(|index| won(&posting.draft().spends[*index])));
        }
    }
    redeemed
}
