//! S4: reports whether the time of the private operation depends on its input. Signs one fixed number and random ones in random order,
//! and compares the two classes by Welch's t-test on the times below the 90th percentile, as dudect does (Reparaz, Balasch and
//! Verbauwhede, 2017). A |t| above 4.5 is a reason to look closer; a busy machine alone can cause it. OpenSSL blinds each operation.
#![allow(clippy::expect_used, reason = "a measurement that fails must panic")]
#![allow(clippy::cast_precision_loss, reason = "figures for display need no precision")]

use ecash_core::rsabssa::{PrivateOperation as _, Width};
use ecash_environment::{Entropy as _, SystemEntropy};
use ecash_signer::{SoftwareKey, generate_keys};
use std::time::Instant;

const SIGNATURES: usize = 20_000;
const WARM_UP: usize = 100;

fn main() {
    let key = generate_keys(Width::Real3072, 1, |_| ()).expect("OpenSSL generates a key").remove(0);
    let key = SoftwareKey::new(key);
    let fixed = number();
    // One class for each value of the first random bit.
    let mut times_us = [Vec::new(), Vec::new()];
    for index in 0..WARM_UP + SIGNATURES {
        let mut bit = [0];
        SystemEntropy.fill(&mut bit).expect("randomness");
        let class = usize::from(bit[0] & 1);
        let input = if class == 0 { fixed.clone() } else { number() };
        let began = Instant::now();
        key.private_operation(&input).expect("a signature");
        if index >= WARM_UP {
            times_us[class].push(began.elapsed().as_nanos() as f64 / 1000.0);
        }
    }
    let mut all: Vec<f64> = times_us.iter().flatten().copied().collect();
    all.sort_by(f64::total_cmp);
    let limit = all[all.len() * 9 / 10];
    let [(fixed_us, fixed_error), (random_us, random_error)] = times_us.map(|mut times| {
        times.retain(|time| *time < limit);
        mean_and_squared_error(&times)
    });
    let t = (fixed_us - random_us) / (fixed_error + random_error).sqrt();
    println!("RSA-3072 private operation, {SIGNATURES} times, the slowest tenth left out");
    println!("one fixed number  {fixed_us:10.2} µs");
    println!("random numbers    {random_us:10.2} µs");
    println!("Welch's t         {t:10.2}");
    println!(
        "{}",
        if t.abs() < 4.5 { "no significant difference" } else { "significant: repeat it on an idle machine" }
    );
}

/// Returns a random number below every modulus of 3072 bits.
fn number() -> Vec<u8> {
    let mut number = vec![0; 384];
    SystemEntropy.fill(&mut number[1..]).expect("randomness");
    number
}

/// Returns the mean, and the square of its standard error.
fn mean_and_squared_error(times: &[f64]) -> (f64, f64) {
    let count = times.len() as f64;
    let mean = times.iter().sum::<f64>() / count;
    let variance = times.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, variance / count)
}
