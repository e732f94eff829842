//! Refunds: created by a merchant, also in parts, and claimed only with the payer's key.

use super::merchant::{PAYMENTS, Shop, id};
use super::{KEY, OTHER_KEY};
use ecash_core::PaymentId;
use ecash_core::keys::KeyId;
use ecash_core::receipt::{ReceiptError, SignedReceipt};
use ecash_core::refund::Claim;
use ecash_core::seed::{RefundSecret, Seed};
use ecash_harness::{Answer, Engine, RawWallet, TestMint, finalize, on_every_ledger, output_requests};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};

on_every_ledger! {
    a_payment_is_refunded_in_parts_and_claimed_anonymously,
    a_claim_is_made_for_its_own_outputs_by_its_own_key_only,
    of_two_claims_at_once_one_wins,
    refunds_never_exceed_what_was_paid,
    invalid_refunds_are_rejected,
    an_unclaimed_refund_returns_to_its_merchant,
    repeats_of_refunds_and_claims_return_the_same_response,
    a_merchant_gets_an_event_of_each_change,
    a_refund_has_its_own_receipt,
}

/// A payment of 100 and a tip of 20, and the payer's key.
struct Paid {
    payment: Value,
    secret: RefundSecret,
}

async fn shop(mint: &TestMint) -> Shop {
    Shop::open(mint, "merchant_shop", "read,payments,refunds").await
}

fn secret_of(mint: &TestMint, payment: &Value, seed: u8) -> RefundSecret {
    let institution = &mint.mint.identity().institution_id;
    Seed::new([seed; 64]).refund_secret(&mint.origin(), institution, id(payment))
}

async fn paid(mint: &TestMint, shop: &Shop) -> Paid {
    let payment = shop.created(json!({ "amount": 100, "tip_max": 50, "description": "Two loaves" })).await;
    let secret = secret_of(mint, &payment, 7);
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = [wallet.withdraw(100, 1).await, wallet.withdraw(10, 2).await].concat();
    let body = json!({
        "tokens": wallet.wire(&tokens), "payment_id": id(&payment), "tip": 20,
        "refund_commitment": ecash_core::base64url::encode(&secret.commitment()),
    });
    let answer = mint.raw().post("/api/v1/redeem", None, None, &body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    Paid { payment, secret }
}

impl Paid {
    fn path(&self) -> String {
        format!("{PAYMENTS}/{}/refunds", id(&self.payment))
    }

    async fn refund(&self, shop: &Shop, body: Value) -> Answer {
        shop.raw.post(&self.path(), Some(&shop.key), Some(&fresh_key()), &body).await
    }

    async fn refunded(&self, shop: &Shop, minor: u64) -> Value {
        let answer = self.refund(shop, json!({ "amount": minor })).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.body
    }

    fn claim_path(&self) -> String {
        format!("/api/v1/payments/{}/refunds/claim", id(&self.payment))
    }

    /// Returns a claim that this key has signed.
    fn claim(&self, mint: &TestMint, secret: &RefundSecret, refunds: &[u8], outputs: &Value) -> Value {
        let asked: Vec<(KeyId, Vec<u8>)> = outputs
            .as_array()
            .unwrap()
            .iter()
            .map(|output| {
                let bytes =
                    |field: &str| ecash_core::base64url::decode(output[field].as_str().unwrap()).unwrap();
                (KeyId::from_slice(&bytes("key_id")).unwrap(), bytes("blinded_token"))
            })
            .collect();
        let asked: Vec<_> = asked.iter().map(|(key_id, blinded)| (*key_id, blinded.as_slice())).collect();
        let claim = Claim {
            institution_id: &mint.mint.identity().institution_id,
            payment_id: &PaymentId::new(id(&self.payment)).unwrap(),
            refunds,
            outputs: &asked,
        };
        json!({
            "refund_key": ecash_core::base64url::encode(&secret.public_key()),
            "refunds": refunds,
            "outputs": outputs,
            "signature": ecash_core::base64url::encode(&secret.sign(&claim.message().unwrap())),
        })
    }

    async fn view(&self, mint: &TestMint) -> Value {
        mint.raw().get(&format!("/api/v1/payments/{}", id(&self.payment)), None).await.body
    }
}

/// A key that no other request has.
fn fresh_key() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("refund-of-a-test-{:08}", NEXT.fetch_add(1, Ordering::Relaxed))
}

fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code()), (status, code), "{}", answer.body);
}

