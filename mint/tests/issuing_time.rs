//! H3: a key signs only during its issuing time, by the signer's own clock.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use ecash_core::keys::{Dates, Keyset};
use ecash_core::rsabssa::{BlindedToken, E, PublicKey};
use ecash_core::{Currency, Denomination, InstitutionId, KeysetId, Timestamp};
use ecash_harness::TestClock;
use ecash_signer::PrivateKey;
use ecash_signer::{Signer as _, SignerError, SoftwareSigner};
use std::sync::Arc;

#[tokio::test]
async fn h3_the_software_signer_refuses_keys_outside_their_issuing_time() {
    let private = PrivateKey::generate(3072).unwrap();
    let at = Timestamp::from_unix_seconds;
    let dates = Dates {
        valid_from: at(1_800_000_000),
        issue_until: at(1_800_100_000),
        redeem_until: at(1_800_200_000),
        swap_until: at(1_800_300_000),
    };
    let keyset = Keyset::new(
        KeysetId::new("key_001").unwrap(),
        InstitutionId::new("inst_test").unwrap(),
        Currency::new("EUR", 2).unwrap(),
        dates,
        vec![(Denomination::new(10).unwrap(), PublicKey::new(&private.n().to_vec(), E).unwrap(), Vec::new())],
    )
    .unwrap();
    let clock = TestClock::default();
    let signer = SoftwareSigner::new(Arc::new(clock.clone()));
    signer.add(&keyset, vec![private]);
    let key = keyset.keys[0].clone();
    let blinded_token = BlindedToken::parse(&key.public, &[&[1; 1], [7; 383].as_slice()].concat()).unwrap();
    for (now, signs) in [
        (1_799_999_699, false),
        (1_799_999_701, true),
        (1_800_050_000, true),
        (1_800_100_299, true),
        (1_800_100_300, false),
        (1_900_000_000, false),
    ] {
        clock.set(now);
        let signed = signer.blind_sign(vec![(key.clone(), blinded_token.clone())]).await;
        match signed {
            Ok(signatures) => assert!(signs && signatures.len() == 1, "{now}"),
            Err(error) => assert!(!signs && matches!(error, SignerError::NotIssuing), "{now}: {error}"),
        }
        assert!(signer.ping().await.is_ok(), "health checks must succeed outside the issuing time");
    }
}
