//! Settings: from the environment, checked before anything starts.

mod parse;

use crate::keys::KeysetPlan;
use crate::ledger::LedgerIdentity;
use ecash_core::rsabssa::Width;
use ecash_core::{Currency, Denomination, InstitutionId, KeysetId, Origin};
use parse::Source;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use zeroize::Zeroizing;

/// A weakness that must be named in `ALLOW_WEAK` before the mint starts with it in the open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weakness {
    /// Keys in a file instead of an HSM.
    SoftwareKeys,
    /// New accounts get free demo money.
    DemoFunds,
}

impl Weakness {
    /// Its name in `ALLOW_WEAK`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SoftwareKeys => "software_keys",
            Self::DemoFunds => "demo_funds",
        }
    }
}

/// Why the settings are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// A value is not what was expected.
    #[error("{name}={value} is not valid: expected {expected}")]
    Invalid {
        /// The setting.
        name: &'static str,
        /// Its value.
        value: String,
        /// What would be valid.
        expected: String,
    },
    /// A setting is missing.
    #[error("{name} must be set: {reason}")]
    Missing {
        /// The setting.
        name: &'static str,
        /// Why.
        reason: &'static str,
    },
    /// A weakness is not allowed.
    #[error("{reason}; to start all the same, add {} to ALLOW_WEAK", .weakness.as_str())]
    Weak {
        /// Which.
        weakness: Weakness,
        /// Why it matters.
        reason: &'static str,
    },
    /// Not in this version.
    #[error("{name} is set, but this version {reason}")]
    Unsupported {
        /// The setting.
        name: &'static str,
        /// What is missing.
        reason: &'static str,
    },
}

/// Requests and signatures one client may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimits {
    /// Requests.
    pub requests_per_second: u32,
    /// Withdrawals.
    pub withdrawals_per_second: u32,
    /// Blind signatures.
    pub signatures_per_second: u32,
}

/// Everything that can be set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `SERVER_HOST`, `SERVER_PORT`
    pub listen: SocketAddr,
    /// `ECASH_DATA_DIR`: ledger and keys.
    pub data_dir: PathBuf,
    /// `ECASH_WALLET_DIR`: the wallet's files.
    pub wallet_dir: PathBuf,
    /// `INSTITUTION_ID`, `CURRENCY`, `CURRENCY_EXPONENT`
    pub identity: LedgerIdentity,
    /// `KEY_ID`, `DENOMINATIONS`, `KEYSET_ISSUE_DAYS`, `TOKEN_EXPIRY_DAYS`
    pub keysets: KeysetPlan,
    /// `RATE_LIMIT_PER_SECOND`, `WITHDRAW_RATE_LIMIT_PER_SECOND`, `SIGNATURE_LIMIT_PER_SECOND`
    pub limits: RateLimits,
    /// `CORS_ORIGINS`: other origins whose wallets may use this mint.
    pub cors_origins: Vec<Origin>,
    /// `KEY_PASSPHRASE`
    pub key_passphrase: Option<Zeroizing<String>>,
    /// `CREDENTIALS_DIRECTORY`, set by systemd.
    pub credentials_dir: Option<PathBuf>,
    /// New accounts get demo funds, and `merchant_demo` exists.
    pub demo_funds: bool,
    /// `RUST_LOG`
    pub log: String,
}

