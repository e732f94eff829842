//! Properties over random inputs. The crate `rsa` verifies signatures independently.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![cfg(not(target_arch = "wasm32"))]

mod common;

use common::narrow_keyset;
use ecash_core::keys::Keyset;
use ecash_core::names::CurrencyCode;
use ecash_core::rsabssa::blind_sign;
use ecash_core::rsabssa::danger::DangerousPrivateKey;
use ecash_core::seed::{Chain, Seed};
use ecash_core::token::{BlindedHash, BundleError, Opening, OutputName, PendingOutputs, Token, TokenBundle};
use ecash_core::{InstitutionId, Origin};
use proptest::prelude::*;
use rsa::signature::Verifier as _;
use std::sync::LazyLock;

static KEYSET: LazyLock<(Keyset, Vec<DangerousPrivateKey>)> = LazyLock::new(|| narrow_keyset(&[10, 50, 100]));

fn token(seed: &Seed, index: usize, counter: u64) -> Token {
    let (keyset, private) = &*KEYSET;
    let key = &keyset.keys[index];
    let mut pending = PendingOutputs::new(key);
    pending.push(seed, OutputName { chain: Chain::Swap, counter }).unwrap();
    let inverted = pending.invert(seed).unwrap();
    let signature = blind_sign(&key.public, &private[index], inverted.outputs()[0].blinded_token()).unwrap();
    inverted.finalize(0, signature.as_bytes()).unwrap()
}

fn seeds() -> impl Strategy<Value = Seed> {
    proptest::array::uniform32(any::<u8>()).prop_map(|half| {
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(&half);
        Seed::new(bytes)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_token_verifies_under_its_own_key_only(seed in seeds(), index in 0..3_usize, counter: u64) {
        let token = token(&seed, index, counter);
        for (other, key) in KEYSET.0.keys.iter().enumerate() {
            prop_assert_eq!(token.verify(key).is_ok(), other == index);
        }
    }

    #[test]
    fn an_opening_gives_only_its_blinded_token(seed in seeds(), counter: u64) {
        let name = OutputName { chain: Chain::Swap, counter };
        let key = &KEYSET.0.keys[0];
        let mut pending = PendingOutputs::new(key);
        pending.push(&seed, name).unwrap();
        let inverted = pending.invert(&seed).unwrap();
        let expected = BlindedHash::of(inverted.outputs()[0].blinded_token().as_bytes());
        let opening = Opening::derive(&seed, key, name).unwrap();
        prop_assert_eq!(opening.blinded_hash(key, &token(&seed, 0, counter)).ok(), Some(expected));
        // Neither another token's message nor another salt gives it.
        let other = opening.blinded_hash(key, &token(&seed, 0, counter ^ 1)).ok();
        prop_assert_ne!(other, Some(expected));
        let salt = opening.salt.as_bytes().iter().map(|byte| byte ^ 1).collect::<Vec<_>>().into();
        let other = Opening { salt, ..opening }.blinded_hash(key, &token(&seed, 0, counter)).ok();
        prop_assert_ne!(other, Some(expected));
    }

    #[test]
    fn any_flipped_bit_invalidates(seed in seeds(), bit in 0..(128 * 8_usize), serial_bit in 0..256_usize) {
        let good = token(&seed, 0, 0);
        let key = &KEYSET.0.keys[0];
        let mut bad = good.clone();
        bad.signature[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(bad.verify(key).is_err());
        let mut serial = *good.serial.as_bytes();
        serial[serial_bit / 8] ^= 1 << (serial_bit % 8);
        let bad = Token { serial: ecash_core::token::Serial::new(serial), ..good };
        prop_assert!(bad.verify(key).is_err());
    }

    #[test]
    fn the_rsa_crate_agrees(seed in seeds(), index in 0..3_usize) {
        let token = token(&seed, index, 1);
        let n = rsa::BoxedUint::from_be_slice_vartime(KEYSET.0.keys[index].public.n());
        let key = rsa::RsaPublicKey::new(n, rsa::BoxedUint::from(65537_u64)).unwrap();
        let key = rsa::pss::VerifyingKey::<sha2::Sha384>::new_with_salt_len(key, 48);
        let signature = rsa::pss::Signature::try_from(token.signature.as_slice()).unwrap();
        prop_assert!(key.verify(token.message().as_bytes(), &signature).is_ok());
    }

    #[test]
    fn bundles_round_trip(seed in seeds(), count in 1..6_u64, memo in proptest::option::of("\\PC{0,40}")) {
        let bundle = TokenBundle {
            origin: Origin::new("http://localhost:8080").unwrap(),
            institution_id: InstitutionId::new("inst").unwrap(),
            currency: CurrencyCode::new("DEMO").unwrap(),
            memo,
            tokens: (0..count).map(|i| token(&seed, usize::from(i >= 3), i)).collect(),
        };
        let text = bundle.to_text().unwrap();
        prop_assert_eq!(TokenBundle::from_text(&format!("  {text}\n")).unwrap(), bundle);
    }

    #[test]
    fn a_token_text_is_found_in_pasted_text(seed in seeds(), width in 20..90_usize) {
        let bundle = TokenBundle {
            origin: Origin::new("http://localhost:8080").unwrap(),
            institution_id: InstitutionId::new("inst").unwrap(),
            currency: CurrencyCode::new("DEMO").unwrap(),
            memo: None,
            tokens: vec![token(&seed, 0, 0), token(&seed, 1, 1)],
        };
        let text = bundle.to_text().unwrap();
        let lines: Vec<_> = text.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).unwrap()).collect();
        for pasted in [
            format!("  {text}\n"),
            format!("https://ecash1.example/#receive={text}"),
            format!("Here you are: {text}. Enjoy it"),
            lines.join("\n"),
            format!("On Monday Ann wrote:\n> {}\n\nThank you very much", lines.join("\n> ")),
        ] {
            prop_assert_eq!(TokenBundle::find_in(&pasted), Ok(bundle.clone()), "{}", pasted);
        }
        prop_assert_eq!(TokenBundle::find_in("ecash is nice"), Err(BundleError::NotABundle));
        prop_assert_eq!(TokenBundle::find_in("ecash2abc"), Err(BundleError::UnknownVersion));
        prop_assert_eq!(TokenBundle::find_in(&text[..text.len() - 9]), Err(BundleError::Damaged));
    }

    #[test]
    fn damaged_texts_never_panic(body in "[A-Za-z0-9_-]{0,400}", cut in 0..400_usize) {
        let text = format!("ecash1{body}");
        // Decoding never panics: it returns an error or a bundle within the limits.
        if let Ok(bundle) = TokenBundle::from_text(&text) {
            prop_assert!(bundle.tokens.len() <= 128);
        }
        let whole = TokenBundle {
            origin: Origin::new("http://localhost:8080").unwrap(),
            institution_id: InstitutionId::new("inst").unwrap(),
            currency: CurrencyCode::new("DEMO").unwrap(),
            memo: None,
            tokens: vec![token(&Seed::new([1; 64]), 0, 0)],
        }.to_text().unwrap();
        let cut = cut.min(whole.len() - 1);
        prop_assert!(TokenBundle::from_text(&whole[..cut]).is_err());
    }
}
