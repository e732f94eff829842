//! The only crate that uses private keys. In this crate, "token" means a hardware token, except in "blinded
//! token".
//!
//! | module | contents |
//! |---|---|
//! | [`Signer`] | the interface: blind signatures under named keys |
//! | [`SoftwareSigner`], [`KeyFiles`] | keys in this process, from encrypted files |
//! | [`pkcs11`] | keys inside a hardware token |
//! | [`remote`] | the protocol between a mint and the signer process |
//! | [`ceremony`], [`transcript`] | creating keysets inside a token, and the public record of it |
//! | [`commands`] | the program `ecash-signer` |

pub mod ceremony;
pub mod commands;
mod errors;
mod key_files;
mod openssl_version;
pub mod pkcs11;
pub mod remote;
mod screened;
pub mod settings;
mod signer;
mod software;
pub mod transcript;

pub use errors::SignerError;
pub use key_files::{KeyFileError, KeyFiles, KeySecret, PrivateKey, Retirement, SealedKeysError};
pub use openssl_version::log_openssl_version;
pub use signer::{SignRequest, Signer};
pub use software::{SoftwareKey, SoftwareSigner, generate_keys};
