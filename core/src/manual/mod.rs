//! The manual: the reasons for the protocol's design, and the attacks it withstands.
//!
//! Each attack is demonstrated by a test in `core/tests/attacks.rs`.

pub mod attacks;
pub mod choices;
