//! Settings of the signer process and of a mint's connection to it.

use crate::pkcs11::Pkcs11Settings;
use crate::remote::{SignerAddress, TlsFiles};
use ecash_environment::log::LogFilter;
use ecash_environment::settings::{SettingsError, Source, declared};
use std::path::PathBuf;
use zeroize::Zeroizing;

/// Settings of a mint's connection to the signer process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteSignerSettings {
    /// `SIGNER_URL`
    pub address: SignerAddress,
    /// `SIGNER_TLS_CA`, `SIGNER_TLS_CERT`, `SIGNER_TLS_KEY`
    pub tls: Option<TlsFiles>,
}

/// All settings of `ecash-signer`.
#[derive(Debug, Clone)]
pub struct SignerSettings {
    /// `SIGNER_LISTEN`
    pub listen: SignerAddress,
    /// `SIGNER_TLS_CA`, `SIGNER_TLS_CERT`, `SIGNER_TLS_KEY`
    pub tls: Option<TlsFiles>,
    /// `PKCS11_MODULE`, `PKCS11_TOKEN`, `PKCS11_PIN`, `SIGNER_SESSIONS`
    pub token: Pkcs11Settings,
    /// `KEYSETS_DIR`: the folder of the ceremonies' transcripts.
    pub keysets_dir: PathBuf,
    /// `RUST_LOG`
    pub log: LogFilter,
}

impl RemoteSignerSettings {
    /// Reads the settings; `None` if `SIGNER_URL` is not set.
    ///
    /// # Errors
    /// The first [`SettingsError`].
    pub fn read(source: Source<'_>) -> Result<Option<Self>, SettingsError> {
        let address: Option<SignerAddress> = source.optional(declared::SIGNER_URL)?;
        address.map(|address| Ok(Self { tls: read_tls(source, &address)?, address })).transpose()
    }
}

fn read_tls(source: Source<'_>, address: &SignerAddress) -> Result<Option<TlsFiles>, SettingsError> {
    if matches!(address, SignerAddress::Unix(_)) {
        return Ok(None);
    }
    let reason = "a tls: address needs a certificate on both sides";
    let file = |setting| source.required(setting, reason).map(PathBuf::from);
    Ok(Some(TlsFiles {
        ca: file(declared::SIGNER_TLS_CA)?,
        certificate: file(declared::SIGNER_TLS_CERT)?,
        key: file(declared::SIGNER_TLS_KEY)?,
    }))
}

impl SignerSettings {
    /// Reads and checks the settings from `get`, such as the environment.
    ///
    /// # Errors
    /// The first [`SettingsError`].
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let source = Source(&get);
        let listen = source.parsed(declared::SIGNER_LISTEN)?;
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let session_count = match source.given(declared::SIGNER_SESSIONS) {
            Some(_) => source.in_range(declared::SIGNER_SESSIONS, 1..=256)?,
            None => cores.min(256),
        };
        let token = Pkcs11Settings {
            module: source
                .required(declared::PKCS11_MODULE, "it is the library of the hardware token's vendor")?
                .into(),
            token_label: source.required(declared::PKCS11_TOKEN, "it is the label of the hardware token")?,
            pin: read_pin(source)?,
            session_count,
            softhsm_conf: source.given(declared::SOFTHSM2_CONF).is_some(),
        };
        Ok(Self {
            tls: read_tls(source, &listen)?,
            listen,
            token,
            keysets_dir: source.text(declared::KEYSETS_DIR).into(),
            log: source.parsed(declared::RUST_LOG)?,
        })
    }
}

/// Reads the PIN from the environment, or else from a file, as containers mount secrets.
fn read_pin(source: Source<'_>) -> Result<Zeroizing<String>, SettingsError> {
    if let Some(pin) = source.given(declared::PKCS11_PIN) {
        return Ok(Zeroizing::new(pin));
    }
    let setting = declared::PKCS11_PIN_FILE;
    let path =
        source.required(setting, "it names a file with the hardware token's PIN (or set PKCS11_PIN)")?;
    let text = std::fs::read_to_string(&path)
        .map(Zeroizing::new)
        .map_err(|error| setting.invalid(path.as_str(), format!("a file that can be read ({error})")))?;
    let pin = Zeroizing::new(text.trim_end().to_owned());
    if pin.is_empty() {
        return Err(setting.invalid(path, "a file that is not empty"));
    }
    Ok(pin)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[(&str, &str)]) -> Result<SignerSettings, SettingsError> {
        SignerSettings::read(|name| {
            values.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn missing_settings_are_named() {
        let module = ("PKCS11_MODULE", "/usr/lib/softhsm/libsofthsm2.so");
        let token = ("PKCS11_TOKEN", "ecash");
        let pin = ("PKCS11_PIN", "canary");
        let missing = |values: &[(&str, &str)]| match read(values) {
            Err(SettingsError::Missing { name, .. }) => Some(name),
            _ => None,
        };
        assert_eq!(missing(&[]), Some("PKCS11_MODULE"));
        assert_eq!(missing(&[module]), Some("PKCS11_TOKEN"));
        assert_eq!(missing(&[module, token]), Some("PKCS11_PIN_FILE"));
        let open = ("SIGNER_LISTEN", "tls:0.0.0.0:7443");
        assert_eq!(missing(&[module, token, pin, open]), Some("SIGNER_TLS_CA"));
        let settings = read(&[module, token, pin]).unwrap();
        assert!(!format!("{settings:?}").contains("canary"));
    }
}
