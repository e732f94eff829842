//! Pays a payment with cash as text, without a wallet: nothing is stored on the device, nothing is left over, and nothing can be refunded.

use crate::api::{ApiError, MintApi};
use crate::backoff::Backoff;
use crate::device::Device;
use crate::engine::details_of;
use crate::error::{KeysError, MintFault, WalletError};
use ecash_core::details::{Details, DetailsKey};
use ecash_core::idempotency::IdempotencyKey;
use ecash_core::keys::{KEYS_SEEN_LEN, Keyset, keys_seen_in};
use ecash_core::receipt::{ReceiptKey, SignedReceipt};
use ecash_core::token::TokenBundle;
use ecash_core::wire::{KeysResponse, PaymentView, RedeemRequest, RedeemResponse, TokenInfo};
use ecash_core::{Amount, Origin, PaymentId};

/// A person who has cash as text, and no wallet on this device.
#[derive(Debug)]
pub struct Guest<A, D> {
    origin: Origin,
    api: A,
    device: D,
}

/// Cash that pays one payment exactly. Paying with it again pays once.
#[derive(Clone)]
pub struct GuestTokens {
    payment_id: PaymentId,
    tokens: Vec<TokenInfo>,
    key: IdempotencyKey,
    receipt_keys: Vec<ReceiptKey>,
}

/// A payment that a guest has made.
#[derive(Debug, Clone, PartialEq)]
pub struct GuestPayment {
    /// The mint's receipt, if it proves this payment.
    pub receipt: Option<SignedReceipt>,
    /// Page of the shop to go to.
    pub return_url: Option<String>,
}

impl<A: MintApi, D: Device> Guest<A, D> {
    /// Uses the mint at this origin.
    pub const fn new(origin: Origin, api: A, device: D) -> Self {
        Self { origin, api, device }
    }

    /// Asks the mint for the payment that a link names, to show it before it is paid: with the details that the link's key opens, and only
    /// if the shop sees the same keys of the mint.
    ///
    /// # Errors
    /// [`WalletError::Unreachable`], [`WalletError::Refused`] if the mint does not know the payment, [`WalletError::Details`], or
    /// [`WalletError::OtherKeys`].
    pub async fn open(
        &self,
        payment_id: &PaymentId,
        key: Option<&DetailsKey>,
        seen_by_shop: Option<&[u8; KEYS_SEEN_LEN]>,
    ) -> Result<(PaymentView, Option<Details>), WalletError> {
        let view = self.payment(payment_id).await?;
        if let Some(seen) = seen_by_shop {
            let published = self.api.keys().await.map_err(began_nothing)?;
            if keys_seen_in(&published.keysets, view.created_at) != *seen {
                return Err(WalletError::OtherKeys);
            }
        }
        let details = details_of(&view, key)?;
        Ok((view, details))
    }

    async fn payment(&self, payment_id: &PaymentId) -> Result<PaymentView, WalletError> {
        let view = self.api.payment(payment_id).await.map_err(began_nothing)?;
        if view.payment_id != *payment_id || view.amount.is_zero() {
            return Err(WalletError::MintFault(MintFault::WrongPayment));
        }
        Ok(view)
    }

    /// Reads cash as text, verifies it, and checks that it pays exactly this payment. Nothing is spent.
    ///
    /// # Errors
    /// [`WalletError::Bundle`], [`WalletError::OtherMint`], [`WalletError::InvalidToken`], [`WalletError::NotExact`] or
    /// [`WalletError::Unreachable`].
    pub async fn read(&self, view: &PaymentView, text: &str) -> Result<GuestTokens, WalletError> {
        let bundle = TokenBundle::from_text(text).map_err(WalletError::Bundle)?;
        let published = self.api.keys().await.map_err(began_nothing)?;
        let is_of_this_mint = bundle.origin == self.origin
            && bundle.institution_id == published.institution_id
            && bundle.currency == published.currency.code;
        if !is_of_this_mint || view.currency != published.currency {
            return Err(WalletError::OtherMint(bundle.origin.to_string()));
        }
        let tokens = self.verified(&published, &bundle).await?;
        let worth = Amount::sum(tokens.iter().map(|token| token.denomination.amount()));
        let worth = worth.map_err(|_| WalletError::InvalidToken)?;
        if worth != view.amount {
            let (cash, wanted) = (view.currency.money(worth), view.currency.money(view.amount));
            return Err(WalletError::NotExact { cash, wanted });
        }
        let mut bytes = [0; 16];
        self.device.fill_random(&mut bytes).map_err(|_| WalletError::Entropy)?;
        let key = IdempotencyKey::from_random(&bytes);
        let receipt_keys = published.receipt_keys;
        Ok(GuestTokens { payment_id: view.payment_id.clone(), tokens, key, receipt_keys })
    }

