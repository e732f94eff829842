//! RSA public keys for blind signatures.

use super::Error;
use super::modular::{Modular, Ring};
use crypto_bigint::U3072;
#[cfg(any(test, feature = "danger"))]
use crypto_bigint::{U1024, U4096};
use std::fmt;
use std::sync::Arc;

/// The only accepted public exponent.
pub const E: u32 = 65537;

/// The supported widths of the modulus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// 1024 bits: the stored keys of tests. Such keys can be factored, so their tokens are worth nothing.
    Test1024,
    /// 3072 bits: every key that signs money.
    Real3072,
    /// 4096 bits: the test vectors of RFC 9474.
    Vectors4096,
}

impl Width {
    /// Returns the modulus length k in bytes.
    #[must_use]
    pub const fn k(self) -> usize {
        match self {
            Self::Test1024 => 128,
            Self::Real3072 => 384,
            Self::Vectors4096 => 512,
        }
    }
}

/// An RSA public key (n, 65537) whose modulus is odd and has exactly 8·k bits. Cheap to clone.
#[derive(Clone)]
pub struct PublicKey {
    n: Arc<[u8]>,
    width: Width,
    ring: Arc<dyn Modular>,
}

impl PublicKey {
    /// Creates a key from the modulus (k bytes, big-endian, top bit set, odd) and the exponent. Checks the
    /// form only; use [`screen_key`](crate::keys::screen_key) before blinding for a key.
    ///
    /// # Errors
    /// Returns [`Error::InvalidKey`] for any other width, an even modulus or another exponent than 65537.
    /// Without the feature `danger`, 3072 bits is the only accepted width.
    pub fn new(n: &[u8], e: u32) -> Result<Self, Error> {
        let top_bit_set = n.first().is_some_and(|first| first & 0x80 != 0);
        if e != E || !top_bit_set {
            return Err(Error::InvalidKey);
        }
        let (width, ring): (_, Option<Arc<dyn Modular>>) = match n.len() {
            #[cfg(any(test, feature = "danger"))]
            128 => (Width::Test1024, ring::<{ U1024::LIMBS }>(n)),
            384 => (Width::Real3072, ring::<{ U3072::LIMBS }>(n)),
            #[cfg(any(test, feature = "danger"))]
            512 => (Width::Vectors4096, ring::<{ U4096::LIMBS }>(n)),
            _ => return Err(Error::InvalidKey),
        };
        Ok(Self { n: n.into(), width, ring: ring.ok_or(Error::InvalidKey)? })
    }

    /// Returns the modulus: k bytes, big-endian.
    #[must_use]
    pub fn n(&self) -> &[u8] {
        &self.n
    }

    /// Returns the modulus length k in bytes.
    #[must_use]
    pub const fn k(&self) -> usize {
        self.width.k()
    }

    /// Returns the width of the modulus.
    #[must_use]
    pub const fn width(&self) -> Width {
        self.width
    }

    pub(super) fn ring(&self) -> &dyn Modular {
        self.ring.as_ref()
    }

    /// Computes `x^e mod n`.
    ///
    /// # Errors
    /// Returns [`Error::OutOfRange`] unless x is k bytes and below n.
    pub fn pow_e(&self, x: &[u8]) -> Result<Vec<u8>, Error> {
        if self.contains(x) { Ok(self.ring.pow_e(x)) } else { Err(Error::OutOfRange) }
    }

    /// Computes `x mod n`.
    ///
    /// # Errors
    /// Returns [`Error::OutOfRange`] if x has more than k + 16 bytes.
    pub fn reduce(&self, x: &[u8]) -> Result<Vec<u8>, Error> {
        if x.len() > self.k() + 16 { Err(Error::OutOfRange) } else { Ok(self.ring.reduce(x)) }
    }

    /// Returns whether x is k bytes and below n. The comparison is not constant-time: use it for public
    /// values only.
    #[must_use]
    pub fn contains(&self, x: &[u8]) -> bool {
        x.len() == self.k() && x < self.n()
    }

    /// Returns whether n has a prime factor below 2^16.
    #[must_use]
    pub fn has_small_factor(&self) -> bool {
        self.ring.has_small_factor()
    }

    /// Returns whether `rounds` steps of Fermat's method factor n, which they do if its factors are too close
    /// together.
    #[must_use]
    pub fn is_near_square(&self, rounds: u32) -> bool {
        self.ring.is_near_square(rounds)
    }
}

fn ring<const LIMBS: usize>(n: &[u8]) -> Option<Arc<dyn Modular>> {
    Ring::<LIMBS>::new(n).map(|ring| Arc::new(ring) as Arc<dyn Modular>)
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.n == other.n
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} bits)", self.k() * 8)
    }
}
