//! Redeem: spends tokens and credits an account.

use super::committed::Committed;
use super::flow::{Effects, Exclusive, Received};
use super::outcome::{Outcome, Redemption};
use super::payments::{DuePayment, Paid};
use super::tokens::{Purpose, check_tokens, token_resources};
use super::{Mint, ServiceError};
use crate::keys::{Keyring, VerifiedToken};
use ecash_core::wire::{ErrorCode, RedeemRequest, RedeemResponse};
use ecash_core::{AccountId, KeysetId};
use ecash_ledger::{AccountRole, Movement, Party};
use std::sync::Arc;

impl Mint {
    /// Redeems tokens to a merchant or account.
    ///
    /// # Errors
    /// [`ServiceError`]; if refused, no token was spent.
    pub async fn redeem(
        &self,
        received: Received,
        request: RedeemRequest,
    ) -> Result<RedeemResponse, ServiceError> {
        let keyring = self.keyring();
        let resources = token_resources(&keyring, &request.tokens, Purpose::Redeem, self.now())?;
        let fresh = |exclusive| self.redeem_fresh(exclusive, request, keyring);
        received.commit_once(self, resources, fresh).await?.redeem_response()
    }

    async fn redeem_fresh(
        &self,
        exclusive: Exclusive,
        request: RedeemRequest,
        keyring: Arc<Keyring>,
    ) -> Result<Committed, ServiceError> {
        let purpose = self.purpose(&request).await?;
        let (spends, sum) =
            check_tokens(self, keyring.clone(), request.tokens, Purpose::Redeem, self.now()).await?;
        let claim_keyset = youngest(&keyring, &spends);
        let (payee, payment) = match purpose {
            Payee::Account(account_id) => (account_id, None),
            Payee::Payment(due) => (due.merchant_id().clone(), Some(due.paid_with(sum)?)),
        };
        let credits = vec![Movement { party: Party::Account(payee), amount: sum }];
        let (exclusive, paid) = match payment {
            Some(paid) => (exclusive.hold_claims(self, &paid.claims).await?, paid),
            None => (exclusive, Paid::default()),
        };
        // The receipt is added by `Verified::sign`, because it names the operation.
        let outcome =
            Outcome::Redeem(Redemption { redeemed_amount: sum, return_url: paid.return_url, receipt: None });
        let effects = Effects {
            claim_keyset,
            credits,
            spends,
            claims: paid.claims,
            records: paid.records,
            events: paid.events,
            receipt: paid.receipt,
            ..Effects::new(outcome)
        };
        exclusive.verified(effects).sign(self).await?.commit(self).await
    }

    /// Returns the payee of the redemption. The commit checks it again.
    async fn purpose(&self, request: &RedeemRequest) -> Result<Payee, ServiceError> {
        let malformed = |detail| Err(ServiceError::refused_because(ErrorCode::MalformedRequest, detail));
        if let Some(payment_id) = &request.payment_id {
            return match &request.account_id {
                Some(_) => malformed("omit account_id: the payment determines the merchant"),
                None => self.due_payment(payment_id, request).await.map(Box::new).map(Payee::Payment),
            };
        }
        if request.refund_commitment.is_some() || request.tip.is_some() {
            return malformed("refund_commitment and tip need a payment_id");
        }
        let (account_id, merchant) = match (&request.merchant_id, &request.account_id) {
            (Some(merchant_id), None) => (merchant_id, true),
            (None, Some(account_id)) => (account_id, false),
            _ => return malformed("give either merchant_id or account_id"),
        };
        let account = self.deps.ledger.accounts.account(account_id).await?;
        match account {
            Some(account) if !merchant || account.role == AccountRole::Merchant => {
                Ok(Payee::Account(account.account_id))
            }
            _ if merchant => Err(ServiceError::refused(ErrorCode::UnknownMerchant)),
            _ => Err(ServiceError::refused(ErrorCode::UnknownAccount)),
        }
    }
}

/// The payee of a redemption.
enum Payee {
    /// An account, without a payment.
    Account(AccountId),
    /// A payment that is due.
    Payment(Box<DuePayment>),
}

/// Returns the newest keyset of these tokens. The claim is kept until that keyset ends, so that a repeat
/// finds it for as long as any of the tokens is accepted.
fn youngest(keyring: &Keyring, tokens: &[VerifiedToken]) -> Option<KeysetId> {
    let keysets = tokens.iter().filter_map(|token| keyring.keyset(token.keyset_id()));
    keysets.max_by_key(|stored| stored.epoch).map(|stored| stored.keyset.keyset_id.clone())
}
