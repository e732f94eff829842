//! Tests the SDK against a mint over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_client::{ActivityKind, Amount, Error, Wallet, WalletError};
use ecash_harness::TestMint;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

fn amount(minor: u64) -> Amount {
    Amount::new(minor).unwrap()
}

fn open(url: &str, folder: &Path) -> Wallet {
    Wallet::new(url.to_owned(), folder.join("wallet.db").display().to_string()).unwrap()
}

/// Fails to compile unless the future can move to another thread.
fn assert_send<T: Send>(future: T) -> T {
    future
}

#[tokio::test(flavor = "multi_thread")]
async fn withdraw_pay_reopen_and_restore() {
    let mint = TestMint::start_with_real_keys().await;
    let url = format!("http://{}", mint.serve().await);
    let folder = TempDir::new().unwrap();
    let mut wallet = open(&url, folder.path());
    assert!(matches!(wallet.get_balance(), Err(Error::NotInitialized)));
    assert_send(wallet.initialize()).await.unwrap();
    assert_eq!(wallet.get_balance().unwrap().amount(), Amount::ZERO);

    let tokens = assert_send(wallet.withdraw(100, 10)).await.unwrap();
    assert_eq!(tokens.len(), 10);
    assert_eq!(wallet.get_balance().unwrap().amount(), amount(100));
    assert_eq!(wallet.account_balance().await.unwrap(), amount(9_900));
    let transaction_id = assert_send(wallet.spend(20)).await.unwrap();
    assert!(transaction_id.to_string().starts_with("tx_"));
    let left = wallet.get_available_tokens().unwrap();
    assert_eq!(left.len(), 8);
    assert!(left.iter().all(|token| tokens.contains(token)));
    assert_eq!(left[0].token.denomination.to_string(), "10");
    assert_eq!(left[0].token.serial.to_string().len(), 43);
    assert!(!format!("{left:?}").contains(&left[0].token.serial.to_string()));

    // This needs change: no subset of eight tokens of 10 and one of 100 has the sum 90.
    wallet.withdraw(100, 100).await.unwrap();
    assert_send(wallet.pay("merchant_demo", 90)).await.unwrap();
    assert_eq!(wallet.get_balance().unwrap().amount(), amount(90));
    wallet.pay("merchant_demo", 70).await.unwrap();
    assert_eq!(wallet.get_balance().unwrap().amount(), amount(20));
    assert!(wallet.activity().unwrap().iter().any(|activity| activity.kind == ActivityKind::Change));
    assert_send(wallet.refresh()).await.unwrap();
    assert!(assert_send(wallet.receive("ecash1AAAA")).await.is_err());
    assert_eq!(assert_send(wallet.find_again()).await.unwrap().amount, Amount::ZERO);
    let words = wallet.recovery_phrase().unwrap().join(" ");
    drop(wallet);

    // Another process opens the same file.
    let mut again = open(&url, folder.path());
    again.initialize().await.unwrap();
    assert_eq!(again.get_balance().unwrap().amount(), amount(20));
    drop(again);

    // Another machine restores the wallet from the recovery phrase.
    let other = TempDir::new().unwrap();
    let mut restored = open(&url, other.path());
    assert_eq!(assert_send(restored.restore(&words)).await.unwrap().amount, amount(20));
    assert_eq!(restored.get_balance().unwrap().amount(), amount(20));
    mint.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dropping_a_future_does_not_cancel_the_operation() {
    let mint = TestMint::start_with_real_keys().await;
    let url = format!("http://{}", mint.serve().await);
    let folder = TempDir::new().unwrap();
    let mut wallet = open(&url, folder.path());
    wallet.initialize().await.unwrap();
    for timeout_us in (0..20_000).step_by(1_000) {
        let withdrawal = wallet.withdraw(20, 10);
        let _ = tokio::time::timeout(Duration::from_micros(timeout_us), withdrawal).await;
    }
    // The next operation waits for the running one and finds no partial state.
    wallet.withdraw(20, 10).await.unwrap();
    assert_eq!(wallet.resume().await.unwrap(), 0);
    assert_eq!(wallet.get_balance().unwrap().amount(), amount(21 * 20));
    assert_eq!(wallet.account_balance().await.unwrap(), amount(10_000 - 21 * 20));
    wallet.pay("merchant_demo", 21 * 20).await.unwrap();
    drop(wallet);
    let mut again = open(&url, folder.path());
    again.initialize().await.unwrap();
    assert_eq!(again.get_balance().unwrap().amount(), Amount::ZERO);
    mint.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_belongs_to_its_mint() {
    let (mint, other) = (TestMint::start_with_real_keys().await, TestMint::start_with_real_keys().await);
    let folder = TempDir::new().unwrap();
    let mut wallet = open(&format!("http://{}", mint.serve().await), folder.path());
    wallet.initialize().await.unwrap();
    wallet.withdraw(50, 50).await.unwrap();
    drop(wallet);
    // Another mint must not receive this mint's tokens, even with the same institution id.
    let mut misled = open(&format!("http://{}", other.serve().await), folder.path());
    let refused = misled.initialize().await;
    assert!(matches!(refused, Err(Error::Wallet(WalletError::OtherOrigin(_)))), "{refused:?}");
    assert!(matches!(misled.pay("merchant_demo", 50).await, Err(Error::NotInitialized)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_respects_the_rate_limit_of_a_mint() {
    let mint = TestMint::start_with_real_keys().await;
    let url = format!("http://{}", mint.serve().await);
    let folder = TempDir::new().unwrap();
    let mut wallet = open(&url, folder.path());
    wallet.initialize().await.unwrap();
    wallet.withdraw(30, 10).await.unwrap();
    let words = wallet.recovery_phrase().unwrap().join(" ");
    drop(wallet);
    // A replica of the mint with the default rate limit, at another URL.
    let strict = mint.replica_with_real_keys(&[("RATE_LIMIT_PER_SECOND", "10")]).await;
    let fresh = TempDir::new().unwrap();
    let mut restored = open(&format!("http://{}", strict.serve().await), fresh.path());
    assert_eq!(restored.restore(&words).await.unwrap().amount, amount(30));
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_name_their_cause() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("wallet.db").display().to_string();
    for address in ["", "localhost:8080", "ftp://mint", "http://mint/path"] {
        let refused = Wallet::new(address.to_owned(), path.clone()).err().unwrap();
        assert!(matches!(refused, Error::Address { .. }), "{address}: {refused}");
    }
    for address in ["http://mint.example", "http://10.0.0.1:8080", "http://localhost.example"] {
        let refused = Wallet::new(address.to_owned(), path.clone()).err().unwrap();
        assert!(matches!(refused, Error::Cleartext { .. }), "{address}: {refused}");
    }
    for address in ["https://mint.example", "http://localhost:8080", "http://[::1]:8080", "http://127.0.0.2"]
    {
        Wallet::new(address.to_owned(), path.clone()).unwrap();
    }
    // No server listens on this port.
    let mut wallet = open("http://127.0.0.1:1", folder.path());
    let offline = wallet.initialize().await;
    assert!(matches!(offline, Err(Error::Wallet(WalletError::Unreachable))), "{offline:?}");
    assert_eq!(wallet.get_balance().unwrap().amount(), Amount::ZERO, "the local wallet can be read");
    assert!(matches!(wallet.spend(10).await, Err(Error::NoMerchant)));
    assert!(matches!(wallet.pay("no such name!", 10).await, Err(Error::MerchantName(_))));
    assert!(matches!(wallet.withdraw(u64::MAX, 10).await, Err(Error::Amount(_))));
    assert!(matches!(wallet.withdraw(10, 0).await, Err(Error::Amount(_))));
    let second = Wallet::new("http://127.0.0.1:1".to_owned(), path).err().unwrap();
    assert!(matches!(second, Error::File { .. }), "{second}");
}

/// The mint can link all requests of one connection. A withdrawal names the account, so a payment must use
/// another connection.
#[tokio::test(flavor = "multi_thread")]
async fn h4_account_and_anonymous_requests_use_separate_connections() {
    let mint = TestMint::start_with_real_keys().await;
    let (address, connections) = mint.serve_recorded().await;
    let folder = TempDir::new().unwrap();
    let mut wallet = open(&format!("http://{address}"), folder.path());
    wallet.initialize().await.unwrap();
    wallet.withdraw(100, 50).await.unwrap();
    wallet.account_balance().await.unwrap();
    wallet.pay("merchant_demo", 10).await.unwrap();
    wallet.find_again().await.unwrap();
    let of_account = ["/api/v1/accounts", "/api/v1/account", "/api/v1/withdraw"];
    let anonymous = ["/api/v1/redeem", "/api/v1/swap", "/api/v1/restore", "/api/v1/keys"];
    let has = |paths: &std::collections::BTreeSet<String>, some: &[&str]| {
        some.iter().any(|path| paths.contains(*path))
    };
    let seen = connections.paths();
    assert!(
        seen.iter().any(|paths| has(paths, &of_account)) && seen.iter().any(|paths| has(paths, &anonymous))
    );
    for paths in seen {
        assert!(!(has(&paths, &of_account) && has(&paths, &anonymous)), "one connection carried {paths:?}");
    }
}
