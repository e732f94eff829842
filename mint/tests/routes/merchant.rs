//! `/api/v1/merchant/…`: payments of orders, and domains.

use super::{KEY, OTHER_KEY};
use axum::http::Method;
use ecash_core::AccountId;
use ecash_harness::{Answer, Engine, RawClient, RawWallet, TestMint, on_every_ledger};
use serde_json::{Value, json};

on_every_ledger! {
    a_payment_is_created_read_listed_and_cancelled,
    a_repeat_returns_the_same_payment,
    an_order_has_one_open_payment_and_is_paid_once,
    a_new_payment_of_an_order_never_cancels_a_paid_one,
    payments_are_found_and_paged,
    invalid_payment_requests_are_rejected,
    payers_see_the_name_and_the_verified_domain,
    a_return_url_is_on_a_verified_domain,
    texts_are_kept_and_found_alike_on_both_ledgers,
}

pub(super) const PAYMENTS: &str = "/api/v1/merchant/payments";
pub(super) const KEYS: &str = "/api/v1/merchant/keys";
pub(super) const DOMAINS: &str = "/api/v1/merchant/domains";

/// A merchant with its account token and a key of these scopes.
pub(super) struct Shop {
    pub(super) raw: RawClient,
    pub(super) token: String,
    pub(super) key: String,
}

impl Shop {
    pub(super) async fn open(mint: &TestMint, name: &str, scopes: &str) -> Self {
        let merchant_id = AccountId::new(name).unwrap();
        let token = mint.mint.create_merchant(&merchant_id, None).await.unwrap();
        let token = token.to_bearer().as_str().to_owned();
        let body = json!({ "name": "server", "scopes": scopes.split(',').collect::<Vec<_>>() });
        let created = mint.raw().post(KEYS, Some(&token), None, &body).await;
        assert_eq!(created.status, 201, "{}", created.body);
        let key = created.body["secret"].as_str().unwrap().to_owned();
        Self { raw: mint.raw(), token, key }
    }

    pub(super) async fn with_payments(mint: &TestMint) -> Self {
        Self::open(mint, "merchant_shop", "read,payments").await
    }

    pub(super) async fn create(&self, body: Value) -> Answer {
        self.raw.post(PAYMENTS, Some(&self.key), None, &body).await
    }

    pub(super) async fn created(&self, body: Value) -> Value {
        let answer = self.create(body).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.body
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.raw.get(path, Some(&self.key)).await
    }

    pub(super) async fn send(&self, method: Method, path: &str, bearer: &str, body: &Value) -> Answer {
        let bearer = format!("Bearer {bearer}");
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        self.raw.send(method, path, &headers, body.to_string().into_bytes()).await
    }
}

pub(super) fn id(payment: &Value) -> &str {
    payment["payment_id"].as_str().unwrap()
}

pub(super) async fn pay(mint: &TestMint, payment: &Value, denomination: u64) -> Answer {
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(denomination, 1).await;
    let body = json!({ "tokens": wallet.wire(&tokens), "payment_id": payment["payment_id"] });
    mint.raw().post("/api/v1/redeem", None, None, &body).await
}

