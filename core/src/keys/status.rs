//! Operator decisions that override a keyset's dates.

use super::Phase;
use serde::{Deserialize, Serialize};

/// Whether a mint has stopped or revoked a keyset. A status never returns to an earlier one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum KeysetStatus {
    /// The dates alone decide.
    #[default]
    Live,
    /// The keyset no longer issues, because its private keys may have been stolen. Its tokens stay valid.
    /// Wallets swap them for tokens of another keyset.
    Stopped,
    /// The private keys were stolen, so a signature no longer proves that the mint issued a token. The tokens
    /// cannot be redeemed, and can be swapped only with an [`Opening`](crate::token::Opening).
    Revoked,
}

impl KeysetStatus {
    /// Returns whether the dates alone decide.
    #[must_use]
    pub fn is_live(&self) -> bool {
        *self == Self::Live
    }

    /// Returns the later of the phase by dates and the phase of this status.
    #[must_use]
    pub fn phase(self, by_dates: Phase) -> Phase {
        match self {
            Self::Live => by_dates,
            Self::Stopped => by_dates.max(Phase::Redeemable),
            Self::Revoked => by_dates.max(Phase::Revoked),
        }
    }

    /// Returns the name in the API and in the ledger.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Stopped => "stopped",
            Self::Revoked => "revoked",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_only_restricts_a_phase() {
        let phases = [Phase::Announced, Phase::Issuing, Phase::Redeemable, Phase::Swappable, Phase::Ended];
        let of = |status: KeysetStatus| phases.map(|phase| status.phase(phase));
        assert_eq!(of(KeysetStatus::Live), phases);
        assert_eq!(
            of(KeysetStatus::Stopped),
            [Phase::Redeemable, Phase::Redeemable, Phase::Redeemable, Phase::Swappable, Phase::Ended]
        );
        assert_eq!(
            of(KeysetStatus::Revoked),
            [Phase::Revoked, Phase::Revoked, Phase::Revoked, Phase::Revoked, Phase::Ended]
        );
    }
}
