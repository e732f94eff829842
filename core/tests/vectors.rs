//! Test vectors: those of RFC 9474 for all four variants, and our own for everything that the protocol fixes
//! byte for byte. They run natively and, with `cargo xtask test wasm`, in a browser.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::{hex, json, text};
use ecash_core::idempotency::{IdempotencyKey, Route, request_digest};
use ecash_core::keys::{Dates, KeyPolicy, Keyset, keys_seen, make_proof, screen, verify_proof};
use ecash_core::names::CurrencyCode;
use ecash_core::receipt::{ReceiptError, ReceiptKey, SignedReceipt, check_chain};
use ecash_core::refund::{Claim, payer_message, proves_payer, verifies};
use ecash_core::rsabssa::danger::DangerousPrivateKey;
use ecash_core::rsabssa::{
    BlindedToken, BlindingFactor, EncodedMessage, PreparedMessage, PssDeterministic, PssRandomized,
    PssZeroDeterministic, PssZeroRandomized, PublicKey, Variant, blind, blind_sign, finalize, invert_all,
    verify,
};
use ecash_core::seed::{AccountToken, Chain, Mnemonic, Seed};
use ecash_core::token::{OutputName, PendingOutputs, Token, TokenBundle, TokenKind};
use ecash_core::{AccountId, Currency, Denomination, InstitutionId, KeysetId, Origin, PaymentId, Timestamp};
use serde_json::Value;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test;

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

fn check_rfc9474<V: Variant>() {
    let vectors = json(include_str!("vectors/rfc9474_appendix_a.json"));
    let vector = vectors
        .as_array()
        .and_then(|vectors| vectors.iter().find(|vector| vector["name"] == V::NAME))
        .unwrap_or_else(|| panic!("a vector for {}", V::NAME));
    let private = DangerousPrivateKey::new(&hex(vector, "n"), &hex(vector, "d")).unwrap();
    let key = private.public();

    let prefix = hex(vector, "msg_prefix").try_into().unwrap_or([0; 32]);
    let message = PreparedMessage::<V>::prepare(&hex(vector, "msg"), &prefix);
    assert_eq!(message.as_bytes(), hex(vector, "prepared_msg"));

    // The vectors contain r^-1, so r is computed as its inverse.
    let inverse_of_r = BlindingFactor::from_bytes(key, &hex(vector, "inv")).unwrap();
    let r = invert_all(key, [&inverse_of_r], []).unwrap();
    let r = BlindingFactor::from_bytes(key, r[0].as_bytes()).unwrap();

    let encoded = EncodedMessage::new(key, &message, &hex(vector, "salt")).unwrap();
    let blinded = blind(key, &encoded, &r).unwrap();
    assert_eq!(blinded.as_bytes(), hex(vector, "blinded_msg"));
    let blind_signature = blind_sign(key, &private, &blinded).unwrap();
    assert_eq!(blind_signature.as_bytes(), hex(vector, "blind_sig"));
    let inverse = invert_all(key, [&r], [&encoded]).unwrap().remove(0);
    assert_eq!(inverse.as_bytes(), hex(vector, "inv"));
    let signature = finalize(key, &message, blind_signature.as_bytes(), &inverse).unwrap();
    assert_eq!(signature.as_bytes(), hex(vector, "sig"));
    assert!(verify(key, &message, signature.as_bytes()).is_ok());
}

/// Defines each function as a native test, and as a browser test on WebAssembly.
macro_rules! vector_tests {
    ($($name:ident => $body:expr;)*) => {$(
        #[cfg_attr(target_arch = "wasm32", wasm_bindgen_test)]
        #[cfg_attr(not(target_arch = "wasm32"), test)]
        fn $name() {
            $body
        }
    )*};
}

vector_tests! {
    rfc9474_pss_randomized => check_rfc9474::<PssRandomized>();
    rfc9474_psszero_randomized => check_rfc9474::<PssZeroRandomized>();
    rfc9474_pss_deterministic => check_rfc9474::<PssDeterministic>();
    rfc9474_psszero_deterministic => check_rfc9474::<PssZeroDeterministic>();
    key_ids_and_key_proofs => check_keys();
    seed_account_and_refund => check_seed();
    outputs_from_serial_to_signature => check_outputs();
    token_text => check_token_text();
    claims_and_digests => check_idempotency();
    refund_claims_and_payer_proofs => check_refund_messages();
    receipts_and_their_keys => check_receipts();
}