async fn a_payment_is_created_read_listed_and_cancelled(engine: Engine) {
    let mint = TestMint::start_on_with(engine, &[("PUBLIC_ORIGIN", "https://mint.example")]).await;
    let shop = Shop::with_payments(&mint).await;
    let asked = json!({
        "amount": 50, "description": "Order 7", "order_ref": "7", "tip_max": 10, "expires_in": 600,
        "return_url": "http://localhost:3000/order/7", "metadata": { "cart": [1, 2] }, "currency": "DEMO",
        "details_box": "AQID", "details_hash": ecash_core::base64url::encode(&[7; 32]),
    });
    let created = shop.created(asked).await;
    assert_eq!(
        created,
        json!({
            "payment_id": created["payment_id"],
            "checkout_url": format!("https://mint.example/#pay={}..", id(&created)),
            "state": "open", "version": 1, "amount": 50, "tip_max": 10, "tip": 0,
            "currency": { "code": "DEMO", "exponent": 0 },
            "description": "Order 7", "order_ref": "7", "split": false,
            "return_url": "http://localhost:3000/order/7", "metadata": { "cart": [1, 2] },
            "details_box": "AQID", "details_hash": ecash_core::base64url::encode(&[7; 32]),
            "created_at": "2026-01-01T00:00:00Z", "expires_at": "2026-01-01T00:10:00Z",
        })
    );
    let path = format!("{PAYMENTS}/{}", id(&created));
    assert_eq!(shop.get(&path).await.body, created);
    assert_eq!(shop.get(PAYMENTS).await.body, json!({ "data": [created] }));

    let cancelled = shop.raw.post(&format!("{path}/cancel"), Some(&shop.key), None, &json!({})).await;
    assert_eq!((cancelled.status, &cancelled.body["state"]), (200, &json!("cancelled")));
    assert_eq!(cancelled.body["ended_at"], "2026-01-01T00:00:00Z");
    let again = shop.raw.post(&format!("{path}/cancel"), Some(&shop.key), None, &json!({})).await;
    assert_eq!(again, cancelled);

    let paid = shop.created(json!({ "amount": 50, "description": "Order 8" })).await;
    let redeemed = pay(&mint, &paid, 50).await;
    assert_eq!(redeemed.status, 200, "{}", redeemed.body);
    let shown = shop.get(&format!("{PAYMENTS}/{}", id(&paid))).await.body;
    assert_eq!((&shown["state"], &shown["version"]), (&json!("paid"), &json!(2)));
    assert_eq!(shown["transaction_id"], redeemed.body["transaction_id"]);
    let late =
        shop.raw.post(&format!("{PAYMENTS}/{}/cancel", id(&paid)), Some(&shop.key), None, &json!({})).await;
    assert_eq!((late.status, late.code()), (409, "payment_paid"));
    let profile = shop.get("/api/v1/merchant").await.body;
    assert_eq!(
        profile,
        json!({
            "merchant_id": "merchant_shop", "name": "merchant_shop", "balance": 50,
            "mint": "https://mint.example",
            "currency": { "code": "DEMO", "exponent": 0 }, "domains": [], "held_for_refunds": 0,
            "open_payments": 0, "scopes": ["read", "payments"],
        })
    );
    let statement = shop.get("/api/v1/merchant/statement").await.body;
    assert_eq!(statement["statement"][0]["transaction_id"], shown["transaction_id"]);
    mint.assert_clean().await;
}

async fn a_repeat_returns_the_same_payment(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let shop = Shop::with_payments(&mint).await;
    let body = json!({ "amount": 50, "description": "Order 7" });
    let post =
        async |key: &str, body: &Value| shop.raw.post(PAYMENTS, Some(&shop.key), Some(key), body).await;
    let first = post(KEY, &body).await;
    assert_eq!(post(KEY, &body).await.body, first.body);
    let replica = mint.replica(|ledger| ledger).await;
    let at_replica = replica.raw();
    let there = at_replica.post(PAYMENTS, Some(&shop.key), Some(KEY), &body).await;
    assert_eq!(id(&there.body), id(&first.body));
    // The repeat of a request whose payment was paid meanwhile shows it as paid.
    assert_eq!(pay(&mint, &first.body, 50).await.status, 200);
    let late = post(KEY, &body).await;
    assert_eq!((id(&late.body), &late.body["state"]), (id(&first.body), &json!("paid")));
    let other = post(KEY, &json!({ "amount": 100, "description": "Order 7" })).await;
    assert_eq!((other.status, other.code()), (409, "idempotency_key_reused"));
    assert_ne!(id(&post(OTHER_KEY, &body).await.body), id(&first.body));
    // Two requests with one key at the same time, at two mints, make one payment.
    for round in 0..8 {
        let key = format!("idempotency-key-at-once-{round}");
        let (one, two) = tokio::join!(
            shop.raw.post(PAYMENTS, Some(&shop.key), Some(&key), &body),
            at_replica.post(PAYMENTS, Some(&shop.key), Some(&key), &body),
        );
        assert_eq!((one.status, two.status), (201, 201), "{one:?} {two:?}");
        assert_eq!(id(&one.body), id(&two.body));
    }
    mint.assert_clean().await;
}

