//! One hardware token, found by its label. A dedicated session maintains the login.

use super::TokenError;
use crate::errors::is_of_the_connection;
use crate::transcript::TokenDescription;
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::MechanismType;
use cryptoki::session::{Session, UserType};
use cryptoki::slot::{Limit, Slot};
use cryptoki::types::AuthPin;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use zeroize::Zeroizing;

/// Settings of a hardware token.
#[derive(Clone)]
pub struct Pkcs11Settings {
    /// `PKCS11_MODULE`: the vendor's library.
    pub module: PathBuf,
    /// `PKCS11_TOKEN`: the token's label.
    pub token_label: String,
    /// `PKCS11_PIN`, or the content of `PKCS11_PIN_FILE`.
    pub pin: Zeroizing<String>,
    /// `SIGNER_SESSIONS`: the maximum number of concurrent signatures.
    pub session_count: usize,
    /// Whether `SOFTHSM2_CONF` is set.
    pub softhsm_conf: bool,
}

impl std::fmt::Debug for Pkcs11Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pkcs11Settings")
            .field("module", &self.module)
            .field("token_label", &self.token_label)
            .field("pin", &"(secret)")
            .finish_non_exhaustive()
    }
}

/// A token that is logged in.
pub struct Token {
    context: Pkcs11,
    slot: Slot,
    /// The login applies to all sessions, and lasts as long as this one is open.
    keeper: Mutex<Session>,
}

impl Token {
    /// Loads the library, finds the token and logs in.
    ///
    /// # Errors
    /// [`TokenError`]. The library is then finalized.
    pub fn open(settings: &Pkcs11Settings) -> Result<Self, TokenError> {
        if settings.module.to_string_lossy().contains("softhsm") && !settings.softhsm_conf {
            return Err(TokenError::SoftHsmConf);
        }
        let failed = |source| TokenError::Module { path: settings.module.clone(), source };
        let context = Pkcs11::new(&settings.module).map_err(failed)?;
        match context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
            // Already initialized if an earlier finalization failed.
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
            Err(error) => return Err(failed(error)),
        }
        match find_and_log_in(&context, settings) {
            Ok((slot, keeper)) => Ok(Self { context, slot, keeper: Mutex::new(keeper) }),
            Err(error) => {
                finalize(context);
                Err(error)
            }
        }
    }

    /// Opens a read-only session.
    ///
    /// # Errors
    /// [`TokenError::Call`].
    pub fn session(&self) -> Result<Session, TokenError> {
        self.context.open_ro_session(self.slot).map_err(TokenError::call("open a session"))
    }

    /// Opens a read-write session, for creating and destroying keys.
    ///
    /// # Errors
    /// [`TokenError::Call`].
    pub fn session_for_changes(&self) -> Result<Session, TokenError> {
        self.context.open_rw_session(self.slot).map_err(TokenError::call("open a session for changes"))
    }

    /// Returns whether the token offers raw RSA for signing and for decrypting.
    ///
    /// # Errors
    /// [`TokenError::Call`].
    pub fn raw_rsa(&self) -> Result<(bool, bool), TokenError> {
        let offered = self.context.get_mechanism_list(self.slot);
        if !offered.map_err(TokenError::call("list its mechanisms"))?.contains(&MechanismType::RSA_X_509) {
            return Ok((false, false));
        }
        let info = self.context.get_mechanism_info(self.slot, MechanismType::RSA_X_509);
        let info = info.map_err(TokenError::call("report its raw RSA support"))?;
        Ok((info.sign(), info.decrypt()))
    }

    /// Reads the token's description of itself.
    ///
    /// # Errors
    /// [`TokenError::Call`].
    pub fn describe(&self) -> Result<TokenDescription, TokenError> {
        let info =
            self.context.get_token_info(self.slot).map_err(TokenError::call("report its description"))?;
        Ok(TokenDescription {
            label: info.label().to_owned(),
            manufacturer: info.manufacturer_id().to_owned(),
            model: info.model().to_owned(),
            serial_number: info.serial_number().to_owned(),
        })
    }

    /// Logs out and finalizes the library, because a lost token is only found again after a new
    /// initialization. All other sessions must be closed first.
    pub fn close(self) {
        let Self { context, keeper, .. } = self;
        drop(keeper.into_inner().unwrap_or_else(PoisonError::into_inner));
        finalize(context);
    }
}

fn finalize(context: Pkcs11) {
    if let Err(error) = context.finalize() {
        tracing::warn!(%error, "the PKCS#11 module could not be finalized; continuing with it initialized");
    }
}

fn find_and_log_in(context: &Pkcs11, settings: &Pkcs11Settings) -> Result<(Slot, Session), TokenError> {
    let slot = find(context, &settings.token_label)?;
    let info = context.get_token_info(slot).map_err(TokenError::call("report its description"))?;
    if info.user_pin_final_try() || info.user_pin_locked() {
        return Err(TokenError::PinAtRisk);
    }
    // One more session than signatures, for the login.
    let needed = settings.session_count as u64 + 1;
    if let Limit::Max(allowed) = info.max_session_count()
        && allowed < needed
    {
        return Err(TokenError::FewSessions { allowed, needed });
    }
    let keeper = context.open_ro_session(slot).map_err(TokenError::call("open a session"))?;
    let pin = AuthPin::new(settings.pin.as_str().into());
    match keeper.login(UserType::User, Some(&pin)) {
        Ok(()) => Ok((slot, keeper)),
        Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok((slot, keeper)),
        Err(source) if is_of_the_connection(&source) => Err(TokenError::Call { what: "log in", source }),
        Err(error) => Err(TokenError::Pin(error)),
    }
}

fn find(context: &Pkcs11, label: &str) -> Result<Slot, TokenError> {
    let mut labels = Vec::new();
    let mut found = Vec::new();
    for slot in context.get_slots_with_token().map_err(TokenError::call("list the slots"))? {
        // The token may have been removed since the slots were listed.
        let Ok(info) = context.get_token_info(slot) else { continue };
        if info.label() == label {
            found.push(slot);
        }
        labels.push(format!("'{}'", info.label()));
    }
    match found.as_slice() {
        [slot] => Ok(*slot),
        [] => {
            let found = if labels.is_empty() { "none".to_owned() } else { labels.join(", ") };
            Err(TokenError::NoToken { label: label.to_owned(), found })
        }
        _ => Err(TokenError::TwoTokens(label.to_owned())),
    }
}
