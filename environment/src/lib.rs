//! Access to the environment for the mint and the signer: time, randomness, durable files, settings,
//! logging and shutdown signals.
//!
//! Time and randomness are traits, so that tests can control them.

mod clock;
pub mod durable_file;
mod entropy;
mod error_chain;
mod failure_log;
pub mod log;
pub mod process;
pub mod program;
pub mod settings;
pub mod stop;

pub use clock::{Clock, SystemClock};
pub use entropy::{Entropy, EntropyError, SystemEntropy};
pub use error_chain::error_chain;
pub use failure_log::FailureLog;
