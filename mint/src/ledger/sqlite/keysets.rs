//! Keysets and their public keys.

use super::rows::{column, seconds, signed, timestamp, unsigned};
use super::{SqliteLedger, statements};
use crate::ledger::{LedgerError, StoredKeyset};
use ecash_core::keys::{Dates, KEY_PROOF_ROOTS, Keyset};
use ecash_core::rsabssa::{E, PublicKey};
use ecash_core::{Currency, Denomination, InstitutionId, KeysetId};
use sqlx::Row;

const DAMAGED_KEYSET: LedgerError = LedgerError::Damaged("keyset");

impl SqliteLedger {
    pub(super) async fn read_keysets(&self) -> Result<Vec<StoredKeyset>, LedgerError> {
        let identity = sqlx::query(statements::IDENTITY)
            .fetch_one(&self.readers)
            .await
            .map_err(LedgerError::Database)?;
        let institution_id = InstitutionId::new(column::<String, _>(&identity, 0)?);
        let institution_id = institution_id.map_err(|_| DAMAGED_KEYSET)?;
        let currency = Currency::new(column(&identity, 1)?, column(&identity, 2)?);
        let currency = currency.map_err(|_| DAMAGED_KEYSET)?;
        let rows =
            sqlx::query(statements::KEYSETS).fetch_all(&self.readers).await.map_err(LedgerError::Database)?;
        let mut keysets = Vec::with_capacity(rows.len());
        for row in rows {
            let keyset_id: String = column(&row, 0)?;
            let dates = Dates {
                valid_from: timestamp(column(&row, 2)?)?,
                issue_until: timestamp(column(&row, 3)?)?,
                redeem_until: timestamp(column(&row, 4)?)?,
                swap_until: timestamp(column(&row, 5)?)?,
            };
            let keys = self.read_keys(&keyset_id).await?;
            let keyset = Keyset::new(
                KeysetId::new(keyset_id).map_err(|_| DAMAGED_KEYSET)?,
                institution_id.clone(),
                currency.clone(),
                dates,
                keys.iter().map(|(_, key)| key.clone()).collect(),
            )
            .map_err(|_| DAMAGED_KEYSET)?;
            // The stored id is what spent tokens refer to; it must be what the key says it is.
            let ids_match =
                keyset.keys.iter().zip(&keys).all(|(key, (id, _))| key.key_id.as_bytes() == id.as_slice());
            if !ids_match {
                return Err(LedgerError::Damaged("key id"));
            }
            keysets.push(StoredKeyset { epoch: column(&row, 1)?, ended: column(&row, 6)?, keyset });
        }
        Ok(keysets)
    }

    async fn read_keys(&self, keyset_id: &str) -> Result<Vec<(Vec<u8>, StoredKey)>, LedgerError> {
        let rows = sqlx::query(statements::KEYS)
            .bind(keyset_id)
            .fetch_all(&self.readers)
            .await
            .map_err(LedgerError::Database)?;
        rows.iter()
            .map(|row| {
                let denomination = Denomination::new(unsigned(column(row, 0)?, "denomination")?)
                    .map_err(|_| LedgerError::Damaged("denomination"))?;
                let public =
                    PublicKey::new(column(row, 1)?, E).map_err(|_| LedgerError::Damaged("modulus"))?;
                let proof: &[u8] = column(row, 2)?;
                let proof = proof.chunks(public.k()).map(<[u8]>::to_vec).collect();
                Ok((row.try_get(3).map_err(LedgerError::Database)?, (denomination, public, proof)))
            })
            .collect()
    }

    /// Keyset and keys in one transaction, or neither.
    pub(super) async fn insert_keyset(&self, epoch: u32, keyset: &Keyset) -> Result<bool, LedgerError> {
        let mut transaction =
            self.writer.begin_with("BEGIN IMMEDIATE").await.map_err(LedgerError::Database)?;
        let dates = keyset.dates;
        let inserted = sqlx::query(statements::INSERT_KEYSET)
            .bind(keyset.keyset_id.as_str())
            .bind(epoch)
            .bind(seconds(dates.valid_from))
            .bind(seconds(dates.issue_until))
            .bind(seconds(dates.redeem_until))
            .bind(seconds(dates.swap_until))
            .execute(&mut *transaction)
            .await
            .map_err(LedgerError::Database)?;
        if inserted.rows_affected() == 0 {
            return Ok(false);
        }
        for key in &keyset.keys {
            if key.proof.len() != KEY_PROOF_ROOTS {
                return Err(LedgerError::Damaged("key proof"));
            }
            sqlx::query(statements::INSERT_KEY)
                .bind(key.key_id.as_bytes().as_slice())
                .bind(keyset.keyset_id.as_str())
                .bind(signed(key.denomination.minor()))
                .bind(key.public.n())
                .bind(key.proof.concat())
                .execute(&mut *transaction)
                .await
                .map_err(LedgerError::Database)?;
        }
        transaction.commit().await.map_err(LedgerError::Database)?;
        Ok(true)
    }
}

/// Denomination, key, proof.
type StoredKey = (Denomination, PublicKey, Vec<Vec<u8>>);
