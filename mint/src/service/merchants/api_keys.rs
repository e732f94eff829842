//! API keys: creating, rotating and revoking them.

use super::{Caller, DAY_S, check_name};
use crate::service::{Mint, ServiceError};
use ecash_core::api_key::{ApiKey, Scope, Scopes};
use ecash_core::wire::{ApiKeyList, ApiKeyResponse, ApiKeyView, ErrorCode};
use ecash_core::{AccountId, Timestamp};
use ecash_ledger::{ApiKeyRecord, Event, MerchantChange};
use serde_json::json;

/// Maximum number of valid keys of a merchant.
const MAX_WORKING: usize = 100;
/// Maximum number of expired and revoked keys of a merchant that are still listed.
const MAX_ENDED: usize = 900;
/// How long a key is listed after it expired or was revoked, unless there are more than [`MAX_ENDED`].
const LISTED_S: u64 = 90 * DAY_S;
/// The longest time for which a rotated key stays valid: 7 days.
const MAX_OVERLAP_S: u64 = 7 * DAY_S;
/// The longest lifetime that a key may be given: 10 years.
const MAX_LIFETIME_S: u64 = 3650 * DAY_S;

/// A key to create.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    /// Its purpose, for the merchant.
    pub name: String,
    /// What it may do.
    pub scopes: Scopes,
    /// Its lifetime in seconds; `None`: until it is revoked.
    pub expires_in_s: Option<u64>,
}

impl Caller {
    /// Requires the account token, or an API key that may create keys.
    fn manages_keys(&self) -> Result<&AccountId, ServiceError> {
        if self.key.is_none() { Ok(&self.merchant_id) } else { self.may(Scope::Keys) }
    }

    /// Requires that this caller may create a key with these scopes and this expiry. An API key may grant at
    /// most its own, and never the scopes `keys` and `payouts`.
    fn may_create(&self, scopes: &Scopes, expires_at: Option<Timestamp>) -> Result<(), ServiceError> {
        let Some(own) = &self.key else { return Ok(()) };
        let outlives =
            own.expires_at.is_some_and(|own_end| expires_at.is_none_or(|expires_at| expires_at > own_end));
        if own.scopes.may_grant(scopes) && !outlives {
            return Ok(());
        }
        Err(ServiceError::refused_because(
            ErrorCode::InsufficientScope,
            "an API key can create only keys within its own scopes and lifetime, and never with the scopes keys or payouts",
        ))
    }
}

impl Mint {
    /// Creates an API key. The response alone holds its secret.
    ///
    /// # Errors
    /// [`ErrorCode::InsufficientScope`], [`ErrorCode::TooManyEntries`], or [`ErrorCode::MalformedRequest`]
    /// for a name, lifetime or list of scopes out of its limits.
    pub async fn create_api_key(
        &self,
        caller: &Caller,
        wanted: NewApiKey,
    ) -> Result<ApiKeyResponse, ServiceError> {
        let merchant_id = caller.manages_keys()?;
        let (key, record) = self.new_key(merchant_id, wanted)?;
        caller.may_create(&record.scopes, record.expires_at)?;
        self.add_key(key, record, Vec::new()).await
    }

    /// Creates an API key of a merchant, for the operator.
    ///
    /// # Errors
    /// Those of [`Self::create_api_key`], and [`ErrorCode::UnknownMerchant`].
    pub async fn create_api_key_of(
        &self,
        merchant_id: &AccountId,
        wanted: NewApiKey,
    ) -> Result<ApiKeyResponse, ServiceError> {
        let merchant_id = self.merchant(merchant_id).await?.merchant_id;
        self.create_api_key(&Caller { merchant_id, key: None }, wanted).await
    }

    /// Returns all API keys of a merchant, the newest first.
    ///
    /// # Errors
    /// [`ErrorCode::InsufficientScope`].
    pub async fn api_keys(&self, caller: &Caller) -> Result<ApiKeyList, ServiceError> {
        let keys = self.deps.ledger.merchants.api_keys(caller.manages_keys()?).await?;
        Ok(ApiKeyList { data: keys.into_iter().map(view_of).collect() })
    }

