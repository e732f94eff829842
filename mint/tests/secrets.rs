//! S10: a mint's files contain no secret, including its log at the most verbose level.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_core::base64url::decode;
use ecash_harness::{MintProcess, RawWallet};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_ecash-mint");
const PASSPHRASE: &str = "canary-passphrase-of-the-keys";

/// Everything in a folder, logs included.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

fn merchant(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(BINARY);
    command.env_clear().env("ECASH_DATA_DIR", folder).arg("merchant").args(arguments);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().split_whitespace().last().unwrap().to_owned()
}

#[tokio::test]
async fn s10_no_secret_is_in_logs_or_storage() {
    let folder = TempDir::new().unwrap();
    let settings = [("DENOMINATIONS", "10,50"), ("RUST_LOG", "trace"), ("KEY_PASSPHRASE", PASSPHRASE)];
    let mut mint = MintProcess::start(BINARY, folder.path(), &settings).await;
    // Withdraw, swap and pay, and send requests that are rejected: a wrong token, a wrong key, a malformed
    // body.
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(10, 3).await;
    let key = "canary-idempotency-key-01";
    let body = json!({ "tokens": wallet.wire(&tokens[..1]), "merchant_id": "merchant_demo" });
    for _ in 0..2 {
        assert_eq!(mint.raw().post("/api/v1/redeem", None, Some(key), &body).await.status, 200);
    }
    assert_eq!(mint.raw().post("/api/v1/redeem", None, None, &body).await.status, 409);
    let mut forged = serde_json::to_value(wallet.wire(&tokens[1..2])).unwrap();
    forged[0]["denomination"] = json!(50);
    let refused = json!({ "tokens": forged, "merchant_id": "merchant_demo" });
    assert_eq!(mint.raw().post("/api/v1/redeem", None, None, &refused).await.status, 422);
    assert_eq!(mint.raw().get("/api/v1/account", Some(&wallet.token)).await.status, 200);
    let account_token = merchant(folder.path(), &["create", "merchant_canary"]);
    let api_key =
        merchant(folder.path(), &["key", "create", "merchant_canary", "--scopes", "read,payments,webhooks"]);
    let order = json!({ "amount": 10, "description": "an order" });
    let created = mint.raw().post("/api/v1/merchant/payments", Some(&api_key), None, &order).await;
    assert_eq!(created.status, 201, "{}", created.body);
    let endpoint = json!({ "url": "https://shop.example/hook" });
    let endpoint = mint.raw().post("/api/v1/merchant/endpoints", Some(&api_key), None, &endpoint).await;
    let webhook_secret = endpoint.body["secret"].as_str().unwrap().to_owned();
    assert!(mint.stop());

    // 8 characters of id, 32 of secret; both may contain an underscore.
    let random_part = api_key.strip_prefix("ek_test_").unwrap();
    let mut secrets = vec![
        ("the account's token", wallet.token.clone()),
        ("the merchant's token", account_token),
        ("the API key", api_key.clone()),
        ("its secret part", random_part[8..40].to_owned()),
        ("the webhooks' secret", webhook_secret.trim_start_matches("whsec_").to_owned()),
        ("the passphrase of the keys", PASSPHRASE.to_owned()),
        ("the idempotency key", key.to_owned()),
        ("a private key", "PRIVATE KEY".to_owned()),
    ];
    for info in wallet.wire(&tokens) {
        let token = serde_json::to_value(info).unwrap();
        for part in ["serial", "signature"] {
            secrets.push((part, token[part].as_str().unwrap().to_owned()));
        }
    }
    // The search must find public values: names, and the public part of the API key.
    let mut public = vec!["merchant_canary", &random_part[..8]];
    for path in files(folder.path()) {
        let bytes = std::fs::read(&path).unwrap();
        public.retain(|name| !contains(&bytes, name.as_bytes()));
        // The mint's own Ed25519 keys are private keys, in separate files.
        let own_key = path.extension().is_some_and(|extension| extension == "pem");
        for (what, secret) in &secrets {
            if own_key && *what == "a private key" {
                continue;
            }
            let raw = decode(secret).filter(|raw| raw.len() >= 16);
            let found = contains(&bytes, secret.as_bytes())
                || raw.is_some_and(|raw| {
                    contains(&bytes, &raw) || contains(&bytes, const_hex::encode(&raw).as_bytes())
                });
            assert!(!found, "{what} is in {}", path.display());
        }
    }
    assert!(public.is_empty(), "the search must find {public:?}");
}
