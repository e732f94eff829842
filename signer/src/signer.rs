//! The interface to private keys.
//!
//! Invariants of this module:
//! 1. Only blinded tokens are signed. The type [`BlindedToken`] guarantees their range.
//! 2. Every returned signature was verified against the public key by this process.
//! 3. The queue is bounded; a full one returns [`SignerError::Overloaded`].
//! 4. A key signs only in its issuing time, by the signer's clock. Key proofs and health checks are exempt.
//! 5. The number of concurrent signatures per request is limited, so that a long request does not block a
//!    short one.

use crate::errors::SignerError;
use async_trait::async_trait;
use ecash_core::Timestamp;
use ecash_core::keys::{Dates, DenominationKey, Keyset};
use ecash_core::rsabssa::{BlindSignature, BlindedToken};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

/// How far the clocks of mint and signer may differ at either end of a key's issuing time.
const ISSUING_TOLERANCE_S: u64 = 300;

/// Returns an error unless a key with these dates may sign at `now`, by the signer's clock. This protects
/// keys that no longer issue from an attacker who controls a mint, because forged tokens of such a key would
/// not be detected among its outstanding ones.
pub(crate) const fn check_issuing(dates: &Dates, now: Timestamp) -> Result<(), SignerError> {
    let now_s = now.unix_seconds();
    let begun = now_s.saturating_add(ISSUING_TOLERANCE_S) >= dates.valid_from.unix_seconds();
    let over = now_s >= dates.issue_until.unix_seconds().saturating_add(ISSUING_TOLERANCE_S);
    if begun && !over { Ok(()) } else { Err(SignerError::NotIssuing) }
}

/// A blinded token and the key that signs it.
pub type SignRequest = (DenominationKey, BlindedToken);

/// Signs blinded tokens.
#[async_trait]
pub trait Signer: Send + Sync {
    /// Returns a signature for each request, in order, or an error if any of them fails. Deterministic and
    /// without side effects, so it can be retried.
    async fn blind_sign(&self, requests: Vec<SignRequest>) -> Result<Vec<BlindSignature>, SignerError>;

    /// Checks that the signer can sign now.
    async fn ping(&self) -> Result<(), SignerError>;

    /// Returns the keysets whose private keys the signer holds.
    async fn keysets(&self) -> Result<Vec<Keyset>, SignerError>;
}

/// Signs requests with at most `max_concurrent` concurrent signatures, and returns the signatures in order.
pub(crate) async fn with_concurrency_limit<F>(
    requests: Vec<SignRequest>,
    max_concurrent: usize,
    sign_one: impl FnMut(SignRequest) -> F + Send,
) -> Result<Vec<BlindSignature>, SignerError>
where
    F: Future<Output = Result<BlindSignature, SignerError>> + Send,
{
    stream::iter(requests).map(sign_one).buffered(max_concurrent).try_collect().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h3_a_key_signs_only_in_its_issuing_time() {
        let at = Timestamp::from_unix_seconds;
        let dates = Dates {
            valid_from: at(10_000),
            issue_until: at(20_000),
            redeem_until: at(30_000),
            swap_until: at(40_000),
        };
        for (now, signs) in
            [(9_699, false), (9_700, true), (15_000, true), (20_299, true), (20_300, false), (30_000, false)]
        {
            assert_eq!(check_issuing(&dates, at(now)).is_ok(), signs, "{now}");
        }
    }
}