async fn an_order_has_one_open_payment_and_is_paid_once(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let shop = Shop::with_payments(&mint).await;
    let order = |amount: u64| json!({ "amount": amount, "description": "Order 7", "order_ref": "7" });
    let first = shop.created(order(50)).await;
    let same = shop.create(order(50)).await;
    assert_eq!((same.status, id(&same.body), &same.body["reused"]), (200, id(&first), &json!(true)));
    // The cart changed: the old payment is cancelled together with the creation of the new one.
    let second = shop.created(order(100)).await;
    assert_eq!(shop.get(&format!("{PAYMENTS}/{}", id(&first))).await.body["state"], "cancelled");
    let refused = pay(&mint, &first, 50).await;
    assert_eq!((refused.status, refused.code()), (409, "payment_cancelled"));
    assert_eq!(pay(&mint, &second, 100).await.status, 200);
    let after = shop.create(order(100)).await;
    assert_eq!((after.status, after.code()), (409, "payment_order_paid"));
    assert_eq!(after.body["payment_id"], second["payment_id"], "the error names the paid payment");
    // An open payment whose time is over is replaced, also before its expiry is recorded.
    let order_8 = json!({ "amount": 50, "description": "Order 8", "order_ref": "8", "expires_in": 60 });
    let old = shop.created(order_8.clone()).await;
    mint.clock.advance(44);
    assert_eq!(shop.create(order_8.clone()).await.body["payment_id"], id(&old));
    // So is one that leaves its payer too little time: here the last quarter.
    mint.clock.advance(1);
    let late = shop.created(order_8.clone()).await;
    assert_ne!(id(&old), id(&late));
    assert_eq!(shop.get(&format!("{PAYMENTS}/{}", id(&old))).await.body["state"], "cancelled");
    mint.clock.advance(60);
    let new = shop.created(order_8).await;
    assert_ne!(id(&late), id(&new));
    // Another merchant's order of the same name is another order, and split payments are independent.
    let other = Shop::open(&mint, "merchant_other", "payments").await;
    assert_eq!(other.create(order(100)).await.status, 201);
    let split = json!({ "amount": 50, "description": "One half", "order_ref": "9", "split": true });
    let (one, two) = (shop.created(split.clone()).await, shop.created(split).await);
    assert_eq!((pay(&mint, &one, 50).await.status, pay(&mint, &two, 50).await.status), (200, 200));
    mint.assert_clean().await;
}

async fn a_new_payment_of_an_order_never_cancels_a_paid_one(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let replica = mint.replica(|ledger| ledger).await;
    let shop = Shop::with_payments(&mint).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    for round in 0..8 {
        let order = |amount: u64| json!({ "amount": amount, "description": "Cart", "order_ref": format!("cart {round}") });
        let old = shop.created(order(50)).await;
        let tokens = wallet.withdraw(50, 1).await;
        let redeem = json!({ "tokens": wallet.wire(&tokens), "payment_id": old["payment_id"] });
        let (payer, there) = (replica.raw(), order(100));
        let (paid, replaced) =
            tokio::join!(payer.post("/api/v1/redeem", None, None, &redeem), shop.create(there));
        let state = shop.get(&format!("{PAYMENTS}/{}", id(&old))).await.body["state"].clone();
        match (paid.status, replaced.status) {
            (200, 409) => {
                assert_eq!(
                    (replaced.code(), &replaced.body["payment_id"]),
                    ("payment_order_paid", &old["payment_id"])
                );
                assert_eq!(state, "paid");
            }
            (409, 201) => assert_eq!((paid.code(), &state), ("payment_cancelled", &json!("cancelled"))),
            other => panic!("round {round}: {other:?} {paid:?} {replaced:?}"),
        }
    }
    mint.assert_clean().await;
}

