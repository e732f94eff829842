//! Keys inside a hardware token: the ceremony, the signer's startup checks, and mutual TLS (S11).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_harness::{CEREMONY, MintProcess, RawWallet, SoftHsm, free_port};
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

const MINT: &str = env!("CARGO_BIN_EXE_ecash-mint");

fn refusal(output: &Output) -> String {
    assert!(!output.status.success(), "the command must fail");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_ceremony_never_replaces_a_key_and_leaves_nothing_when_it_fails() {
    let hsm = SoftHsm::with_keys();
    assert!(refusal(&hsm.ceremony(CEREMONY)).contains("already has a key labelled"));
    // Even if the transcript is missing.
    let path = hsm.path("keysets/key_001.json");
    std::fs::rename(&path, hsm.path("kept.json")).unwrap();
    assert!(refusal(&hsm.ceremony(CEREMONY)).contains("already has a key labelled"));
    // If the transcript cannot be written at the end, the ceremony deletes the new keys.
    let next = CEREMONY.replace("key_001", "key_002");
    std::fs::write(hsm.path("keysets/key_002.json"), "in the way").unwrap();
    assert!(refusal(&hsm.ceremony(&next)).contains("transcript could not be written"));
    std::fs::remove_file(hsm.path("keysets/key_002.json")).unwrap();
    assert!(hsm.ceremony(&next).status.success(), "the label is free again");
}

#[test]
fn a_dry_run_creates_nothing_and_unknown_fields_are_rejected() {
    let hsm = SoftHsm::new();
    std::fs::write(hsm.path("c.yaml"), CEREMONY).unwrap();
    let path = hsm.path("c.yaml").display().to_string();
    let shown = hsm.run(&["keys", "ceremony", &path, "--dry-run"], &[]);
    assert!(String::from_utf8_lossy(&shown.stdout).contains("nothing was created"));
    assert!(!hsm.path("keysets/key_001.json").exists());
    assert!(refusal(&hsm.ceremony(&format!("{CEREMONY}extractable: true\n"))).contains("configuration"));
}

#[test]
fn the_signer_refuses_what_it_cannot_trust() {
    let hsm = SoftHsm::with_keys();
    let signer = |more: &[(&str, &str)]| refusal(&hsm.run(&["serve"], more));
    assert!(signer(&[("SOFTHSM2_CONF", "")]).contains("SOFTHSM2_CONF is not set"));
    assert!(
        signer(&[("PKCS11_TOKEN", "other")])
            .contains("no hardware token is labelled 'other'; found: 'ecash'")
    );
    assert!(signer(&[("PKCS11_MODULE", "/nowhere.so")]).contains("cannot be loaded"));
    // A transcript of keys of another hardware token, and an altered one.
    let transcript = hsm.path("keysets/key_001.json");
    let other = SoftHsm::with_keys();
    let kept = std::fs::read_to_string(&transcript).unwrap();
    std::fs::copy(other.path("keysets/key_001.json"), &transcript).unwrap();
    assert!(signer(&[]).contains("differs from the one of its transcript"));
    std::fs::write(&transcript, kept.replace("\"denomination\": 100", "\"denomination\": 1000")).unwrap();
    assert!(signer(&[]).contains("is inconsistent"));
}

/// A supervisor restarts a signer that exits, and each start would try the PIN until the hardware token
/// locks.
#[tokio::test]
async fn a_wrong_pin_is_tried_once_until_the_operator_corrects_it() {
    let hsm = SoftHsm::with_keys();
    let mut signer = hsm.signer_that_says(&[("PKCS11_PIN", "canary")], "rejected the login").await;
    let folder = TempDir::new().unwrap();
    let mint = MintProcess::start_without(MINT, folder.path(), &[("SIGNER_URL", &hsm.address())]).await;
    for _ in 0..3 {
        assert_eq!(mint.raw().get("/health", None).await.body["hsm"], "down");
    }
    let log = signer.log();
    assert!(signer.runs() && !log.contains("canary"), "{log}");
    assert_eq!(log.matches("rejected the PIN").count(), 1, "{log}");
}

#[tokio::test]
async fn a_second_signer_does_not_cut_off_the_first() {
    let hsm = SoftHsm::with_keys();
    let _signer = hsm.signer(&[]).await;
    assert!(refusal(&hsm.run(&["serve"], &[])).contains("another signer is running"));
    assert!(refusal(&hsm.run(&["serve"], &[("PKCS11_TOKEN", "other")])).contains("no hardware token"));
    pays(&hsm.address(), &[]).await;
}

#[test]
fn a_keyset_that_leaves_a_gap_is_refused_before_it_is_made() {
    let hsm = SoftHsm::with_keys();
    let next = CEREMONY.replace("key_001", "key_002");
    let said = refusal(&hsm.ceremony(&next));
    let needed = said.split("valid_from must be ").nth(1).expect(&said)[..20].to_owned();
    let held = hsm.ceremony(&next.replace("valid_from: now", &format!("valid_from: {needed}")));
    assert!(held.status.success(), "{}", String::from_utf8_lossy(&held.stderr));
}

#[tokio::test]
async fn a_token_that_only_decrypts_signs_as_well() {
    let hsm = SoftHsm::new();
    let held = hsm.ceremony(&format!("{CEREMONY}private_operation: decrypt\n"));
    assert!(held.status.success());
    let transcript = std::fs::read_to_string(hsm.path("keysets/key_001.json")).unwrap();
    assert!(transcript.contains("\"private_operation\": \"decrypt\""));
    let _signer = hsm.signer(&[]).await;
    pays(&hsm.address(), &[]).await;
}

/// Starts a mint that uses this signer, withdraws and pays.
async fn pays(address: &str, more: &[(&str, &str)]) {
    let folder = TempDir::new().unwrap();
    let settings = [&[("SIGNER_URL", address)], more].concat();
    let mint = MintProcess::start(MINT, folder.path(), &settings).await;
    let mut wallet = RawWallet::open(mint.raw()).await;
    let tokens = wallet.withdraw(50, 2).await;
    let body = serde_json::json!({ "tokens": wallet.wire(&tokens), "merchant_id": "merchant_demo" });
    let paid = wallet.client.post("/api/v1/redeem", None, None, &body).await;
    assert_eq!((paid.status, paid.body["redeemed_amount"].as_u64()), (200, Some(100)));
    let health = wallet.client.get("/health", None).await;
    assert_eq!(health.body["hsm"], "ok");
    assert!(!folder.path().join("keys").exists(), "the mint keeps no private key");
    let audit = Command::new(MINT).arg("audit").env_clear().env("ECASH_DATA_DIR", folder.path()).output();
    assert!(audit.unwrap().status.success());
}

/// Creates a certificate authority and certificates for both sides with the `openssl` command, as an operator
/// would.
fn certificates(folder: &Path, authority: &str) {
    let script = format!(
        "set -e
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN={authority} \
            -keyout {authority}.key -out {authority}.pem
        for name in signer mint; do
            openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=$name \
                -addext subjectAltName=DNS:localhost -keyout {authority}-$name.key -out $name.csr
            openssl x509 -req -in $name.csr -CA {authority}.pem -CAkey {authority}.key -CAcreateserial -days 2 \
                -copy_extensions copy -out {authority}-$name.pem
        done"
    );
    let made = Command::new("bash").args(["-c", &script]).current_dir(folder).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// TLS settings that trust the authority `ours` and present this certificate.
fn shows(hsm: &SoftHsm, certificate: &str) -> [(&'static str, String); 3] {
    let file = |name: &str| hsm.path(name).display().to_string();
    [
        ("SIGNER_TLS_CA", file("ours.pem")),
        ("SIGNER_TLS_CERT", file(&format!("{certificate}.pem"))),
        ("SIGNER_TLS_KEY", file(&format!("{certificate}.key"))),
    ]
}

/// The TLS settings with one more setting.
fn and<'a>(
    tls: &'a [(&'static str, String); 3],
    name: &'static str,
    value: &'a str,
) -> Vec<(&'static str, &'a str)> {
    tls.iter().map(|(name, value)| (*name, value.as_str())).chain([(name, value)]).collect()
}

