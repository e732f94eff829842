//! A shop's server against a real mint: creates payments, handles events, refunds and verifies.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_core::details::{Details, DetailsKey, Line};
use ecash_core::keys::keys_seen_in;
use ecash_core::receipt::{ReceiptError, SignedReceipt};
use ecash_core::refund::payer_message;
use ecash_core::seed::{RefundSecret, Seed};
use ecash_core::wire::{ErrorCode, PaymentState};
use ecash_core::{AccountId, Amount, PaymentId, base64url};
use ecash_harness::TestMint;
use ecash_merchant::{Error, Merchant, MerchantEvent, Order, PaymentFilter, payer_challenge};
use serde_json::json;

struct Shop {
    mint: TestMint,
    merchant: Merchant,
    key: String,
}

async fn shop() -> Shop {
    let mint = TestMint::start().await;
    let merchant_id = AccountId::new("merchant_shop").unwrap();
    let token = mint.mint.create_merchant(&merchant_id, Some("The Shop")).await.unwrap();
    let token = token.to_bearer().as_str().to_owned();
    let body = json!({ "name": "server", "scopes": ["read", "payments", "refunds"] });
    let created = mint.raw().post("/api/v1/merchant/keys", Some(&token), None, &body).await;
    let key = created.body["secret"].as_str().unwrap().to_owned();
    let url = format!("http://{}/", mint.serve().await);
    let merchant = Merchant::new(&url, &key).unwrap().with_details_secret(&[9; 32]).unwrap();
    Shop { mint, merchant, key }
}

impl Shop {
    fn secret(&self, payment_id: &PaymentId) -> RefundSecret {
        let institution = &self.mint.mint.identity().institution_id;
        Seed::new([7; 64]).refund_secret(&self.mint.origin(), institution, payment_id.as_str())
    }

