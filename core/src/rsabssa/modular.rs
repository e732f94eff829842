//! Arithmetic modulo n on big-endian bytes, generic over the width of n.
//!
//! The fixed widths of `crypto-bigint` are twice as fast as its boxed ones (docs/adr/0002). [`Modular`] is a
//! trait object, so that one key type supports every width. Numbers are k bytes, big-endian, and below n
//! unless stated otherwise.

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{NonZero, Odd, Uint};

/// A number modulo n: k bytes, big-endian.
pub(super) type Number = Vec<u8>;

/// Operations modulo one n. Callers check that inputs are k bytes and below n unless stated otherwise.
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
    /// Inverts all `numbers` at the cost of one inversion (Montgomery's trick). Returns `None` if any of
    /// `numbers` or `coprime` shares a factor with n.
    fn invert_all(&self, numbers: &[&[u8]], coprime: &[&[u8]]) -> Option<Vec<Number>>;
    /// `x mod n` for x of up to k + 16 bytes.
    fn reduce(&self, x: &[u8]) -> Number;
    /// Returns whether n has a prime factor below 2^16.
    fn has_small_factor(&self) -> bool;
    /// Returns whether n = a² − b² for one of the first `rounds` values of a from ⌈√n⌉ on (Fermat's
    /// factorization).
    fn is_near_square(&self, rounds: u32) -> bool;
}

/// The ring of integers modulo an odd n of exactly `LIMBS` machine words.
pub(super) struct Ring<const LIMBS: usize> {
    params: FixedMontyParams<LIMBS>,
}

impl<const LIMBS: usize> Ring<LIMBS> {
    /// Returns `None` if n is even or does not have the number of bytes of `LIMBS` words.
    pub(super) fn new(n: &[u8]) -> Option<Self> {
        if n.len() != Uint::<LIMBS>::BYTES {
            return None;
        }
        let modulus = Option::from(Odd::new(Uint::<LIMBS>::from_be_slice(n)))?;
        Some(Self { params: FixedMontyParams::new_vartime(modulus) })
    }

    /// Converts to Montgomery form.
    fn enter(&self, x: &[u8]) -> FixedMontyForm<LIMBS> {
        FixedMontyForm::new(&Uint::from_be_slice(x), &self.params)
    }

    /// Converts back from Montgomery form.
    fn leave(x: &FixedMontyForm<LIMBS>) -> Number {
        bytes_of(&x.retrieve())
    }

    /// `x^65537 = x^(2^16) · x`: 16 squarings and one product, twice as fast as a general windowed power.
    /// Variable time only in the exponent, which is public.
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
        // 1. products_before[i] = numbers[0] · … · numbers[i − 1]; product = all of them.
        let numbers: Vec<_> = numbers.iter().map(|number| self.enter(number)).collect();
        let mut product = FixedMontyForm::one(&self.params);
        let mut products_before = Vec::with_capacity(numbers.len());
        for number in &numbers {
            products_before.push(product);
            product = product.mul(number);
        }
        // 2. Invert the product of all `numbers` and all `coprime` at once: it is invertible only if each of
        //    them is. Then remove `coprime` by multiplying, which leaves the inverse of `product`.
        let one = FixedMontyForm::one(&self.params);
        let others = coprime.iter().fold(one, |product, number| product.mul(&self.enter(number)));
        let inverse: FixedMontyForm<LIMBS> = Option::from(product.mul(&others).invert())?;
        let mut inverse = inverse.mul(&others);
        // 3. From last to first. Before each round `inverse` is the inverse of numbers[0] · … · numbers[i],
        //    so its product with products_before[i] is the inverse of numbers[i] alone.
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
        // x = high·2^(8k) + low. The Montgomery form of one is the number 2^(8k) mod n, so `radix` needs no
        // division.
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
        // Invariant: difference = a² − n. It fits the width even where a² does not, so it is computed modulo
        // 2^(8k) and updated by (a + 1)² − a² = 2a + 1.
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
    // Squares have only 12 of the 64 residues modulo 64, so four in five numbers are rejected without a
    // square root.
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
