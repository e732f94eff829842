use super::*;
use crate::generate_keys;
use ecash_core::keys::Dates;
use ecash_core::rsabssa::{E, PublicKey, Width};
use ecash_core::{Currency, Denomination, InstitutionId, Timestamp};
use openssl::pkey::PKey;
use openssl::symm::Cipher;
use std::os::unix::fs::PermissionsExt as _;
use tempfile::TempDir;

const PASSPHRASE: &str = "correct horse battery";

fn secret(passphrase: &str) -> KeySecret {
    let given = Some(Zeroizing::new(passphrase.to_owned()));
    KeySecret::find(given, None, Path::new("unused"), &[0; 32]).unwrap()
}

fn files(folder: &TempDir, passphrase: &str) -> KeyFiles {
    KeyFiles::open(folder.path(), secret(passphrase)).unwrap()
}

/// Two narrow keys and their keyset.
fn keyset() -> (Keyset, Vec<PrivateKey>) {
    let keys = generate_keys(Width::Test1024, 2, |_| {}).unwrap();
    let public = [10, 50].into_iter().zip(&keys).map(|(minor, key)| {
        let public = PublicKey::new(&key.n().to_vec(), E).unwrap();
        (Denomination::new(minor).unwrap(), public, Vec::new())
    });
    let start = Timestamp::from_unix_seconds(1_800_000_000);
    let dates = Dates::of_issuing_period(start, start.plus_days(30), 90);
    let currency = Currency::new("DEMO", 0).unwrap();
    let institution = InstitutionId::new("inst_primary").unwrap();
    let keyset =
        Keyset::new(KeysetId::new("key_001").unwrap(), institution, currency, dates, public.collect());
    (keyset.unwrap(), keys)
}

fn moduli(keys: &[PrivateKey]) -> Vec<Vec<u8>> {
    keys.iter().map(|key| key.n().to_vec()).collect()
}

#[test]
fn m11_keys_are_decrypted_only_with_their_passphrase() {
    let folder = TempDir::new().unwrap();
    let (keyset, keys) = keyset();
    let stored = files(&folder, PASSPHRASE);
    stored.store(&keyset, &keys).unwrap();
    assert_eq!(moduli(&stored.load(&keyset).unwrap()), moduli(&keys));
    let error = files(&folder, "another passphrase").load(&keyset).err().unwrap();
    assert!(matches!(error, KeyFileError::Decrypt { source: SealedKeysError::Decrypt, .. }));
    // Other users cannot read the file, and it contains no plaintext key.
    let path = stored.path(&keyset);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(stored.folder())), (0o600, 0o700));
    assert!(!std::fs::read_to_string(path).unwrap().contains("PRIVATE"));
    assert!(stored.destroy(&keyset).unwrap());
    assert!(!stored.destroy(&keyset).unwrap());
    assert!(stored.load(&keyset).unwrap().is_empty());
}

#[test]
fn o17_a_file_with_a_changed_byte_is_rejected() {
    let folder = TempDir::new().unwrap();
    let (keyset, keys) = keyset();
    // A random secret keeps the cost of many attempts low.
    let secret = || KeySecret::find(None, None, folder.path(), &[7; 32]).unwrap();
    let stored = KeyFiles::open(folder.path(), secret()).unwrap();
    stored.store(&keyset, &keys).unwrap();
    let path = stored.path(&keyset);
    let file = std::fs::read(&path).unwrap();
    let ends = file.iter().rposition(|byte| *byte == b'"').unwrap();
    for position in (0..ends).step_by(41).chain([ends - 1]) {
        let mut changed = file.clone();
        changed[position] ^= 4;
        std::fs::write(&path, &changed).unwrap();
        assert!(stored.load(&keyset).is_err(), "byte {position}");
    }
    std::fs::write(&path, &file).unwrap();
    assert_eq!(stored.load(&keyset).unwrap().len(), 2);
}

#[test]
fn m11_a_file_of_another_keyset_is_rejected() {
    let folder = TempDir::new().unwrap();
    let ((first, keys), (second, _)) = (keyset(), keyset());
    let stored = files(&folder, PASSPHRASE);
    stored.store(&first, &keys).unwrap();
    std::fs::copy(stored.path(&first), stored.path(&second)).unwrap();
    let error = stored.load(&second).err().unwrap();
    assert!(matches!(error, KeyFileError::Decrypt { source: SealedKeysError::OtherKeyset, .. }));
}

#[test]
fn m11_a_short_passphrase_stores_no_key() {
    let folder = TempDir::new().unwrap();
    let (keyset, keys) = keyset();
    assert!(matches!(files(&folder, "x").store(&keyset, &keys), Err(KeyFileError::Passphrase(_))));
    assert!(files(&folder, "x").load(&keyset).unwrap().is_empty());
}

#[test]
fn m11_a_file_of_version_0_1_is_replaced() {
    let folder = TempDir::new().unwrap();
    let (keyset, keys) = keyset();
    // Its passphrase may be short.
    let stored = files(&folder, "x");
    let old = |name: &str, keys: &[PrivateKey]| {
        let pem = keys.iter().flat_map(|key| {
            let key = PKey::from_rsa(key.clone()).unwrap();
            key.private_key_to_pem_pkcs8_passphrase(Cipher::aes_256_cbc(), b"x").unwrap()
        });
        let path = stored.folder().join(name);
        std::fs::write(&path, pem.collect::<Vec<u8>>()).unwrap();
        path
    };
    let published = old("key_001.published.pem", &keys);
    let unpublished = old("key_001.discarded.pem", &generate_keys(Width::Test1024, 2, |_| {}).unwrap());
    assert_eq!(moduli(&stored.load(&keyset).unwrap()), moduli(&keys));
    assert!(!published.exists() && unpublished.exists() && stored.path(&keyset).exists());
    assert_eq!(moduli(&stored.load(&keyset).unwrap()), moduli(&keys));
}