async fn a_payment_is_refunded_in_parts_and_claimed_anonymously(engine: Engine) {
    let mint = TestMint::start_on_with(engine, &[("PUBLIC_ORIGIN", "https://mint.example")]).await;
    let shop = shop(&mint).await;
    let paid = paid(&mint, &shop).await;
    let refund = paid.refund(&shop, json!({ "amount": 50, "reason": "One was stale" })).await.body;
    let payment_id = id(&paid.payment);
    assert_eq!(
        refund,
        json!({
            "refund_id": refund["refund_id"], "payment_id": payment_id, "number": 1, "amount": 50,
            "reason": "One was stale", "state": "open", "created_at": "2026-01-01T00:00:00Z",
            "claim_until": "2027-02-05T00:00:00Z", "refund_url": format!("https://mint.example/#refund={payment_id}"),
        })
    );
    let rest = paid.refund(&shop, json!({})).await.body;
    assert_eq!((&rest["amount"], &rest["number"]), (&json!(70), &json!(2)));
    let profile = shop.get("/api/v1/merchant").await.body;
    assert_eq!((&profile["balance"], &profile["held_for_refunds"]), (&json!(0), &json!(120)));

    // The payer's view, and an anonymous claim of both at once.
    let view = paid.view(&mint).await;
    assert_eq!((&view["version"], &view["state"]), (&json!(4), &json!("paid")));
    assert_eq!(view["refunds"][0]["reason"], "One was stale");
    assert_eq!(view["refunds"][1]["state"], "open");
    let mut wallet = RawWallet::open(mint.raw()).await;
    let (tens, hundreds) = (wallet.outputs(10, 2), wallet.outputs(100, 1));
    let outputs = [output_requests(&tens), output_requests(&hundreds)];
    let outputs: Vec<_> = outputs.iter().flat_map(|list| list.as_array().unwrap().clone()).collect();
    let claim = paid.claim(&mint, &paid.secret, &[1, 2], &json!(outputs));
    let claimed = mint.raw().post(&paid.claim_path(), None, Some(KEY), &claim).await;
    assert_eq!((claimed.status, &claimed.body["claimed"]), (200, &json!(120)), "{}", claimed.body);
    let signatures = claimed.body["blind_signatures"].as_array().unwrap().clone();
    let signed = |range: std::ops::Range<usize>| json!({ "blind_signatures": signatures[range] });
    let tokens = [finalize(&tens, &signed(0..2)), finalize(&hundreds, &signed(2..3))].concat();
    let redeemed = json!({ "tokens": wallet.wire(&tokens), "merchant_id": "merchant_demo" });
    assert_eq!(mint.raw().post("/api/v1/redeem", None, None, &redeemed).await.body["redeemed_amount"], 120);

    let shown = shop.get(&format!("{PAYMENTS}/{payment_id}")).await.body;
    assert_eq!(shown["version"], 6);
    for number in 0..2 {
        let refund = &shown["refunds"][number];
        assert_eq!(
            (&refund["state"], &refund["ended_at"]),
            (&json!("claimed"), &json!("2026-01-01T00:00:00Z"))
        );
    }
    let listed = shop.get(PAYMENTS).await.body["data"][0].clone();
    assert_eq!(listed, shown);
    let statement = shop.get("/api/v1/merchant/statement").await.body["statement"].clone();
    let lines: Vec<_> = statement
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line["kind"].clone(), line["change_minor"].clone()))
        .collect();
    assert_eq!(
        lines,
        [(json!("refund"), json!(-70)), (json!("refund"), json!(-50)), (json!("redeem"), json!(120))]
    );
    mint.assert_clean().await;
}

