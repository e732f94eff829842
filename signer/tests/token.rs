//! Tests the signer in the process that uses a hardware token. Each test runs itself in a child process with
//! the token's settings in its environment, because SoftHSM reads them from there.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use cryptoki::context::Pkcs11;
use cryptoki::object::{Attribute, AttributeType, ObjectClass};
use cryptoki::session::Session;
use ecash_core::keys::Keyset;
use ecash_core::rsabssa::{BlindedToken, Error, PrivateOperation as _};
use ecash_environment::SystemClock;
use ecash_harness::{CEREMONY, SoftHsm, TestClock, wait_for};
use ecash_signer::pkcs11::{HsmKey, Pkcs11Signer, Token};
use ecash_signer::settings::SignerSettings;
use ecash_signer::transcript::PrivateKeyMechanism;
use ecash_signer::transcript::Transcripts;
use ecash_signer::{SignRequest, Signer as _, SignerError};
use std::process::Command;
use std::sync::Arc;

const INSIDE: &str = "ECASH_TEST_INSIDE";

/// Returns true in the child process, which has a token. Otherwise runs the test in such a process and
/// returns false.
fn inside(test: &str) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return true;
    }
    let hsm = SoftHsm::with_keys();
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .envs(hsm.settings())
        .env(INSIDE, "1")
        .status();
    assert!(status.unwrap().success(), "{test} failed in its own process");
    false
}

fn settings() -> SignerSettings {
    SignerSettings::read(|name| std::env::var(name).ok()).unwrap()
}

fn requests(keyset: &Keyset, count: usize) -> Vec<SignRequest> {
    let key = &keyset.keys[0];
    let blinded = |number: usize| {
        let mut x = vec![1; key.public.k()];
        x[10] = u8::try_from(number).unwrap();
        (key.clone(), BlindedToken::parse(&key.public, &x).unwrap())
    };
    (0..count).map(blinded).collect()
}

/// Opens a session in addition to the signer's, in the module that the signer has initialized. All sessions
/// of the process share the login.
fn session_beside() -> Session {
    let module = Pkcs11::new(std::env::var("PKCS11_MODULE").unwrap()).unwrap();
    let slot = module.get_slots_with_initialized_token().unwrap()[0];
    module.open_rw_session(slot).unwrap()
}

#[tokio::test]
async fn r13_a_lost_login_is_restored_transparently() {
    if !inside("r13_a_lost_login_is_restored_transparently") {
        return;
    }
    let settings = settings();
    let signer =
        Pkcs11Signer::open(settings.token, Transcripts::new(settings.keysets_dir), Arc::new(SystemClock))
            .unwrap();
    let keyset = signer.keysets().await.unwrap().remove(0);
    assert_eq!(signer.blind_sign(requests(&keyset, 4)).await.unwrap().len(), 4);
    session_beside().logout().unwrap();
    assert_eq!(signer.blind_sign(requests(&keyset, 4)).await.unwrap().len(), 4);
    signer.ping().await.unwrap();
}

#[tokio::test]
async fn r13_a_destroyed_key_is_noticed_by_the_health_check() {
    if !inside("r13_a_destroyed_key_is_noticed_by_the_health_check") {
        return;
    }
    let settings = settings();
    let signer =
        Pkcs11Signer::open(settings.token, Transcripts::new(settings.keysets_dir), Arc::new(SystemClock))
            .unwrap();
    signer.ping().await.unwrap();
    let session = session_beside();
    let keys = session.find_objects(&[Attribute::Class(ObjectClass::PRIVATE_KEY)]).unwrap();
    for key in keys {
        session.destroy_object(key).unwrap();
    }
    wait_for("a health check that fails", async || signer.ping().await.is_err()).await;
}

#[tokio::test]
async fn h3_a_token_signs_only_in_its_keys_issuing_time() {
    if !inside("h3_a_token_signs_only_in_its_keys_issuing_time") {
        return;
    }
    let settings = settings();
    let clock = TestClock::default();
    let transcripts = Transcripts::new(settings.keysets_dir);
    let signer = Pkcs11Signer::open(settings.token, transcripts, Arc::new(clock.clone())).unwrap();
    let keyset = signer.keysets().await.unwrap().remove(0);
    let (from, until) = (keyset.dates.valid_from.unix_seconds(), keyset.dates.issue_until.unix_seconds());
    for (now, signs) in [(from - 301, false), (from, true), (until + 299, true), (until + 300, false)] {
        clock.set(now);
        let signed = signer.blind_sign(requests(&keyset, 1)).await;
        assert_eq!(signed.is_ok(), signs, "{now}");
        assert!(signs || matches!(signed, Err(SignerError::NotIssuing)), "{now}");
    }
    // The health check makes its own signature, regardless of the dates, once the last signature is no longer
    // cached.
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    signer.ping().await.unwrap();
}

