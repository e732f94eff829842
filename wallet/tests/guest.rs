//! Guests: cash as text pays a payment without a wallet, exactly once or not at all.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_core::details::{DetailsError, DetailsKey};
use ecash_core::idempotency::KeyedRoute;
use ecash_core::token::{BundleError, Token};
use ecash_core::wire::{ErrorCode, MerchantPayment, PaymentState, PaymentView};
use ecash_core::{AccountId, Amount, Origin};
use ecash_harness::{Engine, InProcess, RawWallet, TestDevice, TestMint, on_every_ledger};
use ecash_mint::service::{PaymentOrder, Received};
use ecash_wallet::api::{Call, HttpApi, Reply, Transport};
use ecash_wallet::{ApiError, Guest, WalletError};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

on_every_ledger! {
    exact_cash_pays_and_returns_a_receipt,
    inexact_or_invalid_cash_is_not_spent,
    a_lost_response_pays_once,
}

/// A transport that loses the responses to redemptions while the switch is on.
#[derive(Clone)]
struct Losing(InProcess, Arc<AtomicBool>);

impl Transport for Losing {
    async fn call(&self, call: Call) -> Result<Reply, ApiError> {
        let is_lost = self.1.load(Ordering::Relaxed) && call.path == "/api/v1/redeem";
        let reply = self.0.call(call).await?;
        if is_lost { Err(ApiError::Lost) } else { Ok(reply) }
    }
}

fn guest_of(mint: &TestMint) -> (Guest<HttpApi<Losing>, TestDevice>, Arc<AtomicBool>) {
    let loses = Arc::new(AtomicBool::new(false));
    let api = HttpApi(Losing(mint.transport(), loses.clone()));
    (Guest::new(mint.origin(), api, mint.device(1)), loses)
}

async fn ask(mint: &TestMint, minor: u64) -> MerchantPayment {
    let merchant_id = AccountId::new("merchant_demo").unwrap();
    let received = Received::new(KeyedRoute::Payments, Some(&merchant_id), None, [0; 32]);
    let order = PaymentOrder {
        merchant_id,
        amount: Amount::new(minor).unwrap(),
        tip_max: Amount::ZERO,
        description: "Two loaves".to_owned(),
        order_ref: None,
        is_split: false,
        details_box: None,
        details_hash: None,
        metadata: None,
        return_url: Some("http://localhost:3000/thanks".to_owned()),
        expires_in_s: 600,
    };
    mint.mint.create_payment(received, order).await.unwrap()
}

async fn shown(mint: &TestMint, minor: u64) -> PaymentView {
    let payment = ask(mint, minor).await;
    guest_of(mint).0.open(&payment.payment_id, None, None).await.unwrap().0
}

fn is_paid(view: &PaymentView) -> bool {
    view.state == PaymentState::Paid
}

async fn exact_cash_pays_and_returns_a_receipt(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut giver = RawWallet::open(mint.raw()).await;
    let tokens = [giver.withdraw(100, 1).await, giver.withdraw(10, 2).await].concat();
    // A duplicate token counts once.
    let twice: Vec<Token> = tokens.iter().chain(&tokens[..1]).cloned().collect();
    let text = giver.text(&mint.origin(), twice);
    let (guest, _) = guest_of(&mint);
    let view = shown(&mint, 120).await;
    let cash = guest.read(&view, &text).await.unwrap();
    let paid = guest.pay(&view, &cash).await.unwrap();
    let body = paid.receipt.expect("a receipt").to_file();
    assert!(body.contains(view.payment_id.as_str()) && !body.contains("refund_commitment"), "{body}");
    assert_eq!(paid.return_url.as_deref(), Some("http://localhost:3000/thanks"));
    assert!(is_paid(&guest.open(&view.payment_id, None, None).await.unwrap().0));
    // Paying another payment with the same cash fails, because it is spent.
    let other = shown(&mint, 120).await;
    let cash = guest.read(&other, &text).await.unwrap();
    match guest.pay(&other, &cash).await {
        Err(WalletError::Refused(problem)) => assert_eq!(problem.code, ErrorCode::TokenAlreadySpent),
        other => panic!("expected token_already_spent, got {other:?}"),
    }
    // A link is rejected if the shop saw other keys, or if its details do not match the payment.
    let refused = guest.open(&view.payment_id, None, Some(&[7; 24])).await;
    assert!(matches!(refused, Err(WalletError::OtherKeys)), "{refused:?}");
    let refused = guest.open(&view.payment_id, Some(&DetailsKey::new([7; 16])), None).await;
    assert!(matches!(refused, Err(WalletError::Details(DetailsError::Wrong))), "{refused:?}");
    mint.assert_clean().await;
}

async fn inexact_or_invalid_cash_is_not_spent(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut giver = RawWallet::open(mint.raw()).await;
    let tokens = giver.withdraw(50, 2).await;
    let text = giver.text(&mint.origin(), tokens.clone());
    let (guest, _) = guest_of(&mint);
    for minor in [90, 110] {
        match guest.read(&shown(&mint, minor).await, &text).await.map(|_| ()) {
            Err(WalletError::NotExact { cash, wanted }) => {
                assert_eq!((cash.amount.minor(), wanted.amount.minor()), (100, minor));
            }
            other => panic!("expected NotExact, got {other:?}"),
        }
    }
    let view = shown(&mint, 100).await;
    let elsewhere = Origin::new("https://other.example").unwrap();
    let of_other_mint = giver.text(&elsewhere, tokens.clone());
    let refused = guest.read(&view, &of_other_mint).await.map(|_| ());
    assert!(matches!(refused, Err(WalletError::OtherMint(_))), "{refused:?}");
    let mut forged = tokens.clone();
    forged[0].signature = forged[1].signature.clone();
    let refused = guest.read(&view, &giver.text(&mint.origin(), forged)).await.map(|_| ());
    assert!(matches!(refused, Err(WalletError::InvalidToken)), "{refused:?}");
    let refused = guest.read(&view, "hello").await.map(|_| ());
    assert!(matches!(refused, Err(WalletError::Bundle(BundleError::NotABundle))), "{refused:?}");
    let cash = guest.read(&view, &text).await.unwrap();
    guest.pay(&view, &cash).await.expect("nothing was spent before");
    mint.assert_clean().await;
}

async fn a_lost_response_pays_once(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut giver = RawWallet::open(mint.raw()).await;
    let tokens = giver.withdraw(50, 1).await;
    let text = giver.text(&mint.origin(), tokens);
    let (guest, loses) = guest_of(&mint);
    let view = shown(&mint, 50).await;
    let cash = guest.read(&view, &text).await.unwrap();
    loses.store(true, Ordering::Relaxed);
    assert!(matches!(guest.pay(&view, &cash).await, Err(WalletError::Unanswered)));
    loses.store(false, Ordering::Relaxed);
    guest.pay(&view, &cash).await.expect("the same payment");
    mint.assert_clean().await;
}
