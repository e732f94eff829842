//! `/api/v1/merchant/keys`: scopes, lifetimes and rate limits of keys.

use super::merchant::{DOMAINS, KEYS, PAYMENTS, Shop};
use axum::http::Method;
use ecash_core::AccountId;
use ecash_core::api_key::Scopes;
use ecash_harness::{Engine, RawClient, RawWallet, TestMint, on_every_ledger};
use ecash_mint::service::NewApiKey;
use serde_json::{Value, json};

on_every_ledger! {
    every_route_requires_its_scope,
    keys_of_another_mode_or_merchant_are_rejected,
    a_key_creates_only_keys_within_its_own_rights,
    keys_are_rotated_and_revoked,
    a_lost_token_is_replaced,
    a_leaked_key_cannot_fill_the_list_of_keys,
    a_busy_shop_is_limited_by_key,
    a_guesser_is_limited_by_address,
}

async fn every_route_requires_its_scope(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let shop = Shop::open(&mint, "merchant_shop", "refunds").await;
    let payment = format!("{PAYMENTS}/pay_AAAAAAAAAAAAAAAAAAAAAA");
    let create = json!({ "amount": 50, "description": "x" });
    let domain = json!({ "origin": "https://shop.example" });
    let key = json!({ "name": "x", "scopes": ["read"] });
    let cancel = format!("{payment}/cancel");
    let rotate = format!("{KEYS}/AAAAAAAA/rotate");
    let revoke = format!("{KEYS}/AAAAAAAA");
    let nothing = json!({});
    let (link, switch) = (json!({ "title": "x" }), json!({ "active": false }));
    // Method, path, body, and whether the account token alone may do it (or, of payments, no account token).
    let (events, stream) = ("/api/v1/merchant/events", "/api/v1/merchant/events/stream");
    let routes = [
        (Method::POST, "/api/v1/merchant/test/payments/pay_AAAAAAAAAAAAAAAAAAAAAA/pay", &nothing, false),
        (Method::POST, "/api/v1/merchant/test/payments/pay_AAAAAAAAAAAAAAAAAAAAAA/expire", &nothing, false),
        (Method::GET, "/api/v1/merchant/links", &nothing, false),
        (Method::POST, "/api/v1/merchant/links", &link, false),
        (Method::PATCH, "/api/v1/merchant/links/link_AAAAAAAAAAAAAAAAAAAAAA", &switch, false),
        (Method::GET, events, &nothing, false),
        (Method::GET, stream, &nothing, false),
        (Method::GET, "/api/v1/merchant", &nothing, false),
        (Method::GET, "/api/v1/merchant/statement", &nothing, false),
        (Method::GET, "/api/v1/merchant/takings?from=2026-01-01T00:00:00Z", &nothing, false),
        (Method::GET, "/api/v1/merchant/export.csv?from=2026-01-01T00:00:00Z", &nothing, false),
        (Method::GET, "/api/v1/merchant/receipts.zip?from=2026-01-01T00:00:00Z", &nothing, false),
        (Method::POST, PAYMENTS, &create, false),
        (Method::GET, PAYMENTS, &nothing, false),
        (Method::GET, payment.as_str(), &nothing, false),
        (Method::POST, cancel.as_str(), &nothing, false),
        (Method::PATCH, "/api/v1/merchant", &json!({ "name": "x" }), true),
        (Method::POST, DOMAINS, &domain, true),
        (Method::DELETE, DOMAINS, &domain, true),
        (Method::POST, KEYS, &key, true),
        (Method::GET, KEYS, &nothing, true),
        (Method::POST, rotate.as_str(), &json!({ "overlap": 0 }), true),
        (Method::DELETE, revoke.as_str(), &nothing, true),
    ];
    for (method, path, body, owner) in routes {
        let answer = shop.send(method.clone(), path, &shop.key, body).await;
        assert_eq!((answer.status, answer.code()), (403, "insufficient_scope"), "{method} {path}");
        let answer = shop.send(method.clone(), path, &shop.token, body).await;
        assert_eq!(answer.status != 403, owner, "{method} {path} with the account token: {}", answer.body);
        for stranger in ["", "ek_test_x", "AAAA"] {
            let answer = shop.send(method.clone(), path, stranger, body).await;
            assert_eq!((answer.status, answer.code()), (401, "unauthorized"), "{method} {path} {stranger}");
        }
    }
    // A customer is not a merchant.
    let customer = RawWallet::open(mint.raw()).await;
    assert_eq!(mint.raw().get(KEYS, Some(&customer.token)).await.status, 401);
}

