//! Redeem: spends tokens and credits an account.

use super::flow::{Exclusive, Received, Start, Value};
use super::outcome::{Committed, Outcome};
use super::tokens::{Purpose, check_tokens, token_resources};
use super::{Mint, ServiceError};
use crate::keys::{Keyring, VerifiedToken};
use ecash_core::wire::{ErrorCode, RedeemRequest, RedeemResponse};
use ecash_core::{AccountId, KeysetId};
use ecash_ledger::{AccountRole, Event, Movement, Party};
use serde_json::json;
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
        let resources = token_resources(&keyring, &request.tokens)?;
        let exclusive = match received.start(self, resources).await? {
            Start::Repeat(record) => return Committed::stored(self, record).await?.redeem_response(),
            Start::Fresh(exclusive) => exclusive,
        };
        let fresh = self.redeem_fresh(exclusive, request, keyring).await;
        received.unless_repeated(self, fresh).await?.redeem_response()
    }

    async fn redeem_fresh(
        &self,
        exclusive: Exclusive,
        request: RedeemRequest,
        keyring: Arc<Keyring>,
    ) -> Result<Committed, ServiceError> {
        let payee = self.payee(&request).await?;
        let (spends, sum) =
            check_tokens(self, keyring.clone(), request.tokens, Purpose::Redeem, self.now()).await?;
        let value = Value {
            claim_keyset: youngest(&keyring, &spends),
            credits: vec![Movement { party: Party::Account(payee.clone()), amount: sum }],
            events: vec![Event { kind: "redeemed", payload: json!({ "account_id": payee, "amount": sum }) }],
            spends,
            ..Value::new(Outcome::Redeem { redeemed_amount: sum })
        };
        exclusive.verified(value).sign(self).await?.commit(self).await
    }

    /// Returns the account to credit. Checked again by the commit.
    async fn payee(&self, request: &RedeemRequest) -> Result<AccountId, ServiceError> {
        if request.payment_id.is_some() {
            return Err(ServiceError::refused(ErrorCode::PaymentUnknown));
        }
        let malformed = |detail| Err(ServiceError::refused_because(ErrorCode::MalformedRequest, detail));
        if request.refund_commitment.is_some() {
            return malformed("refund_commitment needs a payment_id");
        }
        let (account_id, merchant) = match (&request.merchant_id, &request.account_id) {
            (Some(merchant_id), None) => (merchant_id, true),
            (None, Some(account_id)) => (account_id, false),
            _ => return malformed("give merchant_id or account_id, one of them"),
        };
        let account = self.deps.ledger.accounts.account(account_id).await?;
        match account {
            Some(account) if !merchant || account.role == AccountRole::Merchant => Ok(account.account_id),
            _ if merchant => Err(ServiceError::refused(ErrorCode::UnknownMerchant)),
            _ => Err(ServiceError::refused(ErrorCode::UnknownAccount)),
        }
    }
}

/// Returns the newest keyset of these tokens. The claim is kept until that keyset ends, so that a repeat finds it for
/// as long as any of the tokens is accepted.
fn youngest(keyring: &Keyring, tokens: &[VerifiedToken]) -> Option<KeysetId> {
    let keysets = tokens.iter().filter_map(|token| keyring.keyset(token.keyset_id()));
    keysets.max_by_key(|stored| stored.epoch).map(|stored| stored.keyset.keyset_id.clone())
}
