//! Denomination keys: one RSA-3072 key signs exactly one denomination in one epoch.
//!
//! Invariants of this module:
//! 1. A [`KeyId`] is the hash of everything that a key means, so a mint cannot change a key's value or dates.
//! 2. A wallet blinds only for keys of a [`ScreenedKeyset`], and only [`screen`] creates one.

mod descriptor;
mod keyset;
mod proof;
mod published;
mod rules;
mod screening;
mod seen;
mod status;

pub use descriptor::lp;
pub use descriptor::{
    Dates, KeyDescriptor, KeyId, MAX_DENOMINATIONS, PERIOD_DAYS, Phase, are_denominations_of_keyset,
};
pub use keyset::{DenominationKey, Keyset, KeysetError};
pub use proof::{KEY_PROOF_ROOTS, challenges, make_proof, verify_proof};
pub use published::{KeyInfo, KeysetInfo};
pub use rules::{MIN_ISSUE_DAYS, RuleBroken, check_list};
pub use screening::{KeyPolicy, ScreenedKey, ScreenedKeyset, ScreeningError, screen, screen_key};
pub use seen::{KEYS_SEEN_LEN, keys_seen, keys_seen_in};
pub use status::KeysetStatus;
