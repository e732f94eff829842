//! The meaning of a denomination key, and the hash that identifies it.

use crate::base64url::bytes_32;
use crate::rsabssa::{E, PublicKey};
use crate::{Currency, Denomination, InstitutionId, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use std::ops::RangeInclusive;

bytes_32! {
    /// Identifies a denomination key: SHA-256 over the key, its value, its dates and its institution.
    KeyId
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::base64url::encode(&self.0))
    }
}

/// The four dates of a keyset, by the mint's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Dates {
    /// First second in which the keyset issues tokens.
    pub valid_from: Timestamp,
    /// The keyset stops issuing at this second.
    pub issue_until: Timestamp,
    /// Tokens stop being redeemable at this second: their `expires_at`.
    pub redeem_until: Timestamp,
    /// Tokens stop being swappable at this second, and become worthless.
    pub swap_until: Timestamp,
}

/// The phase of a keyset's life, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Published, but does not issue yet.
    Announced,
    /// Tokens can be issued, redeemed and swapped.
    Issuing,
    /// Tokens can be redeemed and swapped.
    Redeemable,
    /// Tokens can only be swapped.
    Swappable,
    /// The mint revoked the keyset: tokens can only be swapped, and only with an
    /// [`Opening`](crate::token::Opening).
    Revoked,
    /// Tokens are worthless.
    Ended,
}

/// Allowed length of a keyset's issuing period, and of the time for which its tokens stay redeemable after
/// it, in days.
pub const PERIOD_DAYS: RangeInclusive<u64> = 1..=3650;
/// Maximum number of denominations of a keyset.
pub const MAX_DENOMINATIONS: usize = 32;

/// Returns whether a keyset may have these denominations: 1 to [`MAX_DENOMINATIONS`], strictly ascending.
#[must_use]
pub fn are_denominations_of_keyset(denominations: &[Denomination]) -> bool {
    (1..=MAX_DENOMINATIONS).contains(&denominations.len()) && denominations.is_sorted_by(|a, b| a < b)
}

impl Phase {
    /// Returns whether tokens can be redeemed, except with openings.
    #[must_use]
    pub const fn redeems(self) -> bool {
        matches!(self, Self::Issuing | Self::Redeemable)
    }

    /// Returns whether tokens can be swapped, except with openings.
    #[must_use]
    pub const fn swaps(self) -> bool {
        self.redeems() || matches!(self, Self::Swappable)
    }
}

impl Dates {
    /// How long tokens can be swapped after they stop being redeemable, in days. Two years, so that a person
    /// who is away for a year loses nothing.
    pub const SWAP_DAYS: u64 = 730;

    /// Computes the dates of a keyset that issues in this period and whose tokens stay redeemable for
    /// `expiry_days` after it.
    #[must_use]
    pub fn of_issuing_period(valid_from: Timestamp, issue_until: Timestamp, expiry_days: u64) -> Self {
        let redeem_until = issue_until.plus_days(expiry_days);
        Self { valid_from, issue_until, redeem_until, swap_until: redeem_until.plus_days(Self::SWAP_DAYS) }
    }

    /// Returns whether the four dates are strictly ascending.
    #[must_use]
    pub fn in_order(&self) -> bool {
        self.valid_from < self.issue_until
            && self.issue_until < self.redeem_until
            && self.redeem_until < self.swap_until
    }

    /// Returns the phase at `now`. A phase starts at its date and ends just before the next date.
    #[must_use]
    pub fn phase(&self, now: Timestamp) -> Phase {
        match now {
            now if now < self.valid_from => Phase::Announced,
            now if now < self.issue_until => Phase::Issuing,
            now if now < self.redeem_until => Phase::Redeemable,
            now if now < self.swap_until => Phase::Swappable,
            _ => Phase::Ended,
        }
    }

    /// Returns the time from which wallets should swap tokens of this keyset for new ones: the last quarter
    /// of the period from `valid_from` to `redeem_until`.
    #[must_use]
    pub fn refresh_from(&self) -> Timestamp {
        let life_s = self.redeem_until.unix_seconds().saturating_sub(self.valid_from.unix_seconds());
        self.valid_from.plus_seconds(life_s - life_s / 4)
    }
}

/// Everything that a key id commits to. See [`KeyDescriptor::key_id`].
#[derive(Debug, Clone, Copy)]
pub struct KeyDescriptor<'a> {
    /// Institution that issues with the key.
    pub institution_id: &'a InstitutionId,
    /// Currency of the denomination, with its exponent.
    pub currency: &'a Currency,
    /// Value of every token of the key.
    pub denomination: Denomination,
    /// The RSA public key.
    pub public: &'a PublicKey,
    /// Dates of the key's keyset.
    pub dates: Dates,
}

impl KeyDescriptor<'_> {
    /// Computes `SHA-256("ecash/key/v1" ‖ lp(institution) ‖ lp(currency) ‖ u8 exponent ‖ u64 denomination ‖ n
    /// ‖ u32 e ‖ the four dates as u64)` (protocol §2).
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        let mut hash = Sha256::new_with_prefix(b"ecash/key/v1");
        hash.update(lp(self.institution_id.as_str().as_bytes()));
        hash.update(lp(self.currency.code.as_str().as_bytes()));
        hash.update([self.currency.exponent]);
        hash.update(self.denomination.minor().to_be_bytes());
        hash.update(self.public.n());
        hash.update(E.to_be_bytes());
        let dates = self.dates;
        for date in [dates.valid_from, dates.issue_until, dates.redeem_until, dates.swap_until] {
            hash.update(date.unix_seconds().to_be_bytes());
        }
        KeyId::new(hash.finalize().into())
    }
}

/// `lp(x)` of the protocol: the length as a big-endian u16, then the bytes. Names have at most 256 bytes, so
/// the length fits.
///
/// # Panics
/// If there are more than 65,535 bytes.
#[must_use]
pub fn lp(bytes: &[u8]) -> Vec<u8> {
    // A wrong length would let two inputs share an encoding.
    assert!(bytes.len() <= usize::from(u16::MAX), "a length prefix of 16 bits");
    let len = u16::try_from(bytes.len()).unwrap_or_default();
    let mut prefixed = len.to_be_bytes().to_vec();
    prefixed.extend_from_slice(bytes);
    prefixed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_change_on_the_second() {
        let at = Timestamp::from_unix_seconds;
        let dates =
            Dates { valid_from: at(10), issue_until: at(20), redeem_until: at(50), swap_until: at(90) };
        let phases = [9, 10, 19, 20, 49, 50, 89, 90].map(|second| dates.phase(at(second)));
        use Phase::{Announced, Ended, Issuing, Redeemable, Swappable};
        assert_eq!(
            phases,
            [Announced, Issuing, Issuing, Redeemable, Redeemable, Swappable, Swappable, Ended]
        );
        assert_eq!(dates.refresh_from(), at(40));
    }
}