async fn a_claim_is_made_for_its_own_outputs_by_its_own_key_only(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let shop = shop(&mint).await;
    let paid = paid(&mint, &shop).await;
    let other = self::paid(&mint, &shop).await;
    paid.refunded(&shop, 50).await;
    other.refunded(&shop, 50).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let (own, thiefs) = (output_requests(&wallet.outputs(50, 1)), output_requests(&wallet.outputs(50, 1)));
    let claim = paid.claim(&mint, &paid.secret, &[1], &own);
    let with = |field: &str, value: Value| {
        let mut changed = claim.clone();
        changed[field] = value;
        changed
    };
    let stranger = secret_of(&mint, &paid.payment, 8);
    let forged = paid.claim(&mint, &stranger, &[1], &own);
    let operations = mint.audit().await.operations;
    let cases = [
        // An attacker who has seen the claim uses it for other outputs.
        (with("outputs", thiefs.clone()), 403, "refund_wrong_key"),
        (with("refunds", json!([2])), 403, "refund_wrong_key"),
        (with("signature", forged["signature"].clone()), 403, "refund_wrong_key"),
        (with("refund_key", forged["refund_key"].clone()), 403, "refund_wrong_key"),
        (forged, 403, "refund_wrong_key"),
        (with("refund_key", json!("AAAA")), 403, "refund_wrong_key"),
        (with("signature", json!("AAAA")), 403, "refund_wrong_key"),
        (paid.claim(&mint, &paid.secret, &[2], &own), 409, "refund_nothing_open"),
        (paid.claim(&mint, &paid.secret, &[1, 1], &own), 400, "malformed_request"),
        (paid.claim(&mint, &paid.secret, &[], &own), 400, "malformed_request"),
        (paid.claim(&mint, &paid.secret, &[1], &json!([own[0], thiefs[0]])), 422, "amount_mismatch"),
        (
            paid.claim(&mint, &paid.secret, &[1], &output_requests(&wallet.outputs(10, 1))),
            422,
            "amount_mismatch",
        ),
        (json!({ "refunds": [1] }), 400, "malformed_request"),
    ];
    for (body, status, code) in cases {
        refused(&mint.raw().post(&paid.claim_path(), None, None, &body).await, status, code);
    }
    // The key of one payment claims nothing of another one.
    refused(&mint.raw().post(&other.claim_path(), None, None, &claim).await, 403, "refund_wrong_key");
    let nowhere = "/api/v1/payments/pay_AAAAAAAAAAAAAAAAAAAAAA/refunds/claim";
    refused(&mint.raw().post(nowhere, None, None, &claim).await, 404, "payment_unknown");
    let open = shop.created(json!({ "amount": 50, "description": "x" })).await;
    let unpaid = format!("/api/v1/payments/{}/refunds/claim", id(&open));
    refused(&mint.raw().post(&unpaid, None, None, &claim).await, 409, "payment_not_paid");
    assert_eq!(mint.audit().await.operations, operations + 1, "only that payment was written");
    assert_eq!(mint.raw().post(&paid.claim_path(), None, None, &claim).await.status, 200);
    mint.assert_clean().await;
}

async fn of_two_claims_at_once_one_wins(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let replica = mint.replica(|ledger| ledger).await;
    let shop = shop(&mint).await;
    let paid = paid(&mint, &shop).await;
    paid.refunded(&shop, 50).await;
    paid.refunded(&shop, 50).await;
    // Two devices with one seed: each claims both refunds, at different mints.
    let mut wallet = RawWallet::open(mint.raw()).await;
    let claims: Vec<_> = (0..8)
        .map(|_| paid.claim(&mint, &paid.secret, &[1, 2], &output_requests(&wallet.outputs(100, 1))))
        .collect();
    let path = paid.claim_path();
    let mut answers = Vec::new();
    for pair in claims.chunks(2) {
        let (one, two) = (mint.raw(), replica.raw());
        let (one, two) =
            tokio::join!(one.post(&path, None, None, &pair[0]), two.post(&path, None, None, &pair[1]));
        answers.extend([one, two]);
    }
    let won = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(won, 1);
    for lost in answers.iter().filter(|answer| answer.status != 200) {
        refused(lost, 409, "refund_nothing_open");
    }
    mint.assert_clean().await;
}

async fn refunds_never_exceed_what_was_paid(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let replica = mint.replica(|ledger| ledger).await;
    let shop = shop(&mint).await;
    let paid = paid(&mint, &shop).await;
    // Money of other payments is there, too.
    self::paid(&mint, &shop).await;
    refused(&paid.refund(&shop, json!({ "amount": 130 })).await, 422, "refund_too_large");
    // Two servers of the shop refund at the same time, at different mints.
    let body = json!({ "amount": 50 });
    let path = paid.path();
    let mut created = 0;
    for _ in 0..4 {
        let (one, two) = (mint.raw(), replica.raw());
        let post = |raw: ecash_harness::RawClient| {
            let (path, key, body) = (path.clone(), shop.key.clone(), body.clone());
            async move { raw.post(&path, Some(&key), Some(&fresh_key()), &body).await }
        };
        let (one, two) = tokio::join!(post(one), post(two));
        for answer in [one, two] {
            match answer.status {
                201 => created += 1,
                _ => refused(&answer, 422, "refund_too_large"),
            }
        }
    }
    assert_eq!(created, 2);
    assert_eq!(paid.refund(&shop, json!({})).await.body["amount"], 20);
    refused(&paid.refund(&shop, json!({})).await, 422, "refund_too_large");
    mint.assert_clean().await;
}

