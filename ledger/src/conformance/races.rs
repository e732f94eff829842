//! Two mints write at the same time: exactly one posting gets each token, and no deadlock occurs.

use super::{Answer, Book, posting};
use crate::{CommitError, Conflict, Posting};
use ecash_core::AccountId;
use std::cell::Cell;

const ROUNDS: u64 = 30;
const BATCH: u64 = 8;
/// Number of tokens in a round: fewer than the postings try to spend.
const TOKENS: u64 = 10;

/// A deterministic random generator, SplitMix64.
struct Random(Cell<u64>);

impl Random {
    fn below(&self, end: u64) -> u64 {
        let state = self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed ^ (mixed >> 27)) % end
    }
}

pub(super) async fn check(book: &Book) {
    let random = Random(Cell::new(4));
    let payee = book.account(0).await;
    let mut redeemed = 0;
    for _ in 0..ROUNDS {
        redeemed += one_round(book, &random, &payee).await;
    }
    assert_eq!(book.balance(&payee).await, redeemed * 10);
    book.assert_clean().await;
}

/// Commits one batch through each handle at the same time; their postings want overlapping tokens in random
/// order. Returns how many tokens were redeemed.
async fn one_round(book: &Book, random: &Random, payee: &AccountId) -> u64 {
    let tokens = book.tokens(usize::try_from(TOKENS).expect("small")).await;
    let batch = || -> Vec<Posting> {
        // Within a batch no two postings share a token, as the committer guarantees.
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
    let ledgers = [&book.one, &book.two].map(Clone::clone);
    let tasks = ledgers
        .into_iter()
        .zip(batches.clone())
        .map(|(ledger, batch)| tokio::spawn(async move { ledger.postings.commit(&batch, &|_| ()).await }));
    let mut redeemed = 0;
    let mut outcomes: Vec<(Posting, Answer)> = Vec::new();
    for (task, batch) in tasks.collect::<Vec<_>>().into_iter().zip(batches) {
        outcomes.extend(batch.into_iter().zip(task.await.expect("a task")));
    }
    for (posting, answer) in &outcomes {
        match answer {
            Ok(_) => redeemed += posting.draft().spends.len() as u64,
            Err(CommitError::Conflict(Conflict::Spent(_))) => {}
            Err(other) => panic!("only a token spent by the other batch may cause a conflict: {other:?}"),
        }
    }
    // Every token that a rejected posting names as spent was redeemed by another posting.
    let won = |token: &crate::Spend| {
        outcomes.iter().any(|(posting, answer)| answer.is_ok() && posting.draft().spends.contains(token))
    };
    for (posting, answer) in &outcomes {
        if let Err(CommitError::Conflict(Conflict::Spent(indices))) = answer {
            assert!(indices.iter().all(|index| won(&posting.draft().spends[*index])));
        }
    }
    redeemed
}
