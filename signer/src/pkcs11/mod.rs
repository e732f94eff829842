//! Keys inside a hardware token, used through PKCS#11.
//!
//! Invariants of this module:
//! 1. The PKCS#11 library is initialized once per process, with locking by the operating system. Without that
//!    flag, concurrent calls crash it.
//! 2. Only numbers of exactly k bytes with 0 < x < n reach the token; [`HsmKey`] checks this. SoftHSM aborts
//!    the process on a longer input, and silently pads a shorter one.
//! 3. A session is used by one thread at a time. A session that failed is closed.
//! 4. Every result of the token is verified before it is returned, because a faulty signature can reveal the
//!    key.
//! 5. A wrong PIN is never tried twice, because tokens lock themselves after a few wrong ones.

mod keys;
mod open_token;
mod operation;
mod signer;
mod token;

pub use crate::errors::TokenError;
pub use keys::{FoundKey, KeyLabel, MadeKey};
pub(crate) use keys::{destroy, has_private_key, is_taken, make, prove};
pub use operation::HsmKey;
pub use signer::{OpenSignerError, Pkcs11Signer};
pub use token::{Pkcs11Settings, Token};