async fn keys_of_another_mode_or_merchant_are_rejected(engine: Engine) {
    let demo = TestMint::start_on(engine).await;
    let real = TestMint::start_on_with(engine, &[("CURRENCY", "EUR")]).await;
    let (test, live) = (Shop::with_payments(&demo).await, Shop::with_payments(&real).await);
    assert!(test.key.starts_with("ek_test_") && live.key.starts_with("ek_live_"));
    for (mint, key) in [(&real, &test.key), (&demo, &live.key)] {
        let answer = mint.raw().get(PAYMENTS, Some(key)).await;
        assert_eq!((answer.status, answer.code()), (401, "wrong_mode"));
    }
    // With real money, localhost is not a valid return URL.
    let body = json!({ "amount": 50, "description": "x", "return_url": "http://localhost:3000/" });
    assert_eq!(live.create(body).await.code(), "return_url_not_registered");
}

async fn a_key_creates_only_keys_within_its_own_rights(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let shop = Shop::open(&mint, "merchant_shop", "read,payouts,keys").await;
    let create = async |bearer: &str, scopes: &[&str], expires_in: Option<u64>| {
        let body = json!({ "name": "x", "scopes": scopes, "expires_in": expires_in });
        shop.raw.post(KEYS, Some(bearer), None, &body).await
    };
    assert_eq!(create(&shop.key, &["read"], None).await.status, 201);
    for more in [&["payments"][..], &["keys"], &["payouts"], &["read", "payments"]] {
        assert_eq!(create(&shop.key, more, None).await.code(), "insufficient_scope", "{more:?}");
    }
    // A key that expires cannot create a key that outlives it.
    let short = create(&shop.token, &["read", "keys"], Some(3600)).await.body;
    let short = short["secret"].as_str().unwrap();
    assert_eq!(create(short, &["read"], Some(3600)).await.status, 201);
    assert_eq!(create(short, &["read"], Some(3601)).await.code(), "insufficient_scope");
    assert_eq!(create(short, &["read"], None).await.code(), "insufficient_scope");
    mint.clock.advance(3600);
    assert_eq!(create(short, &["read"], Some(1)).await.code(), "unauthorized", "it has expired");
    for (scopes, lifetime, name) in
        [(&[][..], None, "x"), (&["read"], Some(0), "x"), (&["read"], None, " "), (&["read"], None, "a\nb")]
    {
        let body = json!({ "name": name, "scopes": scopes, "expires_in": lifetime });
        let answer = shop.raw.post(KEYS, Some(&shop.token), None, &body).await;
        assert_eq!(answer.code(), "malformed_request", "{body}");
    }
    let unknown = json!({ "name": "x", "scopes": ["admin"] });
    assert_eq!(shop.raw.post(KEYS, Some(&shop.token), None, &unknown).await.code(), "malformed_request");
}

async fn keys_are_rotated_and_revoked(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let shop = Shop::with_payments(&mint).await;
    let listed = async || shop.raw.get(KEYS, Some(&shop.token)).await.body["data"].clone();
    let before = listed().await;
    assert_eq!(
        (&before[0]["scopes"], &before[0]["last_used_day"]),
        (&json!(["read", "payments"]), &Value::Null)
    );
    assert!(before[0].get("secret").is_none());
    shop.get(PAYMENTS).await;
    assert_eq!(listed().await[0]["last_used_day"], "2026-01-01T00:00:00Z");

    let key_id = before[0]["key_id"].as_str().unwrap();
    let rotate = format!("{KEYS}/{key_id}/rotate");
    let too_long = shop.raw.post(&rotate, Some(&shop.token), None, &json!({ "overlap": 604_801 })).await;
    assert_eq!(too_long.code(), "malformed_request");
    let new = shop.raw.post(&rotate, Some(&shop.token), None, &json!({ "overlap": 600 })).await;
    assert_eq!((new.status, &new.body["scopes"]), (201, &json!(["read", "payments"])));
    let new_key = new.body["secret"].as_str().unwrap();
    let works = async |key: &str| shop.raw.get(PAYMENTS, Some(key)).await.status == 200;
    assert!(works(&shop.key).await && works(new_key).await);
    // A repeat after a lost response must not create a key that expires with the overlap.
    let again = shop.raw.post(&rotate, Some(&shop.token), None, &json!({ "overlap": 600 })).await;
    assert_eq!(again.code(), "api_key_unknown");
    assert!(again.body["detail"].as_str().unwrap().contains(new.body["key_id"].as_str().unwrap()));
    mint.clock.advance(600);
    assert!(!works(&shop.key).await && works(new_key).await);
    let dead = shop.raw.post(&rotate, Some(&shop.token), None, &json!({ "overlap": 0 })).await;
    assert_eq!(dead.code(), "api_key_unknown");

    let revoke = format!("{KEYS}/{}", new.body["key_id"].as_str().unwrap());
    let revoked = shop.send(Method::DELETE, &revoke, &shop.token, &json!({})).await;
    assert_eq!((revoked.status, &revoked.body["revoked_at"]), (200, &json!("2026-01-01T00:10:00Z")));
    assert!(!works(new_key).await);
    mint.clock.advance(60);
    assert_eq!(
        shop.send(Method::DELETE, &revoke, &shop.token, &json!({})).await,
        revoked,
        "a repeat changes nothing"
    );
    // Long after, both are deleted when a key is created.
    mint.clock.advance(91 * 86_400);
    let fresh = json!({ "name": "fresh", "scopes": ["read"] });
    assert_eq!(shop.raw.post(KEYS, Some(&shop.token), None, &fresh).await.status, 201);
    assert_eq!(listed().await.as_array().unwrap().len(), 1);
    mint.assert_clean().await;
}

