//! What the programs of the mint take from their environment: time, randomness, settings, the log, the signal to stop.
//!
//! Time and randomness are traits, so that a test chooses them.

mod clock;
mod entropy;
mod error_chain;
pub mod log;
pub mod program;
pub mod settings;
pub mod stop;

pub use clock::{Clock, SystemClock};
pub use entropy::{Entropy, EntropyError, SystemEntropy};
pub use error_chain::error_chain;
