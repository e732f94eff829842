//! Fund: credits an account for money received outside. Each external reference is credited once.

use super::outcome::Outcome;
use super::{Mint, ServiceError};
use ecash_core::wire::ErrorCode;
use ecash_core::{AccountId, Amount, is_short_line};
use ecash_ledger::{Claim, CommitError, Conflict, Movement, OperationKind, OperationRecord, Party};

/// Credited to each new account if the currency is `DEMO`, in minor units.
pub const DEMO_FUNDS_MINOR: u64 = 10_000;
/// A merchant that is created if the currency is `DEMO`.
pub const DEMO_MERCHANT: &str = "merchant_demo";

/// The reference of an external payment, which is credited once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FundReference(String);

/// The text is not a valid reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a reference of 1 to 200 printable characters")]
pub struct ReferenceError;

impl FundReference {
    const MAX_CHARS: usize = 200;

    /// Checks an operator's reference: 1 to 200 printable characters, and not only spaces.
    ///
    /// # Errors
    /// `ReferenceError` for another length, a control character, or only spaces.
    pub fn operator(text: &str) -> Result<Self, ReferenceError> {
        if is_short_line(text, Self::MAX_CHARS) && !text.trim().is_empty() {
            Ok(Self(format!("operator:{text}")))
        } else {
            Err(ReferenceError)
        }
    }

    /// Returns the reference of an account's demo funds. Its prefix keeps it apart from operators'
    /// references.
    pub(super) fn demo(account_id: &AccountId) -> Self {
        Self(format!("demo:{account_id}"))
    }
}

/// The result of a funding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Funded {
    /// The account was credited.
    Now,
    /// Nothing was changed: the same account was credited the same amount under this reference before.
    Before,
    /// Nothing was changed: another account or amount was credited under this reference before.
    Differently {
        /// The account that the reference credited.
        account_id: AccountId,
        /// The amount that the reference credited.
        amount: Amount,
    },
}

impl Mint {
    /// Funds an account once for each `reference`.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn fund(
        &self,
        account_id: &AccountId,
        amount: Amount,
        reference: &FundReference,
    ) -> Result<Funded, ServiceError> {
        if amount.is_zero() {
            return Err(ServiceError::refused(ErrorCode::AmountMismatch));
        }
        if self.deps.ledger.accounts.account(account_id).await?.is_none() {
            return Err(ServiceError::refused(ErrorCode::UnknownAccount));
        }
        // Read first, because a posting that conflicts makes the committer repeat the batch of all its
        // requests.
        let claim = Claim::fund(&reference.0);
        if let Some(owner) = self.deps.ledger.postings.claim_owner(&claim).await? {
            return self.funded_before(owner, account_id, amount).await;
        }
        let mut draft = self.draft_of(OperationKind::Fund, &Outcome::NOTHING)?;
        draft.claims.push((claim, None));
        draft.debits.push(Movement { party: Party::Treasury, amount });
        draft.credits.push(Movement { party: Party::Account(account_id.clone()), amount });
        match self.commit(draft).await {
            Ok(_) => Ok(Funded::Now),
            Err(CommitError::Conflict(Conflict::Claimed { owner, .. })) => {
                self.funded_before(*owner, account_id, amount).await
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Compares this request with the earlier funding under the same reference.
    async fn funded_before(
        &self,
        owner: OperationRecord,
        account_id: &AccountId,
        amount: Amount,
    ) -> Result<Funded, ServiceError> {
        let credits = self.deps.ledger.postings.credits(&owner.operation_id).await?;
        let credited = credits.into_iter().next().ok_or_else(|| ServiceError::internal(NoCredit))?;
        if credited == (account_id.clone(), amount) {
            return Ok(Funded::Before);
        }
        let (account_id, amount) = credited;
        Ok(Funded::Differently { account_id, amount })
    }
}

/// The operation that owns a funding's reference credits no account: the ledger is corrupt.
#[derive(Debug, thiserror::Error)]
#[error("the operation that owns this reference credits no account")]
struct NoCredit;

#[cfg(test)]
mod tests {
    use super::FundReference;

    #[test]
    fn references_are_one_to_two_hundred_printable_characters() {
        for good in ["1", "invoice 7", "Überweisung 12/2026", &"é".repeat(200)] {
            assert!(FundReference::operator(good).is_ok(), "{good:?}");
        }
        for bad in ["", " ", "a\nb", "\u{7f}", &"a".repeat(201)] {
            assert!(FundReference::operator(bad).is_err(), "{bad:?}");
        }
    }
}
