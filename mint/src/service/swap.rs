//! Swap: spends tokens and issues others of the same value. No account is involved.

use super::committed::Committed;
use super::flow::{Effects, Exclusive, Received};
use super::outcome::{Exchange, Outcome};
use super::outputs::{check_outputs, output_resources, references};
use super::tokens::{Purpose, check_tokens, token_resources};
use super::{Mint, ServiceError};
use crate::keys::{Keyring, VerifiedToken};
use ecash_core::wire::{ErrorCode, SwapRequest, SwapResponse};
use ecash_ledger::Claim;
use std::sync::Arc;

impl Mint {
    /// Swaps tokens for outputs of the same value.
    ///
    /// # Errors
    /// [`ServiceError`]; if refused, no token was spent and no signature was released.
    pub async fn swap(&self, received: Received, request: SwapRequest) -> Result<SwapResponse, ServiceError> {
        let keyring = self.keyring();
        let mut resources = token_resources(&keyring, &request.tokens, Purpose::Swap, self.now())?;
        resources.extend(output_resources(&request.outputs)?);
        let fresh = |exclusive| self.swap_fresh(exclusive, request, keyring);
        received.commit_once(self, resources, fresh).await?.swap_response()
    }

    async fn swap_fresh(
        &self,
        exclusive: Exclusive,
        request: SwapRequest,
        keyring: Arc<Keyring>,
    ) -> Result<Committed, ServiceError> {
        let now = self.now();
        let (outputs, keyset, sum_out) = check_outputs(self, &keyring, &request.outputs, now).await?;
        let (spends, sum_in) = check_tokens(self, keyring, request.tokens, Purpose::Swap, now).await?;
        if sum_in != sum_out {
            return Err(ServiceError::refused_because(
                ErrorCode::AmountMismatch,
                format!("the tokens sum to {}, the outputs to {}", self.money(sum_in), self.money(sum_out)),
            ));
        }
        let outcome = Outcome::Swap(Exchange { outputs: references(&outputs) });
        let claims = spends.iter().filter_map(VerifiedToken::opened).map(Claim::opened).collect();
        let effects = Effects {
            spends,
            outputs,
            claims,
            claim_keyset: Some(keyset.keyset_id),
            ..Effects::new(outcome)
        };
        exclusive.verified(effects).sign(self).await?.commit(self).await
    }
}
