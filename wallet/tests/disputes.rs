//! M6: a mint returns invalid blind signatures. The wallet requests them again. A plan whose signatures stay
//! invalid is kept as disputed, with its inputs and the evidence.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_core::{AccountId, Amount, Denomination};
use ecash_harness::{Engine, InProcess, RawWallet, TestDevice, TestMint, on_every_ledger};
use ecash_wallet::api::{Call, HttpApi, Reply, Transport};
use ecash_wallet::store::MemoryStore;
use ecash_wallet::{ActivityState, ApiError, Wallet, WalletError};
use serde_json::Value;
use std::sync::{Arc, Mutex};

on_every_ledger! {
    m6_a_corrupt_response_is_repaired_by_restore,
    m6_a_withdrawal_with_an_invalid_signature_is_kept_as_disputed,
    m6_a_swap_with_an_invalid_signature_keeps_its_inputs_as_evidence,
}

/// A transport that corrupts the first blind signature in each response from `paths`.
#[derive(Clone)]
struct Spoiling {
    inner: InProcess,
    paths: Arc<Mutex<Vec<&'static str>>>,
}

impl Spoiling {
    fn new(mint: &TestMint) -> Self {
        Self { inner: mint.transport(), paths: Arc::default() }
    }

    /// Replaces the paths whose responses are corrupted.
    fn spoil(&self, paths: &[&'static str]) {
        *self.paths.lock().unwrap() = paths.to_vec();
    }
}

impl Transport for Spoiling {
    async fn call(&self, call: Call) -> Result<Reply, ApiError> {
        let spoils = self.paths.lock().unwrap().iter().any(|path| *path == call.path);
        let mut reply = self.inner.call(call).await?;
        if spoils && reply.status == 200 {
            let mut body: Value = serde_json::from_str(&reply.body).unwrap();
            if let Some(signature) = body["blind_signatures"][0].as_str() {
                let other = if signature.starts_with("AAAA") { "BBBB" } else { "AAAA" };
                body["blind_signatures"][0] = format!("{other}{}", &signature[4..]).into();
            }
            reply.body = body.to_string();
        }
        Ok(reply)
    }
}

type TestWallet = Wallet<MemoryStore, HttpApi<Spoiling>, TestDevice>;

const WITHDRAW: &str = "/api/v1/withdraw";
const SWAP: &str = "/api/v1/swap";
const RESTORE: &str = "/api/v1/restore";

async fn open(mint: &TestMint, store: &MemoryStore, spoiling: &Spoiling) -> TestWallet {
    let api = HttpApi(spoiling.clone());
    let device = mint.device(1);
    Wallet::open_with_dangerous_test_keys(store.clone(), api, device, mint.origin()).await.unwrap()
}

async fn fresh(mint: &TestMint, store: &MemoryStore, spoiling: &Spoiling) -> TestWallet {
    let wallet = open(mint, store, spoiling).await;
    wallet.create().await.unwrap();
    wallet.connect().await.unwrap();
    wallet
}

fn amount(minor: u64) -> Amount {
    Amount::new(minor).unwrap()
}

async fn m6_a_corrupt_response_is_repaired_by_restore(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let (store, spoiling) = (MemoryStore::default(), Spoiling::new(&mint));
    let wallet = fresh(&mint, &store, &spoiling).await;
    spoiling.spoil(&[WITHDRAW]);
    wallet.withdraw_in(amount(30), Denomination::new(10).unwrap()).await.unwrap();
    assert_eq!(wallet.balance().unwrap().available, amount(30));
    assert!(wallet.pending().is_empty());
    assert_eq!(wallet.activity()[0].state, ActivityState::Done);
    mint.assert_clean().await;
}

async fn m6_a_withdrawal_with_an_invalid_signature_is_kept_as_disputed(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let (store, spoiling) = (MemoryStore::default(), Spoiling::new(&mint));
    let wallet = fresh(&mint, &store, &spoiling).await;
    spoiling.spoil(&[WITHDRAW, RESTORE]);
    let ten = Denomination::new(10).unwrap();
    let withdrawn = wallet.withdraw_in(amount(30), ten).await;
    let Err(WalletError::Disputed(plan_id)) = withdrawn else { panic!("{withdrawn:?}") };
    // The outputs with valid signatures are available. The other one counts as disputed, not as arriving.
    let balance = wallet.balance().unwrap();
    assert_eq!(
        (balance.available, balance.disputed, balance.arriving),
        (amount(20), amount(10), Amount::ZERO)
    );
    assert_eq!(wallet.activity()[0].state, ActivityState::Disputed);
    let evidence: Value = serde_json::from_str(&wallet.dispute_evidence(&plan_id).await.unwrap()).unwrap();
    assert_eq!(evidence["outputs"].as_array().unwrap().len(), 3);
    assert_eq!(evidence["blind_signatures"].as_array().unwrap().len(), 3);
    assert_eq!(evidence["transaction_id"].as_str(), wallet.activity()[0].transaction_id.as_deref());

    // The dispute survives a restart, blocks no other operation, and its plan is not sent again.
    let wallet = open(&mint, &store, &spoiling).await;
    assert_eq!(wallet.resume().await.unwrap(), 0);
    assert_eq!(wallet.balance().unwrap(), balance);
    wallet.pay(&AccountId::new("merchant_demo").unwrap(), amount(20)).await.unwrap();
    wallet.restore().await.unwrap();
    assert_eq!(wallet.account().await.unwrap().balance, amount(9_970));
    assert_eq!(wallet.balance().unwrap().disputed, amount(10));

    // Once the mint returns valid signatures, a resume settles the dispute.
    spoiling.spoil(&[]);
    assert_eq!(wallet.resume().await.unwrap(), 0);
    assert!(wallet.pending().is_empty());
    assert_eq!(
        (wallet.balance().unwrap().available, wallet.balance().unwrap().disputed),
        (amount(10), Amount::ZERO)
    );
    mint.assert_clean().await;
}

async fn m6_a_swap_with_an_invalid_signature_keeps_its_inputs_as_evidence(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let (store, spoiling) = (MemoryStore::default(), Spoiling::new(&mint));
    let wallet = fresh(&mint, &store, &spoiling).await;
    let mut giver = RawWallet::open(mint.raw()).await;
    let tokens = giver.withdraw(50, 1).await;
    let text = giver.text(&mint.origin(), tokens);
    spoiling.spoil(&[SWAP, RESTORE]);
    assert!(matches!(wallet.receive(&text).await, Err(WalletError::Disputed(_))));
    // Receiving the same text again finds the disputed plan and creates no second one.
    assert!(matches!(wallet.receive(&text).await, Err(WalletError::Disputed(_))));
    assert_eq!(wallet.pending().len(), 1);

    // A disputed swap of own tokens: the missing change is not spendable, but counts as disputed.
    wallet.withdraw_in(amount(100), Denomination::new(100).unwrap()).await.unwrap();
    let paid = wallet.pay(&AccountId::new("merchant_demo").unwrap(), amount(30)).await;
    assert!(matches!(paid, Err(WalletError::Disputed(_))), "{paid:?}");
    let balance = wallet.balance().unwrap();
    assert_eq!(balance.available.plus(balance.disputed).unwrap(), amount(150));
    spoiling.spoil(&[]);
    wallet.resume().await.unwrap();
    assert_eq!(
        (wallet.balance().unwrap().available, wallet.balance().unwrap().disputed),
        (amount(150), Amount::ZERO)
    );
    assert!(wallet.pending().is_empty());
    mint.assert_clean().await;
}
