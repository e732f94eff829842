//! Generates, finds, checks and destroys keys of a token.

use super::{HsmKey, TokenError};
use crate::transcript::PrivateKeyMechanism;
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use ecash_core::rsabssa::{E, Error, PrivateOperation as _, PublicKey};
use ecash_core::{Denomination, InstitutionId, KeysetId};
use sha2::{Digest as _, Sha256};

/// The label of a key in its token. Both halves of the pair have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyLabel(String);

impl KeyLabel {
    /// Builds `ecash/INSTITUTION/KEYSET/DENOMINATION`, the denomination in minor units.
    #[must_use]
    pub fn new(institution_id: &InstitutionId, keyset_id: &KeysetId, denomination: Denomination) -> Self {
        Self(format!("ecash/{institution_id}/{keyset_id}/{}", denomination.minor()))
    }

    /// Returns the label as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn attribute(&self) -> Attribute {
        Attribute::Label(self.0.as_bytes().to_vec())
    }

    /// `CKA_ID`, the same in both halves: SHA-256 of the label.
    fn id(&self) -> Attribute {
        Attribute::Id(Sha256::digest(self.0.as_bytes()).to_vec())
    }

    fn text(&self) -> String {
        self.0.clone()
    }
}

/// A private key found in a token, whose attributes were checked.
#[derive(Debug, Clone)]
pub struct FoundKey {
    /// Valid in every session until the token is closed or lost.
    pub handle: ObjectHandle,
    /// The function that the key's attributes allow.
    pub operation: PrivateKeyMechanism,
    /// The public key, as the token reports it.
    pub public: PublicKey,
}

/// A key pair that this ceremony created.
pub struct MadeKey {
    /// The private half, read back from the token.
    pub found: FoundKey,
    handles: [ObjectHandle; 2],
}

impl MadeKey {
    /// Removes both halves from the token after a failed ceremony. Logs a failure instead of returning it,
    /// because the ceremony returns its own error.
    pub fn destroy(self, session: &Session) {
        for handle in self.handles {
            if let Err(error) = session.destroy_object(handle) {
                tracing::error!(
                    %error,
                    "a key of the failed ceremony could not be removed from the hardware token; remove it with the vendor's program"
                );
            }
        }
    }
}

/// Returns whether the token has any object with this label.
///
/// # Errors
/// [`TokenError::Call`].
pub(crate) fn is_taken(session: &Session, label: &KeyLabel) -> Result<bool, TokenError> {
    let found = session.find_objects(&[label.attribute()]).map_err(TokenError::call("find keys"))?;
    Ok(!found.is_empty())
}

/// Generates a key pair that cannot leave the token and allows only the raw private operation.
///
/// # Errors
/// [`TokenError`]. A key whose attributes are not as requested is destroyed.
pub(crate) fn make(
    session: &Session,
    label: &KeyLabel,
    operation: PrivateKeyMechanism,
    bits: u64,
) -> Result<MadeKey, TokenError> {
    if is_taken(session, label)? {
        return Err(TokenError::LabelTaken(label.text()));
    }
    let public = [
        Attribute::Token(true),
        Attribute::Private(false),
        Attribute::Verify(operation == PrivateKeyMechanism::Sign),
        Attribute::Encrypt(operation == PrivateKeyMechanism::Decrypt),
        Attribute::ModulusBits(bits.into()),
        Attribute::PublicExponent(E.to_be_bytes().iter().copied().skip_while(|byte| *byte == 0).collect()),
        label.attribute(),
        label.id(),
    ];
    let private = [
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(operation == PrivateKeyMechanism::Sign),
        Attribute::Decrypt(operation == PrivateKeyMechanism::Decrypt),
        Attribute::Unwrap(false),
        Attribute::Modifiable(false),
        Attribute::AllowedMechanisms(vec![MechanismType::RSA_X_509]),
        label.attribute(),
        label.id(),
    ];
    let pair = session.generate_key_pair(&Mechanism::RsaPkcsKeyPairGen, &public, &private);
    let (public_handle, private_handle) = pair.map_err(TokenError::call("generate a key"))?;
    let handles = [private_handle, public_handle];
    match read(session, private_handle, label) {
        Ok(found) => Ok(MadeKey { found, handles }),
        Err(error) => {
            for handle in handles {
                session.destroy_object(handle).map_err(TokenError::call("destroy a key"))?;
            }
            Err(error)
        }
    }
}

/// Finds the only private key with this label and checks its attributes.
///
/// # Errors
/// [`TokenError`] if it is missing, not the only one, or has unsafe attributes.
pub(crate) fn find(session: &Session, label: &KeyLabel) -> Result<FoundKey, TokenError> {
    let template = [Attribute::Class(ObjectClass::PRIVATE_KEY), label.attribute()];
    let handles = session.find_objects(&template).map_err(TokenError::call("find keys"))?;
    match handles.as_slice() {
        [handle] => read(session, *handle, label),
        [] => Err(TokenError::NoKey(label.text())),
        _ => Err(TokenError::TwoKeys(label.text())),
    }
}

