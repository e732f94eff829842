//! Plans: what is about to happen, durable before the first byte is sent.

use ecash_core::base64url::Base64Url;
use ecash_core::idempotency::{IdempotencyKey, Route};
use ecash_core::keys::KeyId;
use ecash_core::seed::Chain;
use ecash_core::token::{OutputName, TokenMessage};
use ecash_core::wire::TokenInfo;
use ecash_core::{AccountId, Amount, Origin, TransactionId};
use serde::{Deserialize, Serialize};

/// A random name of one plan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlanId(pub String);

/// An output to be signed: the key, and where the seed derives it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedOutput {
    /// The key.
    pub key_id: KeyId,
    /// The chain.
    pub chain: Chain,
    /// The counter.
    pub counter: u64,
}

impl PlannedOutput {
    /// Where the seed derives it.
    #[must_use]
    pub const fn name(&self) -> OutputName {
        OutputName { chain: self.chain, counter: self.counter }
    }
}

/// Why tokens are swapped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SwapReason {
    /// To have the right pieces for a payment.
    Change,
    /// Because they get old.
    Refresh,
}

/// What a plan does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PlanKind {
    /// Account money becomes tokens.
    Withdraw {
        /// What comes out.
        outputs: Vec<PlannedOutput>,
    },
    /// Own tokens become other tokens.
    Swap {
        /// What goes in.
        inputs: Vec<TokenMessage>,
        /// What comes out.
        outputs: Vec<PlannedOutput>,
        /// Why.
        reason: SwapReason,
    },
    /// Another person's tokens are swapped for new ones.
    Receive {
        /// What goes in, whole: these tokens are kept nowhere else.
        tokens: Vec<TokenInfo>,
        /// What comes out.
        outputs: Vec<PlannedOutput>,
    },
    /// Own tokens become a merchant's money.
    Redeem {
        /// What goes in.
        inputs: Vec<TokenMessage>,
        /// Who is paid.
        merchant_id: AccountId,
    },
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Its name.
    pub plan_id: PlanId,
    /// The mint it is sent to.
    pub origin: Origin,
    /// The key it is sent with, every time.
    pub idempotency_key: IdempotencyKey,
    /// What it moves.
    pub amount: Amount,
    /// What it does.
    pub kind: PlanKind,
    /// What the mint signed wrongly; none for all other plans.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispute: Option<Dispute>,
}

/// The mint committed a plan and signed outputs wrongly. Its inputs are spent, so the plan is kept, with what proves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispute {
    /// The mint's name of the operation.
    pub transaction_id: TransactionId,
    /// What the mint answered, in the order of the plan's outputs.
    pub blind_signatures: Vec<Option<Base64Url>>,
    /// The outputs without a valid signature.
    pub missing: Vec<PlannedOutput>,
}

impl Plan {
    /// The route it is sent to.
    #[must_use]
    pub const fn route(&self) -> Route {
        match self.kind {
            PlanKind::Withdraw { .. } => Route::Withdraw,
            PlanKind::Swap { .. } | PlanKind::Receive { .. } => Route::Swap,
            PlanKind::Redeem { .. } => Route::Redeem,
        }
    }

    /// Own tokens it uses up.
    #[must_use]
    pub fn inputs(&self) -> &[TokenMessage] {
        match &self.kind {
            PlanKind::Swap { inputs, .. } | PlanKind::Redeem { inputs, .. } => inputs,
            PlanKind::Withdraw { .. } | PlanKind::Receive { .. } => &[],
        }
    }

    /// Another person's tokens that it receives.
    #[must_use]
    pub fn received_tokens(&self) -> &[TokenInfo] {
        match &self.kind {
            PlanKind::Receive { tokens, .. } => tokens,
            PlanKind::Withdraw { .. } | PlanKind::Swap { .. } | PlanKind::Redeem { .. } => &[],
        }
    }

    /// Outputs it has signed.
    #[must_use]
    pub fn outputs(&self) -> &[PlannedOutput] {
        match &self.kind {
            PlanKind::Withdraw { outputs }
            | PlanKind::Swap { outputs, .. }
            | PlanKind::Receive { outputs, .. } => outputs,
            PlanKind::Redeem { .. } => &[],
        }
    }
}
