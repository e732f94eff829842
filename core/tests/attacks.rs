//! Demonstrates each attack of the manual, and the defence that stops it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::{hex, json, narrow_keys, narrow_keyset};
use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{NonZero, Odd, U512, U1024};
use ecash_core::keys::{
    DenominationKey, KeyId, KeyPolicy, ScreeningError, challenges, screen, screen_key, verify_proof,
};
use ecash_core::rsabssa::danger::DangerousPrivateKey;
use ecash_core::rsabssa::{
    BlindedToken, BlindingFactor, EncodedMessage, Error, PreparedMessage, PrivateOperation, PssDeterministic,
    PublicKey, blind, blind_sign, finalize, invert_all, verify,
};
use ecash_core::seed::{Chain, Seed};
use ecash_core::token::{OutputName, PendingOutputs, Token};

/// Encodes `small` as k bytes.
fn number(key: &PublicKey, small: u64) -> Vec<u8> {
    let mut bytes = vec![0; key.k() - 8];
    bytes.extend_from_slice(&small.to_be_bytes());
    bytes
}

/// Computes `a · b mod n` with the public modulus only, as an attacker does.
fn product(key: &PublicKey, a: &[u8], b: &[u8]) -> Vec<u8> {
    let modulus = Odd::new(U1024::from_be_slice(key.n())).unwrap();
    let params = FixedMontyParams::new(modulus);
    let factor = |x: &[u8]| FixedMontyForm::new(&U1024::from_be_slice(x), &params);
    (factor(a) * factor(b)).retrieve().to_be_bytes().as_ref().to_vec()
}

fn pss_message(text: &str) -> PreparedMessage<PssDeterministic> {
    PreparedMessage::identity(text.as_bytes())
}

#[test]
fn textbook_signatures_multiply_into_a_forgery() {
    let private = narrow_keys().remove(0);
    let key = private.public();
    let signed = |m: u64| private.private_operation(&number(key, m)).unwrap();

    // Textbook RSA: signatures on 6 and 35 multiply into a signature on 210.
    let forged = product(key, &signed(6), &signed(35));
    assert_eq!(key.pow_e(&forged).unwrap(), number(key, 210), "the textbook form is forgeable");

    // EMSA-PSS: the forged number does not encode any message.
    assert_eq!(verify(key, &pss_message("210"), &forged), Err(Error::InvalidSignature));
}

fn bought_token(denomination_index: usize) -> (ecash_core::keys::Keyset, Token) {
    let (keyset, private) = narrow_keyset(&[10, 1000]);
    let seed = Seed::new([1; 64]);
    let key = &keyset.keys[denomination_index];
    let mut pending = PendingOutputs::new(key);
    pending.push(&seed, OutputName { chain: Chain::Withdraw, counter: 0 }).unwrap();
    let inverted = pending.invert(&seed).unwrap();
    let output = inverted.outputs()[0].blinded_token();
    let signature = blind_sign(&key.public, &private[denomination_index], output).unwrap();
    let token = inverted.finalize(0, signature.as_bytes()).unwrap();
    (keyset.clone(), token)
}

#[test]
fn a_signature_of_another_denomination_is_rejected() {
    let (keyset, token) = bought_token(0);
    assert!(token.verify(&keyset.keys[0]).is_ok());
    assert_eq!(token.verify(&keyset.keys[1]), Err(Error::InvalidSignature));
    // Changing the key id does not help, because the message contains it.
    let renamed = Token { key_id: keyset.keys[1].key_id, ..token };
    assert_eq!(renamed.verify(&keyset.keys[1]), Err(Error::InvalidSignature));
}

/// Computes `x^((p−1)/e) mod p`, the residue class of x. Multiplying x by an e-th power does not change it.
fn residue_class(x: &[u8], p: &U512) -> U512 {
    let p_wide =
        NonZero::new(U1024::from_be_slice(&[vec![0; 64], p.to_be_bytes().as_ref().to_vec()].concat()));
    let x = U1024::from_be_slice(x).rem(&p_wide.unwrap());
    let x = U512::from_be_slice(&x.to_be_bytes().as_ref()[64..]);
    let e = NonZero::new(U512::from_u64(65537)).unwrap();
    let (exponent, rest) = p.wrapping_sub(&U512::ONE).div_rem(&e);
    assert_eq!(rest, U512::ZERO, "e divides p - 1");
    let params = FixedMontyParams::new(Odd::new(*p).unwrap());
    FixedMontyForm::new(&x, &params).pow(&exponent).retrieve()
}

