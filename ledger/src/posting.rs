//! Postings: the only changes of value, balanced by construction.

use super::{BlindedHash, Claim, Conflict, LedgerError, OperationId, Record, Unbalanced};
use crate::keysets::KeysetState;
use ecash_core::keys::{KeyId, KeysetStatus};
use ecash_core::token::TokenMessage;
use ecash_core::{AccountId, Amount, Denomination, KeysetId, PaymentId, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// The kind of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperationKind {
    /// Credits an account from the treasury, for money received outside.
    Fund,
    /// Debits an account and issues tokens.
    Withdraw,
    /// Spends tokens and issues others of the same value.
    Swap,
    /// Spends tokens and credits an account.
    Redeem,
    /// Takes the claim of an operation to prevent it from committing.
    Cancel,
    /// Moves the unspent value of an ended keyset to the mint.
    Expire,
    /// Creates a payment that a merchant requests.
    Payment,
    /// Ends an open payment because its merchant cancelled it.
    PaymentCancel,
    /// Ends an open payment that was not paid in time.
    PaymentExpire,
    /// Sets money of a merchant aside for the refund of a payment.
    Refund,
    /// Issues tokens for refunds that the payer claims.
    RefundClaim,
    /// Returns an unclaimed refund to its merchant.
    RefundReturn,
    /// Sets money of a merchant aside for a payout.
    Payout,
    /// Ends a payout: it was paid, or the money returns to the merchant.
    PayoutEnd,
    /// Changes a merchant: its name, keys or domains.
    MerchantAdmin,
    /// Stops or revokes a keyset.
    KeysetStop,
}

impl OperationKind {
    const ALL: [Self; 16] = [
        Self::Fund,
        Self::Withdraw,
        Self::Swap,
        Self::Redeem,
        Self::Cancel,
        Self::Expire,
        Self::Payment,
        Self::PaymentCancel,
        Self::PaymentExpire,
        Self::Refund,
        Self::RefundClaim,
        Self::RefundReturn,
        Self::Payout,
        Self::PayoutEnd,
        Self::MerchantAdmin,
        Self::KeysetStop,
    ];

    /// Returns the kind as the ledger stores it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fund => "fund",
            Self::Withdraw => "withdraw",
            Self::Swap => "swap",
            Self::Redeem => "redeem",
            Self::Cancel => "cancel",
            Self::Expire => "expire",
            Self::Payment => "payment",
            Self::PaymentCancel => "payment_cancel",
            Self::PaymentExpire => "payment_expire",
            Self::Refund => "refund",
            Self::RefundClaim => "refund_claim",
            Self::RefundReturn => "refund_return",
            Self::Payout => "payout",
            Self::PayoutEnd => "payout_end",
            Self::MerchantAdmin => "merchant_admin",
            Self::KeysetStop => "keyset_stop",
        }
    }

    /// Parses a stored kind; the inverse of [`Self::as_str`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// The operation that a posting belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// A fresh random id for each request; its retries inside the ledger keep it.
    pub id: OperationId,
    /// The kind, which determines the format of the outcome.
    pub kind: OperationKind,
    /// SHA-256 of the canonical request; `None` for operations that no client requested.
    pub request_digest: Option<[u8; 32]>,
    /// The time of the operation; [`Draft::balanced`] rounds it to the minute.
    pub at: Timestamp,
}

/// A token that this posting spends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spend {
    /// The keyset of the token's key, which selects the partition.
    pub keyset_id: KeysetId,
    /// The key that signed the token.
    pub key_id: KeyId,
    /// The token's message, unique among spent tokens.
    pub spent_id: TokenMessage,
    /// The value of the token.
    pub denomination: Denomination,
}

/// The unspent value of one key of an ended keyset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expiry {
    /// The key whose tokens expire.
    pub key_id: KeyId,
    /// The total value of its unspent tokens.
    pub amount: Amount,
}

/// A blind signature issued by this posting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// The keyset of the key, which selects the partition.
    pub keyset_id: KeysetId,
    /// The key that signed.
    pub key_id: KeyId,
    /// Hash of the blinded token that was signed.
    pub blinded_hash: BlindedHash,
    /// The signature, k bytes, already checked by the signer.
    pub blind_signature: Vec<u8>,
    /// The value of the token.
    pub denomination: Denomination,
}

