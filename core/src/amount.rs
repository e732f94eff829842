//! Amounts of money in whole minor units, with checked arithmetic and without floating point.

use serde::{Deserialize, Serialize};

/// The largest amount, 2^53 − 1 minor units: JSON numbers are exact up to here in every implementation.
pub const MAX_AMOUNT_MINOR: u64 = (1 << 53) - 1;

/// Errors of [`Amount`] and [`Denomination`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// The number, sum or product is above [`MAX_AMOUNT_MINOR`].
    #[error("the amount is above the maximum of 9007199254740991 minor units")]
    TooLarge,
    /// A difference would be below zero.
    #[error("the amount would be negative")]
    Negative,
    /// A denomination is zero.
    #[error("a denomination must be at least 1")]
    Zero,
}

/// An amount in minor units of its currency, 0 ..= 2^53 − 1.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = u64, maximum = 9_007_199_254_740_991_u64))]
pub struct Amount(u64);

impl Amount {
    /// Zero minor units.
    pub const ZERO: Self = Self(0);

    /// Creates an amount of `amount_minor` minor units.
    ///
    /// # Errors
    /// Returns [`AmountError::TooLarge`] above 2^53 − 1.
    pub const fn new(amount_minor: u64) -> Result<Self, AmountError> {
        if amount_minor > MAX_AMOUNT_MINOR { Err(AmountError::TooLarge) } else { Ok(Self(amount_minor)) }
    }

    /// The number of minor units.
    #[must_use]
    pub const fn minor(self) -> u64 {
        self.0
    }

    /// The number of minor units, signed: at most 2^53 − 1, so the sign bit is never set.
    #[must_use]
    pub const fn minor_signed(self) -> i64 {
        self.0.cast_signed()
    }

    /// Returns whether this is zero.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Adds two amounts.
    ///
    /// # Errors
    /// Returns [`AmountError::TooLarge`] if the sum is above 2^53 − 1.
    pub fn plus(self, other: Self) -> Result<Self, AmountError> {
        self.0.checked_add(other.0).ok_or(AmountError::TooLarge).and_then(Self::new)
    }

    /// Subtracts `other`.
    ///
    /// # Errors
    /// Returns [`AmountError::Negative`] if `other` is larger.
    pub fn minus(self, other: Self) -> Result<Self, AmountError> {
        self.0.checked_sub(other.0).map(Self).ok_or(AmountError::Negative)
    }

    /// Adds many amounts. The sum of an empty iterator is zero.
    ///
    /// # Errors
    /// Returns [`AmountError::TooLarge`] if a partial sum is above 2^53 − 1.
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Result<Self, AmountError> {
        amounts.into_iter().try_fold(Self::ZERO, Self::plus)
    }
}

impl TryFrom<u64> for Amount {
    type Error = AmountError;
    fn try_from(amount_minor: u64) -> Result<Self, AmountError> {
        Self::new(amount_minor)
    }
}

impl From<Amount> for u64 {
    fn from(amount: Amount) -> Self {
        amount.0
    }
}

/// The value of one token in minor units, 1 ..= 2^53 − 1. Each denomination has its own signing key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = u64, minimum = 1, maximum = 9_007_199_254_740_991_u64))]
pub struct Denomination(u64);

impl Denomination {
    /// Creates a denomination of `amount_minor` minor units.
    ///
    /// # Errors
    /// Returns [`AmountError::Zero`] for 0 and [`AmountError::TooLarge`] above 2^53 − 1.
    pub const fn new(amount_minor: u64) -> Result<Self, AmountError> {
        match amount_minor {
            0 => Err(AmountError::Zero),
            n if n > MAX_AMOUNT_MINOR => Err(AmountError::TooLarge),
            n => Ok(Self(n)),
        }
    }

    /// Converts the value to an amount, which is always possible.
    #[must_use]
    pub const fn amount(self) -> Amount {
        Amount(self.0)
    }

    /// The number of minor units.
    #[must_use]
    pub const fn minor(self) -> u64 {
        self.0
    }

    /// The number of minor units, signed: at most 2^53 − 1, so the sign bit is never set.
    #[must_use]
    pub const fn minor_signed(self) -> i64 {
        self.0.cast_signed()
    }

    /// Returns the value of `count` tokens.
    ///
    /// # Errors
    /// Returns [`AmountError::TooLarge`] if the product is above 2^53 − 1.
    pub fn times(self, count: usize) -> Result<Amount, AmountError> {
        let count = u64::try_from(count).map_err(|_| AmountError::TooLarge)?;
        self.0.checked_mul(count).ok_or(AmountError::TooLarge).and_then(Amount::new)
    }
}

impl TryFrom<u64> for Denomination {
    type Error = AmountError;
    fn try_from(amount_minor: u64) -> Result<Self, AmountError> {
        Self::new(amount_minor)
    }
}

impl From<Denomination> for u64 {
    fn from(denomination: Denomination) -> Self {
        denomination.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_amount_is_two_to_the_53_minus_one() {
        assert_eq!(Amount::new(9_007_199_254_740_991).map(Amount::minor), Ok(9_007_199_254_740_991));
        assert_eq!(Amount::new(9_007_199_254_740_992), Err(AmountError::TooLarge));
    }

    #[test]
    fn sums_and_differences_are_checked() {
        let max = Amount::new(MAX_AMOUNT_MINOR).unwrap();
        let one = Amount::new(1).unwrap();
        assert_eq!(max.plus(one), Err(AmountError::TooLarge));
        assert_eq!(one.minus(max), Err(AmountError::Negative));
        assert_eq!(Amount::sum([one, one, one]).unwrap().minor(), 3);
        assert_eq!(Denomination::new(1 << 52).unwrap().times(2), Err(AmountError::TooLarge));
        assert_eq!(Denomination::new(50).unwrap().times(3).unwrap().minor(), 150);
        assert_eq!(Denomination::new(0), Err(AmountError::Zero));
    }

    #[test]
    fn amounts_are_numbers_of_minor_units_in_json() {
        let (nothing, some) = (Amount::ZERO, Amount::new(42).unwrap());
        assert!(nothing.is_zero() && !some.is_zero());
        assert_eq!(u64::from(some), 42);
        let denomination = Denomination::new(50).unwrap();
        assert_eq!(u64::from(denomination), 50);
        assert_eq!(serde_json::to_string(&(some, denomination)).unwrap(), "[42,50]");
    }

    #[test]
    fn json_rejects_fractions_negatives_and_strings() {
        for json in ["1.5", "-1", "\"1\"", "9007199254740992", "1e3"] {
            assert!(serde_json::from_str::<Amount>(json).is_err(), "{json}");
        }
        assert_eq!(serde_json::from_str::<Amount>("7").unwrap().minor(), 7);
    }
}
