//! This version opens the data folder of every earlier one (`tests/fixtures/README.md`).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_core::AccountId;
use ecash_harness::{RawWallet, TestMint};
use std::path::Path;

/// 2026-11-29T00:00:00Z, the day after the fixture was written.
const NEXT_DAY: u64 = 1_795_910_400;

#[tokio::test]
async fn a_ledger_of_version_0_1_opens_and_keeps_working() {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/v0_1");
    let mint = TestMint::of_earlier_version(&fixture, NEXT_DAY).await;
    let report = mint.audit().await;
    assert_eq!(report.violations, []);
    assert_eq!((report.operations, report.issued_tokens, report.spent_tokens), (11, 38, 11));
    assert_eq!(
        (report.outstanding_minor, report.accounts_minor, report.treasury_minor),
        (510, 29_490, -30_000)
    );
    let shop =
        mint.ledger.accounts.account(&AccountId::new("merchant_demo").unwrap()).await.unwrap().unwrap();
    assert_eq!(shop.balance.minor(), 90);
    // Its keys sign, and tokens they signed can be redeemed.
    let mut wallet = RawWallet::open(mint.raw()).await;
    assert_eq!(wallet.keyset.keyset_id.as_str(), "key_001");
    let tokens = wallet.withdraw(50, 2).await;
    let redeem = serde_json::json!({ "tokens": wallet.wire(&tokens), "merchant_id": "merchant_demo" });
    assert_eq!(mint.raw().post("/api/v1/redeem", None, None, &redeem).await.status, 200);
    mint.assert_clean().await;
}
