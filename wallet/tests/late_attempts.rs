//! R28: the first attempt of an operation is delayed and its retry is rejected. The wallet ends with either
//! the money or the goods, never with neither. The response to its cancel decides which.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_core::wire::{ErrorCode, Problem};
use ecash_core::{AccountId, Amount};
use ecash_harness::{Engine, InProcess, TestDevice, TestMint, on_every_ledger};
use ecash_wallet::api::{Call, HttpApi, Reply, Transport};
use ecash_wallet::store::MemoryStore;
use ecash_wallet::{ActivityState, ApiError, Wallet, WalletError};
use std::sync::{Arc, Mutex};

on_every_ledger! {
    r28_a_delayed_payment_that_arrives_before_the_cancel_is_made,
    r28_a_delayed_payment_that_arrives_after_the_cancel_is_rejected,
    r28_a_delayed_withdrawal_ends_as_money_or_as_tokens,
}

/// When the delayed first attempt reaches the mint, relative to the cancel.
#[derive(Clone, Copy, PartialEq)]
enum Arrives {
    BeforeCancel,
    AfterCancel,
}

/// A transport that delays the first attempt of an operation and rejects its retries.
#[derive(Clone)]
struct Late {
    inner: InProcess,
    arrives: Arrives,
    first: Arc<Mutex<Option<Call>>>,
    active: Arc<Mutex<bool>>,
}

impl Late {
    /// Sends the delayed first attempt to the mint and discards the response.
    async fn deliver(&self) {
        let first = self.first.lock().unwrap().take();
        if let Some(call) = first {
            let _ = self.inner.call(call).await;
        }
    }

    fn hold_back(&self, call: Call) -> Result<Reply, ApiError> {
        let mut first = self.first.lock().unwrap();
        if first.is_none() {
            *first = Some(call);
            return Err(ApiError::Lost);
        }
        Err(ApiError::Refused(Box::new(Problem::new(ErrorCode::KeyNotIssuing))))
    }
}

impl Transport for Late {
    async fn call(&self, call: Call) -> Result<Reply, ApiError> {
        let active = *self.active.lock().unwrap();
        match call.path.as_str() {
            "/api/v1/withdraw" | "/api/v1/redeem" if active => self.hold_back(call),
            "/api/v1/cancel" if active => {
                if self.arrives == Arrives::BeforeCancel {
                    self.deliver().await;
                }
                let answer = self.inner.call(call).await;
                self.deliver().await;
                answer
            }
            _ => self.inner.call(call).await,
        }
    }
}

async fn wallet(mint: &TestMint, arrives: Arrives) -> Wallet<MemoryStore, HttpApi<Late>, TestDevice> {
    let active = Arc::new(Mutex::new(false));
    let late = Late { inner: mint.transport(), arrives, first: Arc::default(), active: active.clone() };
    let store = MemoryStore::default();
    let wallet = Wallet::open_with_dangerous_test_keys(store, HttpApi(late), mint.device(1), mint.origin())
        .await
        .unwrap();
    wallet.create().await.unwrap();
    wallet.connect().await.unwrap();
    wallet.withdraw(Amount::new(150).unwrap()).await.unwrap();
    *active.lock().unwrap() = true;
    wallet
}

async fn paid(mint: &TestMint) -> u64 {
    let merchant = AccountId::new("merchant_demo").unwrap();
    mint.ledger.accounts.account(&merchant).await.unwrap().unwrap().balance.minor()
}

async fn r28_a_delayed_payment_that_arrives_before_the_cancel_is_made(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let wallet = wallet(&mint, Arrives::BeforeCancel).await;
    let merchant = AccountId::new("merchant_demo").unwrap();
    wallet.pay(&merchant, Amount::new(100).unwrap()).await.unwrap();
    assert_eq!((wallet.balance().unwrap().available.minor(), paid(&mint).await), (50, 100));
    assert_eq!(wallet.activity()[0].state, ActivityState::Done);
    mint.assert_clean().await;
}

async fn r28_a_delayed_payment_that_arrives_after_the_cancel_is_rejected(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let wallet = wallet(&mint, Arrives::AfterCancel).await;
    let merchant = AccountId::new("merchant_demo").unwrap();
    let result = wallet.pay(&merchant, Amount::new(100).unwrap()).await;
    assert!(matches!(result, Err(WalletError::Refused(_))), "{result:?}");
    assert_eq!((wallet.balance().unwrap().available.minor(), paid(&mint).await), (150, 0));
    assert_eq!(wallet.activity()[0].state, ActivityState::Cancelled);
    mint.assert_clean().await;
}

async fn r28_a_delayed_withdrawal_ends_as_money_or_as_tokens(engine: Engine) {
    for (arrives, tokens, account) in
        [(Arrives::BeforeCancel, 200, 9_800), (Arrives::AfterCancel, 150, 9_850)]
    {
        let mint = TestMint::start_on(engine).await;
        let wallet = wallet(&mint, arrives).await;
        let result = wallet.withdraw(Amount::new(50).unwrap()).await;
        assert_eq!(result.is_ok(), arrives == Arrives::BeforeCancel, "{result:?}");
        assert_eq!(wallet.balance().unwrap().available.minor(), tokens);
        assert_eq!(wallet.account().await.unwrap().balance.minor(), account);
        mint.assert_clean().await;
    }
}
