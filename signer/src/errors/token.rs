//! Errors of a hardware token.

use cryptoki::error::{Error, RvError};
use std::path::PathBuf;

/// Errors of a hardware token or of one of its keys.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// `SOFTHSM2_CONF` is not set for SoftHSM, which would then use the system's tokens.
    #[error("SOFTHSM2_CONF is not set: SoftHSM would silently use the system's token folder")]
    SoftHsmConf,
    /// The library cannot be loaded or initialized.
    #[error("the PKCS#11 module {path} cannot be loaded; check that it is installed, and PKCS11_MODULE")]
    Module {
        /// `PKCS11_MODULE`.
        path: PathBuf,
        /// The library's error.
        #[source]
        source: Error,
    },
    /// No slot has a token with the label of `PKCS11_TOKEN`.
    #[error("no hardware token is labelled '{label}'; found: {found}")]
    NoToken {
        /// The label of `PKCS11_TOKEN`.
        label: String,
        /// The labels of all tokens found, or `none`.
        found: String,
    },
    /// Several tokens have this label, so the token is ambiguous.
    #[error("more than one hardware token is labelled '{0}'")]
    TwoTokens(String),
    /// The login failed. It is not retried, because tokens lock themselves after a few wrong PINs.
    #[error(
        "the hardware token rejected the PIN; not retrying before the next start, because tokens lock themselves"
    )]
    Pin(#[source] Error),
    /// The PIN is locked, or the next wrong PIN locks it. No login was attempted.
    #[error(
        "the hardware token's PIN is locked or has one attempt left; check it with the vendor's program before the next start"
    )]
    PinAtRisk,
    /// The token allows fewer sessions than `SIGNER_SESSIONS` needs.
    #[error("the hardware token allows {allowed} sessions, but {needed} are needed; reduce SIGNER_SESSIONS")]
    FewSessions {
        /// The token's limit.
        allowed: u64,
        /// One session for each concurrent signature, and one that maintains the login.
        needed: u64,
    },
    /// The token does not offer the mechanism `CKM_RSA_X_509`.
    #[error(
        "the hardware token does not offer raw RSA (CKM_RSA_X_509), neither to sign nor to decrypt; blind signatures need it"
    )]
    NoRawRsa,
    /// A PKCS#11 call failed.
    #[error("the hardware token failed to {what}")]
    Call {
        /// The purpose of the call, as a verb phrase.
        what: &'static str,
        /// The token's error.
        #[source]
        source: Error,
    },
    /// An object with this label exists.
    #[error("the hardware token already has a key labelled '{0}'; a ceremony never replaces keys")]
    LabelTaken(String),
    /// No private key has this label.
    #[error("the hardware token has no key labelled '{0}'")]
    NoKey(String),
    /// Several private keys have this label.
    #[error("the hardware token has more than one key labelled '{0}'")]
    TwoKeys(String),
    /// The public key in the token differs from the one of the transcript.
    #[error("the key labelled '{0}' differs from the one of its transcript")]
    OtherKey(String),
    /// The attributes of a private key do not protect it.
    #[error("the key labelled '{label}' has unsafe attributes: {flaw}")]
    Unfit {
        /// The key's label.
        label: String,
        /// The unsafe attribute, and its consequence.
        flaw: &'static str,
    },
    /// A signature by the key does not verify, or its public key is not valid.
    #[error("the key labelled '{label}' failed its check")]
    Wrong {
        /// The key's label.
        label: String,
        /// The failed check.
        #[source]
        source: ecash_core::rsabssa::Error,
    },
    /// The last attempt to reopen the token was less than a second ago, or only a restart can reopen it.
    #[error("the hardware token failed and is not available until it is reopened")]
    BackingOff,
}

impl TokenError {
    pub(crate) fn call(what: &'static str) -> impl FnOnce(Error) -> Self {
        move |source| Self::Call { what, source }
    }

    /// Returns whether only the operator can resolve this error. The token must then not be reopened
    /// automatically.
    pub(crate) const fn is_final(&self) -> bool {
        matches!(self, Self::Pin(_) | Self::PinAtRisk)
    }
}

/// Returns whether a login failed because the token was not present. Vendors report a wrong PIN by different
/// codes, so every other error counts as a rejected PIN and is not retried.
pub(crate) const fn is_of_the_connection(error: &Error) -> bool {
    use RvError::{DeviceRemoved, SessionClosed, SessionHandleInvalid, TokenNotPresent};
    matches!(error, Error::Pkcs11(DeviceRemoved | SessionClosed | SessionHandleInvalid | TokenNotPresent, _))
}
