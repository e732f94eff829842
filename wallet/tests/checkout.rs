//! P1 to P3 from the payer's side: a payment is shown, then paid exactly once or not at all.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_core::idempotency::KeyedRoute;
use ecash_core::keys::keys_seen_in;
use ecash_core::receipt::ReceiptError;
use ecash_core::wire::{ErrorCode, KeysResponse, MerchantPayment, PaymentState};
use ecash_core::{AccountId, Amount};
use ecash_harness::{Engine, InProcess, TestDevice, TestMint, on_every_ledger};
use ecash_mint::receipts::add_next_key;
use ecash_mint::service::{PaymentOrder, Received};
use ecash_mint::settings::Settings;
use ecash_wallet::api::{Call, HttpApi, Reply, Transport};
use ecash_wallet::store::MemoryStore;
use ecash_wallet::{ActivityState, ApiError, MintFault, ReceiptFault, Wallet, WalletError};
use std::sync::{Arc, Mutex};

on_every_ledger! {
    a_payment_is_paid_with_change_and_tip_and_remembered,
    a_payment_that_ended_costs_nothing,
    when_two_wallets_pay_one_payment_the_loser_keeps_its_money,
    a_lost_response_never_pays_twice,
    a_response_with_another_payment_is_rejected,
    a_receipt_is_verified_each_time_it_is_read,
    a_new_receipt_key_is_accepted_only_if_the_known_one_signed_it,
    keys_that_differ_from_the_shops_stop_the_payment,
}

/// Faults that the transport injects.
#[derive(Clone, Copy, PartialEq)]
enum Trouble {
    None,
    /// Redemptions reach the mint, but their responses are lost. Cancels are lost too.
    LostResponses,
    /// Payments are returned in another currency.
    OtherCurrency,
    /// Responses to redemptions contain a receipt of something else.
    OtherReceipt,
    /// Responses to redemptions contain no receipt.
    NoReceipt,
}

#[derive(Clone)]
struct Troubled {
    inner: InProcess,
    trouble: Arc<Mutex<Trouble>>,
}

impl Transport for Troubled {
    async fn call(&self, call: Call) -> Result<Reply, ApiError> {
        let trouble = *self.trouble.lock().unwrap();
        let path = call.path.clone();
        match trouble {
            Trouble::LostResponses if path == "/api/v1/cancel" => Err(ApiError::Lost),
            Trouble::LostResponses if path == "/api/v1/redeem" => {
                self.inner.call(call).await?;
                Err(ApiError::Lost)
            }
            Trouble::OtherCurrency if path.starts_with("/api/v1/payments/") => {
                let reply = self.inner.call(call).await?;
                Ok(Reply { body: reply.body.replace("DEMO", "EUR"), ..reply })
            }
            Trouble::OtherReceipt if path == "/api/v1/redeem" => {
                let reply = self.inner.call(call).await?;
                Ok(Reply { body: reply.body.replace("Two loaves", "Two loafs"), ..reply })
            }
            Trouble::NoReceipt if path == "/api/v1/redeem" => {
                let reply = self.inner.call(call).await?;
                Ok(Reply { body: reply.body.replace("\"receipt\"", "\"no_receipt\""), ..reply })
            }
            _ => self.inner.call(call).await,
        }
    }
}

/// A transport that can be moved from one mint to a replica.
#[derive(Clone)]
struct Movable(Arc<Mutex<InProcess>>);

impl Transport for Movable {
    async fn call(&self, call: Call) -> Result<Reply, ApiError> {
        let inner = self.0.lock().unwrap().clone();
        inner.call(call).await
    }
}

type TestWallet<T = Troubled> = Wallet<MemoryStore, HttpApi<T>, TestDevice>;

async fn wallet_with(mint: &TestMint, seed: u64, minor: u64) -> (TestWallet, Arc<Mutex<Trouble>>) {
    let trouble = Arc::new(Mutex::new(Trouble::None));
    let transport = Troubled { inner: mint.transport(), trouble: trouble.clone() };
    (wallet_over(transport, mint, seed, minor).await, trouble)
}

