//! Pays a merchant's payment with tokens pasted as text, without a wallet. Nothing is stored on the device.
//! The tokens must be worth exactly the payment, because change and refunds need a wallet.

use crate::api::{ApiError, MintApi};
use crate::backoff::{Backoff, repeat};
use crate::checks::{check_mint, check_payment, details_of};
use crate::device::Device;
use crate::error::{KeysError, WalletError, request_error};
use ecash_core::details::{Details, DetailsKey};
use ecash_core::idempotency::IdempotencyKey;
use ecash_core::keys::{KEYS_SEEN_LEN, Keyset, keys_seen_in};
use ecash_core::receipt::{ReceiptKey, SignedReceipt};
use ecash_core::token::TokenBundle;
use ecash_core::wire::{KeysResponse, PaymentView, RedeemRequest, RedeemResponse, TokenInfo};
use ecash_core::{Amount, Origin, PaymentId};

/// Pays with tokens as text, on a device without a wallet.
#[derive(Debug)]
pub struct Guest<A, D> {
    origin: Origin,
    api: A,
    device: D,
}

/// Verified tokens worth exactly one payment. The idempotency key makes repeated calls of [`Guest::pay`] pay
/// once.
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
    /// The mint's receipt; `None` if it does not prove this payment.
    pub receipt: Option<SignedReceipt>,
    /// The shop's page to return to.
    pub return_url: Option<String>,
}

impl<A: MintApi, D: Device> Guest<A, D> {
    /// Creates a guest for the mint at this origin.
    pub const fn new(origin: Origin, api: A, device: D) -> Self {
        Self { origin, api, device }
    }

    /// Fetches a payment to show it before it is paid. Opens its details with the link's key. Fails if the
    /// shop saw other keys of the mint.
    ///
    /// # Errors
    /// [`WalletError::Unreachable`], [`WalletError::Refused`] if the mint does not know the payment,
    /// [`WalletError::Details`], or [`WalletError::OtherKeys`].
    pub async fn open(
        &self,
        payment_id: &PaymentId,
        key: Option<&DetailsKey>,
        seen_by_shop: Option<&[u8; KEYS_SEEN_LEN]>,
    ) -> Result<(PaymentView, Option<Details>), WalletError> {
        let published = self.api.keys().await.map_err(request_error)?;
        let view = self.api.payment(payment_id).await.map_err(request_error)?;
        check_payment(&view, payment_id, &published.currency)?;
        if seen_by_shop.is_some_and(|seen| keys_seen_in(&published.keysets, view.created_at) != *seen) {
            return Err(WalletError::OtherKeys);
        }
        let details = details_of(&view, key)?;
        Ok((view, details))
    }

    /// Parses and verifies pasted tokens, and checks that they are worth exactly this payment. Nothing is
    /// spent.
    ///
    /// # Errors
    /// [`WalletError::Bundle`], [`WalletError::OtherMint`], [`WalletError::InvalidToken`],
    /// [`WalletError::NotExact`] or [`WalletError::Unreachable`].
    pub async fn read(&self, view: &PaymentView, text: &str) -> Result<GuestTokens, WalletError> {
        let bundle = TokenBundle::from_text(text).map_err(WalletError::Bundle)?;
        let published = self.api.keys().await.map_err(request_error)?;
        check_mint(&bundle, &self.origin, &published.institution_id, &published.currency)?;
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

    /// Returns the tokens of a bundle without duplicates, verified with the mint's keys.
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
            // A duplicate token counts once.
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
            let whole = self.api.keyset(&listed.keyset_id).await.map_err(request_error)?;
            let keyset = Keyset::from_wire(&published.institution_id, &published.currency, &whole)
                .map_err(|error| WalletError::Keys(KeysError::Keyset(error)))?;
            keysets.push(keyset);
        }
        Ok(keysets)
    }

    /// Sends the payment. After [`WalletError::Unanswered`] the outcome is unknown. Call this again with the
    /// same `cash`: it pays once.
    ///
    /// # Errors
    /// [`WalletError::Refused`] if the mint rejects the payment; [`WalletError::Unanswered`] if it does not
    /// respond.
    pub async fn pay(&self, view: &PaymentView, cash: &GuestTokens) -> Result<GuestPayment, WalletError> {
        let request = RedeemRequest {
            tokens: cash.tokens.clone(),
            merchant_id: None,
            account_id: None,
            payment_id: Some(cash.payment_id.as_str().to_owned()),
            tip: None,
            refund_commitment: None,
        };
        let sent = repeat(&self.device, Backoff::of_series(), || self.api.redeem(&cash.key, &request)).await;
        let answer = sent.map_err(|error| match error {
            ApiError::Refused(problem) => WalletError::Refused(problem),
            ApiError::Busy { .. } | ApiError::Lost => WalletError::Unanswered,
        })?;
        let RedeemResponse { receipt, return_url, .. } = answer;
        let proves = |receipt: &SignedReceipt| {
            let body = receipt.verify(&cash.receipt_keys);
            body.is_ok_and(|body| body.payment_id == cash.payment_id && body.total == view.amount)
        };
        Ok(GuestPayment { receipt: receipt.filter(proves), return_url })
    }
}