    /// Pays with play money. [`Self::secret`] derives the key that claims refunds.
    async fn pay(&self, payment_id: &PaymentId) {
        let path = format!("/api/v1/merchant/test/payments/{payment_id}/pay");
        let commitment = base64url::encode(&self.secret(payment_id).commitment());
        let body = json!({ "refund_commitment": commitment });
        let answer = self.mint.raw().post(&path, Some(&self.key), None, &body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    async fn receipt(&self, payment_id: &PaymentId, query: &str) -> SignedReceipt {
        let path = format!("/api/v1/payments/{payment_id}/receipt{query}");
        serde_json::from_value(self.mint.raw().get(&path, None).await.body).unwrap()
    }
}

fn bill() -> Details {
    let line = |text: &str, minor| Line {
        text: text.to_owned(),
        quantity: 1,
        amount: Amount::new(minor).unwrap(),
        tax: None,
    };
    Details { lines: vec![line("Bread", 60), line("Käse", 40)], ..Details::default() }
}

#[tokio::test]
async fn an_order_has_one_payment_and_its_link_carries_the_details_key() {
    let Shop { mint, merchant, .. } = shop().await;
    let order = Order::new(100, "Order 7").order_ref("7").tip_max(10).expires_in_s(600).details(bill());
    let payment = merchant.create_payment(&order).await.unwrap();
    let (address, rest) = payment.checkout_url.split_once("#pay=").unwrap();
    assert!(address.ends_with('/'), "{address}");
    let parts: Vec<&str> = rest.split('.').collect();
    assert_eq!(parts[0], payment.payment_id.as_str());
    let key = DetailsKey::parse(parts[1]).unwrap();
    let sealed = (payment.details_box.clone().unwrap().0, payment.details_hash.clone().unwrap().0);
    assert_eq!(key.open(&sealed.0, &sealed.1, payment.amount), Ok(bill()));
    let listed = merchant.keys().await.unwrap();
    assert_eq!(parts[2], base64url::encode(&keys_seen_in(&listed.keysets, payment.created_at)));

    let again = merchant.create_payment(&order).await.unwrap();
    assert_eq!(
        (&again.payment_id, &again.checkout_url, again.reused),
        (&payment.payment_id, &payment.checkout_url, true)
    );
    let other = merchant.create_payment(&Order::new(50, "Order 8").split()).await.unwrap();
    let open = PaymentFilter { state: Some(PaymentState::Open), ..PaymentFilter::default() };
    assert_eq!(merchant.payments(&open, None).await.unwrap().data.len(), 2);
    let named = PaymentFilter { prefix: Some("order 8".to_owned()), ..PaymentFilter::default() };
    assert_eq!(merchant.payments(&named, None).await.unwrap().data[0].payment_id, other.payment_id);
    let cancelled = merchant.cancel(&other.payment_id).await.unwrap();
    assert_eq!(cancelled.state, PaymentState::Cancelled);
    mint.assert_clean().await;
}

#[tokio::test]
async fn a_payment_is_reported_refunded_once_and_proved() {
    let shop = shop().await;
    let merchant = &shop.merchant;
    let payment_id = merchant.create_payment(&Order::new(100, "Two loaves")).await.unwrap().payment_id;
    shop.mint.mint.number_events().await.unwrap();
    let begin = merchant.events(0).await.unwrap().newest;
    shop.pay(&payment_id).await;
    shop.mint.mint.number_events().await.unwrap();
    let mut handled = Vec::new();
    let last = merchant
        .reconcile(begin, async |event: MerchantEvent| {
            handled.push((event.kind, event.data.payment.unwrap().payment_id));
            Ok::<_, Error>(())
        })
        .await
        .unwrap();
    assert_eq!((handled, last), (vec![("payment.paid".to_owned(), payment_id.clone())], begin + 1));

    let key = Merchant::new_key().unwrap();
    let refund = merchant.refund(&payment_id, Some(50), Some("Stale"), &key).await.unwrap();
    let again = merchant.refund(&payment_id, Some(50), Some("Stale"), &key).await.unwrap();
    assert_eq!((refund.view.number, again.view.number), (1, 1));
    assert!(refund.refund_url.ends_with(&format!("#refund={payment_id}")));
    let profile = merchant.merchant().await.unwrap();
    assert_eq!((profile.balance.minor(), profile.held_for_refunds.minor()), (50, 50));

    let receipt = shop.receipt(&payment_id, "").await;
    let pinned = merchant.keys().await.unwrap().receipt_keys;
    let body = merchant.verify_receipt(&receipt, &pinned).await.unwrap();
    assert_eq!((body.total.minor(), body.merchant_name.as_str()), (100, "The Shop"));
    let of_refund = shop.receipt(&payment_id, "?refund=1").await;
    assert_eq!(merchant.verify_refund_receipt(&of_refund, &pinned).await.unwrap().refund_amount.minor(), 50);
    let refused = merchant.verify_receipt(&of_refund, &pinned).await;
    assert!(matches!(refused, Err(Error::Receipt(ReceiptError::UnknownKind))), "{refused:?}");

    let challenge = payer_challenge().unwrap();
    let secret = shop.secret(&payment_id);
    let question = base64url::decode(&challenge).unwrap();
    let message = payer_message(&body.institution_id, &payment_id, body.shop(), &question);
    let proof = base64url::encode(&[secret.public_key().as_slice(), &secret.sign(&message)].concat());
    merchant.verify_payer(&payment_id, &challenge, &proof, &pinned).await.unwrap();
    let other = payer_challenge().unwrap();
    let refused = merchant.verify_payer(&payment_id, &other, &proof, &[]).await;
    assert!(matches!(refused, Err(Error::PayerNotProved)), "{refused:?}");
    shop.mint.assert_clean().await;
}

#[tokio::test]
async fn errors_have_codes() {
    let Shop { merchant, key, .. } = shop().await;
    assert_eq!(merchant.format(1250).await.unwrap(), "1250 DEMO");
    let around = merchant.payable_around(123).await.unwrap();
    assert_eq!(around.map(|amount| amount.unwrap().minor()), [120, 130]);
    assert_eq!(merchant.payable_around(120).await.unwrap().map(|amount| amount.unwrap().minor()), [120, 120]);
    let code = |result: Result<_, Error>| result.map(|_| ()).unwrap_err().code();
    assert_eq!(code(merchant.create_payment(&Order::new(123, "x")).await), Some(ErrorCode::AmountNotPayable));
    assert!(matches!(merchant.create_payment(&Order::new(u64::MAX, "x")).await, Err(Error::NoAmount)));
    let wrong_sum = Order::new(90, "x").details(bill());
    assert!(matches!(merchant.create_payment(&wrong_sum).await, Err(Error::Details(_))));
    let key_of_payout = Merchant::new_key().unwrap();
    let refused = merchant.payout(10, None, &key_of_payout).await;
    assert_eq!(refused.unwrap_err().code(), Some(ErrorCode::InsufficientScope));

    for (mint, api_key) in [("ftp://x", key.as_str()), ("https://mint.example", "ek_test_short")] {
        assert!(matches!(Merchant::new(mint, api_key), Err(Error::Misconfigured(_))), "{mint} {api_key}");
    }
    // No server listens on this port.
    let unreachable = Merchant::new("http://127.0.0.1:1", &key).unwrap();
    assert!(matches!(unreachable.merchant().await, Err(Error::Unreachable)));
    assert!(!format!("{merchant:?}").contains(&key));
}
