//! The raw private operation of one key.

use super::TokenError;
use crate::transcript::PrivateKeyMechanism;
use cryptoki::error::Error as CryptokiError;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::ObjectHandle;
use cryptoki::session::Session;
use ecash_core::rsabssa::{Error, PrivateOperation, PublicKey};
use std::cell::RefCell;

/// A private key of a token, bound to one session.
pub struct HsmKey<'s> {
    session: &'s Session,
    handle: ObjectHandle,
    operation: PrivateKeyMechanism,
    public: &'s PublicKey,
    failure: RefCell<Option<CryptokiError>>,
}

impl<'s> HsmKey<'s> {
    /// Binds the key with this handle and public key to a session.
    #[must_use]
    pub const fn new(
        session: &'s Session,
        handle: ObjectHandle,
        operation: PrivateKeyMechanism,
        public: &'s PublicKey,
    ) -> Self {
        Self { session, handle, operation, public, failure: RefCell::new(None) }
    }

    /// Returns the token's error if the last operation failed in the token.
    #[must_use]
    pub fn into_failure(self) -> Option<TokenError> {
        self.failure.into_inner().map(|source| TokenError::Call { what: "sign", source })
    }
}

impl PrivateOperation for HsmKey<'_> {
    fn private_operation(&self, x: &[u8]) -> Result<Vec<u8>, Error> {
        // Invariant 2 of the module: no input of another length or range reaches the token.
        let zero = x.iter().all(|byte| *byte == 0);
        if x.len() != self.public.k() || !self.public.contains(x) || zero {
            return Err(Error::OutOfRange);
        }
        let result = match self.operation {
            PrivateKeyMechanism::Sign => self.session.sign(&Mechanism::RsaX509, self.handle, x),
            PrivateKeyMechanism::Decrypt => self.session.decrypt(&Mechanism::RsaX509, self.handle, x),
        };
        let bytes = result.map_err(|error| {
            self.failure.replace(Some(error));
            Error::PrivateOperation
        })?;
        Ok(padded(bytes, self.public.k()))
    }
}

/// Restores leading zeros, which tokens may leave out. Returns a longer result unchanged; it fails its
/// verification later.
fn padded(bytes: Vec<u8>, k: usize) -> Vec<u8> {
    match k.checked_sub(bytes.len()) {
        Some(missing) if missing > 0 => [vec![0; missing], bytes].concat(),
        _ => bytes,
    }
}

#[cfg(test)]
mod tests {
    use super::padded;

    #[test]
    fn short_results_are_padded_with_leading_zeros() {
        assert_eq!(padded(vec![1, 2], 4), [0, 0, 1, 2]);
        assert_eq!(padded(vec![1, 2, 3], 2), [1, 2, 3]);
    }
}