async fn wallet_over<T: Transport>(transport: T, mint: &TestMint, seed: u64, minor: u64) -> TestWallet<T> {
    let (store, api) = (MemoryStore::default(), HttpApi(transport));
    let wallet =
        Wallet::open_with_dangerous_test_keys(store, api, mint.device(seed), mint.origin()).await.unwrap();
    wallet.create().await.unwrap();
    wallet.connect().await.unwrap();
    wallet.withdraw(amount(minor)).await.unwrap();
    wallet
}

fn amount(minor: u64) -> Amount {
    Amount::new(minor).unwrap()
}

fn merchant() -> AccountId {
    AccountId::new("merchant_demo").unwrap()
}

async fn ask(mint: &TestMint, minor: u64) -> MerchantPayment {
    let order = PaymentOrder {
        merchant_id: merchant(),
        amount: amount(minor),
        tip_max: amount(20),
        description: "Two loaves".to_owned(),
        order_ref: None,
        is_split: false,
        details_box: None,
        details_hash: None,
        metadata: None,
        return_url: Some("http://localhost:3000/thanks".to_owned()),
        expires_in_s: 600,
    };
    let received = Received::new(KeyedRoute::Payments, Some(&merchant()), None, [0; 32]);
    mint.mint.create_payment(received, order).await.unwrap()
}

fn code<T: std::fmt::Debug>(result: Result<T, WalletError>) -> ErrorCode {
    match result {
        Err(WalletError::Refused(problem)) => problem.code,
        other => panic!("expected WalletError::Refused, got {other:?}"),
    }
}

async fn a_payment_is_paid_with_change_and_tip_and_remembered(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let (wallet, _) = wallet_with(&mint, 1, 100).await;
    let asked = ask(&mint, 50).await;
    let view = wallet.payment(&asked.payment_id).await.unwrap();
    assert_eq!((view.amount, view.state), (amount(50), PaymentState::Open));
    assert!(matches!(wallet.pay_payment(&view, amount(30), None).await, Err(WalletError::TipTooLarge(_))));
    let paid = wallet.pay_payment(&view, amount(10), None).await.unwrap();
    assert_eq!((paid.amount, paid.return_url.as_deref()), (amount(60), Some("http://localhost:3000/thanks")));
    assert_eq!(wallet.balance().unwrap().available, amount(40));
    let activity = wallet.activity_of_payment(&asked.payment_id).unwrap();
    let remembered = activity.payment.unwrap();
    assert_eq!(
        (activity.state, activity.amount, remembered.tip),
        (ActivityState::Done, amount(60), amount(10))
    );
    assert_eq!(
        (remembered.description.as_str(), remembered.merchant_name.as_str()),
        ("Two loaves", "merchant_demo")
    );
    // The link is opened again.
    assert_eq!(wallet.payment(&asked.payment_id).await.unwrap().state, PaymentState::Paid);
    let again = wallet.pay_payment(&view, amount(0), None).await;
    assert!(
        matches!(again, Err(WalletError::EarlierPaymentMade(earlier)) if earlier.money.amount == amount(60))
    );
    assert_eq!(wallet.balance().unwrap().available, amount(40));
    assert!(wallet.pending().is_empty());
    mint.assert_clean().await;
}

async fn a_payment_that_ended_costs_nothing(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let (wallet, _) = wallet_with(&mint, 1, 100).await;
    let (cancelled, expired) = (ask(&mint, 50).await, ask(&mint, 50).await);
    let shown = [
        wallet.payment(&cancelled.payment_id).await.unwrap(),
        wallet.payment(&expired.payment_id).await.unwrap(),
    ];
    mint.mint.cancel_payment(&merchant(), &cancelled.payment_id).await.unwrap();
    assert_eq!(code(wallet.pay_payment(&shown[0], amount(0), None).await), ErrorCode::PaymentCancelled);
    mint.clock.advance(600);
    assert_eq!(code(wallet.pay_payment(&shown[1], amount(0), None).await), ErrorCode::PaymentExpired);
    let unknown = ecash_core::PaymentId::from_random(&[9; 16]);
    assert_eq!(code(wallet.payment(&unknown).await), ErrorCode::PaymentUnknown);
    assert_eq!(wallet.balance().unwrap().available, amount(100));
    assert!(wallet.pending().is_empty());
    assert_eq!(wallet.activity_of_payment(&cancelled.payment_id), None, "a cancelled payment may be retried");
    mint.assert_clean().await;
}

