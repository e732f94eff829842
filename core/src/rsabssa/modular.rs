//! Arithmetic modulo n on big-endian bytes, generic over the width of n.
//!
//! `crypto-bigint`'s fixed widths are twice as fast as its boxed ones (docs/adr/0002). The trait
//! object lets one key type serve every width. Numbers are k bytes, big-endian, below n.

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{NonZero, Odd, Uint};

/// A number modulo n: k bytes, big-endian.
pub(super) type Number = Vec<u8>;

/// Operations modulo one n. Inputs are below n unless said otherwise.
pub(super) trait Modular: Send + Sync {
    /// `x^65537 mod n`.
    fn pow_e(&self, x: &[u8]) -> Number;
    /// `factor · x^65537 mod n`.
    fn pow_e_times(&self, x: &[u8], factor: &[u8]) -> Number;
    /// `a · b mod n`.
    fn multiply(&self, a: &[u8], b: &[u8]) -> Number;
    /// `x^exponent mod n` in constant time; `exponent` has k bytes.
    #[cfg(any(test, feature = "danger"))]
    fn pow_secret(&self, x: &[u8], exponent: &[u8]) -> Number;
    /// Inverts all `numbers` for the price of one inversion (Montgomery's trick); `None` if any of them, or of
    /// `coprime`, shares a factor with n.
    fn invert_all(&self, numbers: &[&[u8]], coprime: &[&[u8]]) -> Option<Vec<Number>>;
    /// `x mod n` for x of up to k + 16 bytes.
    fn reduce(&self, x: &[u8]) -> Number;
    /// Whether n has a prime factor below 2^16.
    fn has_small_factor(&self) -> bool;
    /// Whether n = a² − b² with a among the first `rounds` candidates (Fermat's factorization).
    fn is_near_square(&self, rounds: u32) -> bool;
}

/// n of exactly 64·`LIMBS` bits (32· on 32-bit machines), odd.
pub(super) struct Ring<const LIMBS: usize> {
    params: FixedMontyParams<LIMBS>,
}

impl<const LIMBS: usize> Ring<LIMBS> {
    /// `None` if n is even or has another number of bytes.
    pub(super) fn new(n: &[u8]) -> Option<Self> {
        if n.len() != Uint::<LIMBS>::BYTES {
            return None;
        }
        let modulus = Option::from(Odd::new(Uint::<LIMBS>::from_be_slice(n)))?;
        Some(Self { params: FixedMontyParams::new_vartime(modulus) })
    }

    fn enter(&self, x: &[u8]) -> FixedMontyForm<LIMBS> {
        FixedMontyForm::new(&Uint::from_be_slice(x), &self.params)
    }

    fn leave(x: &FixedMontyForm<LIMBS>) -> Number {
        bytes_of(&x.retrieve())
    }

    /// Sixteen squarings and one product: twice as fast as a windowed power for 65537.
    fn pow_e_inside(x: &FixedMontyForm<LIMBS>) -> FixedMontyForm<LIMBS> {
        x.square_repeat_vartime(16).mul(x)
    }
}

fn bytes_of<const LIMBS: usize>(x: &Uint<LIMBS>) -> Number {
    x.to_words().iter().rev().flat_map(|word| word.to_be_bytes()).collect()
}

impl<const LIMBS: usize> Modular for Ring<LIMBS> {
    fn pow_e(&self, x: &[u8]) -> Number {
        Self::leave(&Self::pow_e_inside(&self.enter(x)))
    }

    fn pow_e_times(&self, x: &[u8], factor: &[u8]) -> Number {
        Self::leave(&Self::pow_e_inside(&self.enter(x)).mul(&self.enter(factor)))
    }

    fn multiply(&self, a: &[u8], b: &[u8]) -> Number {
        Self::leave(&self.enter(a).mul(&self.enter(b)))
    }

    #[cfg(any(test, feature = "danger"))]
    fn pow_secret(&self, x: &[u8], exponent: &[u8]) -> Number {
        Self::leave(&self.enter(x).pow(&Uint::<LIMBS>::from_be_slice(exponent)))
    }

