//! Refunds from the payer's side: claimed once, also by a restored wallet, and by no other wallet.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_core::base64url::encode;
use ecash_core::idempotency::KeyedRoute;
use ecash_core::receipt::ReceiptBody;
use ecash_core::refund::proves_payer;
use ecash_core::wire::{CreateRefundRequest, ErrorCode, RefundState};
use ecash_core::{AccountId, Amount, PaymentId};
use ecash_harness::{Engine, InProcess, TestDevice, TestMint, on_every_ledger};
use ecash_mint::service::{PaymentOrder, Received};
use ecash_wallet::api::{Call, HttpApi, Reply, Transport};
use ecash_wallet::store::MemoryStore;
use ecash_wallet::{ActivityKind, ActivityState, ApiError, ReceiptFault, Wallet, WalletError};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

on_every_ledger! {
    refundable_payments_are_polled_one_at_a_time,
    a_refund_is_claimed_once_and_remembered,
    a_restored_wallet_claims_with_only_the_payment_id,
    only_one_of_two_devices_with_one_seed_claims,
    another_wallet_claims_nothing,
    a_lost_response_neither_loses_nor_doubles_a_refund,
    many_refunds_are_claimed_in_as_many_requests_as_needed,
    only_the_wallet_that_paid_can_prove_it,
}

/// A transport that loses cancels and the responses to claims while `loses` is set.
#[derive(Clone)]
struct Lossy {
    inner: InProcess,
    loses: Arc<AtomicBool>,
}

impl Transport for Lossy {
    async fn call(&self, call: Call) -> Result<Reply, ApiError> {
        let loses = self.loses.load(Ordering::Relaxed);
        if loses && call.path == "/api/v1/cancel" {
            return Err(ApiError::Lost);
        }
        let is_claim = call.path.ends_with("/refunds/claim");
        let reply = self.inner.call(call).await?;
        if loses && is_claim { Err(ApiError::Lost) } else { Ok(reply) }
    }
}

struct Payer {
    wallet: Wallet<MemoryStore, HttpApi<Lossy>, TestDevice>,
    loses: Arc<AtomicBool>,
}

impl Payer {
    async fn open(mint: &TestMint, seed: u64) -> Self {
        let loses = Arc::new(AtomicBool::new(false));
        let api = HttpApi(Lossy { inner: mint.transport(), loses: loses.clone() });
        let device = mint.device(seed);
        let wallet =
            Wallet::open_with_dangerous_test_keys(MemoryStore::default(), api, device, mint.origin()).await;
        Self { wallet: wallet.unwrap(), loses }
    }

    async fn with_money(mint: &TestMint, seed: u64, minor: u64) -> Self {
        let payer = Self::open(mint, seed).await;
        payer.wallet.create().await.unwrap();
        payer.wallet.connect().await.unwrap();
        payer.wallet.withdraw(amount(minor)).await.unwrap();
        payer
    }

    /// Opens another device with the recovery phrase of this one.
    async fn twin(&self, mint: &TestMint, seed: u64) -> Self {
        let twin = Self::open(mint, seed).await;
        let words = self.wallet.recovery_phrase().unwrap().join(" ");
        twin.wallet.restore_from_phrase(&words).await.unwrap();
        twin.wallet.connect().await.unwrap();
        twin
    }

    async fn pay(&self, payment_id: &PaymentId) {
        let view = self.wallet.payment(payment_id).await.unwrap();
        self.wallet.pay_payment(&view, amount(0), None).await.unwrap();
    }

    async fn claim(&self, payment_id: &PaymentId) -> Result<Amount, WalletError> {
        let view = self.wallet.payment(payment_id).await.unwrap();
        self.wallet.claim_refunds(&view).await
    }

    fn available(&self) -> u64 {
        self.wallet.balance().unwrap().available.minor()
    }
}

fn amount(minor: u64) -> Amount {
    Amount::new(minor).unwrap()
}