/// Returns whether the token has a private key with this label.
///
/// # Errors
/// [`TokenError::Call`].
pub(crate) fn has_private_key(session: &Session, label: &KeyLabel) -> Result<bool, TokenError> {
    let template = [Attribute::Class(ObjectClass::PRIVATE_KEY), label.attribute()];
    let found = session.find_objects(&template).map_err(TokenError::call("find keys"))?;
    Ok(!found.is_empty())
}

/// Destroys both halves of the key with this label and public key. Returns whether there was a private half.
/// Idempotent.
///
/// # Errors
/// [`TokenError::OtherKey`] if the label belongs to another key; then nothing is destroyed. Otherwise any
/// other [`TokenError`].
pub(crate) fn destroy(session: &Session, label: &KeyLabel, public: &PublicKey) -> Result<bool, TokenError> {
    let had_private = has_private_key(session, label)?;
    if had_private && find(session, label)?.public != *public {
        return Err(TokenError::OtherKey(label.text()));
    }
    let found = session.find_objects(&[label.attribute()]).map_err(TokenError::call("find keys"))?;
    for handle in &found {
        session.destroy_object(*handle).map_err(TokenError::call("destroy a key"))?;
    }
    Ok(had_private)
}

/// Reads a key's attributes and rejects unsafe ones. Also used after generation, because a token may ignore
/// parts of the requested template.
fn read(session: &Session, handle: ObjectHandle, label: &KeyLabel) -> Result<FoundKey, TokenError> {
    let wanted = [
        AttributeType::Sensitive,
        AttributeType::AlwaysSensitive,
        AttributeType::Extractable,
        AttributeType::NeverExtractable,
        AttributeType::Unwrap,
        AttributeType::Sign,
        AttributeType::Decrypt,
        AttributeType::Modulus,
        AttributeType::PublicExponent,
    ];
    let read =
        session.get_attributes(handle, &wanted).map_err(TokenError::call("read the attributes of a key"))?;
    let unfit = |flaw| TokenError::Unfit { label: label.text(), flaw };
    let is = |attribute: Attribute| read.contains(&attribute);
    if !is(Attribute::Sensitive(true)) || !is(Attribute::AlwaysSensitive(true)) {
        return Err(unfit("it is or was not sensitive, so it may have been read out"));
    }
    if !is(Attribute::Extractable(false)) || !is(Attribute::NeverExtractable(true)) {
        return Err(unfit("it is or was extractable, so a copy may exist"));
    }
    let operation = match (is(Attribute::Sign(true)), is(Attribute::Decrypt(true))) {
        (true, false) => PrivateKeyMechanism::Sign,
        (false, true) => PrivateKeyMechanism::Decrypt,
        _ => return Err(unfit("it must be allowed either to sign or to decrypt, not both")),
    };
    if is(Attribute::Unwrap(true)) {
        return Err(unfit("it is allowed to unwrap other keys"));
    }
    let number = |wanted: fn(&Attribute) -> Option<&Vec<u8>>| read.iter().find_map(wanted);
    let modulus = number(|attribute| match attribute {
        Attribute::Modulus(n) => Some(n),
        _ => None,
    });
    let exponent = number(|attribute| match attribute {
        Attribute::PublicExponent(e) => Some(e),
        _ => None,
    });
    let (Some(modulus), Some(exponent)) = (modulus, exponent) else {
        return Err(unfit("the hardware token does not return its modulus and exponent"));
    };
    let e = exponent.iter().fold(0_u64, |value, byte| value.wrapping_mul(256).wrapping_add(u64::from(*byte)));
    let public = PublicKey::new(modulus, u32::try_from(e).unwrap_or(0))
        .map_err(|source| TokenError::Wrong { label: label.text(), source })?;
    Ok(FoundKey { handle, operation, public })
}

/// Makes one real signature and verifies it, because a token may not support an operation that it reports.
///
/// # Errors
/// [`TokenError::Call`] or [`TokenError::Wrong`].
pub(crate) fn prove(session: &Session, key: &FoundKey, label: &KeyLabel) -> Result<(), TokenError> {
    // A leading zero byte keeps x below n.
    let mut x = vec![0x5a; key.public.k()];
    if let Some(first) = x.first_mut() {
        *first = 0;
    }
    let hsm_key = HsmKey::new(session, key.handle, key.operation, &key.public);
    let answer = hsm_key.private_operation(&x);
    let wrong = |source| TokenError::Wrong { label: label.text(), source };
    match answer {
        Ok(answer) if key.public.pow_e(&answer).as_ref() == Ok(&x) => Ok(()),
        Ok(_) => Err(wrong(Error::InvalidSignature)),
        Err(source) => Err(hsm_key.into_failure().unwrap_or_else(|| wrong(source))),
    }
}