struct Ours {
    vectors: Value,
    keyset: Keyset,
    private: Vec<DangerousPrivateKey>,
    seed: Seed,
    origin: Origin,
}

fn ours() -> Ours {
    let vectors = json(include_str!("vectors/ecash_v1.json"));
    let keys = vectors["keys"].as_array().unwrap();
    let dates: Vec<_> = vectors["dates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|date| Timestamp::from_unix_seconds(date.as_u64().unwrap()))
        .collect();
    let keyset = Keyset::new(
        KeysetId::new(text(&vectors, "keyset_id")).unwrap(),
        InstitutionId::new(text(&vectors, "institution_id")).unwrap(),
        Currency::new(text(&vectors, "currency"), 0).unwrap(),
        Dates { valid_from: dates[0], issue_until: dates[1], redeem_until: dates[2], swap_until: dates[3] },
        keys.iter()
            .map(|key| {
                let proof = key["proof"].as_array().unwrap();
                let proof = proof.iter().map(|root| const_hex::decode(root.as_str().unwrap()).unwrap());
                let denomination = Denomination::new(key["denomination"].as_u64().unwrap()).unwrap();
                (denomination, PublicKey::new(&hex(key, "n"), 65537).unwrap(), proof.collect())
            })
            .collect(),
    )
    .unwrap();
    let private =
        keys.iter().map(|key| DangerousPrivateKey::new(&hex(key, "n"), &hex(key, "d")).unwrap()).collect();
    let seed = Mnemonic::parse(text(&vectors, "words")).unwrap().seed();
    let origin = Origin::new(text(&vectors, "origin")).unwrap();
    Ours { vectors, keyset, private, seed, origin }
}

fn check_keys() {
    let ours = ours();
    for ((key, private), vector) in
        ours.keyset.keys.iter().zip(&ours.private).zip(ours.vectors["keys"].as_array().unwrap())
    {
        assert_eq!(key.key_id.as_bytes().as_slice(), hex(vector, "key_id"));
        assert!(verify_proof(&key.public, &key.key_id, &key.proof));
        assert_eq!(make_proof(&key.public, &key.key_id, private).unwrap(), key.proof);
    }
    let seen = |at| ecash_core::base64url::encode(&keys_seen([&ours.keyset], at));
    let Dates { valid_from, issue_until, redeem_until, .. } = ours.keyset.dates;
    let digest = text(&ours.vectors["keys_seen"], "digest");
    assert_eq!([seen(valid_from).as_str(), seen(issue_until).as_str()], [digest, digest]);
    let none = ecash_core::base64url::encode(&keys_seen([], valid_from));
    assert_eq!((seen(redeem_until), digest.len()), (none, 32));
    assert!(screen(ours.keyset, KeyPolicy::Real, &[]).is_ok());
}

fn check_seed() {
    let ours = ours();
    let token = ours.seed.account_token(&ours.origin, &ours.keyset.institution_id);
    assert_eq!(token.to_bearer().as_str(), text(&ours.vectors, "account_token"));
    assert_eq!(token.hash().as_slice(), hex(&ours.vectors, "account_token_hash"));
    assert_eq!(AccountToken::parse(&token.to_bearer()).unwrap().hash(), token.hash());
    let refund = &ours.vectors["refund"];
    let secret =
        ours.seed.refund_secret(&ours.origin, &ours.keyset.institution_id, text(refund, "payment_id"));
    assert_eq!(secret.as_bytes().as_slice(), hex(refund, "secret"));
    assert_eq!(secret.public_key().as_slice(), hex(refund, "public_key"));
    assert_eq!(secret.commitment().as_slice(), hex(refund, "commitment"));
}

fn check_refund_messages() {
    let ours = ours();
    let institution_id = &ours.keyset.institution_id;
    let refund = &ours.vectors["refund"];
    let secret = ours.seed.refund_secret(&ours.origin, institution_id, text(refund, "payment_id"));
    let signed = |vector: &Value, message: &[u8]| {
        assert_eq!(message, hex(vector, "message"));
        assert_eq!(secret.sign(message).as_slice(), hex(vector, "signature"));
        assert!(verifies(&secret.public_key(), message, &secret.sign(message)));
    };

    let vector = &refund["claim"];
    let blinded: Vec<_> = ours.vectors["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| hex(&key["outputs"][3], "blinded_token"))
        .collect();
    let outputs: Vec<_> = ours
        .keyset
        .keys
        .iter()
        .zip(&blinded)
        .map(|(key, blinded)| (key.key_id, blinded.as_slice()))
        .collect();
    let payment_id = PaymentId::new(text(refund, "payment_id")).unwrap();
    let claim = Claim { institution_id, payment_id: &payment_id, refunds: &[1, 64], outputs: &outputs };
    assert_eq!(vector["refunds"], json("[1, 64]"));
    signed(vector, &claim.message().unwrap());

    let vector = &refund["payer"];
    let payer = payer_message(institution_id, &payment_id, text(vector, "shop"), &hex(vector, "challenge"));
    signed(vector, &payer);

    // The receipt of the vectors is of this payment.
    let receipts = &ours.vectors["receipts"];
    let receipt: SignedReceipt = serde_json::from_value(receipts["receipt"].clone()).unwrap();
    let keys: Vec<ReceiptKey> = serde_json::from_value(receipts["keys"].clone()).unwrap();
    let receipt = receipt.verify(&keys).unwrap();
    let proof = [secret.public_key().as_slice(), &hex(vector, "signature")].concat();
    let proof = ecash_core::base64url::encode(&proof);
    assert!(proves_payer(&receipt, &hex(vector, "challenge"), &proof));
    assert!(!proves_payer(&receipt, &hex(vector, "challenge")[1..], &proof));
}

fn check_receipts() {
    let vectors = json(include_str!("vectors/ecash_v1.json"));
    let vector = &vectors["receipts"];
    let keys: Vec<ReceiptKey> = serde_json::from_value(vector["keys"].clone()).unwrap();
    let read = |value: &Value| serde_json::from_value::<SignedReceipt>(value.clone()).unwrap();
    let receipt = read(&vector["receipt"]);
    let body = receipt.verify(&keys).unwrap();
    assert_eq!((body.total.minor(), body.description.as_str()), (1300, "Zwei Brötchen"));
    let seed: [u8; 32] = const_hex::decode_to_array(vector["seeds"][1].as_str().unwrap()).unwrap();
    let signer = ed25519_dalek::SigningKey::from_bytes(&seed);
    let signed = SignedReceipt::sign(&body, |message| {
        Ok::<_, serde_json::Error>(ed25519_dalek::Signer::sign(&signer, message).to_bytes())
    });
    assert_eq!(signed.unwrap(), receipt);

    // Any change invalidates the signature.
    for (field, other) in [
        ("amount", 1201.into()),
        ("tip", 0.into()),
        ("total", 1301.into()),
        ("description", "Zwei Brote".into()),
        ("merchant_name", "Bäckerei".into()),
        ("paid_at", "2026-11-28T14:06:00Z".into()),
        ("merchant_origin", Value::Null),
        ("signature", "".into()),
        ("signature", 7.into()),
        ("added", 1.into()),
    ] {
        let mut changed = vector["receipt"].clone();
        changed[field] = other;
        assert_eq!(read(&changed).verify(&keys), Err(ReceiptError::BadSignature), "{field}");
    }
    let of_kind = |field: &str, other: Value| {
        let mut changed = vector["receipt"].clone();
        changed[field] = other;
        read(&changed).verify(&keys)
    };
    assert_eq!(of_kind("kind", "refund".into()), Err(ReceiptError::UnknownKind));
    assert_eq!(of_kind("ecash_receipt", 2.into()), Err(ReceiptError::UnknownKind));
    assert_eq!(of_kind("institution_id", "inst_other".into()), Err(ReceiptError::UnknownKey));
    for no_receipt in [Value::Null, json("{}"), json(r#"{"ecash_receipt":1}"#), json("[1]")] {
        assert_eq!(read(&no_receipt).verify(&keys), Err(ReceiptError::UnknownKind));
    }
    assert_eq!(receipt.verify(&keys[..1]), Err(ReceiptError::UnknownKey));
    // The signature verifies, but the key was not in use.
    let mut ended = keys.clone();
    ended[1].until = Some(ended[1].from);
    assert_eq!(receipt.verify(&ended), Err(ReceiptError::WrongTime));

    // A client that knows the first key accepts the second one, and no other key instead of it.
    let (institution_id, currency) = (&body.institution_id, &body.currency);
    let chain = |known: &[ReceiptKey], published: &[ReceiptKey]| {
        check_chain(institution_id, currency, known, published)
    };
    assert!(chain(&[], &keys) && chain(&keys[..1], &keys) && chain(&keys, &keys));
    assert!(!chain(&keys, &keys[..1]), "a key is missing");
    assert!(!chain(&keys[1..], &keys), "the first key differs");
    let mut slipped_in = keys.clone();
    slipped_in[1].public_key = vec![7; 32].into();
    assert!(!chain(&keys[..1], &slipped_in));
    slipped_in[1].by_previous = None;
    assert!(!chain(&keys[..1], &slipped_in));
}

fn check_outputs() {
    let ours = ours();
    for ((key, private), vector) in
        ours.keyset.keys.iter().zip(&ours.private).zip(ours.vectors["keys"].as_array().unwrap())
    {
        let expected = vector["outputs"].as_array().unwrap();
        let mut pending = PendingOutputs::new(key);
        for output in expected {
            let chain = match text(output, "chain") {
                "withdraw" => Chain::Withdraw,
                "swap" => Chain::Swap,
                _ => Chain::Refund,
            };
            let counter = output["counter"].as_u64().unwrap();
            pending.push(&ours.seed, OutputName { chain, counter }).unwrap();
        }
        let inverted = pending.invert(&ours.seed).unwrap();
        for (index, output) in expected.iter().enumerate() {
            let blinded = inverted.outputs()[index].blinded_token();
            assert_eq!(blinded.as_bytes(), hex(output, "blinded_token"));
            let parsed = BlindedToken::parse(&key.public, &hex(output, "blinded_token")).unwrap();
            let blind_signature = blind_sign(&key.public, private, &parsed).unwrap();
            assert_eq!(blind_signature.as_bytes(), hex(output, "blind_signature"));
            let token = inverted.finalize(index, blind_signature.as_bytes()).unwrap();
            assert_eq!(token.serial.as_bytes().as_slice(), hex(output, "serial"));
            assert_eq!(token.message().as_bytes().as_slice(), hex(output, "token_message"));
            assert_eq!(token.signature, hex(output, "signature"));
            assert!(token.verify(key).is_ok());
        }
    }
}

fn check_token_text() {
    let ours = ours();
    let mut tokens = Vec::new();
    for (key, vector) in ours.keyset.keys.iter().zip(ours.vectors["keys"].as_array().unwrap()) {
        for output in vector["outputs"].as_array().unwrap().iter().take(2) {
            tokens.push(Token {
                key_id: key.key_id,
                kind: TokenKind::Bearer,
                serial: serde_json::from_value(Value::String(ecash_core::base64url::encode(&hex(
                    output, "serial",
                ))))
                .unwrap(),
                signature: hex(output, "signature"),
            });
        }
    }
    let mut bundle = TokenBundle {
        origin: ours.origin,
        institution_id: ours.keyset.institution_id,
        currency: CurrencyCode::new("DEMO").unwrap(),
        memo: None,
        tokens,
    };
    for (field, memo) in [("text", None), ("text_with_memo", Some("für den Kaffee".to_owned()))] {
        bundle.memo = memo;
        assert_eq!(bundle.to_text().unwrap(), text(&ours.vectors, field));
        assert_eq!(TokenBundle::from_text(text(&ours.vectors, field)).unwrap(), bundle);
    }
}

fn check_idempotency() {
    let vectors = json(include_str!("vectors/ecash_v1.json"));
    for vector in vectors["claims"].as_array().unwrap() {
        let route = match text(vector, "route") {
            "withdraw" => Route::Withdraw,
            "swap" => Route::Swap,
            _ => Route::Redeem,
        };
        let principal = AccountId::new(text(vector, "principal")).ok();
        let key = IdempotencyKey::parse(text(vector, "key")).unwrap();
        assert_eq!(key.claim(route, principal.as_ref()), text(vector, "claim"));
    }
    let digest = &vectors["digest"];
    let body = json(text(digest, "body"));
    assert_eq!(request_digest(&body).unwrap().as_slice(), hex(digest, "digest"));
}