async fn invalid_refunds_are_rejected(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let shop = shop(&mint).await;
    let other = Shop::open(&mint, "merchant_other", "read,refunds").await;
    let paid = paid(&mint, &shop).await;
    for (body, status, code) in [
        (json!({ "amount": 0 }), 400, "malformed_request"),
        (json!({ "amount": -10 }), 400, "malformed_request"),
        (json!({ "amount": 12.5 }), 400, "malformed_request"),
        (json!({ "amount": 7 }), 422, "amount_not_payable"),
        (json!({ "reason": "two\nlines" }), 400, "malformed_request"),
        (json!({ "reason": "x".repeat(201) }), 400, "malformed_request"),
    ] {
        refused(&paid.refund(&shop, body).await, status, code);
    }
    let keyless = shop.raw.post(&paid.path(), Some(&shop.key), None, &json!({})).await;
    refused(&keyless, 400, "malformed_request");
    refused(&paid.refund(&other, json!({})).await, 404, "payment_unknown");
    let reader = Shop::open(&mint, "merchant_third", "read,payments").await;
    refused(&paid.refund(&reader, json!({})).await, 403, "insufficient_scope");
    let open = shop.created(json!({ "amount": 50, "description": "x" })).await;
    let unpaid = format!("{PAYMENTS}/{}/refunds", id(&open));
    refused(&shop.raw.post(&unpaid, Some(&shop.key), Some(KEY), &json!({})).await, 409, "payment_not_paid");
    // Paid as cash, without a wallet: no key could claim a refund.
    assert_eq!(super::merchant::pay(&mint, &open, 50).await.status, 200);
    refused(&shop.raw.post(&unpaid, Some(&shop.key), Some(KEY), &json!({})).await, 422, "refund_impossible");
    // The account holds less than the refund, because money of refunds no longer belongs to the merchant.
    assert_eq!(paid.refund(&shop, json!({ "amount": 120 })).await.status, 201);
    let profile = shop.get("/api/v1/merchant").await.body;
    assert_eq!((&profile["balance"], &profile["held_for_refunds"]), (&json!(50), &json!(120)));
    mint.assert_clean().await;
}

async fn an_unclaimed_refund_returns_to_its_merchant(engine: Engine) {
    let mint = TestMint::start_on_with(engine, &[("REFUND_CLAIM_DAYS", "30")]).await;
    let shop = shop(&mint).await;
    let paid = paid(&mint, &shop).await;
    paid.refunded(&shop, 100).await;
    mint.clock.advance_days(29);
    mint.mint.return_refunds(100).await.unwrap();
    assert_eq!(paid.view(&mint).await["refunds"][0]["state"], "open");
    mint.clock.advance_days(1);
    for _ in 0..2 {
        mint.mint.return_refunds(100).await.unwrap();
    }
    assert_eq!(paid.view(&mint).await["refunds"][0]["state"], "returned");
    let profile = shop.get("/api/v1/merchant").await.body;
    assert_eq!((&profile["balance"], &profile["held_for_refunds"]), (&json!(120), &json!(0)));
    // It can be refunded again.
    assert_eq!(paid.refund(&shop, json!({})).await.body["amount"], 120);
    mint.assert_clean().await;
}

