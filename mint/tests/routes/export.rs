//! `/api/v1/merchant/takings`, `/api/v1/merchant/export.csv` and `/api/v1/merchant/receipts.zip`: the data of
//! a merchant's books and chart.

use super::merchant::{PAYMENTS, Shop, id, pay};
use super::{KEY, OTHER_KEY};
use ecash_harness::{Engine, RawWallet, TestMint, on_every_ledger};
use serde_json::{Value, json};

on_every_ledger! {
    an_export_adds_up_and_is_the_same_twice,
    a_long_export_is_read_in_pages,
    receipts_of_a_span_are_one_file,
    takings_are_summed_by_the_quarter_of_an_hour,
    invalid_spans_are_rejected,
    exports_have_a_lower_rate_limit_than_other_requests,
}

const DAY_S: u64 = 86_400;

/// The rows of a file: the type, what it changes, and the balance after it.
fn rows(file: &str) -> Vec<(String, i64, i64)> {
    let mut reader = csv::Reader::from_reader(file.trim_start_matches('\u{feff}').as_bytes());
    let number = |cell: &str| if cell.is_empty() { 0 } else { cell.parse().unwrap() };
    let records = reader.records().map(|record| record.unwrap());
    records.map(|row| (row[1].to_owned(), number(&row[7]), number(&row[11]))).collect()
}

async fn export(shop: &Shop, from: &str, to: &str) -> String {
    let answer = shop.get(&format!("/api/v1/merchant/export.csv?from={from}&to={to}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body.as_str().unwrap().to_owned()
}

/// Takes 100 and a tip of 20 for an order, and refunds 30.
async fn sell_and_refund(mint: &TestMint, shop: &Shop) -> Value {
    let order = json!({ "amount": 100, "tip_max": 50, "description": "=1+1, \"ü\"", "order_ref": "A-1" });
    let payment = shop.created(order).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = [wallet.withdraw(100, 1).await, wallet.withdraw(10, 2).await].concat();
    let commitment = ecash_core::base64url::encode(&[7; 32]);
    let body = json!({
        "tokens": wallet.wire(&tokens), "payment_id": id(&payment), "tip": 20, "refund_commitment": commitment,
    });
    assert_eq!(mint.raw().post("/api/v1/redeem", None, None, &body).await.status, 200);
    let refunds = format!("{PAYMENTS}/{}/refunds", id(&payment));
    let refund = shop.raw.post(&refunds, Some(&shop.key), Some(KEY), &json!({ "amount": 30 })).await;
    assert_eq!(refund.status, 201, "{}", refund.body);
    payment
}

async fn an_export_adds_up_and_is_the_same_twice(engine: Engine) {
    let mint = TestMint::start_on_with(engine, &[("MERCHANT_RATE_LIMIT_PER_SECOND", "1000")]).await;
    let shop = Shop::open(&mint, "merchant_shop", "read,payments,refunds,payouts").await;
    let payment = sell_and_refund(&mint, &shop).await;
    mint.clock.advance(DAY_S);
    let body = json!({ "amount": 50 });
    let payout = shop.raw.post("/api/v1/merchant/payouts", Some(&shop.key), Some(OTHER_KEY), &body).await;
    assert_eq!(payout.status, 201, "{}", payout.body);

    let all = export(&shop, "2026-01-01T00:00:00Z", "2026-01-03T00:00:00Z").await;
    let row = |kind: &str, change, after| (kind.to_owned(), change, after);
    let expected = [
        row("opening_balance", 0, 0),
        row("payment", 120, 120),
        row("refund", -30, 90),
        row("payout", -50, 40),
        row("closing_balance", 0, 40),
    ];
    assert_eq!(rows(&all), expected);
    assert_eq!(all, export(&shop, "2026-01-01T00:00:00Z", "2026-01-03T00:00:00Z").await);
    let paid = all.lines().nth(2).unwrap();
    let named = format!("2026-01-01T00:00:00Z,payment,{},A-1,,,tx_", id(&payment));
    assert!(
        paid.starts_with(&named) && paid.ends_with(",120,120,DEMO,20,120,\"'=1+1, \"\"ü\"\"\""),
        "{paid}"
    );
    assert!(all.contains(payout.body["payout_id"].as_str().unwrap()));

    // The closing balance of a span is the opening balance of the next one.
    let first = rows(&export(&shop, "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z").await);
    let second = rows(&export(&shop, "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z").await);
    assert_eq!((first[0].2, first.last().unwrap().2), (0, 90));
    assert_eq!(
        second,
        [row("opening_balance", 0, 90), row("payout", -50, 40), row("closing_balance", 0, 40)]
    );
    let nothing = rows(&export(&shop, "2026-02-01T00:00:00Z", "2026-02-02T00:00:00Z").await);
    assert_eq!(nothing, [row("opening_balance", 0, 40), row("closing_balance", 0, 40)]);
}

async fn a_long_export_is_read_in_pages(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let shop = Shop::open(&mint, "merchant_shop", "read").await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let mut expected = 0;
    for _ in 0..11 {
        let tokens = wallet.withdraw(10, 50).await;
        for token in tokens {
            let body = json!({ "tokens": wallet.wire(&[token]), "merchant_id": "merchant_shop" });
            assert_eq!(mint.raw().post("/api/v1/redeem", None, None, &body).await.status, 200);
            expected += 10;
        }
    }
    let rows = rows(&export(&shop, "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z").await);
    assert_eq!((rows.len(), rows.last().unwrap().2), (552, expected));
    assert_eq!(rows.iter().map(|(_, change, _)| change).sum::<i64>(), expected);
}

async fn receipts_of_a_span_are_one_file(engine: Engine) {
    let mint = TestMint::start_on_with(engine, &[("MERCHANT_RATE_LIMIT_PER_SECOND", "1000")]).await;
    let shop = Shop::open(&mint, "merchant_shop", "read,payments,refunds").await;
    let payment = sell_and_refund(&mint, &shop).await;
    // An open payment has no receipt. More paid ones than fit on one page, each with its own.
    shop.created(json!({ "amount": 10, "description": "not paid" })).await;
    for _ in 0..51 {
        let order = json!({ "amount": 10, "description": "tea" });
        let tea = shop.created(order).await;
        assert_eq!(pay(&mint, &tea, 10).await.status, 200);
    }
    let span = "from=2026-01-01T00:00:00Z&to=2026-01-03T00:00:00Z";
    let file = archive(&shop, span).await;
    assert_eq!(file, archive(&shop, span).await, "the same bytes");
    let mut files = zip::ZipArchive::new(std::io::Cursor::new(file)).unwrap();
    let names: Vec<_> = files.file_names().map(|name| name.unwrap().into_owned()).collect();
    assert_eq!(names.len(), 53, "{names:?}");
    for (kind, name) in [
        ("payment", format!("2026-01-01/receipt-{}.json", id(&payment))),
        ("refund", format!("2026-01-01/refund-{}-1.json", id(&payment))),
    ] {
        let text = std::io::read_to_string(files.by_name(&name).unwrap()).unwrap();
        let query = if kind == "refund" { "?refund=1" } else { "" };
        let served = shop.raw.get(&format!("/api/v1/payments/{}/receipt{query}", id(&payment)), None).await;
        let receipt: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&receipt["kind"], &receipt), (&json!(kind), &served.body), "{name}");
    }
    let nothing = archive(&shop, "from=2026-02-01T00:00:00Z&to=2026-02-02T00:00:00Z").await;
    assert_eq!(zip::ZipArchive::new(std::io::Cursor::new(nothing)).unwrap().len(), 0);
}

