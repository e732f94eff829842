//! What a shop and a payer's wallet must both see of a mint's keys. A mint that shows one person keys of their own could recognize that
//! person's tokens; the shop is a second witness, whom the mint does not know to be asked.

use super::{Keyset, Phase, lp};
use crate::Timestamp;
use sha2::{Digest, Sha256};

/// Length of [`keys_seen`] in bytes. The mint chooses the keys on both sides, so a shorter digest could be made to collide.
pub const KEYS_SEEN_LEN: usize = 24;

/// Computes the first 24 bytes of `SHA-256("ecash/keys-seen/v1" ‖ for each keyset that issues or is redeemable at `at`, ordered by
/// valid_from: lp(keyset_id) ‖ u8 count ‖ its key ids, sorted)`.
#[must_use]
pub fn keys_seen<'a>(keysets: impl IntoIterator<Item = &'a Keyset>, at: Timestamp) -> [u8; KEYS_SEEN_LEN] {
    let is_used = |keyset: &&Keyset| matches!(keyset.dates.phase(at), Phase::Issuing | Phase::Redeemable);
    let mut used: Vec<_> = keysets.into_iter().filter(is_used).collect();
    used.sort_by_key(|keyset| keyset.dates.valid_from);
    let mut hash = Sha256::new_with_prefix(b"ecash/keys-seen/v1");
    for keyset in used {
        let mut ids: Vec<_> = keyset.keys.iter().map(|key| *key.key_id.as_bytes()).collect();
        ids.sort_unstable();
        // A keyset has far fewer than 256 keys; a wrong count would still be a different digest.
        hash.update(lp(keyset.keyset_id.as_str().as_bytes()));
        hash.update([u8::try_from(ids.len()).unwrap_or(u8::MAX)]);
        ids.iter().for_each(|id| hash.update(id));
    }
    let digest: [u8; 32] = hash.finalize().into();
    let mut seen = [0; KEYS_SEEN_LEN];
    seen.copy_from_slice(&digest[..KEYS_SEEN_LEN]);
    seen
}