#[test]
fn a_key_with_e_dividing_p_minus_1_tags_users_and_has_no_proof() {
    let bad = json(include_str!("vectors/bad_keys.json"));
    let p = U512::from_be_slice(&hex(&bad["tagging"], "p"));
    let key = PublicKey::new(&hex(&bad["tagging"], "n"), 65537).unwrap();

    // The mint sees the same class when it signs blindly and when the token is spent: a tag.
    let message = pss_message("token");
    let salt = [7; 48];
    let class_of = |r: u8| {
        let r = BlindingFactor::from_wide_bytes(&key, &vec![r; key.k() + 16]).unwrap();
        let message = EncodedMessage::new(&key, &message, &salt).unwrap();
        residue_class(blind(&key, &message, &r).unwrap().as_bytes(), &p)
    };
    assert_eq!(class_of(3), class_of(250), "blinding does not change the class");

    // No proof exists, because some challenges have no roots.
    let key_id = KeyId::new([9; 32]);
    let rootless =
        challenges(&key, &key_id).unwrap().iter().filter(|z| residue_class(z, &p) != U512::ONE).count();
    assert!(rootless > 0);
    let guesses = vec![number(&key, 4); 8];
    assert!(!verify_proof(&key, &key_id, &guesses));
}

#[test]
fn verifying_a_product_accepts_two_tokens_for_one_signature() {
    let (keyset, token) = bought_token(0);
    let key = &keyset.keys[0].public;
    // One bought signature s becomes s·x and s·x^-1, whose product is still s².
    let x = BlindingFactor::from_bytes(key, &number(key, 3)).unwrap();
    let inverse = invert_all(key, [&x], []).unwrap().remove(0);
    let two =
        [product(key, &token.signature, &number(key, 3)), product(key, &token.signature, inverse.as_bytes())];
    assert_eq!(product(key, &two[0], &two[1]), product(key, &token.signature, &token.signature));
    // Verified separately, each is rejected.
    for signature in two {
        let fake = Token { signature, ..token.clone() };
        assert_eq!(fake.verify(&keyset.keys[0]), Err(Error::InvalidSignature));
    }
}

#[test]
fn degenerate_blinded_tokens_are_rejected() {
    let private = narrow_keys().remove(0);
    let key = private.public();
    let mut minus_one = key.n().to_vec();
    *minus_one.last_mut().unwrap() -= 1;
    let mut minus_two = key.n().to_vec();
    *minus_two.last_mut().unwrap() -= 2;
    let long = [key.n(), &[0]].concat();
    for refused in [
        number(key, 0),
        number(key, 1),
        minus_one,
        key.n().to_vec(),
        vec![0xff; key.k()],
        vec![2; 127],
        long,
        vec![],
    ] {
        assert_eq!(BlindedToken::parse(key, &refused), Err(Error::OutOfRange), "{} bytes", refused.len());
    }
    for accepted in [number(key, 2), minus_two] {
        assert!(BlindedToken::parse(key, &accepted).is_ok());
    }
}

/// A signer that flips one bit of every result.
struct Faulty(DangerousPrivateKey);

impl PrivateOperation for Faulty {
    fn private_operation(&self, x: &[u8]) -> Result<Vec<u8>, Error> {
        let mut result = self.0.private_operation(x)?;
        result[40] ^= 4;
        Ok(result)
    }
}

#[test]
fn a_faulty_signer_is_caught() {
    let faulty = Faulty(narrow_keys().remove(0));
    let key = faulty.0.public().clone();
    let blinded = BlindedToken::parse(&key, &number(&key, 5)).unwrap();
    assert_eq!(blind_sign(&key, &faulty, &blinded), Err(Error::InvalidSignature));
}

#[test]
fn finalize_rejects_wrong_signatures() {
    let private = narrow_keys().remove(0);
    let key = private.public();
    let r = BlindingFactor::from_wide_bytes(key, &vec![5; key.k() + 16]).unwrap();
    let inverse = invert_all(key, [&r], []).unwrap().remove(0);
    let message = pss_message("m");
    let encoded = EncodedMessage::new(key, &message, &[1; 48]).unwrap();
    let blinded = blind(key, &encoded, &r).unwrap();
    let good = blind_sign(key, &private, &blinded).unwrap();
    assert!(finalize(key, &message, good.as_bytes(), &inverse).is_ok());
    assert_eq!(finalize(key, &pss_message("n"), good.as_bytes(), &inverse), Err(Error::InvalidSignature));
    for bad in [vec![], vec![0; key.k()], key.n().to_vec(), vec![0xff; key.k()]] {
        assert_eq!(finalize(key, &message, &bad, &inverse), Err(Error::InvalidSignature));
    }
    assert!(matches!(EncodedMessage::new(key, &message, &[1; 47]), Err(Error::OutOfRange)));
}