async fn payments_are_found_and_paged(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let shop = Shop::with_payments(&mint).await;
    let mut made = Vec::new();
    for number in 0..7 {
        mint.clock.advance(u64::from(number % 2 == 0));
        let body = json!({ "amount": 50, "description": format!("Order {number}"), "order_ref": format!("A{number}") });
        made.push(shop.created(body).await);
    }
    assert_eq!(pay(&mint, &made[3], 50).await.status, 200);
    let list = async |query: &str| {
        let answer = shop.get(&format!("{PAYMENTS}?{query}")).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.body);
        let ids = answer.body["data"].as_array().unwrap().iter().map(|payment| id(payment).to_owned());
        (ids.collect::<Vec<_>>(), answer.body["next_before"].as_str().map(str::to_owned))
    };
    // Page by page, each payment once and the newest first.
    let (mut seen, mut before) = (Vec::new(), String::new());
    for _ in 0..4 {
        let (page, next) = list(&format!("limit=2{before}")).await;
        seen.extend(page);
        let Some(next) = next else { break };
        before = format!("&before={next}");
    }
    let (all, _) = list("").await;
    assert_eq!((seen.len(), &seen), (7, &all));
    let times: Vec<_> = all
        .iter()
        .map(|id| made.iter().find(|p| p["payment_id"] == **id).unwrap()["created_at"].as_str())
        .collect();
    assert!(times.is_sorted_by(|a, b| a >= b));

    assert_eq!(list("state=paid").await.0, [id(&made[3])]);
    assert_eq!(list("state=open").await.0.len(), 6);
    assert_eq!(list("order_ref=A5").await.0, [id(&made[5])]);
    assert_eq!(list("q=order%206").await.0, [id(&made[6])]);
    assert_eq!(list("q=a2").await.0, [id(&made[2])]);
    assert_eq!(list(&format!("q={}", &id(&made[1])[..12])).await.0, [id(&made[1])]);
    assert_eq!(list("q=%25").await.0, [] as [&str; 0], "no wildcards");
    let from = made[6]["created_at"].as_str().unwrap();
    assert_eq!(list(&format!("from={from}")).await.0, [id(&made[6])]);
    assert_eq!(list(&format!("to={from}")).await.0.len(), 6);
    for bad in ["limit=0", "limit=101", "state=unknown", "from=yesterday", "before=x", "limit=x"] {
        let answer = shop.get(&format!("{PAYMENTS}?{bad}")).await;
        assert_eq!((answer.status, answer.code()), (400, "malformed_request"), "{bad}");
    }
    // Payments of another merchant are not found, not even by id.
    let other = Shop::open(&mint, "merchant_other", "read,payments").await;
    assert_eq!(other.get(PAYMENTS).await.body["data"], json!([]));
    assert_eq!(other.get(&format!("{PAYMENTS}?before={}", id(&made[6]))).await.body["data"], json!([]));
    for path in ["", "/cancel"] {
        let path = format!("{PAYMENTS}/{}{path}", id(&made[0]));
        let method = if path.ends_with("cancel") { Method::POST } else { Method::GET };
        let answer = other.send(method, &path, &other.key, &json!({})).await;
        assert_eq!((answer.status, answer.code()), (404, "payment_unknown"), "{path}");
    }
}

async fn invalid_payment_requests_are_rejected(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let shop = Shop::with_payments(&mint).await;
    for (body, status, code) in [
        (json!({ "amount": 1234, "description": "x" }), 422, "amount_not_payable"),
        (json!({ "amount": 50, "description": "x", "currency": "EUR" }), 422, "wrong_currency"),
        (json!({ "amount": 0, "description": "x" }), 400, "malformed_request"),
        (json!({ "amount": 50.5, "description": "x" }), 400, "malformed_request"),
        (json!({ "amount": 50 }), 400, "malformed_request"),
        (json!({ "amount": 50, "description": "x", "details_hash": "AAAA" }), 400, "malformed_request"),
        (json!({ "amount": 50, "description": "x", "expires_in": 1 }), 400, "malformed_request"),
        // A name that is spelt otherwise would silently protect nothing.
        (json!({ "amount": 50, "description": "x", "orderRef": "7" }), 400, "malformed_request"),
    ] {
        let answer = shop.create(body.clone()).await;
        assert_eq!((answer.status, answer.code()), (status, code), "{body}: {}", answer.body);
    }
    for query in ["?status=open", "?limit=0", "?before=x"] {
        let answer = shop.get(&format!("{PAYMENTS}{query}")).await;
        assert_eq!((answer.status, answer.code()), (400, "malformed_request"), "{query}");
    }
    assert_eq!(shop.get(PAYMENTS).await.body["data"], json!([]));
}

