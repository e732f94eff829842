//! Fund: money from outside becomes an account's. Each outside reference counts once.

use super::flow::refusal_of;
use super::{Mint, Outcome, ServiceError};
use crate::ledger::{Claim, CommitError, Conflict, Draft, Movement, Operation, OperationKind, Party};
use ecash_core::wire::ErrorCode;
use ecash_core::{AccountId, Amount};

/// What a new account gets where the currency is `DEMO`.
pub const DEMO_FUNDS_MINOR: u64 = 10_000;
/// The merchant that exists where there are demo funds.
pub const DEMO_MERCHANT: &str = "merchant_demo";

impl Mint {
    /// Funds an account once for each `reference`; false if it was funded for it before.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn fund(
        &self,
        account_id: &AccountId,
        amount: Amount,
        reference: &str,
    ) -> Result<bool, ServiceError> {
        if amount.is_zero() {
            return Err(ServiceError::refused(ErrorCode::AmountMismatch));
        }
        if self.parts.ledger.account(account_id).await?.is_none() {
            return Err(ServiceError::refused(ErrorCode::UnknownAccount));
        }
        let operation = Operation {
            id: self.operation_id()?,
            kind: OperationKind::Fund,
            request_digest: None,
            at: self.now(),
        };
        let outcome = Outcome::of(&operation)?.to_json()?;
        let mut draft = Draft::new(operation, outcome);
        draft.claims.push((Claim::fund(reference), None));
        draft.debits.push(Movement { party: Party::Treasury, amount });
        draft.credits.push(Movement { party: Party::Account(account_id.clone()), amount });
        let posting = draft.balanced().map_err(ServiceError::unavailable)?;
        match self.parts.committer.commit(posting).await {
            Ok(_) => {
                self.tell_credited(std::slice::from_ref(account_id));
                Ok(true)
            }
            Err(CommitError::Conflict(Conflict::Claimed(_))) => Ok(false),
            Err(CommitError::Conflict(conflict)) => Err(refusal_of(conflict)),
            Err(CommitError::Unavailable(error)) => Err(error.into()),
        }
    }
}
