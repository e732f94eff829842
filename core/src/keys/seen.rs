//! A digest of a mint's keys that a shop and a payer's wallet compare. A mint that shows one person separate
//! keys could recognize that person's tokens. The shop acts as a second witness, and the mint does not learn
//! which witness a wallet asks.

use super::{Dates, KeyId, Keyset, KeysetInfo, lp};
use crate::{KeysetId, Timestamp};
use sha2::{Digest, Sha256};

/// Length of [`keys_seen`] in bytes. The mint chooses the keys on both sides, so a shorter digest could be
/// made to collide.
pub const KEYS_SEEN_LEN: usize = 24;

/// Computes the first 24 bytes of `SHA-256("ecash/keys-seen/v1" ‖ for each keyset that issues or is
/// redeemable at `at`, ordered by valid_from: lp(keyset_id) ‖ u8 count ‖ its key ids, sorted)`.
#[must_use]
pub fn keys_seen<'a>(keysets: impl IntoIterator<Item = &'a Keyset>, at: Timestamp) -> [u8; KEYS_SEEN_LEN] {
    let named = keysets.into_iter().map(|Keyset { keyset_id, dates, keys, .. }| Named {
        keyset_id,
        dates,
        ids: keys.iter().map(|key| key.key_id).collect(),
    });
    digest(named, at)
}

/// Computes [`keys_seen`] of keysets as a mint lists them.
#[must_use]
pub fn keys_seen_in(keysets: &[KeysetInfo], at: Timestamp) -> [u8; KEYS_SEEN_LEN] {
    let named = keysets.iter().map(|KeysetInfo { keyset_id, dates, keys, .. }| Named {
        keyset_id,
        dates,
        ids: keys.iter().map(|key| key.key_id).collect(),
    });
    digest(named, at)
}

/// The parts of a keyset that the digest covers.
struct Named<'a> {
    keyset_id: &'a KeysetId,
    dates: &'a Dates,
    ids: Vec<KeyId>,
}

fn digest<'a>(keysets: impl Iterator<Item = Named<'a>>, at: Timestamp) -> [u8; KEYS_SEEN_LEN] {
    let is_used = |keyset: &Named<'_>| keyset.dates.phase(at).redeems();
    let mut used: Vec<_> = keysets.filter(is_used).collect();
    used.sort_by_key(|keyset| keyset.dates.valid_from);
    let mut hash = Sha256::new_with_prefix(b"ecash/keys-seen/v1");
    for Named { keyset_id, mut ids, .. } in used {
        ids.sort_unstable_by_key(|id| *id.as_bytes());
        // A keyset has far fewer than 256 keys; a wrong count would still be a different digest.
        hash.update(lp(keyset_id.as_str().as_bytes()));
        hash.update([u8::try_from(ids.len()).unwrap_or(u8::MAX)]);
        ids.iter().for_each(|id| hash.update(id.as_bytes()));
    }
    let digest: [u8; 32] = hash.finalize().into();
    let mut seen = [0; KEYS_SEEN_LEN];
    seen.copy_from_slice(&digest[..KEYS_SEEN_LEN]);
    seen
}