async fn repeats_of_refunds_and_claims_return_the_same_response(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let shop = shop(&mint).await;
    let paid = paid(&mint, &shop).await;
    let other = self::paid(&mint, &shop).await;
    let create = async |paid: &Paid, key: &str, minor: u64| {
        shop.raw.post(&paid.path(), Some(&shop.key), Some(key), &json!({ "amount": minor })).await
    };
    let first = create(&paid, KEY, 50).await;
    assert_eq!(create(&paid, KEY, 50).await, first);
    refused(&create(&paid, KEY, 10).await, 409, "idempotency_key_reused");
    refused(&create(&other, KEY, 50).await, 409, "idempotency_key_reused");
    assert_eq!(create(&paid, OTHER_KEY, 50).await.body["number"], 2);

    let mut wallet = RawWallet::open(mint.raw()).await;
    let claim = paid.claim(&mint, &paid.secret, &[1], &output_requests(&wallet.outputs(50, 1)));
    let send = async |key| mint.raw().post(&paid.claim_path(), None, Some(key), &claim).await;
    let claimed = send(KEY).await;
    assert_eq!(claimed.status, 200, "{}", claimed.body);
    assert_eq!(send(KEY).await, claimed);
    refused(&send(OTHER_KEY).await, 409, "refund_nothing_open");
    // A cancel returns the committed response, or prevents the commit.
    let cancel = async |key| {
        mint.raw().post("/api/v1/cancel", None, Some(key), &json!({ "route": "refund_claim" })).await.body
    };
    assert_eq!(cancel(KEY).await, json!({ "state": "committed", "response": claimed.body }));
    let third = "thirdthirdthirdthirdthird";
    assert_eq!(cancel(third).await["state"], "cancelled");
    let second = paid.claim(&mint, &paid.secret, &[2], &output_requests(&wallet.outputs(50, 1)));
    refused(&mint.raw().post(&paid.claim_path(), None, Some(third), &second).await, 409, "cancelled");
    assert_eq!(paid.view(&mint).await["refunds"][1]["state"], "open");
    mint.assert_clean().await;
}

async fn a_merchant_gets_an_event_of_each_change(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let shop = shop(&mint).await;
    let paid = paid(&mint, &shop).await;
    paid.refunded(&shop, 50).await;
    paid.refunded(&shop, 50).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let claim = paid.claim(&mint, &paid.secret, &[1], &output_requests(&wallet.outputs(50, 1)));
    assert_eq!(mint.raw().post(&paid.claim_path(), None, None, &claim).await.status, 200);
    mint.clock.advance_days(400);
    mint.mint.return_refunds(100).await.unwrap();
    mint.mint.number_events().await.unwrap();
    let events = shop.get("/api/v1/merchant/events").await.body["data"].clone();
    let told: Vec<_> =
        events.as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(
        told,
        [
            "key.created",
            "payment.paid",
            "refund.created",
            "refund.created",
            "refund.claimed",
            "refund.returned"
        ]
    );
    let ids: std::collections::HashSet<_> =
        events.as_array().unwrap().iter().map(|event| event["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), told.len());
    // A claim does not identify its maker: the tokens are blinded, and there is no account.
    assert!(!events.to_string().contains("blinded"));
    mint.assert_clean().await;
}

async fn a_refund_has_its_own_receipt(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let shop = shop(&mint).await;
    let paid = paid(&mint, &shop).await;
    let refund = paid.refund(&shop, json!({ "amount": 50, "reason": "One was stale" })).await.body;
    let read = async |query: &str| {
        mint.raw().get(&format!("/api/v1/payments/{}/receipt{query}", id(&paid.payment)), None).await
    };
    let receipt: SignedReceipt = serde_json::from_value(read("?refund=1").await.body).unwrap();
    let keys = mint.mint.receipt_keys();
    let body = receipt.verify_refund(&keys).unwrap();
    assert_eq!(body.refund_id.as_str(), refund["refund_id"].as_str().unwrap());
    assert_eq!(
        (body.refund_amount.minor(), body.refund_number, body.reason.as_deref()),
        (50, 1, Some("One was stale"))
    );
    assert_eq!(body.refund_commitment.0, paid.secret.commitment());
    // A receipt of one kind does not verify as the other.
    assert_eq!(receipt.verify(&keys), Err(ReceiptError::UnknownKind));
    let of_payment: SignedReceipt = serde_json::from_value(read("").await.body).unwrap();
    assert_eq!(of_payment.verify_refund(&keys), Err(ReceiptError::UnknownKind));
    let mut changed = serde_json::to_value(&receipt).unwrap();
    changed["refund_amount"] = 60.into();
    let changed: SignedReceipt = serde_json::from_value(changed).unwrap();
    assert_eq!(changed.verify_refund(&keys), Err(ReceiptError::BadSignature));
    for (query, status, code) in [
        ("?refund=2", 404, "payment_unknown"),
        ("?refund=0", 404, "payment_unknown"),
        ("?refund=x", 400, "malformed_request"),
        ("?refund=300", 400, "malformed_request"),
    ] {
        let answer = read(query).await;
        assert_eq!((answer.status, answer.code()), (status, code), "{query}");
    }
}
