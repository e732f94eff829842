//! Keysets of the mint: rotating them, finding them, verifying tokens with them.

mod clock_check;
mod keyring;
mod publish;
mod rotation;
mod source;
mod verifier;

pub use keyring::{KeyEntry, Keyring};
pub use publish::{KeysetPlan, MakeError, plan_keyset, publish_keyset};
pub use rotation::{KeyRotation, MissingKeys, RotationError, RotationOutcome};
pub use source::{CeremonyKeys, KeySource, SoftwareKeys};
pub use verifier::{TokenVerifier, VerifiedToken};
