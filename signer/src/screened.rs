//! Caches keysets that passed their screening. A screening takes tens of milliseconds per keyset, and signer
//! and mints read all keysets every minute.

use ecash_core::keys::{KeyPolicy, Keyset, ScreeningError, screen};
use std::sync::{Mutex, PoisonError};

/// The keysets that passed. They are compared in full, including proofs. Failures are not cached.
#[derive(Debug, Default)]
pub(crate) struct Screened(Mutex<Vec<Keyset>>);

impl Screened {
    /// Screens a keyset, unless an identical one passed before.
    pub(crate) fn screen(&self, keyset: Keyset) -> Result<Keyset, ScreeningError> {
        let passed = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if passed().contains(&keyset) {
            return Ok(keyset);
        }
        let keyset = screen(keyset, KeyPolicy::Real, &[])?.keyset().clone();
        passed().push(keyset.clone());
        Ok(keyset)
    }
}

#[cfg(test)]
mod tests {
    use super::Screened;
    use ecash_core::keys::{Dates, Keyset};
    use ecash_core::rsabssa::{E, PublicKey};
    use ecash_core::{Currency, Denomination, InstitutionId, KeysetId, Timestamp};

    #[test]
    fn failed_screenings_are_not_cached() {
        let at = Timestamp::from_unix_seconds;
        let dates = Dates { valid_from: at(1), issue_until: at(2), redeem_until: at(3), swap_until: at(4) };
        // An odd modulus of full width with a small factor.
        let key = PublicKey::new(&[0xff; 384], E).unwrap();
        let keyset = Keyset::new(
            KeysetId::new("key_001").unwrap(),
            InstitutionId::new("inst").unwrap(),
            Currency::new("EUR", 2).unwrap(),
            dates,
            vec![(Denomination::new(10).unwrap(), key, Vec::new())],
        );
        let (screened, keyset) = (Screened::default(), keyset.unwrap());
        for _ in 0..2 {
            assert!(screened.screen(keyset.clone()).is_err());
        }
    }
}