fn merchant() -> AccountId {
    AccountId::new("merchant_demo").unwrap()
}

async fn ask(mint: &TestMint, minor: u64) -> PaymentId {
    let order = PaymentOrder {
        merchant_id: merchant(),
        amount: amount(minor),
        tip_max: amount(0),
        description: "Two loaves".to_owned(),
        order_ref: None,
        is_split: false,
        details_box: None,
        details_hash: None,
        metadata: None,
        return_url: None,
        expires_in_s: 600,
    };
    let received = Received::new(KeyedRoute::Payments, Some(&merchant()), None, [0; 32]);
    mint.mint.create_payment(received, order).await.unwrap().payment_id
}

async fn refund(mint: &TestMint, payment_id: &PaymentId, minor: u64) {
    let received = Received::new(KeyedRoute::Refunds, Some(&merchant()), None, [0; 32]);
    let request = CreateRefundRequest { amount: Some(amount(minor)), reason: None };
    mint.mint.create_refund(received, &merchant(), payment_id, &request).await.unwrap();
}

fn code(result: Result<Amount, WalletError>) -> ErrorCode {
    match result {
        Err(WalletError::Refused(problem)) => problem.code,
        other => panic!("expected WalletError::Refused, got {other:?}"),
    }
}

async fn a_refund_is_claimed_once_and_remembered(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let payer = Payer::with_money(&mint, 1, 100).await;
    let payment_id = ask(&mint, 60).await;
    payer.pay(&payment_id).await;
    assert_eq!(payer.claim(&payment_id).await.unwrap(), amount(0), "no open refunds");
    refund(&mint, &payment_id, 30).await;
    refund(&mint, &payment_id, 10).await;
    let view = payer.wallet.payment(&payment_id).await.unwrap();
    assert_eq!(view.claimable(), amount(40));
    assert_eq!(payer.wallet.claim_refunds(&view).await.unwrap(), amount(40));
    assert_eq!(payer.available(), 80);
    let activity = payer.wallet.activity();
    let refunded = activity.iter().find(|activity| activity.kind == ActivityKind::Refund).unwrap();
    assert_eq!((refunded.state, refunded.amount), (ActivityState::Done, amount(40)));
    assert_eq!(refunded.note.as_deref(), Some("merchant_demo"));
    let paid = payer.wallet.activity_of_payment(&payment_id).unwrap();
    assert_eq!(paid.kind, ActivityKind::Pay, "the refund does not hide the payment");

    // Claiming again with the old view, then with a new one.
    assert_eq!(code(payer.wallet.claim_refunds(&view).await), ErrorCode::RefundNothingOpen);
    assert_eq!(payer.claim(&payment_id).await.unwrap(), amount(0));
    let states: Vec<_> =
        payer.wallet.payment(&payment_id).await.unwrap().refunds.into_iter().map(|r| r.state).collect();
    assert_eq!(states, [RefundState::Claimed; 2]);
    // The refunded tokens pay.
    let next = ask(&mint, 80).await;
    payer.pay(&next).await;
    // A further refund of the first payment is claimed with the same key.
    refund(&mint, &payment_id, 20).await;
    assert_eq!(payer.claim(&payment_id).await.unwrap(), amount(20));
    assert_eq!((payer.available(), payer.wallet.pending().len()), (20, 0));
    mint.assert_clean().await;
}

async fn a_restored_wallet_claims_with_only_the_payment_id(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let lost = Payer::with_money(&mint, 1, 60).await;
    let payment_id = ask(&mint, 60).await;
    lost.pay(&payment_id).await;
    refund(&mint, &payment_id, 50).await;
    let restored = lost.twin(&mint, 2).await;
    drop(lost);
    assert_eq!(
        restored.wallet.activity_of_payment(&payment_id),
        None,
        "the restored wallet does not know the payment"
    );
    assert_eq!(restored.claim(&payment_id).await.unwrap(), amount(50));
    assert_eq!(restored.available(), 50);
    // The next restore finds the claimed tokens too.
    let again = restored.twin(&mint, 3).await;
    again.wallet.restore().await.unwrap();
    assert_eq!(again.available(), 50);
    mint.assert_clean().await;
}