    /// Replaces an API key by one with the same name and scopes. The old one stays valid for another
    /// `overlap_s` seconds.
    ///
    /// # Errors
    /// [`ErrorCode::ApiKeyUnknown`], also for a key that is expired, revoked or replaced;
    /// [`ErrorCode::InsufficientScope`] and [`ErrorCode::MalformedRequest`].
    pub async fn rotate_api_key(
        &self,
        caller: &Caller,
        key_id: &str,
        overlap_s: u64,
    ) -> Result<ApiKeyResponse, ServiceError> {
        let old = self.key_of(caller, key_id).await?;
        if !old.works_at(self.now()) {
            return Err(ServiceError::refused(ErrorCode::ApiKeyUnknown));
        }
        if let Some(by) = &old.replaced_by {
            // `expires_at` of the old key is the end of its overlap. Copying it would make the new key expire
            // soon.
            let detail =
                format!("{by} has replaced this key: rotate that one, or revoke it and create another");
            return Err(ServiceError::refused_because(ErrorCode::ApiKeyUnknown, detail));
        }
        if overlap_s > MAX_OVERLAP_S {
            return Err(ServiceError::refused_because(
                ErrorCode::MalformedRequest,
                format!("overlap must be at most {MAX_OVERLAP_S} seconds ({} days)", MAX_OVERLAP_S / DAY_S),
            ));
        }
        let lifetime = old.expires_at.map(|end| end.unix_seconds().saturating_sub(self.now().unix_seconds()));
        let wanted = NewApiKey { name: old.name, scopes: old.scopes, expires_in_s: lifetime };
        let (key, record) = self.new_key(&old.merchant_id, wanted)?;
        caller.may_create(&record.scopes, record.expires_at)?;
        let at = self.now().plus_seconds(overlap_s);
        let (merchant_id, key_id, by) = (old.merchant_id, old.key_id, record.key_id.clone());
        let change = MerchantChange::ReplaceKey { merchant_id, key_id, at, by };
        self.add_key(key, record, vec![change]).await
    }

    /// Revokes an API key at once. Repeating it changes nothing.
    ///
    /// # Errors
    /// [`ErrorCode::ApiKeyUnknown`], [`ErrorCode::InsufficientScope`].
    pub async fn revoke_api_key(&self, caller: &Caller, key_id: &str) -> Result<ApiKeyView, ServiceError> {
        let record = self.key_of(caller, key_id).await?;
        // A leaked key must not revoke keys with more rights. It may revoke itself.
        if caller.name() != record.key_id.as_str() {
            caller.may_create(&record.scopes, record.expires_at)?;
        }
        if record.revoked_at.is_some() {
            return Ok(view_of(record));
        }
        let at = self.now();
        let (merchant_id, key_id) = (record.merchant_id.clone(), record.key_id.clone());
        let event = key_event("key.revoked", &record);
        self.change_merchant(vec![MerchantChange::RevokeKey { merchant_id, key_id, at }], vec![event])
            .await?;
        Ok(view_of(ApiKeyRecord { revoked_at: Some(at), ..record }))
    }

    /// Revokes an API key of a merchant, for the operator.
    ///
    /// # Errors
    /// [`ErrorCode::ApiKeyUnknown`].
    pub async fn revoke_api_key_of(
        &self,
        merchant_id: &AccountId,
        key_id: &str,
    ) -> Result<ApiKeyView, ServiceError> {
        self.revoke_api_key(&Caller { merchant_id: merchant_id.clone(), key: None }, key_id).await
    }

    /// Returns all API keys of a merchant, for the operator.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownMerchant`].
    pub async fn api_keys_of(&self, merchant_id: &AccountId) -> Result<ApiKeyList, ServiceError> {
        let merchant_id = self.merchant(merchant_id).await?.merchant_id;
        self.api_keys(&Caller { merchant_id, key: None }).await
    }

    async fn key_of(&self, caller: &Caller, key_id: &str) -> Result<ApiKeyRecord, ServiceError> {
        let keys = self.deps.ledger.merchants.api_keys(caller.manages_keys()?).await?;
        let key = keys.into_iter().find(|key| key.key_id.as_str() == key_id);
        key.ok_or(ServiceError::refused(ErrorCode::ApiKeyUnknown))
    }

