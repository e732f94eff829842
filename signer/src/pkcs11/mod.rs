//! Keys inside a hardware token, by PKCS#11.
//!
//! Invariants of this module:
//! 1. The module is initialized once per process, with locking by the operating system: without that
//!    flag two threads crash it.
//! 2. Only numbers of exactly k bytes, 0 < x < n, reach the token, by [`HsmKey`]: a longer input ends the
//!    whole process in SoftHSM, a shorter one is padded in silence.
//! 3. A session is used by one thread at a time, and one that failed is closed.
//! 4. What the token answers is checked before it leaves: a faulty signature would give the key away.
//! 5. A wrong PIN is never tried twice: tokens lock themselves.

mod error;
mod keys;
mod open_token;
mod operation;
mod signer;
mod token;

pub use error::TokenError;
pub use keys::{FoundKey, KeyLabel, MadeKey};
pub(crate) use keys::{destroy, has_private_key, is_taken, make, prove};
pub use operation::{HsmKey, Operation};
pub use signer::{OpenSignerError, Pkcs11Signer};
pub use token::{Pkcs11Settings, Token, TokenDescription};
