//! Private keys in plain software, of any width. For vectors and tests only: no blinding against
//! timing, no protection in memory. The mint's own signers live in the mint.

use super::{Error, PrivateOperation, PublicKey};

/// A private key (n, d) that is neither protected nor fast.
pub struct DangerousPrivateKey {
    public: PublicKey,
    d: Vec<u8>,
}

impl DangerousPrivateKey {
    /// From modulus and private exponent, both big-endian.
    ///
    /// # Errors
    /// [`Error::InvalidKey`].
    pub fn new(n: &[u8], d: &[u8]) -> Result<Self, Error> {
        let public = PublicKey::new(n, super::E)?;
        let leading = public.k().checked_sub(d.len()).ok_or(Error::InvalidKey)?;
        let mut padded = vec![0; leading];
        padded.extend_from_slice(d);
        Ok(Self { public, d: padded })
    }

    /// The public half.
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
