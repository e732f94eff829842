//! Redeem: tokens become an account's money.

use super::flow::{Committed, HeldRequest, Received, Start, Value};
use super::tokens::{Purpose, check_tokens, held_tokens};
use super::{Mint, ServiceError};
use crate::keys::{Keyring, VerifiedToken};
use crate::ledger::{AccountRole, Event, Movement, Party};
use ecash_core::wire::{ErrorCode, RedeemRequest, RedeemResponse};
use ecash_core::{AccountId, KeysetId};
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
        let names = held_tokens(&keyring, &request.tokens)?;
        let held = match received.start(self, names).await? {
            Start::Repeat(record) => return respond(Committed::stored(self, record).await?),
            Start::Fresh(held) => held,
        };
        let fresh = self.redeem_fresh(held, request, keyring).await;
        respond(received.unless_repeated(self, fresh).await?)
    }

    async fn redeem_fresh(
        &self,
        held: HeldRequest,
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
            redeemed_amount: Some(sum),
            spends,
            ..Value::default()
        };
        held.verified(value).sign(self).await?.commit(self).await
    }

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
        let account = self.parts.ledger.account(account_id).await?;
        match account {
            Some(account) if !merchant || account.role == AccountRole::Merchant => Ok(account.account_id),
            _ if merchant => Err(ServiceError::refused(ErrorCode::UnknownMerchant)),
            _ => Err(ServiceError::refused(ErrorCode::UnknownAccount)),
        }
    }
}

/// The keyset among these tokens that lives longest: as long as it does the claim is kept.
fn youngest(keyring: &Keyring, tokens: &[VerifiedToken]) -> Option<KeysetId> {
    let keysets = tokens.iter().filter_map(|token| keyring.keyset(token.keyset_id()));
    keysets.max_by_key(|stored| stored.epoch).map(|stored| stored.keyset.keyset_id.clone())
}

fn respond(committed: Committed) -> Result<RedeemResponse, ServiceError> {
    Ok(RedeemResponse {
        transaction_id: committed.outcome.transaction_id,
        // Every redemption stores it.
        redeemed_amount: committed.outcome.redeemed_amount.unwrap_or_default(),
        timestamp: committed.outcome.timestamp,
    })
}
