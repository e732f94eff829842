//! Derivation of secrets from the seed with HKDF-SHA-512. The inputs are fixed byte for byte (protocol §3),
//! because a wallet must derive the same secrets again years later.

use crate::keys::{DenominationKey, KeyId, lp};
use crate::rsabssa::{BlindingFactor, Error};
use crate::serial::Serial;
use crate::{InstitutionId, Origin};
use hkdf::Hkdf;
use sha2::{Digest, Sha256, Sha512};
use std::fmt;
use zeroize::Zeroizing;

const TYPE_OUTPUT: u8 = 1;
const TYPE_ACCOUNT_TOKEN: u8 = 2;
const TYPE_REFUND_SECRET: u8 = 3;
const TYPE_LOCK_KEY: u8 = 4;
const PART_SERIAL: u8 = 1;
const PART_SALT: u8 = 2;
const PART_R: u8 = 3;
/// Length of the longest output: the blinding factor of an RSA-4096 key, k + 16 bytes.
const MAX_R_LEN: usize = 512 + 16;

/// Separates the outputs of different operations: a withdrawal names an account, a swap must not, so the two
/// never share a counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Chain {
    /// Outputs of withdrawals; byte 0x77.
    Withdraw,
    /// Outputs of swaps; byte 0x73.
    Swap,
    /// Outputs of claimed refunds; byte 0x72.
    Refund,
}

impl Chain {
    /// Every chain.
    pub const ALL: [Self; 3] = [Self::Withdraw, Self::Swap, Self::Refund];

    const fn byte(self) -> u8 {
        match self {
            Self::Withdraw => 0x77,
            Self::Swap => 0x73,
            Self::Refund => 0x72,
        }
    }
}

/// Identifies an output, together with the seed and the key from which it is derived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutputName {
    /// Chain of the operation that the output belongs to.
    pub chain: Chain,
    /// Counter of the output; each key and chain counts from 0.
    pub counter: u64,
}

/// The 64-byte BIP-39 seed. Secret: it gives access to all money of the wallet. Zeroized on drop.
#[derive(Clone)]
pub struct Seed(Zeroizing<[u8; 64]>);

impl Seed {
    /// Creates a seed from the 64 bytes of [`Mnemonic::seed`](super::Mnemonic::seed).
    #[must_use]
    pub fn new(bytes: [u8; 64]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Fills `okm` with HKDF-SHA-512 of the seed, without a salt. The info is `"ecash/derive/v1" ‖ 0x00 ‖
    /// type ‖ parts`. Every part has a fixed length or a length prefix, so no two derivations share an info.
    fn derive(&self, type_: u8, parts: &[&[u8]], okm: &mut [u8]) {
        let mut info = b"ecash/derive/v1".to_vec();
        info.extend_from_slice(&[0, type_]);
        for part in parts {
            info.extend_from_slice(part);
        }
        let expanded = Hkdf::<Sha512>::new(None, self.0.as_slice()).expand(&info, okm);
        // HKDF-SHA-512 returns up to 16,320 bytes; the longest output here has 528.
        assert!(expanded.is_ok() && okm.len() <= MAX_R_LEN, "HKDF output length");
    }

    fn derive_output(&self, key_id: &KeyId, name: OutputName, part: u8, attempt: u8, okm: &mut [u8]) {
        let counter = name.counter.to_be_bytes();
        self.derive(
            TYPE_OUTPUT,
            &[&[name.chain.byte()], key_id.as_bytes(), &counter, &[part], &[attempt]],
            okm,
        );
    }

    /// Derives the serial of an output. Secret until the token is spent.
    #[must_use]
    pub fn serial(&self, key_id: &KeyId, name: OutputName) -> Serial {
        let mut serial = [0; 32];
        self.derive_output(key_id, name, PART_SERIAL, 0, &mut serial);
        Serial::new(serial)
    }

    /// Derives the PSS salt of an output.
    pub(crate) fn salt(&self, key_id: &KeyId, name: OutputName) -> Zeroizing<[u8; 48]> {
        let mut salt = Zeroizing::new([0; 48]);
        self.derive_output(key_id, name, PART_SALT, 0, salt.as_mut_slice());
        salt
    }

    /// Derives the blinding factor r of an output. `attempt` is 0 unless an earlier r was not invertible.
    ///
    /// # Errors
    /// Returns [`Error::NotInvertible`] if r is 0; the caller retries with the next attempt.
    pub(crate) fn blinding_factor(
        &self,
        key: &DenominationKey,
        name: OutputName,
        attempt: u8,
    ) -> Result<BlindingFactor, Error> {
        let mut wide = Zeroizing::new(vec![0; key.public.k() + 16]);
        self.derive_output(&key.key_id, name, PART_R, attempt, &mut wide);
        BlindingFactor::from_wide_bytes(&key.public, &wide)
    }

    /// Derives the token of the wallet's account at a mint.
    #[must_use]
    pub fn account_token(&self, origin: &Origin, institution_id: &InstitutionId) -> AccountToken {
        let mut token = Zeroizing::new([0; 32]);
        let (origin, institution) = mint_parts(origin, institution_id);
        self.derive(TYPE_ACCOUNT_TOKEN, &[&origin, &institution], token.as_mut_slice());
        AccountToken(token)
    }

    /// Derives the key that lets the recovery phrase open a wallet whose passphrase was forgotten. It never
    /// leaves the device.
    #[must_use]
    pub fn lock_key(&self) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        self.derive(TYPE_LOCK_KEY, &[], key.as_mut_slice());
        key
    }