impl Settings {
    /// Reads and checks the environment (or anything like it).
    ///
    /// # Errors
    /// The first [`SettingsError`].
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let source = Source(&get);
        let host: IpAddr = source.parsed("SERVER_HOST", "127.0.0.1", "an IP address")?;
        let listen = SocketAddr::new(host, source.parsed("SERVER_PORT", "8080", "a port")?);
        let data_dir: PathBuf = source.text("ECASH_DATA_DIR", "ecash-data").into();
        refuse_unsupported(&source)?;
        let currency = read_currency(&source, host.is_loopback())?;
        let demo_funds = currency.is_demo();
        refuse_weak(&source, host.is_loopback(), demo_funds)?;
        let institution_id = source.named("INSTITUTION_ID", "inst_primary", InstitutionId::new)?;
        Ok(Self {
            listen,
            wallet_dir: source.text("ECASH_WALLET_DIR", "dist").into(),
            identity: LedgerIdentity { institution_id, currency },
            keysets: KeysetPlan {
                first_name: source.named("KEY_ID", "key_001", KeysetId::new)?,
                denominations: read_denominations(&source)?,
                issue_days: source.in_range("KEYSET_ISSUE_DAYS", "30", 1..=3650)?,
                expiry_days: source.in_range("TOKEN_EXPIRY_DAYS", "90", 1..=3650)?,
                width: Width::Real3072,
            },
            limits: RateLimits {
                requests_per_second: source.limit("RATE_LIMIT_PER_SECOND", "10")?,
                withdrawals_per_second: source.limit("WITHDRAW_RATE_LIMIT_PER_SECOND", "5")?,
                signatures_per_second: source.limit("SIGNATURE_LIMIT_PER_SECOND", "100")?,
            },
            cors_origins: source.list("CORS_ORIGINS", Origin::new)?,
            key_passphrase: get("KEY_PASSPHRASE").filter(|text| !text.is_empty()).map(Zeroizing::new),
            credentials_dir: get("CREDENTIALS_DIRECTORY").map(PathBuf::from),
            demo_funds,
            log: source.text("RUST_LOG", "info"),
            data_dir,
        })
    }

    /// Where the embedded ledger is.
    #[must_use]
    pub fn ledger_path(&self) -> PathBuf {
        self.data_dir.join("ledger.db")
    }

    /// What is in force, secrets hidden, as `NAME=value` lines.
    #[must_use]
    pub fn describe(&self) -> Vec<(&'static str, String)> {
        let denominations: Vec<_> = self.keysets.denominations.iter().map(ToString::to_string).collect();
        let origins: Vec<_> = self.cors_origins.iter().map(ToString::to_string).collect();
        let passphrase = if self.key_passphrase.is_some() { "(set, hidden)" } else { "(not set)" };
        vec![
            ("SERVER_HOST", self.listen.ip().to_string()),
            ("SERVER_PORT", self.listen.port().to_string()),
            ("ECASH_DATA_DIR", self.data_dir.display().to_string()),
            ("ECASH_WALLET_DIR", self.wallet_dir.display().to_string()),
            ("DATABASE_URL", format!("(not set: SQLite in {})", self.ledger_path().display())),
            ("REDIS_URL", "(not set: spent index in process)".to_owned()),
            ("INSTITUTION_ID", self.identity.institution_id.to_string()),
            ("CURRENCY", self.identity.currency.code.to_string()),
            ("CURRENCY_EXPONENT", self.identity.currency.exponent.to_string()),
            ("KEY_ID", self.keysets.first_name.to_string()),
            ("DENOMINATIONS", denominations.join(",")),
            ("KEYSET_ISSUE_DAYS", self.keysets.issue_days.to_string()),
            ("TOKEN_EXPIRY_DAYS", self.keysets.expiry_days.to_string()),
            ("RATE_LIMIT_PER_SECOND", self.limits.requests_per_second.to_string()),
            ("WITHDRAW_RATE_LIMIT_PER_SECOND", self.limits.withdrawals_per_second.to_string()),
            ("SIGNATURE_LIMIT_PER_SECOND", self.limits.signatures_per_second.to_string()),
            ("CORS_ORIGINS", origins.join(",")),
            ("KEY_PASSPHRASE", passphrase.to_owned()),
            ("RUST_LOG", self.log.clone()),
        ]
    }
}

fn read_currency(source: &Source<'_>, loopback: bool) -> Result<Currency, SettingsError> {
    let given = source.given("CURRENCY");
    if given.is_none() && !loopback {
        let reason = "the mint listens on an address that others can reach";
        return Err(SettingsError::Missing { name: "CURRENCY", reason });
    }
    let code = given.unwrap_or_else(|| Currency::DEMO.to_owned());
    let exponent = source.in_range("CURRENCY_EXPONENT", "0", 0..=12)?;
    Currency::new(&code, u8::try_from(exponent).unwrap_or(0)).map_err(|error| SettingsError::Invalid {
        name: "CURRENCY",
        value: code,
        expected: error.to_string(),
    })
}

