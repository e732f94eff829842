//! R28: the first attempt is late, the second is refused. The wallet ends with the money or the
//! goods, never neither, and cancel answers truthfully.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_core::idempotency::{IdempotencyKey, Route};
use ecash_core::seed::AccountToken;
use ecash_core::wire::{
    AccountResponse, CancelResponse, ErrorCode, KeysResponse, KeysetInfo, OpenAccountRequest,
    OpenAccountResponse, Problem, RedeemRequest, RedeemResponse, RestoreRequest, RestoreResponse,
    SwapRequest, SwapResponse, WithdrawRequest, WithdrawResponse,
};
use ecash_core::{AccountId, Amount, KeysetId};
use ecash_harness::{Device, InProcessApi, TestMint};
use ecash_wallet::store::MemoryStore;
use ecash_wallet::{ActivityState, ApiError, MintApi, Wallet, WalletError};
use std::sync::{Arc, Mutex};

/// Where the late first attempt arrives.
#[derive(Clone, Copy, PartialEq)]
enum Arrives {
    BeforeCancel,
    AfterCancel,
}

type LateRedeem = Option<(IdempotencyKey, RedeemRequest)>;
type LateWithdraw = Option<(AccountToken, IdempotencyKey, WithdrawRequest)>;

#[derive(Clone)]
struct LateApi {
    inner: InProcessApi,
    arrives: Arrives,
    redeem: Arc<Mutex<LateRedeem>>,
    withdraw: Arc<Mutex<LateWithdraw>>,
    late: Arc<Mutex<bool>>,
}

fn refused() -> ApiError {
    ApiError::Refused(Box::new(Problem::new(ErrorCode::KeyNotIssuing)))
}

impl LateApi {
    fn is_late(&self) -> bool {
        *self.late.lock().unwrap()
    }

    /// The first attempt arrives at last.
    async fn deliver(&self) {
        let redeem = self.redeem.lock().unwrap().take();
        if let Some((key, request)) = redeem {
            let _ = self.inner.redeem(&key, &request).await;
        }
        let withdraw = self.withdraw.lock().unwrap().take();
        if let Some((token, key, request)) = withdraw {
            let _ = self.inner.withdraw(&token, &key, &request).await;
        }
    }
}

impl MintApi for LateApi {
    async fn keys(&self) -> Result<KeysResponse, ApiError> {
        self.inner.keys().await
    }
    async fn keyset(&self, keyset_id: &KeysetId) -> Result<KeysetInfo, ApiError> {
        self.inner.keyset(keyset_id).await
    }
    async fn open_account(&self, request: &OpenAccountRequest) -> Result<OpenAccountResponse, ApiError> {
        self.inner.open_account(request).await
    }
    async fn account(&self, token: &AccountToken) -> Result<AccountResponse, ApiError> {
        self.inner.account(token).await
    }
    async fn withdraw(
        &self,
        token: &AccountToken,
        key: &IdempotencyKey,
        request: &WithdrawRequest,
    ) -> Result<WithdrawResponse, ApiError> {
        if !self.is_late() {
            return self.inner.withdraw(token, key, request).await;
        }
        let mut slot = self.withdraw.lock().unwrap();
        if slot.is_none() {
            *slot = Some((token.clone(), key.clone(), request.clone()));
            return Err(ApiError::Lost);
        }
        Err(refused())
    }
    async fn swap(&self, key: &IdempotencyKey, request: &SwapRequest) -> Result<SwapResponse, ApiError> {
        self.inner.swap(key, request).await
    }
    async fn redeem(
        &self,
        key: &IdempotencyKey,
        request: &RedeemRequest,
    ) -> Result<RedeemResponse, ApiError> {
        if !self.is_late() {
            return self.inner.redeem(key, request).await;
        }
        let mut slot = self.redeem.lock().unwrap();
        if slot.is_none() {
            *slot = Some((key.clone(), request.clone()));
            return Err(ApiError::Lost);
        }
        Err(refused())
    }
    async fn restore(&self, request: &RestoreRequest) -> Result<RestoreResponse, ApiError> {
        self.inner.restore(request).await
    }
    async fn cancel(
        &self,
        token: Option<&AccountToken>,
        key: &IdempotencyKey,
        route: Route,
    ) -> Result<CancelResponse, ApiError> {
        if self.arrives == Arrives::BeforeCancel {
            self.deliver().await;
        }
        let answer = self.inner.cancel(token, key, route).await;
        self.deliver().await;
        answer
    }
}

async fn wallet(mint: &TestMint, arrives: Arrives) -> (Wallet<MemoryStore, LateApi, Device>, LateApi) {
    let api = LateApi {
        inner: mint.api(),
        arrives,
        redeem: Arc::default(),
        withdraw: Arc::default(),
        late: Arc::default(),
    };
    let store = MemoryStore::default();
    let wallet = Wallet::open_with_dangerous_test_keys(store, api.clone(), mint.device(1), mint.origin())
        .await
        .unwrap();
    wallet.create().await.unwrap();
    wallet.connect().await.unwrap();
    wallet.withdraw(Amount::new(150).unwrap()).await.unwrap();
    *api.late.lock().unwrap() = true;
    (wallet, api)
}

async fn paid(mint: &TestMint) -> u64 {
    let merchant = AccountId::new("merchant_demo").unwrap();
    mint.ledger.account(&merchant).await.unwrap().unwrap().balance.minor()
}

#[tokio::test]
async fn r28_a_late_payment_that_comes_before_the_cancel_is_made() {
    let mint = TestMint::start().await;
    let (wallet, _) = wallet(&mint, Arrives::BeforeCancel).await;
    let merchant = AccountId::new("merchant_demo").unwrap();
    wallet.pay(&merchant, Amount::new(100).unwrap()).await.unwrap();
    assert_eq!((wallet.balance().available.minor(), paid(&mint).await), (50, 100));
    assert_eq!(wallet.activity()[0].state, ActivityState::Done);
    mint.assert_clean().await;
}

#[tokio::test]
async fn r28_a_late_payment_that_comes_after_the_cancel_never_happens() {
    let mint = TestMint::start().await;
    let (wallet, _) = wallet(&mint, Arrives::AfterCancel).await;
    let merchant = AccountId::new("merchant_demo").unwrap();
    let result = wallet.pay(&merchant, Amount::new(100).unwrap()).await;
    assert!(matches!(result, Err(WalletError::Refused(_))), "{result:?}");
    assert_eq!((wallet.balance().available.minor(), paid(&mint).await), (150, 0));
    assert_eq!(wallet.activity()[0].state, ActivityState::Cancelled);
    mint.assert_clean().await;
}

#[tokio::test]
async fn r28_a_late_withdrawal_ends_as_money_or_as_tokens() {
    for (arrives, tokens, account) in
        [(Arrives::BeforeCancel, 200, 9_800), (Arrives::AfterCancel, 150, 9_850)]
    {
        let mint = TestMint::start().await;
        let (wallet, _) = wallet(&mint, arrives).await;
        let result = wallet.withdraw(Amount::new(50).unwrap()).await;
        assert_eq!(result.is_ok(), arrives == Arrives::BeforeCancel, "{result:?}");
        assert_eq!(wallet.balance().available.minor(), tokens);
        assert_eq!(wallet.account().await.unwrap().balance.minor(), account);
        mint.assert_clean().await;
    }
}
