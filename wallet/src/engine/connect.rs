//! Connecting to the mint: fetches its keysets, screens each key before its first use, and opens the account.

use super::Wallet;
use super::payment_receipt::keys_to_keep;
use crate::api::{ApiError, MintApi};
use crate::backoff::{Backoff, repeat};
use crate::device::{Device, Stage};
use crate::error::{KeysError, MintFault, WalletError, request_error};
use crate::store::{Edit, KeysAlarm, MintState, Store, Transition};
use ecash_core::keys::{Keyset, Phase, check_list, screen, screen_key};
use ecash_core::wire::{AccountResponse, ErrorCode, KeysResponse, KeysetInfo, OpenAccountRequest};
use ecash_core::{KeysetId, hex};
use std::collections::BTreeMap;

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    pub(super) async fn repeat<T, F>(&self, backoff: Backoff, send: impl Fn() -> F) -> Result<T, ApiError>
    where
        F: Future<Output = Result<T, ApiError>>,
    {
        repeat(&self.device, backoff, send).await
    }

    /// Fetches and checks the mint's keys, and opens the wallet's account. Safe to repeat.
    ///
    /// # Errors
    /// [`WalletError::Unreachable`] if the mint does not respond, [`WalletError::Keys`] if its keys fail a
    /// check, [`WalletError::Store`] if they cannot be stored.
    pub async fn connect(&self) -> Result<(), WalletError> {
        let _turn = self.turn.lock().await;
        self.update_keys().await?;
        match self.open_account().await {
            // Receiving and paying need no account. The operator can open one for `account_hash`.
            Err(WalletError::Refused(problem)) if problem.code == ErrorCode::AccountsClosed => Ok(()),
            opened => opened,
        }
    }

    /// Returns the SHA-256 of the account token in hex. An operator opens the account with it (`ecash-mint
    /// account open`).
    ///
    /// # Errors
    /// [`WalletError::NoWallet`] or [`WalletError::NoMint`].
    pub fn account_hash(&self) -> Result<String, WalletError> {
        Ok(hex::encode(&self.account_token()?.hash()))
    }

    /// Fetches the account's balance.
    ///
    /// # Errors
    /// [`WalletError::Unreachable`] if the mint does not respond, [`WalletError::Refused`] if it does not
    /// know the account.
    pub async fn account(&self) -> Result<AccountResponse, WalletError> {
        let token = self.account_token()?;
        self.repeat(Backoff::single(), || self.api.account(&token)).await.map_err(request_error)
    }

    /// Fetches the mint's list of keysets and stores what changed.
    ///
    /// 1. Check that the institution and currency are unchanged, and that the list breaks no rule.
    /// 2. Merge the list into `keysets`, which begins with the known ones: update the status of each known
    ///    keyset, and fetch and screen each unknown one.
    /// 3. Store `keysets` if anything changed, even if step 2 was interrupted.
    pub(super) async fn update_keys(&self) -> Result<(), WalletError> {
        if !self.exists() {
            return Err(WalletError::NoWallet);
        }
        // 1. Fetch and check.
        let published = self.repeat(Backoff::single(), || self.api.keys()).await.map_err(request_error)?;
        let known = self.state().mint.clone();
        check_same_mint(known.as_ref(), &published)?;
        let alarm = self.check_keysets(known.as_ref(), &published).await?;
        // 2. Merge.
        let mut keysets: BTreeMap<_, KeysetInfo> = known
            .iter()
            .flat_map(|mint| &mint.keysets)
            .map(|keyset| (keyset.keyset_id.clone(), keyset.clone()))
            .collect();
        let issuing = known.as_ref().and_then(|mint| mint.issuing.as_ref());
        let known_receipt_keys = known.as_ref().map(|mint| mint.receipt_keys.clone()).unwrap_or_default();
        let receipt_keys = keys_to_keep(known_receipt_keys.clone(), &published);
        let mut changed = issuing != Some(&published.key_id) || receipt_keys != known_receipt_keys;
        changed |= alarm != known.as_ref().and_then(|mint| mint.alarm.clone());
        let mut interrupted = None;
        for listed in &published.keysets {
            if let Some(known) = keysets.get_mut(&listed.keyset_id) {
                // Replicas learn of a stop at different times, so a status never goes back.
                changed |= listed.status > known.status;
                known.status = known.status.max(listed.status);
                continue;
            }
            // Ended keysets are not needed, and an old mint lists many.
            if listed.dates.phase(self.device.now()) == Phase::Ended {
                continue;
            }
            match self.fetch_keyset(&published, listed).await {
                Ok(whole) => keysets.insert(whole.keyset_id.clone(), whole),
                // Keep what was fetched, so that the next attempt over a bad connection gets further.
                Err(error @ (WalletError::Unreachable | WalletError::Refused(_))) => {
                    interrupted = Some(error);
                    break;
                }
                Err(error) => return Err(error),
            };
            changed = true;
        }
        // 3. Store.
        if changed {
            let published = KeysResponse { receipt_keys, ..published };
            self.save_keys(known, published, keysets, alarm).await?;
        }
        interrupted.map_or(Ok(()), Err)
    }

    /// Checks the mint's list of keysets against the rules and against the keysets seen before, and returns
    /// the alarm to keep. A list that breaks a rule is stored as evidence and not used. Nothing is spent
    /// until the mint publishes a valid list again.
    async fn check_keysets(
        &self,
        known: Option<&MintState>,
        published: &KeysResponse,
    ) -> Result<Option<KeysAlarm>, WalletError> {
        let seen = known.map(|mint| mint.keysets.as_slice()).unwrap_or_default();
        let earlier = known.and_then(|mint| mint.alarm.clone());
        let Err(broken) = check_list(seen, &published.keysets, self.device.now()) else {
            return Ok(earlier.map(|alarm| KeysAlarm { is_over: true, ..alarm }));
        };
        if let Some(known) = known {
            let evidence = serde_json::json!({
                "mint": self.origin,
                "at": self.device.now(),
                "broken": broken.to_string(),
                "shown": published,
                "shown_before": seen,
            });
            let alarm = Some(KeysAlarm { evidence: format!("{evidence:#}"), is_over: false });
            let mint = MintState { alarm, ..known.clone() };
            self.apply(Transition::SaveMint, vec![Edit::Mint(mint)]).await?;
        }
        Err(WalletError::Keys(KeysError::Rule(broken)))
    }

    /// Fails while the mint publishes keys that contradict earlier ones.
    pub(super) fn refuse_if_alarmed(&self) -> Result<(), WalletError> {
        let state = self.state();
        match state.mint.as_ref().and_then(|mint| mint.alarm.as_ref()) {
            Some(alarm) if !alarm.is_over => Err(WalletError::Keys(KeysError::Alarm)),
            _ => Ok(()),
        }
    }

    /// Returns the evidence, as JSON, that the mint published keys which may be unique to this wallet. It
    /// contains no data of the wallet. `None` if that never happened.
    pub fn keys_evidence(&self) -> Option<String> {
        self.state().mint.as_ref()?.alarm.as_ref().map(|alarm| alarm.evidence.clone())
    }

    async fn fetch_keyset(
        &self,
        published: &KeysResponse,
        listed: &KeysetInfo,
    ) -> Result<KeysetInfo, WalletError> {
        let fetch = || self.api.keyset(&listed.keyset_id);
        let whole = self.repeat(Backoff::of_series(), fetch).await.map_err(request_error)?;
        if whole.keyset_id != listed.keyset_id {
            return Err(WalletError::MintFault(MintFault::WrongKeyset));
        }
        self.screen(published, &whole).await?;
        // Take `status` and `replaces` from the list, because the rules were checked on it.
        Ok(KeysetInfo { status: listed.status, replaces: listed.replaces.clone(), ..whole })
    }

    async fn save_keys(
        &self,
        known: Option<MintState>,
        published: KeysResponse,
        keysets: BTreeMap<KeysetId, KeysetInfo>,
        alarm: Option<KeysAlarm>,
    ) -> Result<(), WalletError> {
        let mint = MintState {
            origin: self.origin.clone(),
            institution_id: published.institution_id,
            currency: published.currency,
            account_id: known.and_then(|mint| mint.account_id),
            default_merchant: published.default_merchant,
            issuing: Some(published.key_id),
            keysets: keysets.into_values().collect(),
            receipt_keys: published.receipt_keys,
            alarm,
        };
        self.apply(Transition::SaveMint, vec![Edit::Mint(mint)]).await
    }

    async fn screen(&self, published: &KeysResponse, keyset: &KeysetInfo) -> Result<(), WalletError> {
        let keyset = Keyset::from_wire(&published.institution_id, &published.currency, keyset)
            .map_err(|error| WalletError::Keys(KeysError::Keyset(error)))?;
        let mut screened = Vec::with_capacity(keyset.keys.len());
        for (done, key) in keyset.keys.iter().enumerate() {
            self.progress(Stage::CheckingKeys, done, keyset.keys.len());
            self.device.yield_now().await;
            let key = screen_key(key, self.policy)
                .map_err(|error| WalletError::Keys(KeysError::Screening(error)))?;
            screened.push(key);
        }
        screen(keyset, self.policy, &screened)
            .map(drop)
            .map_err(|error| WalletError::Keys(KeysError::Screening(error)))
    }

    /// Reopens the account with the same token, at a mint that has lost it.
    pub(super) async fn reopen_account(&self) -> Result<(), WalletError> {
        let mint = self.state().mint.clone().ok_or(WalletError::NoMint)?;
        let mint = MintState { account_id: None, ..mint };
        self.apply(Transition::SaveMint, vec![Edit::Mint(mint)]).await?;
        self.open_account().await
    }

    /// Opens the account, unless it is already open.
    pub(super) async fn open_account(&self) -> Result<(), WalletError> {
        let mint = self.state().mint.clone().ok_or(WalletError::NoMint)?;
        if mint.account_id.is_some() {
            return Ok(());
        }
        let hash = self.account_token()?.hash();
        let request = OpenAccountRequest { account_token_hash: Some(hash.as_slice().into()) };
        let open = || self.api.open_account(&request);
        let opened = self.repeat(Backoff::single(), open).await.map_err(request_error)?;
        let mint = MintState { account_id: Some(opened.account_id), ..mint };
        self.apply(Transition::SaveMint, vec![Edit::Mint(mint)]).await
    }
}

/// Rejects a mint whose institution or currency differs from the one seen first: it is another mint at the
/// same URL.
fn check_same_mint(known: Option<&MintState>, published: &KeysResponse) -> Result<(), WalletError> {
    match known {
        Some(known)
            if known.institution_id != published.institution_id || known.currency != published.currency =>
        {
            Err(WalletError::Keys(KeysError::OtherOrigin))
        }
        _ => Ok(()),
    }
}