async fn when_two_wallets_pay_one_payment_the_loser_keeps_its_money(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let ((one, _), (two, _)) = (wallet_with(&mint, 1, 50).await, wallet_with(&mint, 2, 50).await);
    let asked = ask(&mint, 50).await;
    let view = one.payment(&asked.payment_id).await.unwrap();
    let (first, second) =
        tokio::join!(one.pay_payment(&view, amount(0), None), two.pay_payment(&view, amount(0), None));
    let (lost, loser, winner) = if first.is_ok() { (second, &two, &one) } else { (first, &one, &two) };
    assert_eq!(code(lost), ErrorCode::PaymentPaid);
    assert_eq!(
        (loser.balance().unwrap().available, winner.balance().unwrap().available),
        (amount(50), amount(0))
    );
    mint.assert_clean().await;
}

async fn a_lost_response_never_pays_twice(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let (wallet, trouble) = wallet_with(&mint, 1, 100).await;
    let asked = ask(&mint, 50).await;
    let view = wallet.payment(&asked.payment_id).await.unwrap();
    *trouble.lock().unwrap() = Trouble::LostResponses;
    assert!(matches!(wallet.pay_payment(&view, amount(0), None).await, Err(WalletError::NotPaidYet(_))));
    assert_eq!(wallet.activity_of_payment(&asked.payment_id).unwrap().state, ActivityState::Pending);
    assert!(matches!(
        wallet.pay_payment(&view, amount(0), None).await,
        Err(WalletError::EarlierPaymentWaits)
    ));
    *trouble.lock().unwrap() = Trouble::None;
    assert!(matches!(
        wallet.pay_payment(&view, amount(0), None).await,
        Err(WalletError::EarlierPaymentMade(_))
    ));
    let activity = wallet.activity_of_payment(&asked.payment_id).unwrap();
    assert_eq!(activity.state, ActivityState::Done);
    wallet.receipt_of(&activity).expect("the cancel returned the receipt");
    assert_eq!(wallet.balance().unwrap().available, amount(50));
    mint.assert_clean().await;
}

async fn a_response_with_another_payment_is_rejected(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let (wallet, trouble) = wallet_with(&mint, 1, 50).await;
    let asked = ask(&mint, 50).await;
    *trouble.lock().unwrap() = Trouble::OtherCurrency;
    let view = wallet.payment(&asked.payment_id).await;
    assert!(matches!(view, Err(WalletError::MintFault(MintFault::WrongPayment))));
}

async fn a_receipt_is_verified_each_time_it_is_read(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let (wallet, trouble) = wallet_with(&mint, 1, 150).await;
    let pay = async |trouble_now: Trouble| {
        let view = wallet.payment(&ask(&mint, 50).await.payment_id).await.unwrap();
        *trouble.lock().unwrap() = trouble_now;
        wallet.pay_payment(&view, amount(0), None).await.expect("the payment is valid without a receipt");
        *trouble.lock().unwrap() = Trouble::None;
        wallet.activity_of_payment(&view.payment_id).unwrap()
    };
    let activity = pay(Trouble::None).await;
    let (receipt, body) = wallet.receipt_of(&activity).unwrap();
    let published = mint.mint.receipt_keys();
    assert!(receipt.verify(&published).is_ok(), "anyone can verify it with the mint's keys");
    assert_eq!((body.total, body.merchant_name.as_str()), (amount(50), "merchant_demo"));
    assert!(body.refund_commitment.is_some(), "the receipt names the key that claims refunds");
    assert_eq!(
        mint.mint.receipt(&body.payment_id).await.unwrap(),
        receipt,
        "the mint returns the same receipt"
    );

    let forged = pay(Trouble::OtherReceipt).await;
    let fault = wallet.receipt_of(&forged).map(drop);
    assert_eq!(fault, Err(ReceiptFault::NotSigned(ReceiptError::BadSignature)));
    let none = pay(Trouble::NoReceipt).await;
    assert_eq!(wallet.receipt_of(&none).map(drop), Err(ReceiptFault::Missing));
    // A valid receipt of another payment is rejected.
    let mut exchanged = forged;
    exchanged.payment.as_mut().unwrap().receipt = Some(receipt);
    assert_eq!(wallet.receipt_of(&exchanged).map(drop), Err(ReceiptFault::Differs));
    mint.assert_clean().await;
}

