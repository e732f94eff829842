//! Connecting to the mint: fetches its keysets, screens each key before its first use, and opens the account.

use super::Wallet;
use super::payment_receipt::keys_to_keep;
use crate::api::{ApiError, MintApi};
use crate::backoff::Backoff;
use crate::device::{Device, Stage};
use crate::error::{KeysError, MintFault, WalletError};
use crate::store::{Edit, KeysAlarm, MintState, Store, Transition};
use ecash_core::KeysetId;
use ecash_core::keys::{Keyset, Phase, check_list, screen, screen_key};
use ecash_core::wire::{AccountResponse, ErrorCode, KeysResponse, KeysetInfo, OpenAccountRequest};
use std::collections::BTreeMap;

/// The error of a request that began nothing.
pub(super) fn unreachable(error: ApiError) -> WalletError {
    match error {
        ApiError::Refused(problem) => WalletError::Refused(problem),
        ApiError::Busy { .. } | ApiError::Lost => WalletError::Unreachable,
    }
}

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// Sends a request, again after each pause that `backoff` allows. The request must be safe to repeat: a read, or one with
    /// an idempotency key.
    pub(super) async fn repeat<T, F>(&self, mut backoff: Backoff, send: impl Fn() -> F) -> Result<T, ApiError>
    where
        F: Future<Output = Result<T, ApiError>>,
    {
        loop {
            let error = match send().await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            match backoff.pause_after(&error) {
                Some(pause_ms) => self.device.pause(pause_ms).await,
                None => return Err(error),
            }
        }
    }

    /// Fetches and checks the mint's keys, and opens the wallet's account. Safe to repeat.
    ///
    /// # Errors
    /// [`WalletError::Unreachable`] if the mint does not answer, [`WalletError::Keys`] if its keys fail a check,
    /// [`WalletError::Store`] if they cannot be stored.
    pub async fn connect(&self) -> Result<(), WalletError> {
        let _turn = self.turn.lock().await;
        self.update_keys().await?;
        match self.open_account().await {
            // Receiving and paying need no account; the operator opens one for `account_hash`.
            Err(WalletError::Refused(problem)) if problem.code == ErrorCode::AccountsClosed => Ok(()),
            opened => opened,
        }
    }

    /// Returns the SHA-256 of the account's token in hex, for which an operator opens the account (`ecash-mint account open`).
    ///
    /// # Errors
    /// [`WalletError::NoWallet`].
    pub fn account_hash(&self) -> Result<String, WalletError> {
        Ok(self.account_token()?.hash().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Asks the mint for the account's balance.
    ///
    /// # Errors
    /// [`WalletError::Unreachable`] if the mint does not answer, [`WalletError::Refused`] if it does not know the account.
    pub async fn account(&self) -> Result<AccountResponse, WalletError> {
        let token = self.account_token()?;
        self.repeat(Backoff::single(), || self.api.account(&token)).await.map_err(unreachable)
    }

    /// Fetches the keysets that are not known yet, and screens each of their keys.
    pub(super) async fn update_keys(&self) -> Result<(), WalletError> {
        if !self.exists() {
            return Err(WalletError::NoWallet);
        }
        let published = self.repeat(Backoff::single(), || self.api.keys()).await.map_err(unreachable)?;
        let known = self.state().mint.clone();
        check_same_mint(known.as_ref(), &published)?;
        let alarm = self.check_keysets(known.as_ref(), &published).await?;
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
            // Ended keysets are not needed, and an old mint lists many.
            if let Some(known) = keysets.get_mut(&listed.keyset_id) {
                // Mints of one ledger learn of a stop at different moments: it is never taken back.
                changed |= listed.status > known.status;
                known.status = known.status.max(listed.status);
                continue;
            }
            if listed.dates.phase(self.device.now()) == Phase::Ended {
                continue;
            }
            match self.fetch_keyset(&published, listed).await {
                Ok(whole) => keysets.insert(whole.keyset_id.clone(), whole),
                // Keep what was fetched: over a bad connection the next attempt then gets further.
                Err(error @ (WalletError::Unreachable | WalletError::Refused(_))) => {
                    interrupted = Some(error);
                    break;
                }
                Err(error) => return Err(error),
            };
            changed = true;
        }
        if changed {
            let published = KeysResponse { receipt_keys, ..published };
            self.save_keys(known, published, keysets, alarm).await?;
        }
        interrupted.map_or(Ok(()), Err)
    }

    /// Checks the mint's list of keysets against the rules and against those seen before. A list that breaks them is kept as
    /// evidence and not used, and nothing is spent until the mint shows a proper one again. Returns the alarm to keep.
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

    /// Fails while the mint shows other keys than before.
    pub(super) fn refuse_if_alarmed(&self) -> Result<(), WalletError> {
        let state = self.state();
        match state.mint.as_ref().and_then(|mint| mint.alarm.as_ref()) {
            Some(alarm) if !alarm.is_over => Err(WalletError::Keys(KeysError::Alarm)),
            _ => Ok(()),
        }
    }

    /// Returns the evidence, as JSON, that the mint showed keys which may be for this wallet alone; it names nothing of the
    /// wallet. `None` if it never did.
    pub fn keys_evidence(&self) -> Option<String> {
        self.state().mint.as_ref()?.alarm.as_ref().map(|alarm| alarm.evidence.clone())
    }

    async fn fetch_keyset(
        &self,
        published: &KeysResponse,
        listed: &KeysetInfo,
    ) -> Result<KeysetInfo, WalletError> {
        let fetch = || self.api.keyset(&listed.keyset_id);
        let whole = self.repeat(Backoff::in_a_row(), fetch).await.map_err(unreachable)?;
        if whole.keyset_id != listed.keyset_id {
            return Err(WalletError::MintFault(MintFault::WrongKeyset));
        }
        self.screen(published, &whole).await?;
        // The list decides about status and place, as the rules were checked on it.
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

    /// Opens the account again, with the same token.
    pub(super) async fn reopen_account(&self) -> Result<(), WalletError> {
        let mint = self.state().mint.clone().ok_or(WalletError::NoMint)?;
        let mint = MintState { account_id: None, ..mint };
        self.apply(Transition::SaveMint, vec![Edit::Mint(mint)]).await?;
        self.open_account().await
    }

    /// Opens the account, unless it is open.
    pub(super) async fn open_account(&self) -> Result<(), WalletError> {
        let mint = self.state().mint.clone().ok_or(WalletError::NoMint)?;
        if mint.account_id.is_some() {
            return Ok(());
        }
        let hash = self.account_token()?.hash();
        let request = OpenAccountRequest { account_token_hash: Some(hash.as_slice().into()) };
        let open = || self.api.open_account(&request);
        let opened = self.repeat(Backoff::single(), open).await.map_err(unreachable)?;
        let mint = MintState { account_id: Some(opened.account_id), ..mint };
        self.apply(Transition::SaveMint, vec![Edit::Mint(mint)]).await
    }
}

/// Refuses a mint whose institution or currency differ from those seen first: it is another mint at the same address.
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
