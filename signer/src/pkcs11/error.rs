//! Why a token cannot be used.

use cryptoki::error::{Error, RvError};
use std::path::PathBuf;

/// Why a token cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// SoftHSM without its setting would use the system's tokens.
    #[error("SOFTHSM2_CONF is not set: SoftHSM would silently use the system's token folder")]
    SoftHsmConf,
    /// The module cannot be loaded.
    #[error("the PKCS#11 module {path} cannot be loaded; is it installed, and is PKCS11_MODULE right?")]
    Module {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: Error,
    },
    /// No such token.
    #[error("no token is labelled '{label}'; found: {found}")]
    NoToken {
        /// Wanted.
        label: String,
        /// Those that are there.
        found: String,
    },
    /// Two tokens of one label: which one is meant?
    #[error("more than one token is labelled '{0}'")]
    TwoTokens(String),
    /// The PIN was refused. It is not tried again: tokens lock themselves.
    #[error(
        "the token refused the PIN; it is not tried again until the next start, for tokens lock themselves"
    )]
    Pin(#[source] Error),
    /// One more wrong PIN, and it locks itself.
    #[error(
        "the token takes only one more PIN, or none: look at it by its maker's program before the next start"
    )]
    PinAtRisk,
    /// `SIGNER_SESSIONS` asks for too many.
    #[error("the token allows {allowed} sessions, but {needed} are needed; set SIGNER_SESSIONS lower")]
    FewSessions {
        /// What it allows.
        allowed: u64,
        /// One for each signature at once, and one that logs in.
        needed: u64,
    },
    /// The token offers no raw RSA.
    #[error(
        "the token offers raw RSA (CKM_RSA_X_509) neither to sign nor to decrypt; blind signatures need it"
    )]
    NoRawRsa,
    /// A call failed.
    #[error("the token failed to {what}")]
    Call {
        /// What it should do.
        what: &'static str,
        /// Its answer.
        #[source]
        source: Error,
    },
    /// A key of that label exists.
    #[error("the token already has a key labelled '{0}'; a ceremony never replaces keys")]
    LabelTaken(String),
    /// A key is not there.
    #[error("the token has no key labelled '{0}'")]
    NoKey(String),
    /// Two keys of one label.
    #[error("the token has more than one key labelled '{0}'")]
    TwoKeys(String),
    /// The key in the token is another than the transcript's.
    #[error("the key labelled '{0}' is another than the one of its transcript")]
    OtherKey(String),
    /// A key is not kept as it must be.
    #[error("the key labelled '{label}' is not kept as it must be: {flaw}")]
    Unfit {
        /// Which.
        label: String,
        /// What is wrong with it.
        flaw: &'static str,
    },
    /// A key gives wrong results.
    #[error("the key labelled '{label}' failed its check")]
    Wrong {
        /// Which.
        label: String,
        /// How.
        #[source]
        source: ecash_core::rsabssa::Error,
    },
    /// Failed a moment ago, and is not asked again yet.
    #[error("the token failed a moment ago")]
    Resting,
}

impl TokenError {
    pub(super) fn call(what: &'static str) -> impl FnOnce(Error) -> Self {
        move |source| Self::Call { what, source }
    }

    /// Whether only a person can mend it.
    pub(super) const fn is_final(&self) -> bool {
        matches!(self, Self::Pin(_) | Self::PinAtRisk)
    }
}

/// Whether a login failed because the token was not there. Anything else may be the PIN's fault, by
/// whatever code the maker chose, and is not tried again.
pub(super) const fn is_of_the_connection(error: &Error) -> bool {
    use RvError::{DeviceRemoved, SessionClosed, SessionHandleInvalid, TokenNotPresent};
    matches!(error, Error::Pkcs11(DeviceRemoved | SessionClosed | SessionHandleInvalid | TokenNotPresent, _))
}
