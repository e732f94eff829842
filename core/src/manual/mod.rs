//! The manual: why the protocol is as it is, and the attacks it withstands.
//!
//! Each attack is demonstrated by a test in `core/tests/attacks.rs`.

pub mod attacks;
pub mod choices;
