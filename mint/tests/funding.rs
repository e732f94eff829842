//! O4, O9: no balance exceeds the largest amount, and a reference identifies one funding.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_core::amount::MAX_AMOUNT_MINOR;
use ecash_core::wire::ErrorCode;
use ecash_core::{AccountId, Amount};
use ecash_harness::{Engine, RawWallet, TestMint, on_every_ledger};
use ecash_mint::service::{FundReference, Funded, ServiceError};
use serde_json::json;
use sqlx::Executor as _;
use std::process::Command;
use tempfile::TempDir;

on_every_ledger! {
    o4_a_credit_beyond_any_amount_is_refused_and_locks_nothing,
    o4_the_schema_refuses_such_a_balance_too,
    o9_a_reused_reference_returns_the_first_funding,
}

fn amount(minor: u64) -> Amount {
    Amount::new(minor).unwrap()
}

fn reference(text: &str) -> FundReference {
    FundReference::operator(text).unwrap()
}

fn code(error: &ServiceError) -> Option<ErrorCode> {
    match error {
        ServiceError::Refused(refusal) => Some(refusal.code),
        _ => None,
    }
}

async fn o4_a_credit_beyond_any_amount_is_refused_and_locks_nothing(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let account = AccountId::new(wallet.account_id.clone()).unwrap();
    let fund = async |minor: u64, text: &str| mint.mint.fund(&account, amount(minor), &reference(text)).await;
    // The account already holds the demo funds.
    let room = MAX_AMOUNT_MINOR - 10_000;
    for text in ["a", "b"] {
        let refused = fund(MAX_AMOUNT_MINOR, text).await.unwrap_err();
        assert_eq!(code(&refused), Some(ErrorCode::BalanceTooLarge));
    }
    // Two in one batch, of which the account can hold only one.
    let (one, two) = tokio::join!(fund(room, "c"), fund(room, "d"));
    let funded = [&one, &two].iter().filter(|result| matches!(result, Ok(Funded::Now))).count();
    assert_eq!(funded, 1, "{one:?} {two:?}");
    let refused = one.err().or(two.err()).unwrap();
    assert_eq!(code(&refused), Some(ErrorCode::BalanceTooLarge));
    assert_eq!(code(&fund(1, "e").await.unwrap_err()), Some(ErrorCode::BalanceTooLarge));
    // The account still works.
    assert_eq!(wallet.balance().await, MAX_AMOUNT_MINOR);
    let tokens = wallet.withdraw(10, 1).await;
    assert_eq!(wallet.balance().await, MAX_AMOUNT_MINOR - 10);
    let redeem = json!({ "tokens": wallet.wire(&tokens), "account_id": wallet.account_id });
    assert_eq!(mint.raw().post("/api/v1/redeem", None, None, &redeem).await.status, 200);
    assert_eq!(wallet.balance().await, MAX_AMOUNT_MINOR);
    mint.assert_clean().await;
}

async fn o4_the_schema_refuses_such_a_balance_too(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let sql = format!("UPDATE accounts SET balance_minor = {}", MAX_AMOUNT_MINOR + 1);
    let refused = match engine {
        Engine::Sqlite => {
            let url = format!("sqlite://{}", mint.settings.ledger_path().display());
            sqlx::SqlitePool::connect(&url).await.unwrap().execute(sql.as_str()).await.is_err()
        }
        Engine::Postgres => {
            let database = mint.database.clone().unwrap();
            database.connect().await.execute(sql.as_str()).await.is_err()
        }
    };
    assert!(refused);
    mint.assert_clean().await;
}

async fn o9_a_reused_reference_returns_the_first_funding(engine: Engine) {
    let mint = TestMint::start_on(engine).await;
    let wallet = RawWallet::open(mint.raw()).await;
    let account = AccountId::new(wallet.account_id.clone()).unwrap();
    let shop = AccountId::new("merchant_demo").unwrap();
    let fund =
        async |to: &AccountId, minor: u64| mint.mint.fund(to, amount(minor), &reference("bank 7")).await;
    assert_eq!(fund(&account, 25).await.unwrap(), Funded::Now);
    assert_eq!(fund(&account, 25).await.unwrap(), Funded::Before);
    let differently = Funded::Differently { account_id: account.clone(), amount: amount(25) };
    assert_eq!(fund(&account, 26).await.unwrap(), differently);
    assert_eq!(fund(&shop, 25).await.unwrap(), differently);
    assert_eq!(wallet.balance().await, 10_025);
    mint.assert_clean().await;
}

#[tokio::test]
async fn o9_the_command_fails_where_a_reference_was_used_for_something_else() {
    let folder = TempDir::new().unwrap();
    let binary = env!("CARGO_BIN_EXE_ecash-mint");
    let settings = [("DENOMINATIONS", "10")];
    let _mint = ecash_harness::MintProcess::start(binary, folder.path(), &settings).await;
    let fund = |amount: &str, reference: &str| {
        let mut command = Command::new(binary);
        command.env_clear().env("ECASH_DATA_DIR", folder.path()).envs(settings);
        command.args(["account", "fund", "merchant_demo", amount, "--reference", reference]);
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    assert_eq!(fund("25", "bank 7").0, Some(0));
    assert_eq!(fund("25", "bank 7").0, Some(0));
    let (status, said) = fund("250", "bank 7");
    assert_eq!(status, Some(1));
    assert!(said.contains("merchant_demo was credited 25 DEMO before"), "{said}");
    let too_long = "x".repeat(201);
    for bad in ["", "  ", "a\nb", too_long.as_str()] {
        let (status, said) = fund("25", bad);
        assert_ne!(status, Some(0), "{bad:?}");
        assert!(said.contains("1 to 200 printable characters"), "{said}");
    }
}
