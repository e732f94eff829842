//! Connecting to the mint: its keys, screened before their first use, and the account.

use super::Wallet;
use crate::api::{ApiError, MintApi};
use crate::device::{Device, Stage};
use crate::error::{KeysError, WalletError};
use crate::store::{Edit, MintState, Store, Transition};
use ecash_core::KeysetId;
use ecash_core::keys::{Keyset, Phase, screen, screen_key};
use ecash_core::wire::{AccountResponse, KeysResponse, KeysetInfo, OpenAccountRequest};
use std::collections::BTreeMap;

/// Why a read from the mint did not succeed, when nothing was begun.
pub(super) fn unreachable(error: ApiError) -> WalletError {
    match error {
        ApiError::Refused(problem) => WalletError::Refused(problem),
        ApiError::Busy { .. } | ApiError::Lost => WalletError::Unreachable,
    }
}

/// Times that a mint's "not now" is heeded in a long row of requests: restoring asks more often in a
/// second than a mint allows one client.
const MAX_WAITS: u32 = 60;
const MAX_WAIT_S: u32 = 5;

impl<S: Store, A: MintApi, D: Device> Wallet<S, A, D> {
    /// Whether to ask again: when the mint said that it was too much at once, after the pause it asked
    /// for.
    pub(super) async fn is_worth_waiting<T: Sync>(
        &self,
        waits: &mut u32,
        answer: &Result<T, ApiError>,
    ) -> bool {
        let Err(ApiError::Busy { retry_after_s }) = answer else { return false };
        if *waits == MAX_WAITS {
            return false;
        }
        *waits += 1;
        self.device.pause(retry_after_s.clamp(&1, &MAX_WAIT_S) * 1000).await;
        true
    }

    /// Fetches and checks the mint's keys, and opens the wallet's account there. Safe to repeat.
    ///
    /// # Errors
    /// [`WalletError::Unreachable`], [`WalletError::Keys`], or the store's failure.
    pub async fn connect(&self) -> Result<(), WalletError> {
        let _turn = self.turn.lock().await;
        self.update_keys().await?;
        self.open_account().await
    }

    /// What the mint says of the account.
    ///
    /// # Errors
    /// [`WalletError::Unreachable`] or the mint's refusal.
    pub async fn account(&self) -> Result<AccountResponse, WalletError> {
        self.api.account(&self.account_token()?).await.map_err(unreachable)
    }

    /// Fetches whole keysets that are not known yet, and screens every key of them.
    pub(super) async fn update_keys(&self) -> Result<(), WalletError> {
        if !self.exists() {
            return Err(WalletError::NoWallet);
        }
        let published = self.api.keys().await.map_err(unreachable)?;
        let known = self.state().mint.clone();
        check_same_mint(known.as_ref(), &published)?;
        let mut keysets: BTreeMap<_, KeysetInfo> = known
            .iter()
            .flat_map(|mint| &mint.keysets)
            .map(|keyset| (keyset.keyset_id.clone(), keyset.clone()))
            .collect();
        let issuing = known.as_ref().and_then(|mint| mint.issuing.as_ref());
        let mut changed = issuing != Some(&published.key_id);
        let mut interrupted = None;
        for listed in &published.keysets {
            // What is over is of no use any more, and a mint grows old.
            let over = listed.dates.phase(self.device.now()) == Phase::Ended;
            if over || keysets.contains_key(&listed.keyset_id) {
                continue;
            }
            match self.fetch_keyset(&published, listed).await {
                Ok(whole) => keysets.insert(whole.keyset_id.clone(), whole),
                // What was fetched is kept, so that over a bad connection the next try comes further.
                Err(error @ (WalletError::Unreachable | WalletError::Refused(_))) => {
                    interrupted = Some(error);
                    break;
                }
                Err(error) => return Err(error),
            };
            changed = true;
        }
        if changed {
            self.save_keys(known, published, keysets).await?;
        }
        interrupted.map_or(Ok(()), Err)
    }

    async fn fetch_keyset(
        &self,
        published: &KeysResponse,
        listed: &KeysetInfo,
    ) -> Result<KeysetInfo, WalletError> {
        let mut waits = 0;
        let whole = loop {
            let answer = self.api.keyset(&listed.keyset_id).await;
            if !self.is_worth_waiting(&mut waits, &answer).await {
                break answer.map_err(unreachable)?;
            }
        };
        if whole.keyset_id != listed.keyset_id {
            return Err(WalletError::MintFault("it sent another keyset than asked for"));
        }
        self.screen(published, &whole).await?;
        Ok(whole)
    }

    async fn save_keys(
        &self,
        known: Option<MintState>,
        published: KeysResponse,
        keysets: BTreeMap<KeysetId, KeysetInfo>,
    ) -> Result<(), WalletError> {
        let mint = MintState {
            origin: self.origin.clone(),
            institution_id: published.institution_id,
            currency: published.currency,
            account_id: known.and_then(|mint| mint.account_id),
            default_merchant: published.default_merchant,
            issuing: Some(published.key_id),
            keysets: keysets.into_values().collect(),
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

    async fn open_account(&self) -> Result<(), WalletError> {
        let mint = self.state().mint.clone().ok_or(WalletError::NoMint)?;
        if mint.account_id.is_some() {
            return Ok(());
        }
        let hash = self.account_token()?.hash();
        let request = OpenAccountRequest { account_token_hash: Some(hash.as_slice().into()) };
        let opened = self.api.open_account(&request).await.map_err(unreachable)?;
        let mint = MintState { account_id: Some(opened.account_id), ..mint };
        self.apply(Transition::SaveMint, vec![Edit::Mint(mint)]).await
    }
}

/// A mint keeps its name and currency; another one at the same address is another mint.
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
