//! Settings: from the environment, checked before anything starts.

mod parse;
mod servers;
mod signer;
mod toml_file;
mod weakness;

pub use signer::{RemoteSignerSettings, SignerSettings};
pub use toml_file::{SettingsFile, SettingsFileError};
pub use weakness::Weakness;

use crate::keys::KeysetPlan;
use crate::ledger::postgres::PostgresSettings;
use crate::ledger::{CommitterSettings, LedgerIdentity};
use crate::spent_index::RedisSettings;
use ecash_core::rsabssa::Width;
use ecash_core::{Currency, Denomination, InstitutionId, KeysetId, Origin};
use ipnet::IpNet;
use parse::Source;
use servers::{read_ledger, read_redis};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;
use weakness::{Exposure, read_allowed, refuse_weak};
use zeroize::Zeroizing;

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

/// Where the ledger is.
#[derive(Debug, Clone)]
pub enum LedgerSettings {
    /// The embedded default: `ledger.db` in the data folder.
    Sqlite,
    /// `DATABASE_URL`.
    Postgres(PostgresSettings),
}

/// Everything that can be set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `SERVER_HOST`, `SERVER_PORT`
    pub listen: SocketAddr,
    /// `SEAL_KEY_FILE`: the key that seals the audit log; none: `seal-key.pem` in the data folder.
    pub seal_key_file: Option<PathBuf>,
    /// `OPERATOR_LISTEN`: metrics and health for the operator; none: not served.
    pub operator_listen: Option<SocketAddr>,
    /// `ECASH_DATA_DIR`: ledger and keys.
    pub data_dir: PathBuf,
    /// `DATABASE_URL`, `DATABASE_POOL_SIZE`
    pub ledger: LedgerSettings,
    /// `REDIS_URL`; none: the spent index is in this process.
    pub redis: Option<RedisSettings>,
    /// `COMMIT_BATCH_SIZE`, `COMMIT_DELAY_US`
    pub committer: CommitterSettings,
    /// `ECASH_WALLET_DIR`: the wallet's files.
    pub wallet_dir: PathBuf,
    /// `INSTITUTION_ID`, `CURRENCY`, `CURRENCY_EXPONENT`
    pub identity: LedgerIdentity,
    /// `KEY_ID`, `DENOMINATIONS`, `KEYSET_ISSUE_DAYS`, `TOKEN_EXPIRY_DAYS`
    pub keysets: KeysetPlan,
    /// `RATE_LIMIT_PER_SECOND`, `WITHDRAW_RATE_LIMIT_PER_SECOND`, `SIGNATURE_LIMIT_PER_SECOND`
    pub limits: RateLimits,
    /// `SIGNER_URL` and its TLS files; none: the keys are in files of this process.
    pub signer: Option<RemoteSignerSettings>,
    /// `CORS_ORIGINS`: other origins whose wallets may use this mint.
    pub cors_origins: Vec<Origin>,
    /// `TRUSTED_PROXIES`: whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
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
        let currency = read_currency(&source, host.is_loopback())?;
        let demo_funds = currency.is_demo();
        let allowed = read_allowed(&source)?;
        let ledger = read_ledger(&source, &allowed)?;
        let exposure = match (&ledger, host.is_loopback()) {
            (LedgerSettings::Sqlite, true) => None,
            (LedgerSettings::Sqlite, false) => Some(Exposure::Address),
            (LedgerSettings::Postgres(_), _) => Some(Exposure::Database),
        };
        let signer = signer::read_remote(&source)?;
        if let Some(exposure) = exposure {
            refuse_weak(exposure, &allowed, signer.is_none(), demo_funds)?;
        }
        let institution_id = source.named("INSTITUTION_ID", "inst_primary", InstitutionId::new)?;
        let operator_listen = match source.given("OPERATOR_LISTEN") {
            Some(_) => Some(source.parsed("OPERATOR_LISTEN", "", "ADDRESS:PORT, such as 127.0.0.1:9090")?),
            None => None,
        };
        Ok(Self {
            listen,
            seal_key_file: source.given("SEAL_KEY_FILE").map(PathBuf::from),
            operator_listen,
            ledger,
            redis: read_redis(&source, &allowed)?,
            committer: CommitterSettings {
                batch_size: source.in_range("COMMIT_BATCH_SIZE", "64", 1..=1024)? as usize,
                delay: Duration::from_micros(source.in_range("COMMIT_DELAY_US", "0", 0..=100_000)?),
                ..CommitterSettings::default()
            },
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
            signer,
            cors_origins: source.list("CORS_ORIGINS", Origin::new)?,
            trusted_proxies: source.list("TRUSTED_PROXIES", |text| parse_network(&text))?,
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

    /// Where the key is that seals the audit log.
    #[must_use]
    pub fn seal_key_path(&self) -> PathBuf {
        self.seal_key_file.clone().unwrap_or_else(|| self.data_dir.join("seal-key.pem"))
    }

    /// What is in force, secrets hidden, as `NAME=value` lines.
    #[must_use]
    pub fn describe(&self) -> Vec<(&'static str, String)> {
        let denominations: Vec<_> =
            self.keysets.denominations.iter().map(|value| value.minor().to_string()).collect();
        let origins: Vec<_> = self.cors_origins.iter().map(ToString::to_string).collect();
        let proxies: Vec<_> = self.trusted_proxies.iter().map(ToString::to_string).collect();
        let database = match &self.ledger {
            LedgerSettings::Sqlite => format!("(not set: SQLite in {})", self.ledger_path().display()),
            LedgerSettings::Postgres(settings) => {
                format!("(set, hidden; {} connections for reads)", settings.pool_size)
            }
        };
        let redis = match &self.redis {
            None => "(not set: spent index in process)".to_owned(),
            Some(redis) => format!("(set, hidden; {} address(es))", redis.nodes.len()),
        };
        let operator =
            self.operator_listen.map_or_else(|| "(not set)".to_owned(), |address| address.to_string());
        let signer = match &self.signer {
            None => "(not set: keys in files)".to_owned(),
            Some(signer) => signer.address.to_string(),
        };
        let passphrase = if self.key_passphrase.is_some() { "(set, hidden)" } else { "(not set)" };
        vec![
            ("SERVER_HOST", self.listen.ip().to_string()),
            ("SERVER_PORT", self.listen.port().to_string()),
            ("OPERATOR_LISTEN", operator),
            ("ECASH_DATA_DIR", self.data_dir.display().to_string()),
            ("ECASH_WALLET_DIR", self.wallet_dir.display().to_string()),
            ("DATABASE_URL", database),
            ("COMMIT_BATCH_SIZE", self.committer.batch_size.to_string()),
            ("COMMIT_DELAY_US", self.committer.delay.as_micros().to_string()),
            ("REDIS_URL", redis),
            ("SEAL_KEY_FILE", self.seal_key_path().display().to_string()),
            ("SIGNER_URL", signer),
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
            ("TRUSTED_PROXIES", proxies.join(",")),
            ("KEY_PASSPHRASE", passphrase.to_owned()),
            ("RUST_LOG", self.log.clone()),
        ]
    }
}

/// An address, or a network such as `172.16.0.0/12`.
fn parse_network(text: &str) -> Result<IpNet, &'static str> {
    let address = || text.parse::<IpAddr>().ok().map(IpNet::from);
    text.parse().ok().or_else(address).ok_or("addresses or networks, such as 10.0.0.5 or 172.16.0.0/12")
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
            ("TRUSTED_PROXIES", "nginx"),
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
    }

    #[test]
    fn a_production_database_needs_every_weakness_named_even_on_loopback() {
        let database = ("DATABASE_URL", "postgres://ecash_user:secure_password@localhost/ecash_db");
        let weak = |allowed: &str| match read(&[database, ("ALLOW_WEAK", allowed)]) {
            Err(SettingsError::Weak { weakness, .. }) => Some(weakness),
            _ => None,
        };
        assert_eq!(weak(""), Some(Weakness::DefaultPassword));
        assert_eq!(weak("default_password"), Some(Weakness::SoftwareKeys));
        assert_eq!(weak("default_password,software_keys"), Some(Weakness::DemoFunds));
        let all = "default_password,software_keys,demo_funds";
        let settings = read(&[database, ("ALLOW_WEAK", all)]).unwrap();
        assert!(matches!(settings.ledger, LedgerSettings::Postgres(_)));
        let other = read(&[("DATABASE_URL", "mysql://u:canary@localhost/x")]).err().unwrap();
        assert!(!other.to_string().contains("canary"), "{other}");
    }

    #[test]
    fn an_open_redis_must_be_named() {
        let weak = |url: &str, allowed: &str| match read(&[("REDIS_URL", url), ("ALLOW_WEAK", allowed)]) {
            Err(SettingsError::Weak { weakness, .. }) => Some(weakness),
            other => other.err().map(|error| panic!("{error}")),
        };
        assert_eq!(weak("redis://localhost:6379", ""), Some(Weakness::OpenRedis));
        assert_eq!(weak("redis://localhost:6379", "open_redis"), None);
        assert_eq!(weak("redis://:secure_password@redis:6379", ""), Some(Weakness::DefaultPassword));
        assert_eq!(weak("rediss://redis:6379", ""), None);
        assert_eq!(weak("redis://:a@one:1, redis://:a@two:2,redis://:a@three:3", ""), None);
        let other = read(&[("REDIS_URL", "http://:canary@x")]).err().unwrap();
        assert!(!other.to_string().contains("canary"), "{other}");
    }

    #[test]
    fn secrets_are_hidden() {
        let database = ("DATABASE_URL", "postgres://u:canary@localhost/x");
        let weak = ("ALLOW_WEAK", "software_keys,demo_funds");
        let redis = ("REDIS_URL", "redis://:canary@x");
        let settings = read(&[("KEY_PASSPHRASE", "canary"), database, redis, weak]).unwrap();
        assert!(settings.describe().iter().all(|(_, value)| !value.contains("canary")));
    }
}