    /// Returns the tokens of a text, each once, verified with the mint's keys.
    async fn verified(
        &self,
        published: &KeysResponse,
        bundle: &TokenBundle,
    ) -> Result<Vec<TokenInfo>, WalletError> {
        let mut tokens: Vec<TokenInfo> = Vec::with_capacity(bundle.tokens.len());
        let mut keysets: Vec<Keyset> = Vec::new();
        for token in &bundle.tokens {
            if !keysets.iter().any(|keyset| keyset.key(&token.key_id).is_some()) {
                keysets = self.keysets(published).await?;
            }
            let key = keysets.iter().find_map(|keyset| keyset.key(&token.key_id));
            let key = key.ok_or(WalletError::InvalidToken)?;
            token.verify(key).map_err(|_| WalletError::InvalidToken)?;
            let info = TokenInfo::new(token, key.denomination, &published.institution_id);
            // A token that the text holds twice counts once.
            if !tokens.contains(&info) {
                tokens.push(info);
            }
            self.device.yield_now().await;
        }
        Ok(tokens)
    }

    async fn keysets(&self, published: &KeysResponse) -> Result<Vec<Keyset>, WalletError> {
        let mut keysets = Vec::with_capacity(published.keysets.len());
        for listed in &published.keysets {
            let whole = self.api.keyset(&listed.keyset_id).await.map_err(began_nothing)?;
            let keyset = Keyset::from_wire(&published.institution_id, &published.currency, &whole)
                .map_err(|error| WalletError::Keys(KeysError::Keyset(error)))?;
            keysets.push(keyset);
        }
        Ok(keysets)
    }

    /// Pays. After [`WalletError::Unanswered`] it may be paid or not: call it again with the same cash, which pays once.
    ///
    /// # Errors
    /// [`WalletError::Refused`]: nothing was spent. [`WalletError::Unanswered`].
    pub async fn pay(&self, view: &PaymentView, cash: &GuestTokens) -> Result<GuestPayment, WalletError> {
        let request = RedeemRequest {
            tokens: cash.tokens.clone(),
            merchant_id: None,
            account_id: None,
            payment_id: Some(cash.payment_id.as_str().to_owned()),
            tip: None,
            refund_commitment: None,
        };
        let mut backoff = Backoff::in_a_row();
        let answer = loop {
            let error = match self.api.redeem(&cash.key, &request).await {
                Ok(answer) => break answer,
                Err(ApiError::Refused(problem)) => return Err(WalletError::Refused(problem)),
                Err(error) => error,
            };
            match backoff.pause_after(&error) {
                Some(pause_ms) => self.device.pause(pause_ms).await,
                None => return Err(WalletError::Unanswered),
            }
        };
        let RedeemResponse { receipt, return_url, .. } = answer;
        let proves = |receipt: &SignedReceipt| {
            let body = receipt.verify(&cash.receipt_keys);
            body.is_ok_and(|body| body.payment_id == cash.payment_id && body.total == view.amount)
        };
        Ok(GuestPayment { receipt: receipt.filter(proves), return_url })
    }
}

fn began_nothing(error: ApiError) -> WalletError {
    match error {
        ApiError::Refused(problem) => WalletError::Refused(problem),
        ApiError::Busy { .. } | ApiError::Lost => WalletError::Unreachable,
    }
}
