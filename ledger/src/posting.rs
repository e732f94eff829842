//! The posting: everything that moves value, balanced by construction.

use super::{BlindedHash, Claim, OperationId};
use ecash_core::keys::KeyId;
use ecash_core::token::TokenMessage;
use ecash_core::{AccountId, Amount, AmountError, Denomination, KeysetId, Timestamp};
use std::collections::BTreeSet;

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperationKind {
    /// Money comes from outside: treasury to an account.
    Fund,
    /// An account's money becomes tokens.
    Withdraw,
    /// Tokens become other tokens.
    Swap,
    /// Tokens become an account's money.
    Redeem,
    /// An operation that will not happen: takes its claim.
    Cancel,
    /// Tokens whose epoch is over become the mint's.
    Expire,
}

impl OperationKind {
    /// Its name in the ledger.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fund => "fund",
            Self::Withdraw => "withdraw",
            Self::Swap => "swap",
            Self::Redeem => "redeem",
            Self::Cancel => "cancel",
            Self::Expire => "expire",
        }
    }

    /// From its name in the ledger.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Fund, Self::Withdraw, Self::Swap, Self::Redeem, Self::Cancel, Self::Expire]
            .into_iter()
            .find(|kind| kind.as_str() == name)
    }
}

/// The operation a posting belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Its random id.
    pub id: OperationId,
    /// What it does.
    pub kind: OperationKind,
    /// SHA-256 of the canonical request.
    pub request_digest: Option<[u8; 32]>,
    /// When; rounded to the minute on construction of the posting.
    pub at: Timestamp,
}

/// A token that ceases to exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spend {
    /// The keyset of its key.
    pub keyset_id: KeysetId,
    /// Its key.
    pub key_id: KeyId,
    /// Its spent id.
    pub spent_id: TokenMessage,
    /// Its value.
    pub denomination: Denomination,
}

/// What of a key was never spent when its epoch ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expiry {
    /// The key.
    pub key_id: KeyId,
    /// The value of its unspent tokens.
    pub amount: Amount,
}

/// A blind signature issued by this posting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// The keyset of the key.
    pub keyset_id: KeysetId,
    /// The key that signed.
    pub key_id: KeyId,
    /// What was signed.
    pub blinded_hash: BlindedHash,
    /// The signature, checked.
    pub blind_signature: Vec<u8>,
    /// Its value.
    pub denomination: Denomination,
}

/// Who gains or loses.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Party {
    /// The mirror of the money outside; alone may be negative.
    Treasury,
    /// Value of tokens that were not spent before their epoch ended.
    Expired,
    /// A customer or merchant.
    Account(AccountId),
}

impl Party {
    /// The account's name in the ledger.
    #[must_use]
    pub fn account_id(&self) -> &str {
        match self {
            Self::Treasury => "treasury",
            Self::Expired => "expired",
            Self::Account(account_id) => account_id.as_str(),
        }
    }
}

/// Accounts of the mint itself, made with the schema.
const SYSTEM_ACCOUNTS: [&str; 3] = ["treasury", "expired", "refunds"];

/// An amount that an account gains or loses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    /// Whose.
    pub party: Party,
    /// How much.
    pub amount: Amount,
}

/// A row of the outbox, written in the same transaction.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// What happened.
    pub kind: &'static str,
    /// JSON.
    pub payload: serde_json::Value,
}

/// A posting that is not yet known to balance.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The operation.
    pub operation: Operation,
    /// Names that must be free. Each is deleted when its keyset expires.
    pub claims: Vec<(Claim, Option<KeysetId>)>,
    /// Value in: tokens.
    pub spends: Vec<Spend>,
    /// Value in: unspent tokens of a key whose epoch is over.
    pub expiries: Vec<Expiry>,
    /// Value in: accounts that get less.
    pub debits: Vec<Movement>,
    /// Value out: blind signatures.
    pub issues: Vec<Issue>,
    /// Value out: accounts that get more.
    pub credits: Vec<Movement>,
    /// Outbox rows.
    pub events: Vec<Event>,
    /// Ids and times, kept for repeats.
    pub outcome: serde_json::Value,
}

/// The values of a draft do not balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unbalanced {
    /// Value in and value out differ.
    #[error("value in and value out differ")]
    Differs,
    /// The mint's own accounts are moved by their own names only.
    #[error("an account of the mint itself is named as a customer's")]
    SystemAccount,
    /// A sum is larger than any amount.
    #[error("the sum is too large")]
    TooLarge(#[source] AmountError),
}

impl Draft {
    /// A draft that moves nothing yet.
    #[must_use]
    pub const fn new(operation: Operation, outcome: serde_json::Value) -> Self {
        Self {
            operation,
            claims: Vec::new(),
            spends: Vec::new(),
            expiries: Vec::new(),
            debits: Vec::new(),
            issues: Vec::new(),
            credits: Vec::new(),
            events: Vec::new(),
            outcome,
        }
    }

    /// The keysets it touches, each once, sorted.
    #[must_use]
    pub fn keysets(&self) -> BTreeSet<&KeysetId> {
        let spends = self.spends.iter().map(|spend| &spend.keyset_id);
        spends.chain(self.issues.iter().map(|issue| &issue.keyset_id)).collect()
    }

    /// The customers and merchants who get more.
    #[must_use]
    pub fn credited(&self) -> Vec<AccountId> {
        let accounts = self.credits.iter().filter_map(|movement| match &movement.party {
            Party::Account(account_id) => Some(account_id.clone()),
            Party::Treasury | Party::Expired => None,
        });
        accounts.collect()
    }