/// The account that a movement debits or credits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Party {
    /// Mirrors the money held outside. The only account whose balance may be negative.
    Treasury,
    /// Collects the value of tokens that were not spent before their keyset ended.
    Expired,
    /// Holds the money of refunds until they are claimed or returned.
    Refunds,
    /// Holds the money of payouts until the operator has paid or rejected them.
    Payouts,
    /// A customer or merchant.
    Account(AccountId),
}

impl Party {
    /// Returns the account id as the ledger stores it.
    #[must_use]
    pub fn account_id(&self) -> &str {
        match self {
            Self::Treasury => "treasury",
            Self::Expired => "expired",
            Self::Refunds => "refunds",
            Self::Payouts => "payouts",
            Self::Account(account_id) => account_id.as_str(),
        }
    }
}

/// The mint's own accounts, created with the schema.
const SYSTEM_ACCOUNTS: [&str; 4] = ["treasury", "expired", "refunds", "payouts"];

/// One debit or credit. Whether it is a debit or a credit depends on the list of [`Draft`] that holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    /// The debited or credited account.
    pub party: Party,
    /// The amount, never negative.
    pub amount: Amount,
}

/// A row of the outbox, written in the same transaction.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The merchant that receives the event.
    pub merchant_id: AccountId,
    /// The name of the event, such as `payment.paid`.
    pub kind: &'static str,
    /// The event's data in JSON; no token or signature.
    pub payload: serde_json::Value,
}

/// A posting that is not yet known to balance.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The operation that all rows refer to.
    pub operation: Operation,
    /// Claims that must be free. Each may be deleted after its keyset has ended; one without a keyset is
    /// never deleted.
    pub claims: Vec<(Claim, Option<KeysetId>)>,
    /// Value in: tokens to spend.
    pub spends: Vec<Spend>,
    /// Value in: unspent tokens of an ended keyset, by key.
    pub expiries: Vec<Expiry>,
    /// Value in: debited accounts.
    pub debits: Vec<Movement>,
    /// Value out: blind signatures.
    pub issues: Vec<Issue>,
    /// Value out: credited accounts.
    pub credits: Vec<Movement>,
    /// Rows of the outbox.
    pub events: Vec<Event>,
    /// Payments, their ends, and changes of merchants.
    pub records: Vec<Record>,
    /// Data from which the response to a retry is built, in JSON.
    pub outcome: serde_json::Value,
}

impl Draft {
    /// Creates a draft that moves no value.
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
            records: Vec::new(),
            outcome,
        }
    }

    /// Returns the keysets of spent tokens and issued outputs, each once, sorted.
    #[must_use]
    pub fn keysets(&self) -> BTreeSet<&KeysetId> {
        let spends = self.spends.iter().map(|spend| &spend.keyset_id);
        spends.chain(self.issues.iter().map(|issue| &issue.keyset_id)).collect()
    }

    /// Returns the conflict if a keyset in this state does not allow this posting. A stopped keyset does not
    /// issue, and tokens of a revoked one are spent only if the posting claims an opening for each. The
    /// service has already matched openings to tokens, so this check only compares their numbers.
    #[must_use]
    pub(crate) fn conflict_with(&self, keyset_id: &KeysetId, state: KeysetState) -> Option<Conflict> {
        let spends = self.spends.iter().filter(|spend| spend.keyset_id == *keyset_id).count();
        let opened = self.claims.iter().filter(|(claim, _)| claim.opens(keyset_id)).count();
        if state.ended {
            Some(Conflict::KeysetEnded(keyset_id.clone()))
        } else if !state.status.is_live() && self.issues.iter().any(|issue| issue.keyset_id == *keyset_id) {
            Some(Conflict::KeysetStopped(keyset_id.clone()))
        } else if state.status == KeysetStatus::Revoked && opened < spends {
            Some(Conflict::KeysetRevoked(keyset_id.clone()))
        } else {
            None
        }
    }

    /// Returns the value that this posting spends with openings, by key. These are tokens of revoked keysets.
    ///
    /// # Errors
    /// [`LedgerError::Corrupt`] if a sum is out of range.
    pub(crate) fn opened_values(&self) -> Result<BTreeMap<KeyId, (KeysetId, i64)>, LedgerError> {
        let mut values: BTreeMap<KeyId, (KeysetId, i64)> = BTreeMap::new();
        if !self.claims.iter().any(|(claim, _)| claim.is_opened()) {
            return Ok(values);
        }
        let is_opened = |spend: &&Spend| self.claims.iter().any(|(claim, _)| claim.opens(&spend.keyset_id));
        for spend in self.spends.iter().filter(is_opened) {
            let (_, value) = values.entry(spend.key_id).or_insert_with(|| (spend.keyset_id.clone(), 0));
            let sum = value.checked_add(spend.denomination.minor_signed());
            *value = sum.ok_or(LedgerError::Corrupt("opened value"))?;
        }
        Ok(values)
    }

    /// Returns the customers and merchants that are credited, to notify them.
    #[must_use]
    pub fn credited(&self) -> Vec<AccountId> {
        let accounts = self.credits.iter().filter_map(|movement| match &movement.party {
            Party::Account(account_id) => Some(account_id.clone()),
            Party::Treasury | Party::Expired | Party::Refunds | Party::Payouts => None,
        });
        accounts.collect()
    }

    /// Returns the payments that this posting ends or refunds, to notify their subscribers.
    #[must_use]
    pub fn changed_payments(&self) -> Vec<PaymentId> {
        let changed = self.records.iter().filter_map(|record| match record {
            Record::Settlement(settlement) => Some(settlement.payment_id.clone()),
            Record::NewRefund(refund) => Some(refund.payment_id.clone()),
            Record::RefundEnd(end) => Some(end.payment_id.clone()),
            Record::NewPayment(_)
            | Record::NewPayout(_)
            | Record::PayoutEnd(_)
            | Record::Merchant(_)
            | Record::KeysetStop(_) => None,
        });
        changed.collect()
    }

    /// Creates the draft of a keyset's end: the outstanding value of each key moves to [`Party::Expired`].
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

    /// Checks that value in equals value out, and rounds the time to the minute. The only constructor of a
    /// [`Posting`].
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
        // An account id may come from a request, and must not name a system account.
        let own = |movement: &Movement| match &movement.party {
            Party::Account(account_id) => SYSTEM_ACCOUNTS.contains(&account_id.as_str()),
            Party::Treasury | Party::Expired | Party::Refunds | Party::Payouts => false,
        };
        if self.debits.iter().chain(&self.credits).any(own) {
            return Err(Unbalanced::SystemAccount);
        }
        self.check_records()?;
        self.operation.at = self.operation.at.rounded_to_minute();
        Ok(Posting(self))
    }
}