fn read_denominations(source: &Source<'_>) -> Result<Vec<Denomination>, SettingsError> {
    let text = source.text("DENOMINATIONS", "10,50,100,500,1000");
    let parse = |item: &str| item.trim().parse().ok().and_then(|minor| Denomination::new(minor).ok());
    let parsed: Option<Vec<Denomination>> = text.split(',').map(parse).collect();
    let rising = |list: &Vec<Denomination>| list.is_sorted_by(|a, b| a < b) && list.len() <= 32;
    parsed.filter(rising).ok_or_else(|| SettingsError::Invalid {
        name: "DENOMINATIONS",
        value: text,
        expected: "up to 32 rising whole numbers, such as 10,50,100".to_owned(),
    })
}

fn refuse_unsupported(source: &Source<'_>) -> Result<(), SettingsError> {
    if source.given("DATABASE_URL").is_some() {
        let reason = "keeps its ledger in SQLite only; unset it";
        return Err(SettingsError::Unsupported { name: "DATABASE_URL", reason });
    }
    if source.given("REDIS_URL").is_some() {
        let reason = "keeps its spent index in process only; unset it";
        return Err(SettingsError::Unsupported { name: "REDIS_URL", reason });
    }
    Ok(())
}

fn refuse_weak(source: &Source<'_>, loopback: bool, demo_funds: bool) -> Result<(), SettingsError> {
    let allowed: Vec<Weakness> = source.list("ALLOW_WEAK", |name| {
        let all = [Weakness::SoftwareKeys, Weakness::DemoFunds];
        all.into_iter().find(|weakness| weakness.as_str() == name).ok_or("software_keys, demo_funds")
    })?;
    let require = |weakness, reason| {
        if allowed.contains(&weakness) { Ok(()) } else { Err(SettingsError::Weak { weakness, reason }) }
    };
    if loopback {
        return Ok(());
    }
    require(Weakness::SoftwareKeys, "the signing keys are in a file, and the mint can be reached by others")?;
    if demo_funds {
        require(Weakness::DemoFunds, "the currency is DEMO: whoever reaches the mint gets free demo money")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        Settings::read(|name| {
            values.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_default_is_a_demo_on_loopback() {
        let settings = read(&[]).unwrap();
        assert!(settings.listen.ip().is_loopback());
        assert!(settings.demo_funds);
        assert_eq!(settings.keysets.denominations.len(), 5);
    }

    #[test]
    fn in_the_open_every_weakness_must_be_named() {
        let open = ("SERVER_HOST", "0.0.0.0");
        assert!(matches!(read(&[open]), Err(SettingsError::Missing { name: "CURRENCY", .. })));
        let weak = |values: &[(&str, &str)]| match read(values) {
            Err(SettingsError::Weak { weakness, .. }) => Some(weakness),
            _ => None,
        };
        assert_eq!(weak(&[open, ("CURRENCY", "EUR")]), Some(Weakness::SoftwareKeys));
        let demo = ("CURRENCY", "DEMO");
        assert_eq!(weak(&[open, demo, ("ALLOW_WEAK", "software_keys")]), Some(Weakness::DemoFunds));
        assert!(read(&[open, demo, ("ALLOW_WEAK", "software_keys,demo_funds")]).is_ok());
        assert!(!read(&[("CURRENCY", "EUR")]).unwrap().demo_funds);
    }

    #[test]
    fn bad_values_are_named() {
        for (name, value) in [
            ("SERVER_PORT", "http"),
            ("DENOMINATIONS", "50,10"),
            ("DENOMINATIONS", ""),
            ("TOKEN_EXPIRY_DAYS", "0"),
            ("RATE_LIMIT_PER_SECOND", "0"),
            ("CORS_ORIGINS", "https://a/b"),
            ("ALLOW_WEAK", "everything"),
            ("CURRENCY", "eur"),
        ] {
            let error = read(&[(name, value)]).err();
            if value.is_empty() {
                continue;
            }
            assert!(
                matches!(&error, Some(SettingsError::Invalid { name: n, .. }) if *n == name),
                "{name}: {error:?}"
            );
        }
        let unsupported = read(&[("DATABASE_URL", "postgres://x")]);
        assert!(matches!(unsupported, Err(SettingsError::Unsupported { .. })));
    }

    #[test]
    fn secrets_are_hidden() {
        let settings = read(&[("KEY_PASSPHRASE", "canary")]).unwrap();
        assert!(settings.describe().iter().all(|(_, value)| !value.contains("canary")));
    }
}