async fn only_one_of_two_devices_with_one_seed_claims(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let one = Payer::with_money(&mint, 1, 60).await;
    let payment_id = ask(&mint, 60).await;
    one.pay(&payment_id).await;
    refund(&mint, &payment_id, 50).await;
    let two = one.twin(&mint, 2).await;
    let (first, second) = tokio::join!(one.claim(&payment_id), two.claim(&payment_id));
    // Both devices derive the same outputs. The loser finds the winner's tokens and swaps them; none is
    // counted twice.
    assert!(first.is_ok() || second.is_ok(), "{first:?} {second:?}");
    for lost in [first, second].into_iter().filter(Result::is_err) {
        let lost = code(lost);
        assert!(
            [ErrorCode::RefundNothingOpen, ErrorCode::BlindedTokenAlreadySigned].contains(&lost),
            "{lost}"
        );
    }
    for payer in [&one, &two] {
        payer.wallet.resume().await.unwrap();
        assert_eq!(payer.wallet.pending().len(), 0);
    }
    let view = one.wallet.payment(&payment_id).await.unwrap();
    assert_eq!(view.claimable(), amount(0));
    mint.assert_clean().await;
}

async fn another_wallet_claims_nothing(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let payer = Payer::with_money(&mint, 1, 60).await;
    let payment_id = ask(&mint, 60).await;
    payer.pay(&payment_id).await;
    refund(&mint, &payment_id, 50).await;
    let stranger = Payer::with_money(&mint, 2, 10).await;
    assert_eq!(code(stranger.claim(&payment_id).await), ErrorCode::RefundWrongKey);
    assert_eq!((stranger.available(), stranger.wallet.pending().len()), (10, 0));
    assert_eq!(payer.claim(&payment_id).await.unwrap(), amount(50));
    mint.assert_clean().await;
}

async fn a_lost_response_neither_loses_nor_doubles_a_refund(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let payer = Payer::with_money(&mint, 1, 60).await;
    let payment_id = ask(&mint, 60).await;
    payer.pay(&payment_id).await;
    refund(&mint, &payment_id, 50).await;
    payer.loses.store(true, Ordering::Relaxed);
    let before = payer.wallet.payment(&payment_id).await.unwrap();
    assert!(matches!(payer.wallet.claim_refunds(&before).await, Err(WalletError::Pending)));
    assert_eq!((payer.available(), payer.wallet.balance().unwrap().arriving), (0, amount(50)));
    // Claiming again meanwhile, with the same view, must not return success without tokens.
    assert!(matches!(payer.wallet.claim_refunds(&before).await, Err(WalletError::Pending)));
    payer.loses.store(false, Ordering::Relaxed);
    assert_eq!(payer.wallet.claim_refunds(&before).await.unwrap(), amount(50));
    assert_eq!(payer.wallet.resume().await.unwrap(), 0);
    assert_eq!((payer.available(), payer.wallet.balance().unwrap().arriving), (50, amount(0)));
    assert_eq!(payer.claim(&payment_id).await.unwrap(), amount(0));
    mint.assert_clean().await;
}

async fn many_refunds_are_claimed_in_as_many_requests_as_needed(engine: Engine) {
    let mint = TestMint::start_on_with(engine, &[("DENOMINATIONS", "10")]).await;
    let payer = Payer::with_money(&mint, 1, 1200).await;
    let payment_id = ask(&mint, 1200).await;
    payer.pay(&payment_id).await;
    // 120 tokens in total, which fit into one claim.
    for minor in [800, 390, 10] {
        refund(&mint, &payment_id, minor).await;
    }
    assert_eq!(payer.claim(&payment_id).await.unwrap(), amount(1200));
    let refunds = payer.wallet.activity().iter().filter(|one| one.kind == ActivityKind::Refund).count();
    assert_eq!((payer.available(), refunds), (1200, 1));
    mint.assert_clean().await;
}

