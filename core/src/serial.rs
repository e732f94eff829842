//! Serials of tokens.

use crate::base64url::bytes_32;
use std::fmt;

bytes_32! {
    /// A token's serial: 32 bytes, random or derived from the seed. Secret until the token is spent.
    Serial
}

impl fmt::Debug for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Serial(secret)")
    }
}
