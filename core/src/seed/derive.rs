//! Derivation from the seed: HKDF-SHA-512, ours to the byte (protocol §3).

use crate::keys::{DenominationKey, KeyId, lp};
use crate::rsabssa::{BlindingFactor, Error};
use crate::token::{OutputName, Serial};
use crate::{InstitutionId, Origin};
use hkdf::Hkdf;
use sha2::{Digest, Sha256, Sha512};
use std::fmt;
use zeroize::Zeroizing;

const TYPE_OUTPUT: u8 = 1;
const TYPE_ACCOUNT_TOKEN: u8 = 2;
const TYPE_REFUND_SECRET: u8 = 3;
const PART_SERIAL: u8 = 1;
const PART_SALT: u8 = 2;
const PART_R: u8 = 3;
/// The widest r: k + 16 bytes for RSA-4096.
const MAX_R_LEN: usize = 512 + 16;

/// Chains keep outputs of different uses apart: withdrawals name an account, swaps must not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Chain {
    /// Outputs of withdrawals.
    Withdraw,
    /// Outputs of swaps.
    Swap,
    /// Outputs of claimed refunds.
    Refund,
}

impl Chain {
    const fn byte(self) -> u8 {
        match self {
            Self::Withdraw => 0x77,
            Self::Swap => 0x73,
            Self::Refund => 0x72,
        }
    }
}

/// The 64-byte BIP-39 seed. Secret, zeroized.
#[derive(Clone)]
pub struct Seed(Zeroizing<[u8; 64]>);

impl Seed {
    /// Wraps the bytes.
    #[must_use]
    pub fn new(bytes: [u8; 64]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    fn derive(&self, type_: u8, parts: &[&[u8]], okm: &mut [u8]) {
        let mut info = b"ecash/derive/v1".to_vec();
        info.extend_from_slice(&[0, type_]);
        for part in parts {
            info.extend_from_slice(part);
        }
        let expanded = Hkdf::<Sha512>::new(None, self.0.as_slice()).expand(&info, okm);
        // HKDF-SHA-512 gives up to 16,320 bytes; the longest asked for here is 528.
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

    /// The serial of an output.
    #[must_use]
    pub fn serial(&self, key_id: &KeyId, name: OutputName) -> Serial {
        let mut serial = [0; 32];
        self.derive_output(key_id, name, PART_SERIAL, 0, &mut serial);
        Serial::new(serial)
    }

    /// The PSS salt of an output.
    pub(crate) fn salt(&self, key_id: &KeyId, name: OutputName) -> Zeroizing<[u8; 48]> {
        let mut salt = Zeroizing::new([0; 48]);
        self.derive_output(key_id, name, PART_SALT, 0, salt.as_mut_slice());
        salt
    }

    /// The blinding factor of an output.
    ///
    /// # Errors
    /// [`Error::NotInvertible`] if it is 0: take the next attempt.
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

    /// The token of the wallet's account at a mint.
    #[must_use]
    pub fn account_token(&self, origin: &Origin, institution_id: &InstitutionId) -> AccountToken {
        let mut token = Zeroizing::new([0; 32]);
        let (origin, institution) = mint_parts(origin, institution_id);
        self.derive(TYPE_ACCOUNT_TOKEN, &[&origin, &institution], token.as_mut_slice());
        AccountToken(token)
    }

    /// The secret that claims the refunds of one payment.
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

/// Both bind the origin: a mint that announces another's institution_id is not handed its secrets.
fn mint_parts(origin: &Origin, institution_id: &InstitutionId) -> (Vec<u8>, Vec<u8>) {
    (lp(origin.as_str().as_bytes()), lp(institution_id.as_str().as_bytes()))
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(secret)")
    }
}

/// The secret that opens an account: sent as `Authorization: Bearer <base64url>`.
#[derive(Clone)]
pub struct AccountToken(Zeroizing<[u8; 32]>);

impl AccountToken {
    /// Wraps 32 bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Reads the bearer form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        crate::base64url::decode(text)?.try_into().ok().map(Self::new)
    }

    /// The bearer form.
    #[must_use]
    pub fn to_bearer(&self) -> Zeroizing<String> {
        Zeroizing::new(crate::base64url::encode(self.0.as_slice()))
    }

    /// What the mint stores: SHA-256 of the 32 raw bytes.
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

/// The secret that claims a payment's refunds.
#[derive(Clone)]
pub struct RefundSecret(Zeroizing<[u8; 32]>);

impl RefundSecret {
    /// The 32 bytes, revealed only to claim.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// What the payer sends with the payment: SHA-256("ecash/refund/v1" ‖ secret).
    #[must_use]
    pub fn commitment(&self) -> [u8; 32] {
        Sha256::new_with_prefix(b"ecash/refund/v1").chain_update(self.0.as_slice()).finalize().into()
    }
}

impl fmt::Debug for RefundSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefundSecret(secret)")
    }
}
