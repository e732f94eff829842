//! Accounts: opening, authenticating, reading.

use super::{DEMO_FUNDS_MINOR, FundReference, Mint, ServiceError};
use ecash_core::seed::AccountToken;
use ecash_core::wire::{AccountResponse, ErrorCode, OpenAccountResponse, StatementEntry, StatementKind};
use ecash_core::{AccountId, Amount, base64url};
use ecash_ledger::{AccountRecord, AccountRole, OperationKind, StatementLine};

const STATEMENT_PAGE: u32 = 50;

impl Mint {
    /// Returns the account that was opened with this token hash before, if there is one. Completes an opening
    /// that was interrupted before its demo funds were credited.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn opened_before(
        &self,
        token_hash: [u8; 32],
    ) -> Result<Option<OpenAccountResponse>, ServiceError> {
        let Some(account) = self.deps.ledger.accounts.account_by_token(token_hash).await? else {
            return Ok(None);
        };
        self.credit_demo_funds(&account).await?;
        Ok(Some(OpenAccountResponse { account_id: account.account_id, account_token: None }))
    }

    /// Opens an account, or returns the one with this token hash. Idempotent, so a repeat completes an
    /// opening that was interrupted before its demo funds were credited. Without a hash, the mint chooses the
    /// token and returns it.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn open_account(
        &self,
        token_hash: Option<[u8; 32]>,
    ) -> Result<OpenAccountResponse, ServiceError> {
        let mut name = [0; 16];
        self.deps.entropy.fill(&mut name).map_err(ServiceError::unavailable)?;
        let account_id =
            AccountId::new(format!("acc_{}", base64url::encode(&name))).map_err(ServiceError::unavailable)?;
        let (token, token_hash) = match token_hash {
            Some(hash) => (None, hash),
            None => {
                let mut bytes = [0; 32];
                self.deps.entropy.fill(&mut bytes).map_err(ServiceError::unavailable)?;
                (Some(bytes.as_slice().into()), AccountToken::new(bytes).hash())
            }
        };
        let account =
            self.deps.ledger.accounts.open_account(&account_id, AccountRole::Customer, token_hash).await?;
        let account = account.ok_or(ServiceError::refused(ErrorCode::Unauthorized))?;
        self.credit_demo_funds(&account).await?;
        Ok(OpenAccountResponse { account_id: account.account_id, account_token: token })
    }

    /// Credits the demo funds of a customer's account, once.
    async fn credit_demo_funds(&self, account: &AccountRecord) -> Result<(), ServiceError> {
        if self.deps.demo_funds && account.role == AccountRole::Customer {
            let funds = Amount::new(DEMO_FUNDS_MINOR).map_err(ServiceError::unavailable)?;
            self.fund(&account.account_id, funds, &FundReference::demo(&account.account_id)).await?;
        }
        Ok(())
    }

    /// Returns the account of a token.
    ///
    /// # Errors
    /// [`ErrorCode::Unauthorized`].
    pub async fn authenticate(&self, token: &AccountToken) -> Result<AccountRecord, ServiceError> {
        let account = self.deps.ledger.accounts.account_by_token(token.hash()).await?;
        account.ok_or(ServiceError::refused(ErrorCode::Unauthorized))
    }

    /// Returns an account, once the synchronous standby holds what was read.
    ///
    /// # Errors
    /// The ledger's failure.
    pub(crate) async fn account_from_standby(
        &self,
        account_id: &AccountId,
    ) -> Result<Option<AccountRecord>, ServiceError> {
        let account = self.deps.ledger.accounts.account(account_id).await?;
        self.deps.ledger.postings.wait_for_standby().await?;
        Ok(account)
    }

    /// Returns balance and a page of the statement, newest first, once the synchronous standby holds what was
    /// read.
    ///
    /// # Errors
    /// The ledger's failure.
    pub async fn account(
        &self,
        account: AccountRecord,
        before: Option<u64>,
    ) -> Result<AccountResponse, ServiceError> {
        let lines = self.deps.ledger.accounts.statement(&account.account_id, before, STATEMENT_PAGE).await?;
        // The merchant may hand over goods because of this balance.
        self.deps.ledger.postings.wait_for_standby().await?;
        let full = lines.len() == STATEMENT_PAGE as usize;
        let next_before = lines.last().filter(|_| full).map(|line| line.entry_id);
        let statement = lines.iter().map(entry).collect::<Result<_, _>>()?;
        Ok(AccountResponse {
            account_id: account.account_id,
            balance: account.balance,
            currency: self.identity().currency.clone(),
            statement,
            next_before,
        })
    }
}

fn entry(line: &StatementLine) -> Result<StatementEntry, ServiceError> {
    Ok(StatementEntry {
        transaction_id: line.operation_id.transaction_id().map_err(ServiceError::unavailable)?,
        kind: match line.kind {
            OperationKind::Fund => StatementKind::Fund,
            OperationKind::Withdraw => StatementKind::Withdraw,
            OperationKind::Redeem => StatementKind::Redeem,
            OperationKind::Refund => StatementKind::Refund,
            OperationKind::RefundReturn => StatementKind::RefundReturn,
            OperationKind::Payout => StatementKind::Payout,
            OperationKind::PayoutEnd => StatementKind::PayoutEnd,
            OperationKind::Swap
            | OperationKind::Cancel
            | OperationKind::Expire
            | OperationKind::Payment
            | OperationKind::PaymentCancel
            | OperationKind::PaymentExpire
            | OperationKind::RefundClaim
            | OperationKind::MerchantAdmin
            | OperationKind::KeysetStop => StatementKind::Other,
        },
        change_minor: line.change_minor,
        timestamp: line.at,
    })
}