    fn invert_all(&self, numbers: &[&[u8]], coprime: &[&[u8]]) -> Option<Vec<Number>> {
        let numbers: Vec<_> = numbers.iter().map(|number| self.enter(number)).collect();
        let mut product = FixedMontyForm::one(&self.params);
        let mut products_before = Vec::with_capacity(numbers.len());
        for number in &numbers {
            products_before.push(product);
            product = product.mul(number);
        }
        // The numbers that must only be coprime are in the inverted product, and taken out of its inverse again.
        let one = FixedMontyForm::one(&self.params);
        let others = coprime.iter().fold(one, |product, number| product.mul(&self.enter(number)));
        let inverse: FixedMontyForm<LIMBS> = Option::from(product.mul(&others).invert())?;
        let mut inverse = inverse.mul(&others);
        let mut inverses: Vec<Number> = Vec::with_capacity(numbers.len());
        for (number, before) in numbers.iter().zip(&products_before).rev() {
            inverses.push(Self::leave(&inverse.mul(before)));
            inverse = inverse.mul(number);
        }
        inverses.reverse();
        Some(inverses)
    }

    fn reduce(&self, x: &[u8]) -> Number {
        let k = Uint::<LIMBS>::BYTES;
        let (high, low) = x.split_at(x.len().saturating_sub(k));
        // high·2^(8k) + low: 2^(8k) mod n is one in Montgomery form, so one product suffices.
        let mut wide_high = vec![0; k - high.len()];
        wide_high.extend_from_slice(high);
        let mut wide_low = vec![0; k - low.len()];
        wide_low.extend_from_slice(low);
        let modulus = self.params.modulus().as_nz_ref();
        let high = self.enter(&bytes_of(&Uint::<LIMBS>::from_be_slice(&wide_high)));
        let radix = FixedMontyForm::new(self.params.one(), &self.params);
        let low = self.enter(&bytes_of(&Uint::<LIMBS>::from_be_slice(&wide_low).rem(modulus)));
        Self::leave(&high.mul(&radix).add(&low))
    }

    fn has_small_factor(&self) -> bool {
        let n = self.params.modulus().get();
        odd_primes_below_65536().any(|prime| {
            NonZero::new(crypto_bigint::Limb(prime.into()))
                .into_option()
                .is_some_and(|prime| n.rem_limb(prime).0 == 0)
        })
    }

    fn is_near_square(&self, rounds: u32) -> bool {
        let n = self.params.modulus().get();
        let mut a = n.floor_sqrt_vartime();
        if a.wrapping_mul(&a) != n {
            a = a.wrapping_add(&Uint::ONE);
        }
        // a² may exceed the width, a² − n does not: it is followed by its differences.
        let mut difference = a.wrapping_mul(&a).wrapping_sub(&n);
        for _ in 0..rounds {
            if is_square(&difference) {
                return true;
            }
            difference = difference.wrapping_add(&a).wrapping_add(&a).wrapping_add(&Uint::ONE);
            a = a.wrapping_add(&Uint::ONE);
        }
        false
    }
}

fn is_square<const LIMBS: usize>(x: &Uint<LIMBS>) -> bool {
    // Only 12 of 64 residues are squares: four in five roots are never taken.
    let residue = x.as_words().first().map_or(0, |word| word & 63);
    if !matches!(residue, 0 | 1 | 4 | 9 | 16 | 17 | 25 | 33 | 36 | 41 | 49 | 57) {
        return false;
    }
    let root = x.floor_sqrt_vartime();
    root.wrapping_mul(&root) == *x
}

fn odd_primes_below_65536() -> impl Iterator<Item = u16> {
    // Trial division by the odd primes below 2^8 finds every composite below 2^16.
    (3..=u16::MAX).step_by(2).filter(|n| {
        (3_u16..256)
            .step_by(2)
            .take_while(|d| u32::from(*d) * u32::from(*d) <= u32::from(*n))
            .all(|d| n % d != 0)
    })
}