async fn only_the_wallet_that_paid_can_prove_it(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let payer = Payer::with_money(&mint, 1, 60).await;
    let payment_id = ask(&mint, 60).await;
    payer.pay(&payment_id).await;
    let activity = payer.wallet.activity_of_payment(&payment_id).unwrap();
    let (_, receipt) = payer.wallet.receipt_of(&activity).unwrap();
    let challenge = [5; 16];
    let question = encode(&challenge);
    let proof = payer.wallet.prove_payment(&activity, &format!(" {question}\n")).unwrap();
    assert!(proves_payer(&receipt, &challenge, &proof));

    assert!(!proves_payer(&receipt, &[6; 16], &proof), "the proof is valid for its challenge only");
    let elsewhere = ReceiptBody { merchant_id: AccountId::new("merchant_other").unwrap(), ..receipt.clone() };
    assert!(!proves_payer(&elsewhere, &challenge, &proof), "the proof is valid for its shop only");
    for no_proof in ["", &proof[..124], &format!("{proof}AAAA"), &question] {
        assert!(!proves_payer(&receipt, &challenge, no_proof), "{no_proof}");
    }
    // Another wallet's proof is signed by its own key, not by the key that this receipt commits to.
    let other = Payer::with_money(&mint, 3, 60).await;
    let others_id = ask(&mint, 60).await;
    other.pay(&others_id).await;
    let others = other.wallet.activity_of_payment(&others_id).unwrap();
    let (_, others_receipt) = other.wallet.receipt_of(&others).unwrap();
    let others_proof = other.wallet.prove_payment(&others, &question).unwrap();
    assert!(proves_payer(&others_receipt, &challenge, &others_proof));
    let same_payment = ReceiptBody { refund_commitment: receipt.refund_commitment.clone(), ..others_receipt };
    assert!(!proves_payer(&same_payment, &challenge, &others_proof), "the key differs from the receipt's");
    let thief = Payer::open(&mint, 2).await;
    thief.wallet.create().await.unwrap();
    thief.wallet.connect().await.unwrap();
    let stolen = thief.wallet.prove_payment(&activity, &question);
    assert!(matches!(stolen, Err(WalletError::Receipt(ReceiptFault::Differs))), "{stolen:?}");

    for no_question in ["", "who are you?", "ecash1AAAA", &encode(&[1; 15]), &encode(&[1; 65])] {
        let answer = payer.wallet.prove_payment(&activity, no_question);
        assert!(matches!(answer, Err(WalletError::NotAChallenge)), "{no_question}: {answer:?}");
    }
    let mut unsigned = activity;
    unsigned.payment.as_mut().unwrap().receipt = None;
    let unproved = payer.wallet.prove_payment(&unsigned, &question);
    assert!(matches!(unproved, Err(WalletError::Receipt(ReceiptFault::Missing))), "{unproved:?}");
}

async fn refundable_payments_are_polled_one_at_a_time(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let payer = Payer::with_money(&mint, 1, 100).await;
    let ask_about = || payer.wallet.random_refundable_payment().unwrap();
    assert_eq!(ask_about(), None);
    let payments = [ask(&mint, 10).await, ask(&mint, 20).await];
    for payment_id in &payments {
        payer.pay(payment_id).await;
    }
    // A payment to a merchant's id has no refunds.
    payer.wallet.pay(&merchant(), amount(10)).await.unwrap();
    let asked: BTreeSet<_> = (0..100).filter_map(|_| ask_about()).collect();
    assert_eq!(asked, payments.into_iter().collect(), "each payment is chosen at random");
    mint.clock.advance(91 * 86_400);
    assert_eq!(ask_about(), None);
}
