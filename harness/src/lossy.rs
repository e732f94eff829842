//! A transport that loses requests and responses, by a seed.

use crate::Seeded;
use ecash_wallet::ApiError;
use ecash_wallet::api::{Call, Reply, Transport};

/// How much is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loss {
    /// Requests lost before the mint sees them, of 100.
    pub requests_percent: u64,
    /// Responses lost after the mint acted, of 100.
    pub responses_percent: u64,
}

/// A transport that loses.
#[derive(Clone)]
pub struct Lossy<T> {
    inner: T,
    random: Seeded,
    loss: Loss,
}

impl<T: Transport> Lossy<T> {
    /// Loses as `random` says.
    pub const fn new(inner: T, random: Seeded, loss: Loss) -> Self {
        Self { inner, random, loss }
    }
}

impl<T: Transport> Transport for Lossy<T> {
    async fn call(&self, call: Call) -> Result<Reply, ApiError> {
        // Both dice are thrown every time, so that a change of one does not shift the other.
        let request_lost = self.random.below(100) < self.loss.requests_percent;
        let response_lost = self.random.below(100) < self.loss.responses_percent;
        if request_lost {
            return Err(ApiError::Lost);
        }
        let reply = self.inner.call(call).await;
        if response_lost { Err(ApiError::Lost) } else { reply }
    }
}