#[tokio::test]
async fn between_two_machines_both_sides_show_a_certificate() {
    let hsm = SoftHsm::with_keys();
    certificates(hsm.folder(), "ours");
    certificates(hsm.folder(), "theirs");
    let address = format!("tls:localhost:{}", free_port());
    let signer = hsm.signer(&and(&shows(&hsm, "ours-signer"), "SIGNER_LISTEN", &address)).await;
    let ours = shows(&hsm, "ours-mint");
    pays(&address, &and(&ours, "SIGNER_URL", &address)).await;
    // With a certificate of another authority the mint serves, but cannot sign.
    let foreign = shows(&hsm, "theirs-mint");
    let folder = TempDir::new().unwrap();
    let mint = MintProcess::start_without(MINT, folder.path(), &and(&foreign, "SIGNER_URL", &address)).await;
    let health = mint.raw().get("/health", None).await;
    assert_eq!((health.status, health.body["hsm"].as_str()), (503, Some("down")));
    assert!(signer.log().contains("client without a valid certificate rejected"), "{}", signer.log());
    drop(signer);
    // The mint rejects a signer whose certificate the system trusts but `ours` did not issue.
    let theirs = hsm.path("theirs.pem").display().to_string();
    let _signer = hsm.signer(&and(&shows(&hsm, "theirs-signer"), "SIGNER_LISTEN", &address)).await;
    let trusting = [and(&ours, "SIGNER_URL", &address), vec![("SSL_CERT_FILE", theirs.as_str())]].concat();
    let folder = TempDir::new().unwrap();
    let mint = MintProcess::start_without(MINT, folder.path(), &trusting).await;
    assert_eq!(mint.raw().get("/health", None).await.body["hsm"], "down");
}