/// A balanced draft: value in equals value out.
#[derive(Debug, Clone, PartialEq)]
pub struct Posting(Draft);

/// A primary key that only one posting can insert, and that two postings of one batch must not share.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum UniqueKey {
    /// The id of the operation.
    Operation(OperationId),
    /// A claim that the operation will own.
    Claim(Claim),
    /// The spent id of a token.
    Spent(TokenMessage),
    /// A blinded token, signed once per key.
    Output(KeyId, BlindedHash),
}

impl Posting {
    /// Returns the balanced draft.
    #[must_use]
    pub const fn draft(&self) -> &Draft {
        &self.0
    }

    /// Returns every primary key that this posting inserts.
    pub fn unique_keys(&self) -> impl Iterator<Item = UniqueKey> + '_ {
        let claims = self.0.claims.iter().map(|(claim, _)| UniqueKey::Claim(claim.clone()));
        let spends = self.0.spends.iter().map(|spend| UniqueKey::Spent(spend.spent_id));
        let issues = self.0.issues.iter().map(|issue| UniqueKey::Output(issue.key_id, issue.blinded_hash));
        std::iter::once(UniqueKey::Operation(self.0.operation.id)).chain(claims).chain(spends).chain(issues)
    }
}

/// The stored result of a committed posting, from this attempt or an earlier one.
#[derive(Debug, Clone, PartialEq)]
pub struct CommittedPosting {
    /// The id of the committed operation.
    pub operation_id: OperationId,
    /// The outcome as stored by the first attempt.
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
    fn system_accounts_cannot_be_named_by_id() {
        let mut draft = draft();
        draft.debits = vec![movement(Party::Treasury, 1)];
        for name in SYSTEM_ACCOUNTS {
            draft.credits = vec![movement(Party::Account(AccountId::new(name).unwrap()), 1)];
            assert_eq!(draft.clone().balanced(), Err(Unbalanced::SystemAccount));
        }
    }

    #[test]
    fn overflowing_sums_are_rejected() {
        let mut draft = draft();
        let max = movement(Party::Treasury, ecash_core::amount::MAX_AMOUNT_MINOR);
        draft.debits = vec![max.clone(), max.clone()];
        draft.credits = vec![max.clone(), max];
        assert!(matches!(draft.balanced(), Err(Unbalanced::TooLarge(_))));
    }
}
