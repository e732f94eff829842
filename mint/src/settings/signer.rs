//! Settings of the signer process, and of the mint's way to it.

use super::SettingsError;
use super::parse::Source;
use crate::signer::pkcs11::Pkcs11Settings;
use crate::signer::remote::{SignerAddress, TlsFiles};
use std::path::PathBuf;
use zeroize::Zeroizing;

/// Where the signer process is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteSignerSettings {
    /// `SIGNER_URL`
    pub address: SignerAddress,
    /// `SIGNER_TLS_CA`, `SIGNER_TLS_CERT`, `SIGNER_TLS_KEY`
    pub tls: Option<TlsFiles>,
}

/// What `ecash-mint signer` and `ecash-mint keys` are set to.
#[derive(Debug, Clone)]
pub struct SignerSettings {
    /// `SIGNER_LISTEN`
    pub listen: SignerAddress,
    /// `SIGNER_TLS_CA`, `SIGNER_TLS_CERT`, `SIGNER_TLS_KEY`
    pub tls: Option<TlsFiles>,
    /// `PKCS11_MODULE`, `PKCS11_TOKEN`, `PKCS11_PIN`, `SIGNER_SESSIONS`
    pub token: Pkcs11Settings,
    /// `KEYSETS_DIR`: the ceremonies' transcripts.
    pub keysets_dir: PathBuf,
}

const ADDRESS: &str = "unix:PATH or tls:HOST:PORT";

pub(super) fn read_remote(source: &Source<'_>) -> Result<Option<RemoteSignerSettings>, SettingsError> {
    if source.given("SIGNER_URL").is_none() {
        return Ok(None);
    }
    let address = source.parsed("SIGNER_URL", "", ADDRESS)?;
    Ok(Some(RemoteSignerSettings { tls: read_tls(source, &address)?, address }))
}

fn read_tls(source: &Source<'_>, address: &SignerAddress) -> Result<Option<TlsFiles>, SettingsError> {
    if matches!(address, SignerAddress::Unix(_)) {
        return Ok(None);
    }
    let file = |name| {
        let reason = "a tls: address needs a certificate on both sides";
        source.given(name).map(PathBuf::from).ok_or(SettingsError::Missing { name, reason })
    };
    Ok(Some(TlsFiles {
        ca: file("SIGNER_TLS_CA")?,
        certificate: file("SIGNER_TLS_CERT")?,
        key: file("SIGNER_TLS_KEY")?,
    }))
}

impl SignerSettings {
    /// Reads and checks the environment (or anything like it).
    ///
    /// # Errors
    /// The first [`SettingsError`].
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let source = Source(&get);
        let listen = source.parsed("SIGNER_LISTEN", "unix:ecash-data/signer.sock", ADDRESS)?;
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let sessions = source.in_range("SIGNER_SESSIONS", &cores.to_string(), 1..=256)?;
        let needed = |name, reason| source.given(name).ok_or(SettingsError::Missing { name, reason });
        let token = Pkcs11Settings {
            module: needed("PKCS11_MODULE", "it is the library of the token's maker")?.into(),
            token_label: needed("PKCS11_TOKEN", "it is the label of the token")?,
            pin: read_pin(&source)?,
            session_count: usize::try_from(sessions).unwrap_or(1),
            softhsm_conf: source.given("SOFTHSM2_CONF").is_some(),
        };
        Ok(Self {
            tls: read_tls(&source, &listen)?,
            listen,
            token,
            keysets_dir: source.text("KEYSETS_DIR", "ecash-data/keysets").into(),
        })
    }
}

/// From a file, as secrets are mounted, or from the environment.
fn read_pin(source: &Source<'_>) -> Result<Zeroizing<String>, SettingsError> {
    const NAME: &str = "PKCS11_PIN_FILE";
    if let Some(pin) = source.given("PKCS11_PIN") {
        return Ok(Zeroizing::new(pin));
    }
    let reason = "it names a file with the token's PIN (or set PKCS11_PIN)";
    let path = source.given(NAME).ok_or(SettingsError::Missing { name: NAME, reason })?;
    let text =
        std::fs::read_to_string(&path).map(Zeroizing::new).map_err(|error| SettingsError::Invalid {
            name: NAME,
            value: path.clone(),
            expected: format!("a file that can be read ({error})"),
        })?;
    let pin = Zeroizing::new(text.trim_end().to_owned());
    if pin.is_empty() {
        let expected = "a file that is not empty".to_owned();
        return Err(SettingsError::Invalid { name: NAME, value: path, expected });
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
    fn what_is_missing_is_named() {
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