    /// The draft of a keyset's end: what is outstanding per key goes to `expired`.
    ///
    /// # Errors
    /// [`Unbalanced::TooLarge`].
    pub(crate) fn expiry(
        operation: Operation,
        outstanding: Vec<(KeyId, Amount)>,
    ) -> Result<Self, Unbalanced> {
        let amount =
            Amount::sum(outstanding.iter().map(|(_, amount)| *amount)).map_err(Unbalanced::TooLarge)?;
        let mut draft = Self::new(operation, serde_json::Value::Null);
        let left = outstanding.into_iter().filter(|(_, amount)| !amount.is_zero());
        draft.expiries = left.map(|(key_id, amount)| Expiry { key_id, amount }).collect();
        draft.credits.push(Movement { party: Party::Expired, amount });
        Ok(draft)
    }

    /// The only way to a [`Posting`].
    ///
    /// # Errors
    /// [`Unbalanced`].
    pub fn balanced(mut self) -> Result<Posting, Unbalanced> {
        let tokens_in = self.spends.iter().map(|spend| spend.denomination.amount());
        let expired_in = self.expiries.iter().map(|expiry| expiry.amount);
        let accounts_in = self.debits.iter().map(|movement| movement.amount);
        let tokens_out = self.issues.iter().map(|issue| issue.denomination.amount());
        let accounts_out = self.credits.iter().map(|movement| movement.amount);
        let value_in =
            Amount::sum(tokens_in.chain(expired_in).chain(accounts_in)).map_err(Unbalanced::TooLarge)?;
        let value_out = Amount::sum(tokens_out.chain(accounts_out)).map_err(Unbalanced::TooLarge)?;
        if value_in != value_out {
            return Err(Unbalanced::Differs);
        }
        let own = |movement: &Movement| match &movement.party {
            Party::Account(account_id) => SYSTEM_ACCOUNTS.contains(&account_id.as_str()),
            Party::Treasury | Party::Expired => false,
        };
        if self.debits.iter().chain(&self.credits).any(own) {
            return Err(Unbalanced::SystemAccount);
        }
        self.operation.at = self.operation.at.rounded_to_minute();
        Ok(Posting(self))
    }
}

/// A balanced posting: Σ in = Σ out.
#[derive(Debug, Clone, PartialEq)]
pub struct Posting(Draft);

/// What two postings of one batch must not share.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum UniqueKey {
    /// An operation.
    Operation(OperationId),
    /// A claim.
    Claim(Claim),
    /// A token.
    Spent(TokenMessage),
    /// An output.
    Output(KeyId, BlindedHash),
}

impl Posting {
    /// The draft it was made of.
    #[must_use]
    pub const fn draft(&self) -> &Draft {
        &self.0
    }

    /// Everything that only one posting can have.
    pub fn unique_keys(&self) -> impl Iterator<Item = UniqueKey> + '_ {
        let claims = self.0.claims.iter().map(|(claim, _)| UniqueKey::Claim(claim.clone()));
        let spends = self.0.spends.iter().map(|spend| UniqueKey::Spent(spend.spent_id));
        let issues = self.0.issues.iter().map(|issue| UniqueKey::Output(issue.key_id, issue.blinded_hash));
        std::iter::once(UniqueKey::Operation(self.0.operation.id)).chain(claims).chain(spends).chain(issues)
    }
}

/// What a committed posting left behind.
#[derive(Debug, Clone, PartialEq)]
pub struct Receipt {
    /// The operation.
    pub operation_id: OperationId,
    /// Its outcome.
    pub outcome: serde_json::Value,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> Draft {
        let operation = Operation {
            id: OperationId::new([1; 16]),
            kind: OperationKind::Fund,
            request_digest: None,
            at: Timestamp::from_unix_seconds(119),
        };
        Draft::new(operation, serde_json::Value::Null)
    }

    fn movement(party: Party, minor: u64) -> Movement {
        Movement { party, amount: Amount::new(minor).unwrap() }
    }

    #[test]
    fn only_a_balanced_draft_becomes_a_posting() {
        let alice = Party::Account(AccountId::new("alice").unwrap());
        let mut draft = draft();
        draft.debits = vec![movement(Party::Treasury, 100)];
        draft.credits = vec![movement(alice.clone(), 99)];
        assert_eq!(draft.clone().balanced(), Err(Unbalanced::Differs));
        draft.credits.push(movement(alice, 1));
        let posting = draft.balanced().unwrap();
        assert_eq!(posting.draft().operation.at.unix_seconds(), 60);
    }

    #[test]
    fn the_mints_own_accounts_are_nobodys() {
        let mut draft = draft();
        draft.debits = vec![movement(Party::Treasury, 1)];
        for name in SYSTEM_ACCOUNTS {
            draft.credits = vec![movement(Party::Account(AccountId::new(name).unwrap()), 1)];
            assert_eq!(draft.clone().balanced(), Err(Unbalanced::SystemAccount));
        }
    }

    #[test]
    fn sums_that_overflow_are_refused() {
        let mut draft = draft();
        let max = movement(Party::Treasury, ecash_core::amount::MAX_AMOUNT_MINOR);
        draft.debits = vec![max.clone(), max.clone()];
        draft.credits = vec![max.clone(), max];
        assert!(matches!(draft.balanced(), Err(Unbalanced::TooLarge(_))));
    }
}