async fn a_new_receipt_key_is_accepted_only_if_the_known_one_signed_it(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let target = Arc::new(Mutex::new(mint.transport()));
    let wallet = wallet_over(Movable(target.clone()), &mint, 1, 150).await;
    let folder = tempfile::TempDir::new().unwrap();
    let next = async |settings: &Settings, name: &str, with_previous: bool| {
        let path = folder.path().join(name);
        let ledger = mint.ledger.receipt_keys.as_ref();
        add_next_key(settings, ledger, &path, with_previous, mint.mint.now()).await.unwrap();
        let path = path.display().to_string();
        mint.replica_with(&[("RECEIPT_KEY_FILE", path.as_str())]).await
    };
    let pay_at = async |replica: &TestMint| {
        *target.lock().unwrap() = replica.transport();
        let view = wallet.payment(&ask(replica, 50).await.payment_id).await.unwrap();
        wallet.pay_payment(&view, amount(0), None).await.expect("the payment is valid without a receipt");
        wallet.receipt_of(&wallet.activity_of_payment(&view.payment_id).unwrap()).map(drop)
    };
    // The wallet knows the key that signed the second one.
    let settings = &mint.settings;
    let second = next(settings, "second.pem", true).await;
    assert!(pay_at(&second).await.is_ok());
    // No key signed the third one.
    let third = next(settings, "third.pem", false).await;
    assert_eq!(pay_at(&third).await, Err(ReceiptFault::NotSigned(ReceiptError::UnknownKey)));
    // A mint that was not restarted with the new key within a day rejects payments, because no client accepts
    // its signatures.
    mint.clock.advance(86_400 + 60);
    second.mint.rotate_keys().await.unwrap();
    *target.lock().unwrap() = second.transport();
    let view = wallet.payment(&ask(&second, 50).await.payment_id).await.unwrap();
    let (before, refused) = (wallet.balance().unwrap(), wallet.pay_payment(&view, amount(0), None).await);
    assert!(matches!(refused, Err(WalletError::NotPaidYet(_))), "{refused:?}");
    wallet.cancel(&wallet.pending()[0]).await.unwrap();
    assert_eq!(wallet.balance().unwrap(), before, "no money is lost");
    mint.assert_clean().await;
}

/// Two mints with the same institution and currency but different keys, as a malicious mint would show to two
/// clients.
async fn keys_that_differ_from_the_shops_stop_the_payment(engine: Engine) {
    let (mint, other) = (TestMint::start_on(engine).await, TestMint::start_on(engine).await);
    let listed = async |mint: &TestMint| {
        let keys = mint.raw().get("/api/v1/keys", None).await.body;
        serde_json::from_value::<KeysResponse>(keys).unwrap()
    };
    let (here, there) = (listed(&mint).await, listed(&other).await);
    assert_eq!((&here.institution_id, &here.key_id), (&there.institution_id, &there.key_id));
    let payment = ask(&mint, 30).await;
    let wallet = mint.wallet(1).await;
    let view = wallet.payment(&payment.payment_id).await.unwrap();
    let seen = |keys: &KeysResponse| keys_seen_in(&keys.keysets, view.created_at);
    wallet.check_keys_seen(&view, &seen(&here)).await.unwrap();
    let refused = wallet.check_keys_seen(&view, &seen(&there)).await;
    assert!(matches!(refused, Err(WalletError::OtherKeys)), "{refused:?}");
    let both: serde_json::Value =
        serde_json::from_str(&wallet.both_sides_of_keys(&view, &seen(&there))).unwrap();
    assert_eq!(both["seen_by_shop"], ecash_core::base64url::encode(&seen(&there)));
    assert_eq!(both["seen_by_wallet"], ecash_core::base64url::encode(&seen(&here)));
    // A mismatch is a hint, not evidence: other payments are not rejected.
    let honest = ask(&mint, 30).await;
    let view = wallet.payment(&honest.payment_id).await.unwrap();
    wallet.check_keys_seen(&view, &keys_seen_in(&here.keysets, view.created_at)).await.unwrap();
}
