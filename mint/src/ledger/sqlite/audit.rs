//! The invariants as queries: each lists what does not hold.

use super::rows::{column, unsigned};
use super::{SqliteLedger, statements};
use crate::ledger::{AuditReport, BlindedHash, IssuedRecord, LedgerError, Violation};
use ecash_core::keys::KeyId;

const CHECKS: &[(&str, &str)] = &[
    ("I1", statements::AUDIT_REDEEMED_OVER_ISSUED),
    ("I2", statements::AUDIT_UNBALANCED_OPERATIONS),
    ("I2", statements::AUDIT_BALANCES),
    ("I2", statements::AUDIT_ORPHANS),
    ("I3", statements::AUDIT_OUTSTANDING),
    ("I4", statements::AUDIT_SPENT_TWICE),
    ("I4", statements::AUDIT_SIGNED_TWICE),
    ("I6", statements::AUDIT_CLAIMS),
    ("I7", statements::AUDIT_EVENTS),
];

impl SqliteLedger {
    /// All queries in one read transaction: one moment of the ledger.
    pub(super) async fn run_audit(&self) -> Result<AuditReport, LedgerError> {
        let mut transaction = self.readers.begin().await.map_err(LedgerError::Database)?;
        let totals = sqlx::query(statements::AUDIT_TOTALS)
            .fetch_one(&mut *transaction)
            .await
            .map_err(LedgerError::Database)?;
        let mut report = AuditReport {
            operations: unsigned(column(&totals, 0)?, "count")?,
            issued_tokens: unsigned(column(&totals, 1)?, "count")?,
            spent_tokens: unsigned(column(&totals, 2)?, "count")?,
            outstanding_minor: column(&totals, 3)?,
            accounts_minor: column(&totals, 4)?,
            treasury_minor: column(&totals, 5)?,
            violations: Vec::new(),
        };
        for (invariant, statement) in CHECKS {
            let details: Vec<String> = sqlx::query_scalar(statement)
                .fetch_all(&mut *transaction)
                .await
                .map_err(LedgerError::Database)?;
            report.violations.extend(details.into_iter().map(|detail| Violation { invariant, detail }));
        }
        let total = report.outstanding_minor + report.accounts_minor + report.treasury_minor;
        if total != 0 {
            let detail = format!("all entries sum to {total}, not to zero");
            report.violations.push(Violation { invariant: "I2", detail });
        }
        Ok(report)
    }

    pub(super) async fn read_issued_page(
        &self,
        key_id: &KeyId,
        after: Option<BlindedHash>,
        limit: u32,
    ) -> Result<Vec<IssuedRecord>, LedgerError> {
        let after = after.map(|hash| hash.as_bytes().to_vec()).unwrap_or_default();
        let rows = sqlx::query(statements::ISSUED_PAGE)
            .bind(key_id.as_bytes().as_slice())
            .bind(after)
            .bind(limit)
            .fetch_all(&self.readers)
            .await
            .map_err(LedgerError::Database)?;
        rows.iter()
            .map(|row| {
                Ok(IssuedRecord {
                    blinded_hash: BlindedHash::from_slice(column(row, 0)?)
                        .ok_or(LedgerError::Damaged("blinded hash"))?,
                    blind_signature: column(row, 1)?,
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::ledger::sqlite::statements::ALL;

    #[tokio::test]
    async fn every_statement_prepares_against_the_migrated_schema() {
        use sqlx::Executor as _;
        let pool = sqlx::SqlitePool::connect("sqlite::memory:").await.unwrap();
        sqlx::migrate!("migrations/sqlite").run(&pool).await.unwrap();
        let mut connection = pool.acquire().await.unwrap();
        for (name, sql) in ALL {
            let prepared = connection.prepare(sql).await;
            assert!(prepared.is_ok(), "{name}: {:?}", prepared.err());
        }
    }
}
