//! Shared by the wallets of a case: bundles that several of them receive, and a transport to both mints.

use crate::{InProcess, Seeded};
use ecash_core::KeysetId;
use ecash_core::token::TokenMessage;
use ecash_wallet::ApiError;
use ecash_wallet::api::{Call, Reply, Transport};
use std::sync::{Arc, Mutex, PoisonError};

/// Tokens that are offered to several wallets. The first one to receive them keeps them.
pub(super) struct Bundle {
    pub(super) text: String,
    pub(super) tokens: Vec<(KeysetId, TokenMessage)>,
    pub(super) value: u64,
    /// Whether a wallet returned success, or reported that it will complete the receive later.
    pub(super) accepted: bool,
}

pub(super) type Bundles = Arc<Mutex<Vec<Bundle>>>;
pub(super) type Answered = Arc<Mutex<Vec<(Call, Reply)>>>;

/// Sends each request to a random one of two mints, and records successful requests that moved money.
#[derive(Clone)]
pub(super) struct Either {
    pub(super) mints: [InProcess; 2],
    pub(super) random: Seeded,
    pub(super) answered: Answered,
}

impl Transport for Either {
    async fn call(&self, call: Call) -> Result<Reply, ApiError> {
        let mint = &self.mints[usize::try_from(self.random.below(2)).expect("small")];
        let reply = mint.call(call.clone()).await?;
        let moves_money = call.idempotency_key.is_some() && call.path != "/api/v1/cancel";
        if moves_money && reply.status == 200 {
            let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
            answered.push((call, reply.clone()));
        }
        Ok(reply)
    }
}
