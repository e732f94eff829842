//! Merchants: their authentication and permissions, profiles, API keys, webhook endpoints, links and payouts.
//!
//! Every change is a posting without movements, so that the audit log holds it.

mod api_keys;
mod endpoints;
mod links;
mod payouts;
mod profile;
mod takings;

pub use api_keys::NewApiKey;
pub use payouts::PayoutDecision;
pub use takings::{MovementReader, TimeSpan};

use super::outcome::Outcome;
use super::{Mint, ServiceError};
use ecash_core::api_key::{ApiKey, Scope, Scopes};
use ecash_core::seed::AccountToken;
use ecash_core::wire::{ErrorCode, MAX_NAME_CHARS};
use ecash_core::{AccountId, is_short_line};
use ecash_environment::error_chain;
use ecash_ledger::{AccountRole, ApiKeyRecord, Event, MerchantChange, MerchantRecord, OperationKind, Record};

const DAY_S: u64 = 86_400;

/// A merchant that a request has authenticated, and what the request may do.
#[derive(Debug, Clone)]
pub struct Caller {
    merchant_id: AccountId,
    /// `None`: the account token, which may do everything that no API key may.
    key: Option<ApiKeyRecord>,
}

impl Caller {
    /// The merchant.
    #[must_use]
    pub const fn merchant_id(&self) -> &AccountId {
        &self.merchant_id
    }

    /// Returns the name to which requests are charged: the API key's id, or the merchant's.
    #[must_use]
    pub fn name(&self) -> &str {
        self.key.as_ref().map_or(self.merchant_id.as_str(), |key| key.key_id.as_str())
    }

    /// Returns what the API key may do.
    #[must_use]
    pub fn scopes(&self) -> Scopes {
        self.key.as_ref().map_or_else(Scopes::default, |key| key.scopes.clone())
    }

    /// Requires an API key with a scope.
    ///
    /// # Errors
    /// [`ErrorCode::InsufficientScope`].
    pub fn may(&self, scope: Scope) -> Result<&AccountId, ServiceError> {
        let detail = match &self.key {
            Some(key) if key.scopes.allows(scope) => return Ok(&self.merchant_id),
            Some(_) => format!("this needs an API key with the scope `{}`", scope.as_str()),
            None => "this needs an API key; do not store the account token on a server".to_owned(),
        };
        Err(ServiceError::refused_because(ErrorCode::InsufficientScope, detail))
    }

    /// Requires the account token.
    ///
    /// # Errors
    /// [`ErrorCode::InsufficientScope`].
    pub fn is_owner(&self) -> Result<&AccountId, ServiceError> {
        match &self.key {
            None => Ok(&self.merchant_id),
            Some(_) => Err(ServiceError::refused_because(
                ErrorCode::InsufficientScope,
                "this needs the account token of the merchant",
            )),
        }
    }
}

impl Mint {
    /// Returns the merchant of an account token.
    ///
    /// # Errors
    /// [`ErrorCode::Unauthorized`].
    pub async fn merchant_of_token(&self, token: &AccountToken) -> Result<Caller, ServiceError> {
        let account = self.authenticate(token).await?;
        if account.role != AccountRole::Merchant {
            return Err(ServiceError::refused(ErrorCode::Unauthorized));
        }
        Ok(Caller { merchant_id: account.account_id, key: None })
    }

    /// Returns the merchant of an API key.
    ///
    /// # Errors
    /// [`ErrorCode::WrongMode`], or [`ErrorCode::Unauthorized`] for an unknown, revoked or expired key.
    pub async fn merchant_of_key(&self, key: &ApiKey) -> Result<Caller, ServiceError> {
        match (key.is_demo(), self.identity().currency.is_demo()) {
            (true, false) => {
                let detail = "this key is for a test mint; here money is real";
                return Err(ServiceError::refused_because(ErrorCode::WrongMode, detail));
            }
            (false, true) => {
                let detail = "this key is for real money; this is a test mint";
                return Err(ServiceError::refused_because(ErrorCode::WrongMode, detail));
            }
            _ => {}
        }
        let record = self.deps.ledger.merchants.api_key(key.hash()).await?;
        let record = record.filter(|record| record.works_at(self.now()));
        let record = record.ok_or(ServiceError::refused(ErrorCode::Unauthorized))?;
        self.note_use(&record).await;
        Ok(Caller { merchant_id: record.merchant_id.clone(), key: Some(record) })
    }

    /// Records the day of the key's use. A failure rejects no request; the next use records the day.
    async fn note_use(&self, record: &ApiKeyRecord) {
        let now = self.now().unix_seconds();
        let today = ecash_core::Timestamp::from_unix_seconds(now - now % DAY_S);
        if record.last_used_day.is_some_and(|day| day >= today) {
            return;
        }
        if let Err(error) = self.deps.ledger.merchants.mark_key_used(&record.key_id, today).await {
            let error = error_chain(&error);
            tracing::warn!(error, "recording the use of an API key failed; its next use records it");
        }
    }

    /// Returns a merchant as payers see it.
    pub(super) async fn merchant(&self, merchant_id: &AccountId) -> Result<MerchantRecord, ServiceError> {
        let merchant = self.deps.ledger.merchants.merchant(merchant_id).await?;
        merchant.ok_or(ServiceError::refused(ErrorCode::UnknownMerchant))
    }

    /// Commits changes of a merchant in one posting.
    async fn change_merchant(
        &self,
        changes: Vec<MerchantChange>,
        events: Vec<Event>,
    ) -> Result<(), ServiceError> {
        let mut draft = self.draft_of(OperationKind::MerchantAdmin, &Outcome::NOTHING)?;
        draft.records = changes.into_iter().map(|change| Record::Merchant(Box::new(change))).collect();
        draft.events = events;
        self.commit(draft).await?;
        Ok(())
    }
}

/// Checks the name of a merchant or a key.
fn check_name(name: &str) -> Result<(), ServiceError> {
    if is_short_line(name, MAX_NAME_CHARS) && !name.trim().is_empty() {
        return Ok(());
    }
    Err(ServiceError::refused_because(
        ErrorCode::MalformedRequest,
        format!("name must be one line of 1 to {MAX_NAME_CHARS} printable characters"),
    ))
}
