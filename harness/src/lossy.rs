//! A transport that loses requests and responses at random, reproducible by seed.

use crate::Seeded;
use ecash_wallet::ApiError;
use ecash_wallet::api::{Call, Reply, Transport};

/// Loss rates of a [`Lossy`] transport.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loss {
    /// Percentage of requests lost before the mint sees them.
    pub requests_percent: u64,
    /// Percentage of responses lost after the mint acted on the request.
    pub responses_percent: u64,
}

/// Wraps a transport and drops some of its requests and responses.
#[derive(Clone)]
pub struct Lossy<T> {
    inner: T,
    random: Seeded,
    loss: Loss,
}

impl<T: Transport> Lossy<T> {
    /// Wraps `inner`. `random` decides what is lost.
    pub const fn new(inner: T, random: Seeded, loss: Loss) -> Self {
        Self { inner, random, loss }
    }
}

impl<T: Transport> Transport for Lossy<T> {
    async fn call(&self, call: Call) -> Result<Reply, ApiError> {
        // Draw both numbers on every call, so that changing one rate does not shift the sequence of the
        // other.
        let request_lost = self.random.below(100) < self.loss.requests_percent;
        let response_lost = self.random.below(100) < self.loss.responses_percent;
        if request_lost {
            return Err(ApiError::Lost);
        }
        let reply = self.inner.call(call).await;
        if response_lost { Err(ApiError::Lost) } else { reply }
    }
}
