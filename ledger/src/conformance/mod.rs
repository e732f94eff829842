//! The conformance suite of ledger engines. The tests of each engine call [`check`].
//!
//! The suite writes postings with random bytes as signatures, because the ledger does not verify signatures.
#![allow(clippy::expect_used, clippy::panic, reason = "a suite of tests fails by panicking")]

mod batches;
mod conflicts;
mod feed;
mod keysets;
mod merchants;
mod movements;
mod payments;
mod payouts;
mod postings;
mod races;
mod receipt_keys;
mod refunds;
mod sealing;
mod webhooks;

use crate::{
    AccountRole, BlindedHash, Claim, CommitError, CommittedPosting, Conflict, Draft, Issue, Ledger,
    LedgerIdentity, Movement, Operation, OperationId, OperationKind, Party, Posting, Spend,
};
use ecash_core::keys::{Dates, KEY_PROOF_ROOTS, Keyset};
use ecash_core::rsabssa::{E, PublicKey};
use ecash_core::token::TokenMessage;
use ecash_core::{AccountId, Amount, Currency, Denomination, InstitutionId, KeysetId, Timestamp};
use serde_json::json;
use std::sync::atomic::{AtomicU64, Ordering};

/// Returns the identity with which the suite's ledgers must be opened.
#[must_use]
pub fn identity() -> LedgerIdentity {
    LedgerIdentity {
        institution_id: InstitutionId::new("inst_conformance").expect("a name"),
        currency: Currency::new("DEMO", 0).expect("a currency"),
    }
}

/// Runs the suite. Each call of `open` must open the same ledger, which is empty at first. The suite uses two
/// handles at the same time, like two mints.
pub async fn check(open: impl AsyncFn() -> Ledger) {
    let book = Book::new(open().await, open().await).await;
    postings::check(&book).await;
    conflicts::check(&book).await;
    batches::check(&book).await;
    races::check(&book).await;
    payments::check(&book).await;
    merchants::check(&book).await;
    refunds::check(&book).await;
    payouts::check(&book).await;
    movements::check(&book).await;
    feed::check(&book).await;
    webhooks::check(&book).await;
    receipt_keys::check(&book).await;
    keysets::check(&book).await;
    sealing::check(&book).await;
    book.assert_clean().await;
    // Committed operations persist after the ledger is reopened.
    let operations = book.one.audit_log.audit().await.expect("an audit").operations;
    let again = open().await;
    assert_eq!(again.audit_log.audit().await.expect("an audit").operations, operations);
}

/// A ledger opened twice, and helpers that build postings with fresh ids.
pub struct Book {
    /// The first handle.
    pub one: Ledger,
    /// The second handle to the same ledger, as another mint would hold it.
    pub two: Ledger,
    /// The first keyset. Its private keys do not exist.
    pub keyset: Keyset,
    next: AtomicU64,
}

type Answer = Result<CommittedPosting, CommitError>;

/// Returns a keyset whose private keys do not exist.
fn public_keyset(epoch: u32, valid_from: u64) -> Keyset {
    let at = |days: u64| Timestamp::from_unix_seconds(valid_from).plus_days(days);
    let dates = Dates { valid_from: at(0), issue_until: at(30), redeem_until: at(120), swap_until: at(850) };
    let key = |denomination: u64| {
        // An odd number of full width, different for each key.
        let mut n = [0xA5; 128];
        n[1..5].copy_from_slice(&epoch.to_be_bytes());
        n[5..13].copy_from_slice(&denomination.to_be_bytes());
        n[127] |= 1;
        let public = PublicKey::new(&n, E).expect("a narrow key");
        let proof = vec![vec![7; 128]; KEY_PROOF_ROOTS];
        (Denomination::new(denomination).expect("a denomination"), public, proof)
    };
    let LedgerIdentity { institution_id, currency } = identity();
    let name = KeysetId::new(format!("key_{epoch:03}")).expect("a name");
    Keyset::new(name, institution_id, currency, dates, vec![key(10), key(50)]).expect("a keyset")
}

impl Book {
    /// Adds the first keyset to an empty ledger.
    pub async fn new(one: Ledger, two: Ledger) -> Self {
        let keyset = public_keyset(1, 1_767_225_600);
        assert!(one.keysets.add_keyset(1, &keyset).await.expect("a keyset is added"));
        Self { one, two, keyset, next: AtomicU64::new(1) }
    }

    fn bytes<const N: usize>(&self) -> [u8; N] {
        let number = self.next.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        let mut bytes = [0; N];
        bytes.iter_mut().rev().zip(number.iter().rev()).for_each(|(to, from)| *to = *from);
        // Ids are not in the order of their creation, so that batches are not sorted by accident.
        bytes[0] = number[7].wrapping_mul(37);
        bytes
    }

    /// Returns a draft that moves no value.
    pub fn draft(&self, kind: OperationKind) -> Draft {
        let operation = Operation {
            id: OperationId::new(self.bytes()),
            kind,
            request_digest: Some(self.bytes()),
            at: Timestamp::from_unix_seconds(1_767_225_660),
        };
        Draft::new(operation, json!({ "number": self.next.load(Ordering::Relaxed) }))
    }

