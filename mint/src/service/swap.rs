//! Swap: tokens become other tokens of the same value. Names no account.

use super::flow::{Committed, HeldRequest, Received, Start, Value};
use super::outputs::{check_outputs, held_outputs};
use super::tokens::{Purpose, check_tokens, held_tokens};
use super::{Mint, ServiceError};
use crate::keys::Keyring;
use ecash_core::wire::{ErrorCode, SwapRequest, SwapResponse};
use std::sync::Arc;

impl Mint {
    /// Swaps tokens for outputs.
    ///
    /// # Errors
    /// [`ServiceError`]; if refused, no token was spent and nothing signed was released.
    pub async fn swap(&self, received: Received, request: SwapRequest) -> Result<SwapResponse, ServiceError> {
        let keyring = self.keyring();
        let mut names = held_tokens(&keyring, &request.tokens)?;
        names.extend(held_outputs(&request.outputs)?);
        let held = match received.start(self, names).await? {
            Start::Repeat(record) => return Ok(respond(Committed::stored(self, record).await?)),
            Start::Fresh(held) => held,
        };
        let fresh = self.swap_fresh(held, request, keyring).await;
        Ok(respond(received.unless_repeated(self, fresh).await?))
    }

    async fn swap_fresh(
        &self,
        held: HeldRequest,
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
        let value = Value { spends, outputs, claim_keyset: Some(keyset.keyset_id), ..Value::default() };
        held.verified(value).sign(self).await?.commit(self).await
    }
}

fn respond(committed: Committed) -> SwapResponse {
    SwapResponse {
        transaction_id: committed.outcome.transaction_id,
        blind_signatures: committed.blind_signatures,
    }
}
