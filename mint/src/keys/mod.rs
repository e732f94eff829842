//! Keysets: finding them, making them, keeping their private halves, verifying tokens.

mod ceremony;
mod clock_check;
mod file;
mod keeper;
mod keyring;
mod make;
mod room;
mod screened;
mod transcript;
mod verifier;

pub use ceremony::{CeremonyError, CeremonyPlan};
pub use file::{KeyFileError, KeyFiles, KeySecret, PrivateKey};
pub use keeper::{KeeperError, KeyKeeper, MissingKeys, Tended};
pub use keyring::{KeyEntry, Keyring};
pub use make::{KeysetPlan, MakeError, make_private_keys, plan_keyset, publish_keyset};
pub use room::{CeremonyRoom, KeyRoom, SoftwareRoom};
pub(crate) use screened::Screened;
pub use transcript::{Transcript, TranscriptError, Transcripts};
pub use verifier::{TokenVerifier, VerifiedToken};