async fn a_lost_token_is_replaced(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let shop = Shop::with_payments(&mint).await;
    let merchant = AccountId::new("merchant_shop").unwrap();
    let token = mint.mint.reset_merchant_token(&merchant).await.unwrap();
    assert_eq!(mint.raw().get(KEYS, Some(&shop.token)).await.status, 401);
    assert_eq!(mint.raw().get(KEYS, Some(token.to_bearer().as_str())).await.status, 200);
    assert_eq!(shop.get(PAYMENTS).await.status, 200, "its keys keep working");
    // Opening an account is idempotent by the token: with the new one, it opens no second account.
    let hash = ecash_core::base64url::encode(&token.hash());
    let opened =
        mint.raw().post("/api/v1/accounts", None, None, &json!({ "account_token_hash": hash })).await;
    assert_eq!(opened.body["account_id"], "merchant_shop", "{}", opened.body);
    mint.assert_clean().await;
}

async fn a_leaked_key_cannot_fill_the_list_of_keys(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let shop = Shop::open(&mint, "merchant_shop", "read,keys").await;
    let merchant = AccountId::new("merchant_shop").unwrap();
    let spare =
        || NewApiKey { name: "spare".to_owned(), scopes: Scopes::parse("read").unwrap(), expires_in_s: None };
    for number in 0..1005 {
        if number % 60 == 0 {
            mint.clock.advance(1);
        }
        let key = mint.mint.create_api_key_of(&merchant, spare()).await.unwrap();
        mint.mint.revoke_api_key_of(&merchant, key.view.key_id.as_str()).await.unwrap();
    }
    let listed = shop.raw.get(KEYS, Some(&shop.token)).await.body["data"].as_array().unwrap().len();
    assert!(listed <= 902, "{listed} keys are listed");
    mint.mint.create_api_key_of(&merchant, spare()).await.expect("a key can always be replaced");
    assert_eq!(shop.get("/api/v1/merchant").await.status, 200, "valid keys are never deleted");
    mint.assert_clean().await;
}

/// Returns how many of 40 requests are answered with a status.
async fn count(client: &RawClient, key: &str, status: u16) -> usize {
    let mut found = 0;
    for _ in 0..40 {
        found += usize::from(client.get(PAYMENTS, Some(key)).await.status == status);
    }
    found
}

async fn a_busy_shop_is_limited_by_key(engine: Engine) {
    let mint = TestMint::start_on_with(engine, &[("MERCHANT_RATE_LIMIT_PER_SECOND", "1")]).await;
    let (shop, other) = (Shop::with_payments(&mint).await, Shop::open(&mint, "merchant_other", "read").await);
    // Each request comes from another address, so that no limit of an address is reached.
    let mut refused = 0;
    for host in 1..=40 {
        let client = mint.raw().from_address(&format!("192.0.2.{host}:5000"));
        refused += usize::from(client.get(PAYMENTS, Some(&shop.key)).await.status == 429);
    }
    assert!(refused >= 10, "{refused} of 40 requests with one key were refused");
    let client = mint.raw().from_address("192.0.2.41:5000");
    assert_eq!(client.get(PAYMENTS, Some(&other.key)).await.status, 200);
}

async fn a_guesser_is_limited_by_address(engine: Engine) {
    let mint = TestMint::start_on_with(engine, &[("RATE_LIMIT_PER_SECOND", "1")]).await;
    let shop = Shop::open(&mint, "merchant_shop", "read").await;
    let guesser = mint.raw().from_address("192.0.2.4:5000");
    let wrong = format!("ek_test_{}", "A".repeat(46));
    assert_eq!(guesser.get(PAYMENTS, Some(&wrong)).await.code(), "unauthorized");
    assert!(count(&guesser, &wrong, 429).await >= 10);
    // A shop at the same address is not limited.
    assert_eq!(guesser.get(PAYMENTS, Some(&shop.key)).await.status, 200);
}
