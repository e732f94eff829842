//! H1: the wallet detects a mint that publishes keys unique to it, before it withdraws or spends anything.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_core::keys::RuleBroken;
use ecash_core::{AccountId, Amount};
use ecash_harness::{InProcess, TestDevice, TestMint};
use ecash_wallet::api::{Call, HttpApi, Reply, Transport};
use ecash_wallet::store::MemoryStore;
use ecash_wallet::{ApiError, KeysError, Wallet, WalletError};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

type Lie = fn(&mut Value);

/// A transport whose mint can publish a false list of keys, stop responding, or be replaced. Counts the
/// requests that move money.
#[derive(Clone)]
struct Lying {
    honest: Arc<Mutex<InProcess>>,
    silent: Arc<AtomicBool>,
    lie: Arc<Mutex<Option<Lie>>>,
    moved: Arc<Mutex<usize>>,
}

impl Lying {
    fn tell(&self, lie: Option<Lie>) {
        *self.lie.lock().unwrap() = lie;
    }
}

impl Transport for Lying {
    async fn call(&self, call: Call) -> Result<Reply, ApiError> {
        let path = call.path.clone();
        *self.moved.lock().unwrap() += usize::from(call.idempotency_key.is_some());
        let honest = self.honest.lock().unwrap().clone();
        if self.silent.load(Ordering::Relaxed) {
            return Err(ApiError::Lost);
        }
        let mut reply = honest.call(call).await?;
        if let Some(lie) = self.lie.lock().unwrap().filter(|_| path == "/api/v1/keys") {
            let mut body: Value = serde_json::from_str(&reply.body).unwrap();
            lie(&mut body["keysets"]);
            reply.body = body.to_string();
        }
        Ok(reply)
    }
}

fn amount(minor: u64) -> Amount {
    Amount::new(minor).unwrap()
}

async fn wallet(mint: &TestMint) -> (Wallet<MemoryStore, HttpApi<Lying>, TestDevice>, Lying) {
    let transport = Lying {
        honest: Arc::new(Mutex::new(mint.transport())),
        silent: Arc::default(),
        lie: Arc::default(),
        moved: Arc::default(),
    };
    let (store, device) = (MemoryStore::default(), mint.device(1));
    let api = HttpApi(transport.clone());
    let wallet = Wallet::open_with_dangerous_test_keys(store, api, device, mint.origin()).await.unwrap();
    wallet.create().await.unwrap();
    wallet.connect().await.unwrap();
    wallet.withdraw(amount(100)).await.unwrap();
    (wallet, transport)
}

/// The mint replaces a key of the keyset that all clients use.
fn other_keys(keysets: &mut Value) {
    keysets[0]["keys"][0]["key_id"] = json!(ecash_core::base64url::encode(&[7; 32]));
}

/// The mint publishes a keyset for this wallet alone, in addition to the one that all clients use.
fn separate_keyset(keysets: &mut Value) {
    let mut own = keysets[0].clone();
    own["keyset_id"] = json!("key_own");
    keysets.as_array_mut().unwrap().push(own);
}

#[tokio::test]
async fn h1_keys_unique_to_one_wallet_stop_it_and_are_kept_as_evidence() {
    let mint = TestMint::start().await;
    let merchant = AccountId::new("merchant_demo").unwrap();
    for (lie, rule) in [(other_keys as Lie, "Changed"), (separate_keyset, "NotNext")] {
        let (wallet, transport) = wallet(&mint).await;
        assert_eq!(wallet.keys_evidence(), None);
        transport.tell(Some(lie));
        let before = *transport.moved.lock().unwrap();
        match wallet.connect().await.unwrap_err() {
            WalletError::Keys(KeysError::Rule(broken)) => assert!(format!("{broken:?}").starts_with(rule)),
            other => panic!("{other:?}"),
        }
        // While the mint publishes the false list, nothing is sent and nothing is lost.
        assert!(matches!(wallet.pay(&merchant, amount(50)).await, Err(WalletError::Keys(KeysError::Alarm))));
        assert!(matches!(wallet.withdraw(amount(50)).await, Err(WalletError::Keys(KeysError::Alarm))));
        assert!(matches!(wallet.refresh_some().await, Err(WalletError::Keys(KeysError::Alarm))));
        assert_eq!(*transport.moved.lock().unwrap(), before);
        assert_eq!(wallet.balance().unwrap().available, amount(100));
        let evidence: Value = serde_json::from_str(&wallet.keys_evidence().unwrap()).unwrap();
        assert!(evidence["shown"]["keysets"].is_array() && evidence["shown_before"].is_array());
        assert!(!wallet.keys_evidence().unwrap().contains("serial"));
        // When the mint withdraws the list, the wallet continues and the evidence stays.
        transport.tell(None);
        wallet.connect().await.unwrap();
        wallet.pay(&merchant, amount(50)).await.unwrap();
        assert!(wallet.keys_evidence().is_some());
    }
    mint.assert_clean().await;
}

