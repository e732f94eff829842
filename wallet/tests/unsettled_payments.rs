//! W2, W3: a payment whose outcome is unknown to the wallet is not made twice.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_core::{AccountId, Amount};
use ecash_harness::{Engine, InProcess, TestDevice, TestMint, on_every_ledger};
use ecash_wallet::api::{Call, HttpApi, Reply, Transport};
use ecash_wallet::store::{Change, MemoryStore, Record, Transition};
use ecash_wallet::{ApiError, EarlierPayment, Store, StoreError, Wallet, WalletError};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

on_every_ledger! {
    w2_a_payment_whose_outcome_could_not_be_stored_is_not_paid_twice,
    w2_a_store_failure_before_sending_has_its_own_error,
    w3_a_payment_without_a_response_is_not_paid_yet,
    w3_a_payment_that_was_made_after_all_is_not_paid_again,
}

/// A store that fails at the transitions that end a plan, or at those that begin one.
#[derive(Clone, Default)]
struct Refusing {
    inner: MemoryStore,
    ends: Arc<AtomicBool>,
    begins: Arc<AtomicBool>,
}

impl Store for Refusing {
    async fn load(&self) -> Result<Vec<Record>, StoreError> {
        self.inner.load().await
    }

    async fn apply(&self, change: &Change) -> Result<(), StoreError> {
        let refuses = match change.transition {
            Transition::Complete | Transition::Abandon => self.ends.load(Ordering::Relaxed),
            Transition::Begin => self.begins.load(Ordering::Relaxed),
            _ => false,
        };
        if refuses {
            Err(StoreError::Failed("quota exceeded".to_owned()))
        } else {
            self.inner.apply(change).await
        }
    }
}

/// A transport that loses all requests, or all responses.
#[derive(Clone)]
struct Cut {
    inner: InProcess,
    requests: Arc<AtomicBool>,
    responses: Arc<AtomicBool>,
}

impl Transport for Cut {
    async fn call(&self, call: Call) -> Result<Reply, ApiError> {
        if self.requests.load(Ordering::Relaxed) {
            return Err(ApiError::Lost);
        }
        let reply = self.inner.call(call).await;
        if self.responses.load(Ordering::Relaxed) { Err(ApiError::Lost) } else { reply }
    }
}

struct Fixture {
    mint: TestMint,
    store: Refusing,
    cut: Cut,
    wallet: Wallet<Refusing, HttpApi<Cut>, TestDevice>,
    shop: AccountId,
}

fn amount(minor: u64) -> Amount {
    Amount::new(minor).unwrap()
}

impl Fixture {
    /// Creates a wallet that holds three tokens of 100.
    async fn new(engine: Engine) -> Self {
        let mint = TestMint::start_on(engine).await;
        let store = Refusing::default();
        let cut = Cut { inner: mint.transport(), requests: Arc::default(), responses: Arc::default() };
        let api = HttpApi(cut.clone());
        let wallet = Wallet::open_with_dangerous_test_keys(store.clone(), api, mint.device(1), mint.origin())
            .await
            .unwrap();
        wallet.create().await.unwrap();
        wallet.connect().await.unwrap();
        wallet.withdraw(amount(300)).await.unwrap();
        Self { mint, store, cut, wallet, shop: AccountId::new("merchant_demo").unwrap() }
    }

    async fn pay(&self, minor: u64) -> Result<Amount, WalletError> {
        self.wallet.pay(&self.shop, amount(minor)).await.map(|payment| payment.amount)
    }

    async fn paid(&self) -> Amount {
        self.mint.ledger.accounts.account(&self.shop).await.unwrap().unwrap().balance
    }
}

async fn w2_a_payment_whose_outcome_could_not_be_stored_is_not_paid_twice(engine: Engine) {
    let fixture = Fixture::new(engine).await;
    fixture.store.ends.store(true, Ordering::Relaxed);
    let failed = fixture.pay(100).await.unwrap_err();
    assert!(matches!(failed, WalletError::StoreAfterSending(_)), "{failed:?}");
    assert!(!failed.to_string().contains("nothing was sent"));
    // While the store fails, no new payment is sent.
    let failed = fixture.pay(100).await.unwrap_err();
    assert!(matches!(failed, WalletError::StoreAfterSending(_)), "{failed:?}");
    assert_eq!(fixture.paid().await, amount(100));
    // Once the store works, the first payment turns out to have been made, and the second is not sent.
    fixture.store.ends.store(false, Ordering::Relaxed);
    let made = fixture.pay(100).await.unwrap_err();
    let money = fixture.wallet.mint().unwrap().currency.money(amount(100));
    let expected = EarlierPayment { merchant_id: fixture.shop.clone(), money };
    assert!(matches!(&made, WalletError::EarlierPaymentMade(payment) if *payment == expected), "{made:?}");
    assert_eq!(fixture.paid().await, amount(100));
    assert_eq!(fixture.wallet.balance().unwrap().available, amount(200));
    // A further call pays again, because the earlier payment is settled.
    assert_eq!(fixture.pay(100).await.unwrap(), amount(100));
    assert_eq!(fixture.paid().await, amount(200));
    fixture.mint.assert_clean().await;
}

async fn w2_a_store_failure_before_sending_has_its_own_error(engine: Engine) {
    let fixture = Fixture::new(engine).await;
    fixture.store.begins.store(true, Ordering::Relaxed);
    let failed = fixture.pay(100).await.unwrap_err();
    assert!(matches!(failed, WalletError::Store(_)), "{failed:?}");
    assert_eq!(fixture.paid().await, Amount::ZERO);
    assert_eq!(fixture.wallet.balance().unwrap().available, amount(300));
    fixture.mint.assert_clean().await;
}

async fn w3_a_payment_without_a_response_is_not_paid_yet(engine: Engine) {
    let fixture = Fixture::new(engine).await;
    fixture.cut.requests.store(true, Ordering::Relaxed);
    let failed = fixture.pay(100).await.unwrap_err();
    let WalletError::NotPaidYet(plan_id) = failed else { panic!("{failed:?}") };
    assert_eq!(fixture.wallet.balance().unwrap().leaving, amount(100));
    // No new payment is sent while the first is unsettled.
    assert!(matches!(fixture.pay(100).await, Err(WalletError::EarlierPaymentWaits)));
    assert!(matches!(fixture.wallet.confirm(&plan_id).await, Err(WalletError::NotPaidYet(_))));
    assert_eq!(fixture.wallet.balance().unwrap().leaving, amount(100));
    fixture.cut.requests.store(false, Ordering::Relaxed);
    // Once requests reach the mint, cancelling frees the tokens.
    assert!(fixture.wallet.cancel(&plan_id).await.unwrap());
    assert_eq!(fixture.wallet.balance().unwrap().available, amount(300));
    assert_eq!(fixture.paid().await, Amount::ZERO);
    fixture.mint.assert_clean().await;
}

async fn w3_a_payment_that_was_made_after_all_is_not_paid_again(engine: Engine) {
    let fixture = Fixture::new(engine).await;
    fixture.cut.responses.store(true, Ordering::Relaxed);
    assert!(matches!(fixture.pay(100).await, Err(WalletError::NotPaidYet(_))));
    fixture.cut.responses.store(false, Ordering::Relaxed);
    assert!(matches!(fixture.pay(100).await, Err(WalletError::EarlierPaymentMade(_))));
    assert_eq!(fixture.paid().await, amount(100));
    assert_eq!(fixture.wallet.balance().unwrap().available, amount(200));
    assert!(fixture.wallet.pending().is_empty());
    fixture.mint.assert_clean().await;
}