    fn claim(&self) -> Claim {
        Claim::fund(&format!("{}", self.next.fetch_add(1, Ordering::Relaxed)))
    }

    fn spend(&self, denomination: u64) -> Spend {
        self.spend_of(&self.keyset, denomination)
    }

    fn spend_of(&self, keyset: &Keyset, denomination: u64) -> Spend {
        let denomination = Denomination::new(denomination).expect("a denomination");
        let key = keyset.key_of(denomination).expect("a key");
        let (keyset_id, key_id) = (keyset.keyset_id.clone(), key.key_id);
        Spend { keyset_id, key_id, spent_id: TokenMessage::new(self.bytes()), denomination }
    }

    fn issue(&self, denomination: u64) -> Issue {
        self.issue_of(&self.keyset, denomination)
    }

    fn issue_of(&self, keyset: &Keyset, denomination: u64) -> Issue {
        let Spend { keyset_id, key_id, spent_id, denomination } = self.spend_of(keyset, denomination);
        let blinded_hash = BlindedHash::of(spent_id.as_bytes());
        Issue { keyset_id, key_id, blinded_hash, blind_signature: self.bytes::<128>().to_vec(), denomination }
    }

    /// Returns a draft that swaps tokens into as many fresh outputs.
    pub fn swap(&self, spends: Vec<Spend>) -> Draft {
        let mut draft = self.draft(OperationKind::Swap);
        draft.issues = spends.iter().map(|spend| self.issue(spend.denomination.minor())).collect();
        draft.spends = spends;
        draft.claims.push((self.claim(), Some(self.keyset.keyset_id.clone())));
        draft
    }

    fn fund(&self, account: &AccountId, minor: u64) -> Draft {
        let mut draft = self.draft(OperationKind::Fund);
        draft.debits.push(Movement { party: Party::Treasury, amount: amount(minor) });
        draft.credits.push(Movement { party: Party::Account(account.clone()), amount: amount(minor) });
        draft.claims.push((self.claim(), None));
        draft
    }

    /// Returns a draft that withdraws tokens of 10 minor units.
    pub fn withdraw(&self, account: &AccountId, tokens: usize) -> Draft {
        let mut draft = self.draft(OperationKind::Withdraw);
        draft.issues = (0..tokens).map(|_| self.issue(10)).collect();
        let amount = amount(10 * tokens as u64);
        draft.debits.push(Movement { party: Party::Account(account.clone()), amount });
        draft
    }

    fn redeem(&self, account: &AccountId, spends: Vec<Spend>) -> Draft {
        let mut draft = self.draft(OperationKind::Redeem);
        let sum = Amount::sum(spends.iter().map(|spend| spend.denomination.amount())).expect("a sum");
        draft.credits.push(Movement { party: Party::Account(account.clone()), amount: sum });
        draft.spends = spends;
        draft
    }

    /// Opens an account with this balance in minor units.
    pub async fn account(&self, minor: u64) -> AccountId {
        let name = AccountId::new(format!("acc_{}", self.next.fetch_add(1, Ordering::Relaxed)));
        let account_id = name.expect("a name");
        self.one
            .accounts
            .open_account(&account_id, AccountRole::Customer, self.bytes())
            .await
            .expect("an account is opened");
        if minor > 0 {
            self.commit(self.fund(&account_id, minor)).await.expect("it is funded");
        }
        account_id
    }

    /// Returns unspent tokens of 10 minor units. Issues as many outputs, so that I1 holds when the tokens are
    /// spent.
    pub async fn tokens(&self, count: usize) -> Vec<Spend> {
        let account = self.account(10 * count as u64).await;
        self.commit(self.withdraw(&account, count)).await.expect("tokens are issued");
        (0..count).map(|_| self.spend(10)).collect()
    }

    async fn commit(&self, draft: Draft) -> Answer {
        commit_to(&self.one, draft).await
    }

    async fn balance(&self, account: &AccountId) -> u64 {
        self.two.accounts.account(account).await.expect("a read").expect("an account").balance.minor()
    }

    /// Converts a balanced draft to a posting.
    pub fn posting(&self, draft: Draft) -> Posting {
        posting(draft)
    }

    /// Fails the test if any invariant does not hold.
    pub async fn assert_clean(&self) {
        assert_eq!(self.one.audit_log.audit().await.expect("an audit").violations, []);
    }
}

async fn commit_to(ledger: &Ledger, draft: Draft) -> Answer {
    let answers = ledger.postings.commit(&[posting(draft)], &|_| ()).await;
    answers.into_iter().next().expect("a result for each posting")
}

fn posting(draft: Draft) -> Posting {
    draft.balanced().expect("a balanced draft")
}

fn amount(minor: u64) -> Amount {
    Amount::new(minor).expect("an amount")
}

fn conflict(answer: Answer) -> Conflict {
    match answer {
        Err(CommitError::Conflict(conflict)) => conflict,
        other => panic!("expected a conflict, got {other:?}"),
    }
}
