//! Keysets of the mint: rotates them, finds keys, and verifies tokens.

mod clock_check;
mod error;
mod keyring;
mod publish;
mod rotation;
mod source;
mod verifier;

pub use error::{MissingKeys, RotationError};
pub use keyring::{KeyEntry, Keyring};
pub(crate) use publish::last_to_issue;
pub use publish::{KeysetPlan, MakeError};
use publish::{check_denominations, next_epoch, plan_keyset, publish_keyset, unreplaced};
pub use rotation::{KeyRotation, RotationOutcome};
pub use source::{CeremonyKeys, KeySource, SoftwareKeys};
pub use verifier::{TokenVerifier, VerifiedToken};
