//! Measures the client's arithmetic on this machine:
//! `cargo run --release -p ecash-core --example arithmetic`. For the mint's private operations, run
//! `openssl speed rsa3072`.

use ecash_core::keys::{Dates, Keyset};
use ecash_core::rsabssa::danger::DangerousPrivateKey;
use ecash_core::rsabssa::{PublicKey, blind_sign};
use ecash_core::seed::{Chain, Seed};
use ecash_core::token::{OutputName, PendingOutputs};
use ecash_core::{Currency, Denomination, InstitutionId, KeysetId, Timestamp};
use rsa::signature::Verifier as _;
use std::error::Error;
use std::time::Instant;

const BATCH: u64 = 64;

/// Runs `work` once to warm up and then for `rounds`, and prints the mean time of each of the `per` items of
/// a round.
fn time<T>(
    what: &str,
    per: u64,
    rounds: u32,
    mut work: impl FnMut() -> Result<T, Box<dyn Error>>,
) -> Result<T, Box<dyn Error>> {
    let mut last = work()?;
    let began = Instant::now();
    for _ in 0..rounds {
        last = work()?;
    }
    let micros = began.elapsed().as_secs_f64() * 1e6 / f64::from(rounds) / per as f64;
    println!("{what:52} {micros:9.1} µs");
    Ok(last)
}

fn main() -> Result<(), Box<dyn Error>> {
    let vectors: serde_json::Value = serde_json::from_str(include_str!("../tests/vectors/ecash_v1.json"))?;
    let hex = |field: &str| const_hex::decode(vectors["keys"][0][field].as_str().unwrap_or_default());
    let (n, d) = (hex("n")?, hex("d")?);
    let at = Timestamp::from_unix_seconds;
    let keyset = Keyset::new(
        KeysetId::new("key_001")?,
        InstitutionId::new("inst")?,
        Currency::new("DEMO", 0)?,
        Dates { valid_from: at(0), issue_until: at(1), redeem_until: at(2), swap_until: at(3) },
        vec![(Denomination::new(10)?, PublicKey::new(&n, 65537)?, Vec::new())],
    )?;
    let key = keyset.keys.first().ok_or("a key")?;
    let seed = Seed::new([7; 64]);
    let batch = |count: u64| -> Result<_, Box<dyn Error>> {
        let mut pending = PendingOutputs::new(key);
        for counter in 0..count {
            pending.push(&seed, OutputName { chain: Chain::Withdraw, counter })?;
        }
        Ok(pending.invert(&seed)?)
    };
    time("blind one token, with its inversion", 1, 20, || batch(1))?;
    let inverted = time("blind one of 64, one inversion for all", BATCH, 5, || batch(BATCH))?;
    let private = DangerousPrivateKey::new(&n, &d)?;
    let output = inverted.outputs().first().ok_or("an output")?.blinded_token();
    let signature = blind_sign(&key.public, &private, output)?;
    let token =
        time("finalize (unblind and verify)", 1, 200, || Ok(inverted.finalize(0, signature.as_bytes())?))?;
    time("verify, crypto-bigint", 1, 200, || Ok(token.verify(key)?))?;
    let public =
        rsa::RsaPublicKey::new(rsa::BoxedUint::from_be_slice_vartime(&n), rsa::BoxedUint::from(65537_u64))?;
    let verifying = rsa::pss::VerifyingKey::<sha2::Sha384>::new_with_salt_len(public, 48);
    let signature = rsa::pss::Signature::try_from(token.signature.as_slice())?;
    time("verify, rsa 0.10.0-rc.20", 1, 200, || {
        Ok(verifying.verify(token.message().as_bytes(), &signature)?)
    })?;
    Ok(())
}