async fn payers_see_the_name_and_the_verified_domain(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let shop = Shop::with_payments(&mint).await;
    let payment = shop.created(json!({ "amount": 50, "description": "x" })).await;
    let merchant = async || {
        mint.raw().get(&format!("/api/v1/payments/{}", id(&payment)), None).await.body["merchant"].clone()
    };
    let rename = json!({ "name": "Bäckerei Sonne" });
    assert_eq!(shop.send(Method::PATCH, "/api/v1/merchant", &shop.token, &rename).await.status, 204);
    let added =
        shop.raw.post(DOMAINS, Some(&shop.token), None, &json!({ "origin": "https://shop.example" })).await;
    assert_eq!(added.body, json!({ "origin": "https://shop.example", "verified": false }));
    let shown = json!({ "merchant_id": "merchant_shop", "name": "Bäckerei Sonne", "verified": false });
    assert_eq!(merchant().await, shown, "an unverified domain is not shown");

    let local =
        shop.raw.post(DOMAINS, Some(&shop.token), None, &json!({ "origin": "http://localhost:3000" })).await;
    assert_eq!(local.body["verified"], true, "at a mint of play money, localhost is verified at once");
    assert_eq!(merchant().await["origin"], "http://localhost:3000");
    let gone =
        shop.send(Method::DELETE, DOMAINS, &shop.token, &json!({ "origin": "http://localhost:3000" })).await;
    assert_eq!((gone.status, merchant().await["verified"].clone()), (204, json!(false)));
    for bad in
        ["http://shop.example", "https://shop.example/path", "shop.example", "http://localhost.evil.example"]
    {
        let answer = shop.raw.post(DOMAINS, Some(&shop.token), None, &json!({ "origin": bad })).await;
        assert_eq!((answer.status, answer.code()), (400, "malformed_request"), "{bad}");
    }
    for number in 1..20 {
        let origin = json!({ "origin": format!("https://shop{number}.example") });
        assert_eq!(shop.raw.post(DOMAINS, Some(&shop.token), None, &origin).await.status, 200);
    }
    let many =
        shop.raw.post(DOMAINS, Some(&shop.token), None, &json!({ "origin": "https://more.example" })).await;
    assert_eq!(many.code(), "too_many_entries");
}

async fn a_return_url_is_on_a_verified_domain(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let shop = Shop::with_payments(&mint).await;
    let create =
        async |url: &str| shop.create(json!({ "amount": 50, "description": "x", "return_url": url })).await;
    assert_eq!(create("https://shop.example/thanks").await.code(), "return_url_not_registered");
    let merchant = AccountId::new("merchant_shop").unwrap();
    let origin = ecash_core::Origin::new("https://shop.example").unwrap();
    let domain = ecash_ledger::DomainRecord { origin, is_verified: true };
    mint.mint.put_domain(&merchant, domain).await.unwrap();
    let payment = create("https://shop.example/thanks?{payment_id}").await;
    assert_eq!(payment.status, 201, "{}", payment.body);
    let view = mint.raw().get(&format!("/api/v1/payments/{}", id(&payment.body)), None).await.body;
    assert_eq!(view["merchant"]["origin"], "https://shop.example");
    for bad in [
        "https://shop.example.evil.example/",
        "https://shop.example@evil.example/",
        "javascript:alert(1)",
        "http://localhost:3000.evil.example/",
    ] {
        assert_eq!(create(bad).await.code(), "return_url_not_registered", "{bad}");
    }
}

async fn texts_are_kept_and_found_alike_on_both_ledgers(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let shop = Shop::with_payments(&mint).await;
    // JSON that PostgreSQL's `jsonb` would reject or expand.
    let many: Vec<f64> = std::iter::repeat_n(1e300, 100).collect();
    for metadata in [json!({ "a": "\u{0}" }), json!(many), json!({ "\u{0}": null })] {
        let created = shop.created(json!({ "amount": 50, "description": "x", "metadata": metadata })).await;
        let read = shop.get(&format!("{PAYMENTS}/{}", id(&created))).await.body;
        assert_eq!(read["metadata"], metadata);
    }
    shop.created(json!({ "amount": 50, "description": "Ärmel", "order_ref": "Ä7" })).await;
    for (query, found) in [("q=%C3%847", 1), ("q=%C3%84rm", 1), ("q=%C3%A4rm", 0), ("order_ref=%C3%847", 1)] {
        let answer = shop.get(&format!("{PAYMENTS}?{query}")).await;
        assert_eq!(answer.body["data"].as_array().unwrap().len(), found, "{query}");
    }
    for query in ["q=%00", "order_ref=%00"] {
        assert_eq!(shop.get(&format!("{PAYMENTS}?{query}")).await.code(), "malformed_request", "{query}");
    }
    // A text must not change the direction of the sentence in which a payer reads it.
    for turned in ["Shop \u{202e}elpmaxe", "Shop\u{2028}Paid", "\u{2067}Shop"] {
        let created = shop.create(json!({ "amount": 50, "description": turned })).await;
        assert_eq!(created.code(), "malformed_request", "{turned:?}");
        let renamed =
            shop.send(Method::PATCH, "/api/v1/merchant", &shop.token, &json!({ "name": turned })).await;
        assert_eq!(renamed.code(), "malformed_request", "{turned:?}");
    }
    mint.assert_clean().await;
}
