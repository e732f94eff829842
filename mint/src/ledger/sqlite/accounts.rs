//! Accounts and statements.

use super::rows::{account, signed, statement_line};
use super::{SqliteLedger, statements};
use crate::ledger::{AccountRecord, AccountRole, LedgerError, StatementLine};
use ecash_core::AccountId;

impl SqliteLedger {
    /// The unique token hash makes this repeatable: the second call finds the first one's account.
    pub(super) async fn insert_or_find_account(
        &self,
        account_id: &AccountId,
        role: AccountRole,
        token_hash: [u8; 32],
    ) -> Result<AccountRecord, LedgerError> {
        sqlx::query(statements::INSERT_ACCOUNT)
            .bind(account_id.as_str())
            .bind(role.as_str())
            .bind(token_hash.as_slice())
            .execute(&self.writer)
            .await
            .map_err(LedgerError::Database)?;
        self.find_account_by_token(token_hash).await?.ok_or(LedgerError::Damaged("account"))
    }

    pub(super) async fn find_account(
        &self,
        account_id: &AccountId,
    ) -> Result<Option<AccountRecord>, LedgerError> {
        let row = sqlx::query(statements::ACCOUNT_BY_ID)
            .bind(account_id.as_str())
            .fetch_optional(&self.readers)
            .await
            .map_err(LedgerError::Database)?;
        row.as_ref().map(account).transpose()
    }

    pub(super) async fn find_account_by_token(
        &self,
        token_hash: [u8; 32],
    ) -> Result<Option<AccountRecord>, LedgerError> {
        let row = sqlx::query(statements::ACCOUNT_BY_TOKEN)
            .bind(token_hash.as_slice())
            .fetch_optional(&self.readers)
            .await
            .map_err(LedgerError::Database)?;
        row.as_ref().map(account).transpose()
    }

    pub(super) async fn read_statement(
        &self,
        account_id: &AccountId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<StatementLine>, LedgerError> {
        let rows = sqlx::query(statements::STATEMENT)
            .bind(account_id.as_str())
            .bind(before.map_or(i64::MAX, signed))
            .bind(limit)
            .fetch_all(&self.readers)
            .await
            .map_err(LedgerError::Database)?;
        rows.iter().map(statement_line).collect()
    }
}