/// A mint that was set up again at the same URL raises the same alarm. The wallet can still be removed.
#[tokio::test]
async fn h1_a_wallet_of_a_reset_mint_can_be_removed() {
    let mint = TestMint::start().await;
    let (wallet, transport) = wallet(&mint).await;
    transport.tell(Some(other_keys));
    assert!(matches!(
        wallet.connect().await,
        Err(WalletError::Keys(KeysError::Rule(RuleBroken::Changed(_))))
    ));
    let (words, shown) = wallet.words_before_leaving().unwrap();
    assert_eq!(words.len(), 12);
    wallet.leave(shown).await.unwrap();
    assert!(!wallet.exists());
}

/// M4: a mint that was set up again has lost the account that a pending withdrawal needs to end.
#[tokio::test]
async fn m4_a_pending_withdrawal_ends_although_the_mint_lost_the_account() {
    let (mint, reset) = (TestMint::start().await, TestMint::start().await);
    let (wallet, transport) = wallet(&mint).await;
    transport.silent.store(true, Ordering::Relaxed);
    assert!(matches!(wallet.withdraw(amount(50)).await, Err(WalletError::Pending)));
    assert_eq!(wallet.pending().len(), 1);
    *transport.honest.lock().unwrap() = reset.transport();
    transport.silent.store(false, Ordering::Relaxed);
    wallet.resume().await.unwrap();
    assert_eq!(wallet.pending(), []);
    // The old mint's tokens are kept. The new keys raise the alarm, and the wallet can be removed.
    assert_eq!(wallet.balance().unwrap().available, amount(100));
    assert!(matches!(wallet.connect().await, Err(WalletError::Keys(KeysError::Rule(_)))));
    let (_, shown) = wallet.words_before_leaving().unwrap();
    wallet.leave(shown).await.unwrap();
    reset.assert_clean().await;
}

/// M9: at a mint whose operator opens the accounts, a withdrawal without an account fails without leaving a
/// plan.
#[tokio::test]
async fn m9_an_operator_opens_the_account_by_its_hash() {
    let mint = TestMint::start_with(&[("OPEN_ACCOUNTS", "no")]).await;
    let (store, device) = (MemoryStore::default(), mint.device(1));
    let wallet =
        Wallet::open_with_dangerous_test_keys(store, mint.api(), device, mint.origin()).await.unwrap();
    wallet.create().await.unwrap();
    wallet.connect().await.unwrap();
    match wallet.withdraw(amount(50)).await.unwrap_err() {
        WalletError::Refused(problem) => assert_eq!(problem.code.as_str(), "accounts_closed"),
        other => panic!("{other:?}"),
    }
    assert_eq!(wallet.pending(), []);
    let hash = wallet.account_hash().unwrap();
    let hash: [u8; 32] =
        std::array::from_fn(|index| u8::from_str_radix(&hash[2 * index..2 * index + 2], 16).unwrap());
    mint.mint.open_account(Some(hash)).await.unwrap();
    wallet.withdraw(amount(50)).await.unwrap();
    assert_eq!(wallet.balance().unwrap().available, amount(50));
}
