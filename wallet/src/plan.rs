//! Plans: operations with a mint. A plan is stored before its first request is sent, and deleted only when
//! its outcome is stored. An operation therefore survives a crash at any moment.

use ecash_core::base64url::Base64Url;
use ecash_core::idempotency::{IdempotencyKey, Route};
use ecash_core::keys::KeyId;
use ecash_core::seed::Chain;
use ecash_core::token::{OutputName, TokenMessage};
use ecash_core::wire::TokenInfo;
use ecash_core::{AccountId, Amount, Origin, PaymentId, TransactionId};
use serde::{Deserialize, Serialize};

/// A random id of one plan, and of the [`Activity`](crate::Activity) that shows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlanId(pub String);

/// An output that a plan asks the mint to sign. The seed derives its serial, salt and blinding factor from
/// these fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedOutput {
    /// The denomination key that signs the output; it determines the output's value.
    pub key_id: KeyId,
    /// The derivation chain; separates the outputs of withdrawals, swaps and refunds.
    pub chain: Chain,
    /// The index within this key and chain, from 0. Stored as used before the output is first sent.
    pub counter: u64,
}

impl PlannedOutput {
    /// Returns the part of the derivation path that the key does not determine.
    #[must_use]
    pub const fn name(&self) -> OutputName {
        OutputName { chain: self.chain, counter: self.counter }
    }
}

/// Why a wallet swaps its own tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SwapReason {
    /// To make change, because no combination of the tokens pays the amount within one request.
    Change,
    /// To renew tokens whose keyset stops redeeming soon, or has stopped and is still swappable.
    Refresh,
    /// To recover tokens of a revoked keyset, with an opening for each.
    Recover,
}

/// The operation that a plan performs, with its inputs and outputs in the order of the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PlanKind {
    /// Withdraws tokens from the wallet's account.
    Withdraw {
        /// The outputs to sign, worth the plan's amount.
        outputs: Vec<PlannedOutput>,
    },
    /// Swaps tokens of this wallet for new ones of the same value.
    Swap {
        /// The spent ids of the tokens to swap. These tokens are reserved until the plan ends.
        inputs: Vec<TokenMessage>,
        /// The outputs to sign, worth the inputs.
        outputs: Vec<PlannedOutput>,
        /// Decides which activity shows the swap.
        reason: SwapReason,
    },
    /// Swaps tokens from outside the wallet for new ones. The sender can then no longer spend them.
    Receive {
        /// The tokens to swap, complete with signatures: they are stored nowhere else.
        tokens: Vec<TokenInfo>,
        /// The outputs to sign, worth the tokens.
        outputs: Vec<PlannedOutput>,
    },
    /// Pays a merchant with tokens of this wallet.
    Redeem {
        /// The spent ids of the tokens to redeem. These tokens are reserved until the plan ends.
        inputs: Vec<TokenMessage>,
        /// The merchant account to credit.
        merchant_id: AccountId,
        /// The merchant's payment that this pays; `None` for an amount that the user chose.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        payment: Option<PlannedPayment>,
    },
    /// Claims refunds of a payment as tokens.
    Claim {
        /// The payment that is refunded.
        payment_id: PaymentId,
        /// The numbers of the refunds to claim.
        refunds: Vec<u8>,
        /// The outputs to sign, worth the refunds.
        outputs: Vec<PlannedOutput>,
    },
}

/// The merchant's payment that a plan pays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedPayment {
    /// The payment's id.
    pub payment_id: PaymentId,
    /// The tip, part of the plan's amount.
    pub tip: Amount,
    /// Commitment to the key, derived from the seed, that claims refunds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_commitment: Option<Base64Url>,
}

/// One operation with a mint, from before its first request until its outcome is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The key of the plan's record in the store.
    pub plan_id: PlanId,
    /// The mint that the plan is sent to.
    pub origin: Origin,
    /// Sent with every attempt, so that the mint commits the plan at most once.
    pub idempotency_key: IdempotencyKey,
    /// The value moved, in minor units of the mint's currency.
    pub amount: Amount,
    /// The operation, with its inputs and outputs.
    pub kind: PlanKind,
    /// Present once the mint has committed the plan and returned invalid blind signatures for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispute: Option<Dispute>,
}

/// Evidence that the mint committed a plan and returned invalid blind signatures. The plan's inputs are
/// spent, so the plan is kept until the mint returns valid signatures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispute {
    /// The mint's id of the committed operation.
    pub transaction_id: TransactionId,
    /// The blind signatures that the mint first returned, in the order of the plan's outputs; `None` for an
    /// output without a signature.
    pub blind_signatures: Vec<Option<Base64Url>>,
    /// The outputs without a valid signature. Each resume requests their signatures again.
    pub missing: Vec<PlannedOutput>,
}

impl Plan {
    /// Returns the API route that the plan is sent to. Idempotency keys are scoped to a route.
    #[must_use]
    pub const fn route(&self) -> Route {
        match self.kind {
            PlanKind::Withdraw { .. } => Route::Withdraw,
            PlanKind::Swap { .. } | PlanKind::Receive { .. } => Route::Swap,
            PlanKind::Redeem { .. } => Route::Redeem,
            PlanKind::Claim { .. } => Route::RefundClaim,
        }
    }

    /// Returns the spent ids of this wallet's tokens that the plan spends; empty unless it is a swap or a
    /// payment.
    #[must_use]
    pub fn inputs(&self) -> &[TokenMessage] {
        match &self.kind {
            PlanKind::Swap { inputs, .. } | PlanKind::Redeem { inputs, .. } => inputs,
            PlanKind::Withdraw { .. } | PlanKind::Receive { .. } | PlanKind::Claim { .. } => &[],
        }
    }

    /// Returns the tokens from outside the wallet that the plan spends; empty unless it is
    /// [`PlanKind::Receive`].
    #[must_use]
    pub fn received_tokens(&self) -> &[TokenInfo] {
        match &self.kind {
            PlanKind::Receive { tokens, .. } => tokens,
            PlanKind::Withdraw { .. }
            | PlanKind::Swap { .. }
            | PlanKind::Redeem { .. }
            | PlanKind::Claim { .. } => &[],
        }
    }

    /// Returns the outputs that the plan asks the mint to sign, in the order of the request; empty for a
    /// payment.
    #[must_use]
    pub fn outputs(&self) -> &[PlannedOutput] {
        match &self.kind {
            PlanKind::Withdraw { outputs }
            | PlanKind::Swap { outputs, .. }
            | PlanKind::Receive { outputs, .. }
            | PlanKind::Claim { outputs, .. } => outputs,
            PlanKind::Redeem { .. } => &[],
        }
    }
}