#[test]
fn screening_rejects_bad_keys() {
    let (keyset, _) = narrow_keyset(&[10, 1000]);
    let key = &keyset.keys[0];
    assert_eq!(screen(keyset.clone(), KeyPolicy::Real, &[]), Err(ScreeningError::Width(key.key_id)));
    let screened = screen_key(key, KeyPolicy::DangerousTestKeys).unwrap();
    assert!(screen(keyset.clone(), KeyPolicy::DangerousTestKeys, &[screened]).is_ok());

    let mut no_proof = key.clone();
    no_proof.proof.clear();
    let no_proof = screen_key(&no_proof, KeyPolicy::DangerousTestKeys);
    assert_eq!(no_proof, Err(ScreeningError::Proof(key.key_id)));

    let bad = json(include_str!("vectors/bad_keys.json"));
    let mut near = key.clone();
    near.public = PublicKey::new(&hex(&bad, "near_square"), 65537).unwrap();
    let near = screen_key(&near, KeyPolicy::DangerousTestKeys);
    assert_eq!(near, Err(ScreeningError::NearSquare(key.key_id)));

    // The largest odd multiple of 65521, the last prime below 2^16, in 1024 bits.
    let multiple =
        U1024::MAX.wrapping_sub(&U1024::MAX.rem(&NonZero::new(U1024::from_u64(2 * 65521)).unwrap()));
    let multiple = multiple.wrapping_sub(&U1024::from_u64(65521));
    let mut small = key.clone();
    small.public = PublicKey::new(multiple.to_be_bytes().as_ref(), 65537).unwrap();
    let small = screen_key(&small, KeyPolicy::DangerousTestKeys);
    assert_eq!(small, Err(ScreeningError::SmallFactor(key.key_id)));
}

#[test]
fn malformed_public_keys_are_rejected() {
    let key = narrow_keys().remove(0).public().clone();
    let mut even = key.n().to_vec();
    *even.last_mut().unwrap() &= 0xfe;
    let mut short = key.n().to_vec();
    short[0] &= 0x7f;
    for bad in [even, short, vec![0xff; 127], vec![0xff; 256], vec![]] {
        assert_eq!(PublicKey::new(&bad, 65537), Err(Error::InvalidKey));
    }
    assert_eq!(PublicKey::new(key.n(), 3), Err(Error::InvalidKey));
}

/// Returns a modulus of 3072 bits with 190 prime factors just above 2^16 and one larger one.
fn modulus_of_many_small_primes() -> Vec<u8> {
    use crypto_bigint::{NonZero, U3072};
    let is_prime = |n: u64| (2..).take_while(|d| d * d <= n).all(|d| !n.is_multiple_of(d));
    // For none of these primes does e divide p − 1, so x ↦ x^e is a permutation and a key proof exists.
    let primes: Vec<u64> = (65_539..).step_by(2).filter(|n| is_prime(*n)).take(190).collect();
    let product =
        primes.iter().fold(U3072::ONE, |product, prime| product.wrapping_mul(&U3072::from_u64(*prime)));
    // The last factor brings the modulus to 3072 bits: a prime next to 1.5 · 2^3071 / product.
    let middle = U3072::ONE.shl(3071).wrapping_add(&U3072::ONE.shl(3070));
    let quotient = middle.wrapping_div(&NonZero::new(product).unwrap());
    let quotient = quotient.as_words().first().copied().unwrap();
    let last = (quotient | 1..).step_by(2).find(|n| is_prime(*n) && (n - 1) % 65_537 != 0).unwrap();
    product.wrapping_mul(&U3072::from_u64(last)).to_be_bytes().as_ref().to_vec()
}

#[test]
fn m3_a_modulus_of_many_small_primes_is_rejected_when_blinding() {
    let public = PublicKey::new(&modulus_of_many_small_primes(), 65_537).unwrap();
    assert!(!public.has_small_factor(), "screening looks below 2^16 only");
    let (keyset, _) = narrow_keyset(&[10]);
    let key = DenominationKey { public, ..keyset.keys[0].clone() };
    let seed = Seed::new([3; 64]);
    // One token in 350 shares a factor with n. Such a token is rejected alone, and so is a batch that
    // contains it.
    let refused = (0..4000_u64).find(|counter| {
        let mut pending = PendingOutputs::new(&key);
        pending.push(&seed, OutputName { chain: Chain::Withdraw, counter: *counter }).unwrap();
        match pending.invert(&seed) {
            Ok(_) => false,
            Err(error) => {
                assert_eq!(error, Error::InvalidKey);
                true
            }
        }
    });
    let refused = refused.expect("a token that shares a factor with n");
    let mut batch = PendingOutputs::new(&key);
    for counter in refused..refused + 100 {
        batch.push(&seed, OutputName { chain: Chain::Withdraw, counter }).unwrap();
    }
    assert!(matches!(batch.invert(&seed), Err(Error::InvalidKey)));
}
