//! Private keys in plain software, of any width. For test vectors and tests only: not blinded against timing
//! attacks, and not protected in memory. The mint's signers are in the crate `ecash-signer`.

use super::{Error, PrivateOperation, PublicKey};

/// A private key (n, d) without protection against timing and memory disclosure, and without CRT.
pub struct DangerousPrivateKey {
    public: PublicKey,
    d: Vec<u8>,
}

impl DangerousPrivateKey {
    /// Creates a key from the modulus and the private exponent, both big-endian. Does not check that they
    /// belong together.
    ///
    /// # Errors
    /// Returns [`Error::InvalidKey`] if [`PublicKey::new`] rejects n, or d is longer than n.
    pub fn new(n: &[u8], d: &[u8]) -> Result<Self, Error> {
        let public = PublicKey::new(n, super::E)?;
        let leading = public.k().checked_sub(d.len()).ok_or(Error::InvalidKey)?;
        let mut padded = vec![0; leading];
        padded.extend_from_slice(d);
        Ok(Self { public, d: padded })
    }

    /// Returns the public key.
    #[must_use]
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }
}

impl PrivateOperation for DangerousPrivateKey {
    fn private_operation(&self, x: &[u8]) -> Result<Vec<u8>, Error> {
        if !self.public.contains(x) {
            return Err(Error::OutOfRange);
        }
        Ok(self.public.ring().pow_secret(x, &self.d))
    }
}

impl std::fmt::Debug for DangerousPrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DangerousPrivateKey(secret)")
    }
}
