//! Private keys as PEM blocks of PKCS#8, which are the plaintext of a key file. Also reads key files of
//! version 0.1, which OpenSSL encrypted (PBKDF2 with 2,048 rounds, AES-256-CBC, not authenticated).

use super::PrivateKey;
use openssl::error::ErrorStack;
use openssl::pkey::PKey;
use zeroize::Zeroizing;

const END: &[u8] = b"-----END PRIVATE KEY-----\n";
const ENCRYPTED_END: &str = "-----END ENCRYPTED PRIVATE KEY-----\n";

pub(super) fn write(keys: &[PrivateKey]) -> Result<Zeroizing<Vec<u8>>, ErrorStack> {
    let mut pem = Zeroizing::new(Vec::new());
    for key in keys {
        let block = Zeroizing::new(PKey::from_rsa(key.clone())?.private_key_to_pem_pkcs8()?);
        pem.extend_from_slice(&block);
    }
    Ok(pem)
}

pub(super) fn read(pem: &[u8]) -> Result<Vec<PrivateKey>, ErrorStack> {
    let mut keys = Vec::new();
    let mut rest = pem;
    while let Some(end) = rest.windows(END.len()).position(|window| window == END) {
        let (block, after) = rest.split_at(end + END.len());
        keys.push(checked(PKey::private_key_from_pem(block)?.rsa()?)?);
        rest = after;
    }
    Ok(keys)
}

/// Reads a key file of version 0.1.
pub(super) fn read_encrypted(pem: &str, passphrase: &[u8]) -> Result<Vec<PrivateKey>, ErrorStack> {
    let one = |block: &str| {
        let key = PKey::private_key_from_pem_passphrase(block.as_bytes(), passphrase)?;
        checked(key.rsa()?)
    };
    pem.split_inclusive(ENCRYPTED_END).map(one).collect()
}

/// Checks that the parts of a key are consistent, because a changed prime would make every signature wrong.
fn checked(key: PrivateKey) -> Result<PrivateKey, ErrorStack> {
    if key.check_key()? { Ok(key) } else { Err(ErrorStack::get()) }
}