    /// Derives the secret that claims the refunds of one payment.
    #[must_use]
    pub fn refund_secret(
        &self,
        origin: &Origin,
        institution_id: &InstitutionId,
        payment_id: &str,
    ) -> RefundSecret {
        let mut secret = Zeroizing::new([0; 32]);
        let (origin, institution) = mint_parts(origin, institution_id);
        let payment = lp(payment_id.as_bytes());
        self.derive(TYPE_REFUND_SECRET, &[&origin, &institution, &payment], secret.as_mut_slice());
        RefundSecret(secret)
    }
}

/// Binds account tokens and refund secrets to the origin: a mint that publishes the `institution_id` of
/// another mint does not receive the secrets of that mint.
fn mint_parts(origin: &Origin, institution_id: &InstitutionId) -> (Vec<u8>, Vec<u8>) {
    (lp(origin.as_str().as_bytes()), lp(institution_id.as_str().as_bytes()))
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(secret)")
    }
}

/// The secret that authenticates an account: 32 bytes, sent as `Authorization: Bearer <base64url>`.
#[derive(Clone)]
pub struct AccountToken(Zeroizing<[u8; 32]>);

impl AccountToken {
    /// Creates an account token from bytes that were derived or chosen at random.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Parses the bearer form; returns `None` unless `text` is 32 bytes in canonical base64url.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        crate::base64url::decode(text)?.try_into().ok().map(Self::new)
    }

    /// Returns the bearer form: base64url without padding.
    #[must_use]
    pub fn to_bearer(&self) -> Zeroizing<String> {
        Zeroizing::new(crate::base64url::encode(self.0.as_slice()))
    }

    /// Returns SHA-256 of the 32 raw bytes, which is all that the mint stores.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_slice()).into()
    }
}

impl fmt::Debug for AccountToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccountToken(secret)")
    }
}

/// The secret that claims the refunds of one payment: the 32-byte seed of an Ed25519 key (RFC 8032). A claim
/// is signed with the key and does not reveal it, so a payment can be refunded in parts.
#[derive(Clone)]
pub struct RefundSecret(Zeroizing<[u8; 32]>);

impl RefundSecret {
    /// Returns the 32 bytes of the seed.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Returns the public key, which a claim reveals.
    #[must_use]
    pub fn public_key(&self) -> [u8; 32] {
        ed25519_dalek::SigningKey::from_bytes(&self.0).verifying_key().to_bytes()
    }

    /// Returns the commitment that the payer sends with the payment: SHA-256(`"ecash/refund/v2"` ‖ public
    /// key).
    #[must_use]
    pub fn commitment(&self) -> [u8; 32] {
        crate::refund::commitment(&self.public_key())
    }

    /// Signs a refund claim, or a proof of payment.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        use ed25519_dalek::Signer as _;
        ed25519_dalek::SigningKey::from_bytes(&self.0).sign(message).to_bytes()
    }
}

impl fmt::Debug for RefundSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefundSecret(secret)")
    }
}
