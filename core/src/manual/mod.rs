//! The manual: the reasons for the protocol's design, and the attacks it withstands.
//!
//! Tests in `core/tests/attacks.rs` demonstrate the attacks that name a test. The last attack, feeding back
//! invalid results, names none: its defence is a rule for wallets.

pub mod attacks;
pub mod choices;