async fn archive(shop: &Shop, span: &str) -> Vec<u8> {
    let answer = shop.get(&format!("/api/v1/merchant/receipts.zip?{span}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.bytes
}

async fn takings_are_summed_by_the_quarter_of_an_hour(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let shop = Shop::open(&mint, "merchant_shop", "read,payments,refunds").await;
    sell_and_refund(&mint, &shop).await;
    mint.clock.advance(16 * 60);
    let payment = shop.created(json!({ "amount": 50, "description": "x" })).await;
    assert_eq!(pay(&mint, &payment, 50).await.status, 200);
    let path = "/api/v1/merchant/takings?from=2026-01-01T00:00:00Z";
    let takings = shop.get(path).await;
    let quarter = |from: &str, taken: u64, refunded: i64| json!({ "from": from, "payments": 1, "taken": taken, "refunded_minor": refunded });
    let expected = [quarter("2026-01-01T00:00:00Z", 120, 30), quarter("2026-01-01T00:15:00Z", 50, 0)];
    assert_eq!(takings.body["data"], json!(expected));
    assert_eq!(takings.body["currency"]["code"], "DEMO");
    let first = shop.get(&format!("{path}&to=2026-01-01T00:15:00Z")).await;
    assert_eq!(first.body["data"], json!(&expected[..1]));
}

async fn invalid_spans_are_rejected(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let shop = Shop::open(&mint, "merchant_shop", "read").await;
    for (route, span) in [
        ("export.csv", ""),
        ("export.csv", "from=yesterday"),
        ("export.csv", "from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z"),
        ("receipts.zip", "from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z"),
        ("receipts.zip", "from=2026-01-01T00:00:00Z&to=2026-02-03T00:00:00Z"),
        ("takings", "from=2026-01-01T00:00:00Z&to=2026-02-03T00:00:00Z"),
        ("takings", "from=2026-01-01T00:00:00Z&to=2026-01-01T00:00:00Z"),
    ] {
        let answer = shop.get(&format!("/api/v1/merchant/{route}?{span}")).await;
        assert_eq!((answer.status, answer.code()), (400, "malformed_request"), "{route} {span}");
    }
}

async fn exports_have_a_lower_rate_limit_than_other_requests(engine: Engine) {
    let mint = TestMint::start_on_with(engine, &[("MERCHANT_RATE_LIMIT_PER_SECOND", "30")]).await;
    let shop = Shop::open(&mint, "merchant_shop", "read").await;
    let mut answers = Vec::new();
    for _ in 0..10 {
        answers.push(
            shop.get("/api/v1/merchant/export.csv?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z").await,
        );
    }
    let refused =
        answers.iter().find(|answer| answer.status == 429).expect("one request must be over the limit");
    assert_eq!((refused.code(), refused.retry_after_s.is_some()), ("rate_limited", true));
    assert_eq!(answers[0].status, 200);
}
