//! Withdraw: debits an account and issues blind signatures.

use super::committed::Committed;
use super::flow::{Effects, Exclusive, Received};
use super::in_flight::Resource;
use super::outcome::{Outcome, Withdrawal};
use super::outputs::{check_outputs, output_resources, references};
use super::{Mint, ServiceError};
use crate::keys::Keyring;
use ecash_core::wire::{ErrorCode, OutputRequest, WithdrawRequest, WithdrawResponse};
use ecash_core::{Amount, Timestamp};
use ecash_ledger::{AccountRecord, Movement, Party};

/// How long before and after a change of keysets a withdrawal in the short form must name its key.
const KEY_ID_REQUIRED_S: u64 = 24 * 3600;

impl Mint {
    /// Withdraws from `account`.
    ///
    /// # Errors
    /// [`ServiceError`]; if refused, nothing changed.
    pub async fn withdraw(
        &self,
        received: Received,
        account: &AccountRecord,
        request: WithdrawRequest,
    ) -> Result<WithdrawResponse, ServiceError> {
        let keyring = self.keyring();
        let now = self.now();
        // The outputs are resources only if their keys are known. An error is returned after the check for a
        // repeat, which may have been committed while its key was still issuing.
        let mut resources = vec![Resource::Debited(account.account_id.clone())];
        let outputs = match long_form(&keyring, &request, now) {
            Ok(outputs) => {
                resources.extend(output_resources(&outputs)?);
                Ok(outputs)
            }
            Err(error) => Err(error),
        };
        let fresh =
            |exclusive| self.withdraw_fresh(exclusive, account, request.amount, outputs, &keyring, now);
        received.commit_once(self, resources, fresh).await?.withdraw_response()
    }

    async fn withdraw_fresh(
        &self,
        exclusive: Exclusive,
        account: &AccountRecord,
        amount: Amount,
        outputs: Result<Vec<OutputRequest>, ServiceError>,
        keyring: &Keyring,
        now: Timestamp,
    ) -> Result<Committed, ServiceError> {
        let (outputs, keyset, sum) = check_outputs(self, keyring, &outputs?, now).await?;
        if sum != amount {
            return Err(ServiceError::refused_because(
                ErrorCode::AmountMismatch,
                format!("the outputs sum to {}, the amount is {}", self.money(sum), self.money(amount)),
            ));
        }
        // Read again: the account may have been debited while this request waited.
        let balance =
            self.deps.ledger.accounts.account(&account.account_id).await?.map(|account| account.balance);
        if balance.is_none_or(|balance| balance < sum) {
            return Err(ServiceError::refused(ErrorCode::InsufficientBalance));
        }
        let outcome = Outcome::Withdraw(Withdrawal {
            outputs: references(&outputs),
            expires_at: keyset.dates.redeem_until,
        });
        let effects = Effects {
            outputs,
            debits: vec![Movement { party: Party::Account(account.account_id.clone()), amount: sum }],
            claim_keyset: Some(keyset.keyset_id),
            ..Effects::new(outcome)
        };
        exclusive.verified(effects).sign(self).await?.commit(self).await
    }
}

/// Converts either form of a request to outputs. The short form, a denomination and blinded tokens, uses the
/// named key or the issuing one.
fn long_form(
    keyring: &Keyring,
    request: &WithdrawRequest,
    now: Timestamp,
) -> Result<Vec<OutputRequest>, ServiceError> {
    let malformed = |detail| Err(ServiceError::refused_because(ErrorCode::MalformedRequest, detail));
    match (&request.outputs, request.denomination, &request.blinded_tokens) {
        (Some(outputs), None, None) => Ok(outputs.clone()),
        (None, Some(denomination), Some(blinded_tokens)) => {
            let key_id = match request.key_id {
                Some(key_id) => match keyring.key(&key_id) {
                    Some(entry) if entry.key.denomination != denomination => {
                        return Err(ServiceError::refused(ErrorCode::AmountMismatch));
                    }
                    _ => key_id,
                },
                None => {
                    let stored =
                        keyring.issuing(now).ok_or(ServiceError::refused(ErrorCode::KeyNotIssuing))?;
                    let dates = stored.keyset.dates;
                    let just_changed =
                        stored.epoch > 1 && now < dates.valid_from.plus_seconds(KEY_ID_REQUIRED_S);
                    if just_changed || now.plus_seconds(KEY_ID_REQUIRED_S) >= dates.issue_until {
                        return Err(ServiceError::refused(ErrorCode::KeyIdRequired));
                    }
                    let key = stored.keyset.key_of(denomination);
                    key.ok_or(ServiceError::refused(ErrorCode::UnsupportedDenomination))?.key_id
                }
            };
            let output = |blinded_token: &ecash_core::base64url::Base64Url| OutputRequest {
                key_id,
                blinded_token: blinded_token.clone(),
            };
            Ok(blinded_tokens.iter().map(output).collect())
        }
        (None, _, _) => malformed("give denomination and blinded_tokens, or outputs"),
        (Some(_), _, _) => malformed("give either outputs, or denomination and blinded_tokens, not both"),
    }
}