    fn new_key(
        &self,
        merchant_id: &AccountId,
        wanted: NewApiKey,
    ) -> Result<(ApiKey, ApiKeyRecord), ServiceError> {
        check_name(&wanted.name)?;
        let malformed = |what: String| Err(ServiceError::refused_because(ErrorCode::MalformedRequest, what));
        if wanted.scopes.0.is_empty() {
            return malformed("scopes must name at least one scope".to_owned());
        }
        if wanted.expires_in_s.is_some_and(|lifetime| !(1..=MAX_LIFETIME_S).contains(&lifetime)) {
            return malformed(format!("expires_in must be 1 to {MAX_LIFETIME_S} seconds"));
        }
        let mut random = zeroize::Zeroizing::new([0; 30]);
        self.deps.entropy.fill(random.as_mut_slice()).map_err(ServiceError::unavailable)?;
        let key = ApiKey::from_random(&random, self.identity().currency.is_demo());
        let created_at = self.now();
        let record = ApiKeyRecord {
            key_id: key.key_id(),
            merchant_id: merchant_id.clone(),
            name: wanted.name,
            scopes: wanted.scopes,
            created_at,
            expires_at: wanted.expires_in_s.map(|lifetime| created_at.plus_seconds(lifetime)),
            revoked_at: None,
            last_used_day: None,
            replaced_by: None,
        };
        Ok((key, record))
    }

    /// Adds a key, with other changes, and deletes keys that expired or were revoked long ago.
    async fn add_key(
        &self,
        key: ApiKey,
        record: ApiKeyRecord,
        mut changes: Vec<MerchantChange>,
    ) -> Result<ApiKeyResponse, ServiceError> {
        let (now, merchant_id) = (self.now(), record.merchant_id.clone());
        let keys = self.deps.ledger.merchants.api_keys(&merchant_id).await?;
        if keys.iter().filter(|key| key.works_at(now)).count() >= MAX_WORKING {
            let detail = format!("a merchant has at most {MAX_WORKING} valid keys");
            return Err(ServiceError::refused_because(ErrorCode::TooManyEntries, detail));
        }
        changes.push(MerchantChange::ForgetKeys { merchant_id, before: forgotten_before(&keys, now) });
        let event = key_event("key.created", &record);
        changes.push(MerchantChange::NewKey(record.clone(), key.hash()));
        self.change_merchant(changes, vec![event]).await?;
        Ok(ApiKeyResponse { view: view_of(record), secret: key.as_str().to_owned() })
    }
}

/// Returns the time before which keys must have expired or been revoked to be deleted. Always leaves room for
/// another key. Otherwise an attacker with a leaked key could fill the list, so that the key could not be
/// replaced.
fn forgotten_before(keys: &[ApiKeyRecord], now: Timestamp) -> Timestamp {
    let ended = keys.iter().filter(|key| !key.works_at(now));
    let mut ends: Vec<_> =
        ended.filter_map(|key| key.revoked_at.into_iter().chain(key.expires_at).min()).collect();
    ends.sort_unstable_by(|a, b| b.cmp(a));
    let by_age = Timestamp::from_unix_seconds(now.unix_seconds().saturating_sub(LISTED_S));
    let by_count = ends.get(MAX_ENDED - 1).map(|end| end.plus_seconds(1));
    by_age.max(by_count.unwrap_or(by_age))
}

fn key_event(kind: &'static str, key: &ApiKeyRecord) -> Event {
    let payload = json!({ "key_id": key.key_id, "name": key.name, "scopes": key.scopes });
    Event { merchant_id: key.merchant_id.clone(), kind, payload }
}

fn view_of(record: ApiKeyRecord) -> ApiKeyView {
    ApiKeyView {
        key_id: record.key_id,
        name: record.name,
        scopes: record.scopes,
        created_at: record.created_at,
        expires_at: record.expires_at,
        revoked_at: record.revoked_at,
        last_used_day: record.last_used_day,
    }
}
