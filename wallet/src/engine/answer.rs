//! Sends a plan's request, and parses the response, for all routes.

use super::Wallet;
use super::outputs::Blinded;
use crate::api::{ApiError, MintApi};
use crate::device::Device;
use crate::error::WalletError;
use crate::plan::{Plan, PlanKind, SwapReason};
use crate::store::Store;
use ecash_core::TransactionId;
use ecash_core::base64url::Base64Url;
use ecash_core::idempotency::Route;
use ecash_core::receipt::SignedReceipt;
use ecash_core::token::TokenMessage;
use ecash_core::wire::{
    ClaimResponse, RedeemRequest, RedeemResponse, SwapRequest, SwapResponse, TokenInfo, WithdrawRequest,
    WithdrawResponse,
};

/// The mint's response to a committed operation, from this attempt or stored from an earlier one.
pub(super) struct Answer {
    pub(super) transaction_id: TransactionId,
    /// In the order of the plan's outputs; `None` for an output that the mint has no signature of.
    pub(super) blind_signatures: Vec<Option<Base64Url>>,
    /// The shop's page to return to after a payment.
    pub(super) return_url: Option<String>,
    /// The receipt of a payment, not yet verified.
    pub(super) receipt: Option<SignedReceipt>,
}

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// Sends a plan once, without retries. A failure before the request is sent counts as lost.
    pub(super) async fn send(&self, plan: &Plan, blinded: &Blinded) -> Result<Answer, ApiError> {
        let key = &plan.idempotency_key;
        let outputs = blinded.requests();
        match &plan.kind {
            PlanKind::Withdraw { .. } => {
                let token = self.account_token().map_err(|_| ApiError::Lost)?;
                let request = WithdrawRequest {
                    amount: plan.amount,
                    denomination: None,
                    blinded_tokens: None,
                    key_id: None,
                    outputs: Some(outputs),
                };
                self.api.withdraw(&token, key, &request).await.map(Answer::from)
            }
            PlanKind::Swap { inputs, reason, .. } => {
                let mut tokens = self.token_infos(inputs).map_err(|_| ApiError::Lost)?;
                if *reason == SwapReason::Recover {
                    self.add_openings(&mut tokens).map_err(|_| ApiError::Lost)?;
                }
                self.api.swap(key, &SwapRequest { tokens, outputs }).await.map(Answer::from)
            }
            PlanKind::Receive { tokens, .. } => {
                let request = SwapRequest { tokens: tokens.clone(), outputs };
                self.api.swap(key, &request).await.map(Answer::from)
            }
            PlanKind::Redeem { inputs, merchant_id, payment } => {
                let tip = payment.as_ref().map(|payment| payment.tip);
                let request = RedeemRequest {
                    tokens: self.token_infos(inputs).map_err(|_| ApiError::Lost)?,
                    merchant_id: Some(merchant_id.clone()),
                    account_id: None,
                    payment_id: payment.as_ref().map(|payment| payment.payment_id.to_string()),
                    tip: tip.filter(|tip| !tip.is_zero()),
                    refund_commitment: payment.as_ref().and_then(|payment| payment.refund_commitment.clone()),
                };
                self.api.redeem(key, &request).await.map(Answer::from)
            }
            PlanKind::Claim { payment_id, refunds, .. } => {
                let request = self.signed_claim(payment_id, refunds, outputs).map_err(|_| ApiError::Lost)?;
                self.api.claim_refunds(payment_id, key, &request).await.map(Answer::from)
            }
        }
    }

    pub(super) fn token_infos(&self, ids: &[TokenMessage]) -> Result<Vec<TokenInfo>, WalletError> {
        let institution_id = self.mint().ok_or(WalletError::NoMint)?.institution_id;
        let state = self.state();
        ids.iter()
            .map(|id| {
                let own = state.tokens.get(id).ok_or(WalletError::PlanEnded)?;
                Ok(TokenInfo::new(&own.token, own.denomination, &institution_id))
            })
            .collect()
    }
}

impl Answer {
    /// Parses the stored response of a committed operation.
    pub(super) fn parse(route: Route, response: serde_json::Value) -> Option<Self> {
        match route {
            Route::Withdraw => serde_json::from_value::<WithdrawResponse>(response).ok().map(Self::from),
            Route::Swap => serde_json::from_value::<SwapResponse>(response).ok().map(Self::from),
            Route::RefundClaim => serde_json::from_value::<ClaimResponse>(response).ok().map(Self::from),
            Route::Redeem => serde_json::from_value::<RedeemResponse>(response).ok().map(Self::from),
        }
    }

    fn new(transaction_id: TransactionId, signatures: Vec<Base64Url>) -> Self {
        let blind_signatures = signatures.into_iter().map(Some).collect();
        Self { transaction_id, blind_signatures, return_url: None, receipt: None }
    }
}

impl From<WithdrawResponse> for Answer {
    fn from(response: WithdrawResponse) -> Self {
        Self::new(response.transaction_id, response.blind_signatures)
    }
}

impl From<SwapResponse> for Answer {
    fn from(response: SwapResponse) -> Self {
        Self::new(response.transaction_id, response.blind_signatures)
    }
}

impl From<ClaimResponse> for Answer {
    fn from(response: ClaimResponse) -> Self {
        Self::new(response.transaction_id, response.blind_signatures)
    }
}

impl From<RedeemResponse> for Answer {
    fn from(response: RedeemResponse) -> Self {
        let RedeemResponse { transaction_id, return_url, receipt, .. } = response;
        Self { return_url, receipt, ..Self::new(transaction_id, Vec::new()) }
    }
}