#[test]
fn an_input_of_another_length_never_reaches_the_token() {
    if !inside("an_input_of_another_length_never_reaches_the_token") {
        return;
    }
    let settings = settings();
    let transcripts = Transcripts::new(settings.keysets_dir).read().unwrap();
    let key = &transcripts[0].keyset().keys[0];
    let token = Token::open(&settings.token).unwrap();
    let session = token.session().unwrap();
    let label = Attribute::Label(b"ecash/inst_primary/key_001/10".to_vec());
    let handle = session.find_objects(&[Attribute::Class(ObjectClass::PRIVATE_KEY), label]).unwrap()[0];
    let hsm_key = HsmKey::new(&session, handle, PrivateKeyMechanism::Sign, &key.public);
    for wrong in [vec![1; 383], vec![1; 385], vec![1; 4096], vec![0; 384], vec![0xff; 384], Vec::new()] {
        assert_eq!(hsm_key.private_operation(&wrong), Err(Error::OutOfRange), "{} bytes", wrong.len());
    }
    assert_eq!(hsm_key.private_operation(&[1; 384]).unwrap().len(), 384, "the process did not abort");
    // S11: the token does not export the key.
    let secrets = [AttributeType::PrivateExponent, AttributeType::Prime1, AttributeType::Prime2];
    assert_eq!(session.get_attributes(handle, &secrets).unwrap(), []);
}

/// The process with the PIN contains no web server, database driver or Redis client.
#[test]
fn the_signer_depends_on_no_server() {
    let mut tree = Command::new(env!("CARGO"));
    tree.args(["tree", "--package", "ecash-signer", "--edges", "normal", "--prefix", "none", "--offline"]);
    let output = tree.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    let tree = String::from_utf8(output.stdout).unwrap();
    assert!(tree.contains("cryptoki"), "{tree}");
    for unwanted in ["axum", "hyper", "sqlx", "redis", "reqwest"] {
        let found = tree.lines().find(|line| line.split(' ').next() == Some(unwanted));
        assert_eq!(found, None, "ecash-signer depends on {unwanted}");
    }
}

/// `keys destroy` keeps a keyset that still issues, and destroys the private keys of one that has stopped.
#[test]
fn keys_are_listed_and_destroyed_once_they_stop_issuing() {
    let hsm = SoftHsm::with_keys();
    let run = |arguments: &[&str]| {
        let output = hsm.run(arguments, &[]);
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(text).unwrap())
    };
    let (listed, text) = run(&["keys", "list"]);
    assert!(listed && text.contains("key_001") && text.contains("3 of 3 private keys"), "{text}");
    let until = text.split(" to ").nth(1).unwrap().split(' ').next().unwrap().to_owned();
    let destroy = ["keys", "destroy", "key_001", "--issued-until", &until];
    let (destroyed, text) = run(&destroy);
    assert!(!destroyed && text.contains("nothing was destroyed"), "{text}");
    // Both the machine's clock and the operator's date must confirm that it has stopped.
    let mistaken = hsm.run_at("2099-01-01", &["keys", "destroy", "key_001", "--issued-until", "2099-01-01"]);
    assert!(!mistaken.status.success());
    let later = hsm.run_at("2099-01-01", &destroy);
    assert!(later.status.success(), "{}", String::from_utf8_lossy(&later.stderr));
    let (_, text) = run(&["keys", "list"]);
    assert!(text.contains("0 of 3 private keys"), "{text}");
    let again = hsm.run_at("2099-01-01", &destroy);
    assert!(String::from_utf8_lossy(&again.stdout).contains("0 private keys"));
    // An earlier attempt was interrupted after copying the transcript and before removing the original.
    std::fs::copy(hsm.path("keysets/destroyed/key_001.json"), hsm.path("keysets/key_001.json")).unwrap();
    assert!(hsm.run_at("2099-01-01", &destroy).status.success());
    assert!(!hsm.path("keysets/key_001.json").exists());
    let (_, text) = run(&["keys", "destroy", "key_777", "--issued-until", &until]);
    assert!(text.contains("no transcript of key_777"), "{text}");
    // The name cannot be reused, and `--if-missing` still succeeds.
    let second = hsm.ceremony(CEREMONY);
    assert!(String::from_utf8_lossy(&second.stderr).contains("was destroyed"));
    let file = hsm.path("ceremony.yaml").display().to_string();
    assert!(run(&["keys", "ceremony", &file, "--if-missing"]).0);
}
