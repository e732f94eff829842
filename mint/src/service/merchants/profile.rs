//! A merchant's name, domains and account token.

use super::{Caller, check_name};
use crate::service::{Mint, ServiceError};
use ecash_core::api_key::Scope;
use ecash_core::seed::AccountToken;
use ecash_core::wire::{DomainView, ErrorCode, MerchantResponse};
use ecash_core::{AccountId, Origin};
use ecash_ledger::{AccountRole, DomainCheck, DomainRecord, Event, MerchantChange, MerchantRecord};
use serde_json::json;

/// Maximum number of domains of a merchant.
const MAX_DOMAINS: usize = 20;

impl Mint {
    /// Opens a merchant's account under an id and a name that the operator chose, and returns its new token.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownMerchant`] if the id is taken by another account.
    pub async fn create_merchant(
        &self,
        merchant_id: &AccountId,
        name: Option<&str>,
    ) -> Result<AccountToken, ServiceError> {
        name.map_or(Ok(()), check_name)?;
        let token = self.new_token()?;
        let accounts = &self.deps.ledger.accounts;
        let opened = accounts.open_account(merchant_id, AccountRole::Merchant, token.hash()).await?;
        if opened.is_none() {
            return Err(ServiceError::refused_because(ErrorCode::UnknownMerchant, "this id is taken"));
        }
        if let Some(name) = name {
            self.rename_merchant(merchant_id, name).await?;
        }
        Ok(token)
    }

    fn new_token(&self) -> Result<AccountToken, ServiceError> {
        let mut bytes = [0; 32];
        self.deps.entropy.fill(&mut bytes).map_err(ServiceError::unavailable)?;
        Ok(AccountToken::new(bytes))
    }

    /// Replaces a merchant's lost or leaked account token by a new one, for the operator. Its API keys stay
    /// valid.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownMerchant`].
    pub async fn reset_merchant_token(&self, merchant_id: &AccountId) -> Result<AccountToken, ServiceError> {
        let merchant_id = self.merchant(merchant_id).await?.merchant_id;
        let token = self.new_token()?;
        let event = Event { merchant_id: merchant_id.clone(), kind: "key.reset", payload: json!({}) };
        let change = MerchantChange::Token { merchant_id, token_hash: token.hash() };
        self.change_merchant(vec![change], vec![event]).await?;
        Ok(token)
    }

    /// Returns what a merchant sees of itself, once the synchronous standby holds it.
    ///
    /// # Errors
    /// [`ErrorCode::InsufficientScope`].
    pub async fn merchant_profile(&self, caller: &Caller) -> Result<MerchantResponse, ServiceError> {
        let merchant_id = caller.may(Scope::Read)?;
        let MerchantRecord { merchant_id, name, domains } = self.merchant(merchant_id).await?;
        let account = self.account_from_standby(&merchant_id).await?;
        let account = account.ok_or(ServiceError::refused(ErrorCode::UnknownMerchant))?;
        Ok(MerchantResponse {
            scopes: caller.scopes(),
            held_for_refunds: self.deps.ledger.payments.held_for_refunds(&merchant_id).await?,
            open_payments: self.deps.ledger.payments.open_count(&merchant_id).await?,
            merchant_id,
            name,
            mint: self.deps.public_origin.clone(),
            balance: account.balance,
            currency: self.identity().currency.clone(),
            domains: domains.into_iter().map(domain_view).collect(),
        })
    }

    /// Sets the name that payers see.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownMerchant`], or [`ErrorCode::MalformedRequest`] unless it is one line of 1 to 64
    /// characters.
    pub async fn rename_merchant(&self, merchant_id: &AccountId, name: &str) -> Result<(), ServiceError> {
        check_name(name)?;
        let merchant_id = self.merchant(merchant_id).await?.merchant_id;
        let change = MerchantChange::Name { merchant_id, name: name.to_owned() };
        self.change_merchant(vec![change], Vec::new()).await
    }

    /// Adds a domain that the merchant claims. The dispatcher then verifies it by the file in which the
    /// domain names its merchants. At a mint of play money, a developer's own machine is verified at once.
    /// Claiming a domain again repeats the check.
    ///
    /// # Errors
    /// Those of [`Self::put_domain`].
    pub async fn claim_domain(
        &self,
        merchant_id: &AccountId,
        origin: Origin,
    ) -> Result<DomainView, ServiceError> {
        let merchant = self.merchant(merchant_id).await?;
        let known = merchant.domains.iter().find(|domain| domain.origin == origin);
        if let Some(known) = known.filter(|domain| domain.is_verified) {
            return Ok(domain_view(known.clone()));
        }
        let is_verified = self.is_programmers_own(origin.as_str());
        self.put_domain(merchant_id, DomainRecord { origin, is_verified }).await
    }

    /// Adds or verifies a domain, for the operator.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownMerchant`], [`ErrorCode::TooManyEntries`], or [`ErrorCode::MalformedRequest`] for
    /// an address without TLS.
    pub async fn put_domain(
        &self,
        merchant_id: &AccountId,
        domain: DomainRecord,
    ) -> Result<DomainView, ServiceError> {
        let merchant = self.merchant(merchant_id).await?;
        let is_known = merchant.domains.iter().any(|known| known.origin == domain.origin);
        if !is_known && merchant.domains.len() >= MAX_DOMAINS {
            return Err(ServiceError::refused_because(
                ErrorCode::TooManyEntries,
                format!("a merchant has at most {MAX_DOMAINS} domains"),
            ));
        }
        let origin = domain.origin.as_str();
        if !(origin.starts_with("https://") || self.is_programmers_own(origin)) {
            return Err(ServiceError::refused_because(
                ErrorCode::MalformedRequest,
                "a domain must be an https origin, such as https://shop.example",
            ));
        }
        let change = MerchantChange::PutDomain {
            merchant_id: merchant.merchant_id,
            domain: domain.clone(),
            at: self.now(),
        };
        self.change_merchant(vec![change], Vec::new()).await?;
        Ok(domain_view(domain))
    }

    /// Records the check of a domain. Adds a feed event when the check changes whether the domain is
    /// verified.
    pub(crate) async fn note_domain_check(
        &self,
        was_verified: bool,
        check: DomainCheck,
    ) -> Result<(), ServiceError> {
        let kind = match (was_verified, check.is_verified) {
            (false, true) => "domain.verified",
            (true, false) => "domain.unverified",
            _ => return Ok(self.deps.ledger.webhooks.note_domain_check(&check).await?),
        };
        let payload = json!({ "origin": check.origin });
        let event = Event { merchant_id: check.merchant_id.clone(), kind, payload };
        self.change_merchant(vec![MerchantChange::CheckDomain(check)], vec![event]).await
    }

    /// Removes a domain. Repeating it changes nothing.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownMerchant`].
    pub async fn drop_domain(&self, merchant_id: &AccountId, origin: Origin) -> Result<(), ServiceError> {
        let merchant_id = self.merchant(merchant_id).await?.merchant_id;
        self.change_merchant(vec![MerchantChange::DropDomain { merchant_id, origin }], Vec::new()).await
    }
}

fn domain_view(domain: DomainRecord) -> DomainView {
    DomainView { origin: domain.origin, verified: domain.is_verified }
}
