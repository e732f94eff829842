//! S1: values that are not valid blinded tokens or signatures, and wrong keys. Each is rejected with a stable
//! code, and changes nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_core::base64url::encode;
use ecash_harness::{Engine, RawWallet, TestMint, on_every_ledger};
use serde_json::{Value, json};

on_every_ledger! {
    s1_blinded_tokens_out_of_range_are_never_signed,
    s1_malformed_signatures_are_rejected,
}

/// Returns 0, 1, n − 1, n, all bits set, and wrong lengths.
fn bad_numbers(n: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let k = n.len();
    let mut one = vec![0; k];
    one[k - 1] = 1;
    let mut less = n.to_vec();
    // n is odd, so there is no borrow.
    less[k - 1] -= 1;
    vec![
        ("zero", vec![0; k]),
        ("one", one),
        ("n - 1", less),
        ("n", n.to_vec()),
        ("all bits", vec![0xff; k]),
        ("a byte short", vec![0x11; k - 1]),
        ("a byte long", vec![0x11; k + 1]),
        ("a leading zero too many", [vec![0], vec![0x11; k]].concat()),
        ("nothing", Vec::new()),
        ("far too long", vec![0x11; 4 * k]),
    ]
}

async fn nothing_changed(mint: &TestMint, before: (u64, u64, u64)) {
    let report = mint.audit().await;
    assert_eq!(report.violations, []);
    assert_eq!((report.operations, report.issued_tokens, report.spent_tokens), before);
}

async fn totals(mint: &TestMint) -> (u64, u64, u64) {
    let report = mint.audit().await;
    (report.operations, report.issued_tokens, report.spent_tokens)
}

async fn s1_blinded_tokens_out_of_range_are_never_signed(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(10, 1).await;
    let key = wallet.keyset.keys[0].clone();
    let before = totals(&mint).await;
    for (what, number) in bad_numbers(key.public.n()) {
        let outputs = json!([{ "key_id": key.key_id, "blinded_token": encode(&number) }]);
        let withdrawal = json!({ "amount": 10, "outputs": outputs });
        let short = json!({ "amount": 10, "denomination": 10, "blinded_tokens": [encode(&number)] });
        let swap = json!({ "tokens": wallet.wire(&tokens), "outputs": outputs });
        for (path, body) in
            [("/api/v1/withdraw", withdrawal), ("/api/v1/withdraw", short), ("/api/v1/swap", swap)]
        {
            let answer = wallet.client.post(path, Some(&wallet.token), None, &body).await;
            assert_eq!((answer.status, answer.code()), (422, "blinded_token_out_of_range"), "{path}: {what}");
        }
    }
    nothing_changed(&mint, before).await;
}

async fn s1_malformed_signatures_are_rejected(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(10, 2).await;
    let foreign = TestMint::start().await;
    let foreign_key = RawWallet::open(foreign.raw()).await.keyset.keys[0].key_id;
    let before = totals(&mint).await;
    let good = serde_json::to_value(wallet.wire(&tokens)).unwrap();
    let change = |name: &str, value: Value| {
        let mut token = good[0].clone();
        token[name] = value;
        token
    };
    let mut bad: Vec<(String, Value)> = bad_numbers(wallet.keyset.keys[0].public.n())
        .into_iter()
        .map(|(what, number)| (what.to_owned(), change("signature", encode(&number).into())))
        .collect();
    let other_key = wallet.keyset.keys[1].key_id;
    bad.extend([
        ("another token's signature".to_owned(), change("signature", good[1]["signature"].clone())),
        ("another serial".to_owned(), change("serial", good[1]["serial"].clone())),
        ("a higher denomination".to_owned(), change("denomination", 1000.into())),
        ("another key".to_owned(), change("key_id", json!(other_key))),
        ("another mint's key".to_owned(), change("key_id", json!(foreign_key))),
        ("another kind".to_owned(), change("kind", 1.into())),
    ]);
    for (what, token) in bad {
        let body = json!({ "tokens": [token], "merchant_id": "merchant_demo" });
        let answer = wallet.client.post("/api/v1/redeem", None, None, &body).await;
        assert!((400..500).contains(&answer.status) && !answer.code().is_empty(), "{what}: {answer:?}");
        let verified = wallet.client.post("/api/v1/verify", None, None, &json!({ "token": token })).await;
        assert!(verified.body["valid"] != true, "{what}: {verified:?}");
    }
    nothing_changed(&mint, before).await;
    let body = json!({ "tokens": good, "merchant_id": "merchant_demo" });
    assert_eq!(
        wallet.client.post("/api/v1/redeem", None, None, &body).await.status,
        200,
        "valid tokens must still be redeemable"
    );
}
