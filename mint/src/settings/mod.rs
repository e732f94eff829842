//! Settings of the mint, checked before anything starts.

mod servers;
mod weakness;

pub use weakness::Weakness;

use crate::keys::KeysetPlan;
use crate::spent_index::RedisSettings;
use crate::webhooks::AllowedHost;
use ecash_core::keys::{PERIOD_DAYS, are_denominations_of_keyset};
use ecash_core::rsabssa::Width;
use ecash_core::{Currency, Denomination, InstitutionId, KeysetId, Origin};
use ecash_environment::log::LogFilter;
use ecash_environment::settings::declared::Setting;
use ecash_environment::settings::{SettingsError, Source, declared};
use ecash_ledger::postgres::PostgresSettings;
use ecash_ledger::{CommitterSettings, LedgerIdentity};
use ecash_signer::settings::RemoteSignerSettings;
use ipnet::IpNet;
use servers::{read_ledger, read_redis};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;
use weakness::{Exposure, read_allowed, refuse_weak};
use zeroize::Zeroizing;

/// Rates allowed to each client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimits {
    /// All requests, withdrawals included.
    pub requests_per_second: u32,
    /// Withdrawals, in addition to the limit of all requests.
    pub withdrawals_per_second: u32,
    /// Blind signatures, in withdrawals and swaps together.
    pub signatures_per_second: u32,
    /// Verifications of tokens.
    pub verifications_per_second: u32,
    /// Accounts opened.
    pub accounts_per_minute: u32,
    /// Requests at the same time, of those that verify, sign or write.
    pub concurrent_requests: usize,
    /// Requests with one API key. One address may send twice as many.
    pub merchant_requests_per_second: u32,
}

impl RateLimits {
    fn read(source: Source<'_>) -> Result<Self, SettingsError> {
        let limit = |setting| source.in_range(setting, 1..=1_000_000);
        Ok(Self {
            requests_per_second: limit(declared::RATE_LIMIT_PER_SECOND)?,
            withdrawals_per_second: limit(declared::WITHDRAW_RATE_LIMIT_PER_SECOND)?,
            signatures_per_second: limit(declared::SIGNATURE_LIMIT_PER_SECOND)?,
            verifications_per_second: limit(declared::VERIFICATION_LIMIT_PER_SECOND)?,
            accounts_per_minute: limit(declared::ACCOUNT_LIMIT_PER_MINUTE)?,
            concurrent_requests: source.in_range(declared::CONCURRENT_REQUESTS_PER_CLIENT, 1..=1_000_000)?,
            merchant_requests_per_second: limit(declared::MERCHANT_RATE_LIMIT_PER_SECOND)?,
        })
    }
}

/// The engine of the ledger.
#[derive(Debug, Clone)]
pub enum LedgerSettings {
    /// The embedded default, in `ledger.db` in the data folder.
    Sqlite,
    /// The server of `DATABASE_URL`.
    Postgres(PostgresSettings),
}

/// Which process sends webhooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dispatching {
    /// `ecash-mint serve` itself.
    Embedded,
    /// `ecash-mint dispatcher`, so that the mints make no connections to other networks.
    Dispatcher,
}

impl FromStr for Dispatching {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "embedded" => Ok(Self::Embedded),
            "dispatcher" => Ok(Self::Dispatcher),
            _ => Err(declared::WEBHOOKS.expected),
        }
    }
}

/// All settings of `ecash-mint`.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `SERVER_HOST`, `SERVER_PORT`
    pub listen: SocketAddr,
    /// `PUBLIC_ORIGIN`: the public address of mint and wallet.
    pub public_origin: Origin,
    /// `MERCHANT_ORIGIN`: where the merchant page is served; `None`: on the wallet's origin.
    pub merchant_origin: Option<Origin>,
    /// `SEAL_KEY_FILE`: the key that seals the audit log; `None`: `seal-key.pem` in the data folder.
    pub seal_key_file: Option<PathBuf>,
    /// `SEAL_MARK_FILE`: remembers the newest seal; `None`: `seal-mark.json` in the data folder.
    pub seal_mark_file: Option<PathBuf>,
    /// `RECEIPT_KEY_FILE`: the key that signs receipts; `None`: `receipt-key.pem` in the data folder.
    pub receipt_key_file: Option<PathBuf>,
    /// `WEBHOOK_KEY_FILE`: the key of the webhooks' secrets; `None`: `webhook-key.pem` in the data folder.
    pub webhook_key_file: Option<PathBuf>,
    /// `WEBHOOKS`: which process sends them.
    pub webhooks: Dispatching,
    /// `WEBHOOK_ALLOW`: hosts that may be sent to although they are not public.
    pub webhook_allow: Vec<AllowedHost>,
    /// `REFUND_CLAIM_DAYS`: after how many days an unclaimed refund goes back.
    pub refund_claim_days: u64,
    /// `OPERATOR_LISTEN`: metrics and health for the operator; `None`: not served.
    pub operator_listen: Option<SocketAddr>,
    /// `ECASH_DATA_DIR`: ledger and keys.
    pub data_dir: PathBuf,
    /// `DATABASE_URL`, `DATABASE_POOL_SIZE`
    pub ledger: LedgerSettings,
    /// `REDIS_URL`; `None`: the spent index is in this process.
    pub redis: Option<RedisSettings>,
    /// `COMMIT_BATCH_SIZE`, `COMMIT_DELAY_US`
    pub committer: CommitterSettings,
    /// `ECASH_WALLET_DIR`: the wallet's files.
    pub wallet_dir: PathBuf,
    /// `INSTITUTION_ID`, `CURRENCY`, `CURRENCY_EXPONENT`
    pub identity: LedgerIdentity,
    /// `KEY_ID`, `DENOMINATIONS`, `KEYSET_ISSUE_DAYS`, `TOKEN_EXPIRY_DAYS`
    pub keysets: KeysetPlan,
    /// `RATE_LIMIT_PER_SECOND`, `WITHDRAW_RATE_LIMIT_PER_SECOND`, `SIGNATURE_LIMIT_PER_SECOND`,
    /// `VERIFICATION_LIMIT_PER_SECOND`, `ACCOUNT_LIMIT_PER_MINUTE`, `CONCURRENT_REQUESTS_PER_CLIENT`,
    /// `MERCHANT_RATE_LIMIT_PER_SECOND`
    pub limits: RateLimits,
    /// `OPEN_ACCOUNTS`: whether clients may open accounts.
    pub opens_accounts: bool,
    /// `LIVE_LISTENERS`: event streams served at once.
    pub live_listeners: usize,
    /// `MAX_CONNECTIONS`
    pub max_connections: usize,
    /// `SIGNER_URL` and its TLS files; `None`: this process holds the keys, in encrypted files.
    pub signer: Option<RemoteSignerSettings>,
    /// `CORS_ORIGINS`: other origins whose wallets may use this mint.
    pub cors_origins: Vec<Origin>,
    /// `TRUSTED_PROXIES`: proxies whose `X-Forwarded-For` is trusted.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether `ALLOW_WEAK` contains `stranding_denominations`.
    pub allows_stranding: bool,
    /// `KEY_PASSPHRASE`
    pub key_passphrase: Option<Zeroizing<String>>,
    /// `CREDENTIALS_DIRECTORY`, set by systemd.
    pub credentials_dir: Option<PathBuf>,
    /// Whether new accounts get demo funds and `merchant_demo` exists: the currency is `DEMO`.
    pub demo_funds: bool,
    /// `RUST_LOG`
    pub log: LogFilter,
}

impl Settings {
    /// Reads and checks all settings. `get` returns the value of an environment variable.
    ///
    /// # Errors
    /// The first [`SettingsError`].
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let source = Source(&get);
        let host: IpAddr = source.parsed(declared::SERVER_HOST)?;
        let currency = read_currency(source, host.is_loopback())?;
        let demo_funds = currency.is_demo();
        let allowed = read_allowed(source)?;
        let ledger = read_ledger(source, &allowed)?;
        let exposure = match (&ledger, host.is_loopback()) {
            (LedgerSettings::Sqlite, true) => None,
            (LedgerSettings::Sqlite, false) => Some(Exposure::Address),
            (LedgerSettings::Postgres(_), _) => Some(Exposure::Database),
        };
        let signer = RemoteSignerSettings::read(source)?;
        if let Some(exposure) = exposure {
            refuse_weak(exposure, &allowed, signer.is_none(), demo_funds)?;
        }
        let institution_id = source.made(declared::INSTITUTION_ID, InstitutionId::new)?;
        let listen = SocketAddr::new(host, source.parsed(declared::SERVER_PORT)?);
        let public_origin = read_public_origin(source, listen)?;
        let merchant_origin = read_merchant_origin(source, &public_origin)?;
        Ok(Self {
            listen,
            public_origin,
            merchant_origin,
            seal_key_file: source.given(declared::SEAL_KEY_FILE).map(PathBuf::from),
            seal_mark_file: source.given(declared::SEAL_MARK_FILE).map(PathBuf::from),
            receipt_key_file: source.given(declared::RECEIPT_KEY_FILE).map(PathBuf::from),
            webhook_key_file: source.given(declared::WEBHOOK_KEY_FILE).map(PathBuf::from),
            webhooks: source.parsed(declared::WEBHOOKS)?,
            webhook_allow: read_webhook_allow(source, demo_funds)?,
            refund_claim_days: source.in_range(declared::REFUND_CLAIM_DAYS, 1..=3650)?,
            operator_listen: source.optional(declared::OPERATOR_LISTEN)?,
            ledger,
            redis: read_redis(source, &allowed)?,
            committer: CommitterSettings {
                batch_size: source.in_range(declared::COMMIT_BATCH_SIZE, 1..=1024)?,
                delay: Duration::from_micros(source.in_range(declared::COMMIT_DELAY_US, 0..=100_000)?),
                ..CommitterSettings::default()
            },
            wallet_dir: source.text(declared::ECASH_WALLET_DIR).into(),
            identity: LedgerIdentity { institution_id, currency },
            keysets: KeysetPlan {
                first_name: source.made(declared::KEY_ID, KeysetId::new)?,
                denominations: read_denominations(source)?,
                issue_days: source.in_range(declared::KEYSET_ISSUE_DAYS, PERIOD_DAYS)?,
                expiry_days: source.in_range(declared::TOKEN_EXPIRY_DAYS, PERIOD_DAYS)?,
                width: Width::Real3072,
            },
            limits: RateLimits::read(source)?,
            opens_accounts: read_yes_or_no(source, declared::OPEN_ACCOUNTS)?,
            live_listeners: source.in_range(declared::LIVE_LISTENERS, 1..=1_000_000)?,
            max_connections: source.in_range(declared::MAX_CONNECTIONS, 1..=1_000_000)?,
            signer,
            cors_origins: source.list(declared::CORS_ORIGINS, Origin::new)?,
            trusted_proxies: source.list(declared::TRUSTED_PROXIES, |text| parse_network(&text))?,
            allows_stranding: allowed.contains(&Weakness::StrandingDenominations),
            key_passphrase: source.given(declared::KEY_PASSPHRASE).map(Zeroizing::new),
            credentials_dir: source.given(declared::CREDENTIALS_DIRECTORY).map(PathBuf::from),
            demo_funds,
            log: source.parsed(declared::RUST_LOG)?,
            data_dir: source.text(declared::ECASH_DATA_DIR).into(),
        })
    }

    /// Returns the path of the embedded ledger.
    #[must_use]
    pub fn ledger_path(&self) -> PathBuf {
        self.data_dir.join("ledger.db")
    }

    /// Returns the path of the key that seals the audit log.
    #[must_use]
    pub fn seal_key_path(&self) -> PathBuf {
        self.seal_key_file.clone().unwrap_or_else(|| self.data_dir.join("seal-key.pem"))
    }

    /// Returns the path of the file that remembers the newest seal.
    #[must_use]
    pub fn seal_mark_path(&self) -> PathBuf {
        self.seal_mark_file.clone().unwrap_or_else(|| self.data_dir.join("seal-mark.json"))
    }

    /// Returns the path of the file that is locked while a mint serves from the data folder.
    #[must_use]
    pub fn serving_lock_path(&self) -> PathBuf {
        self.data_dir.join("serve.lock")
    }

    /// Returns the path of the key that signs receipts.
    #[must_use]
    pub fn receipt_key_path(&self) -> PathBuf {
        self.receipt_key_file.clone().unwrap_or_else(|| self.data_dir.join("receipt-key.pem"))
    }

    /// Returns the path of the key from which the secrets of webhooks are derived.
    #[must_use]
    pub fn webhook_key_path(&self) -> PathBuf {
        self.webhook_key_file.clone().unwrap_or_else(|| self.data_dir.join("webhook-key.pem"))
    }
}

fn read_yes_or_no(source: Source<'_>, setting: Setting) -> Result<bool, SettingsError> {
    match source.text(setting).as_str() {
        "yes" => Ok(true),
        "no" => Ok(false),
        other => Err(setting.invalid(other, setting.expected)),
    }
}

/// Reads `WEBHOOK_ALLOW`. Rejected with real money, because merchants could reach hosts that only the
/// dispatcher's network protects.
fn read_webhook_allow(source: Source<'_>, is_demo: bool) -> Result<Vec<AllowedHost>, SettingsError> {
    let setting = declared::WEBHOOK_ALLOW;
    let hosts = source.list(setting, |text| text.parse::<AllowedHost>())?;
    if hosts.is_empty() || is_demo {
        return Ok(hosts);
    }
    Err(setting.invalid(source.text(setting), "nothing, unless the currency is DEMO"))
}

/// Parses an address, or a network such as `172.16.0.0/12`.
fn parse_network(text: &str) -> Result<IpNet, &'static str> {
    let address = || text.parse::<IpAddr>().ok().map(IpNet::from);
    text.parse().ok().or_else(address).ok_or(declared::TRUSTED_PROXIES.expected)
}

fn read_currency(source: Source<'_>, loopback: bool) -> Result<Currency, SettingsError> {
    let setting = declared::CURRENCY;
    if !loopback {
        source.required(setting, "the mint listens on an address that others can reach")?;
    }
    let exponent = source.in_range(declared::CURRENCY_EXPONENT, 0..=12)?;
    source.made(setting, |code| Currency::new(&code, exponent))
}

/// Reads `PUBLIC_ORIGIN`, which is required unless the mint listens on loopback. A request's `Host` header is
/// not used, because it must not end up in checkout URLs.
fn read_public_origin(source: Source<'_>, listen: SocketAddr) -> Result<Origin, SettingsError> {
    let setting = declared::PUBLIC_ORIGIN;
    if listen.ip().is_loopback() && source.given(setting).is_none() {
        let local = format!("http://localhost:{}", listen.port());
        return Origin::new(local.clone()).map_err(|_| setting.invalid(local, setting.expected));
    }
    source.required(setting, "the mint listens on an address that others can reach")?;
    source.made(setting, Origin::new)
}

/// Reads `MERCHANT_ORIGIN`. Its host name must differ from the wallet's, because browsers share some state,
/// such as cookies, between the ports of a host.
fn read_merchant_origin(source: Source<'_>, public: &Origin) -> Result<Option<Origin>, SettingsError> {
    let setting = declared::MERCHANT_ORIGIN;
    let Some(text) = source.given(setting) else { return Ok(None) };
    let origin = Origin::new(text.clone()).map_err(|_| setting.invalid(text.clone(), setting.expected))?;
    if origin.host() == public.host() {
        return Err(setting.invalid(text, "a host name other than that of PUBLIC_ORIGIN"));
    }
    Ok(Some(origin))
}

fn read_denominations(source: Source<'_>) -> Result<Vec<Denomination>, SettingsError> {
    let setting = declared::DENOMINATIONS;
    let text = source.text(setting);
    let parse = |item: &str| item.trim().parse().ok().and_then(|minor| Denomination::new(minor).ok());
    let parsed: Option<Vec<Denomination>> = text.split(',').map(parse).collect();
    parsed
        .filter(|list| are_denominations_of_keyset(list))
        .ok_or_else(|| setting.invalid(text, setting.expected))
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
        assert_eq!(settings.public_origin.as_str(), "http://localhost:8080");
        assert_eq!(settings.keysets.denominations.len(), 5);
    }

    #[test]
    fn an_exposed_mint_requires_every_weakness_to_be_named() {
        let open = ("SERVER_HOST", "0.0.0.0");
        assert!(matches!(read(&[open]), Err(SettingsError::Missing { name: "CURRENCY", .. })));
        let weak = |values: &[(&str, &str)]| match read(values) {
            Err(SettingsError::Weak { weakness, .. }) => Weakness::named(weakness),
            _ => None,
        };
        assert_eq!(weak(&[open, ("CURRENCY", "EUR")]), Some(Weakness::SoftwareKeys));
        let demo = ("CURRENCY", "DEMO");
        assert_eq!(weak(&[open, demo, ("ALLOW_WEAK", "software_keys")]), Some(Weakness::DemoFunds));
        let named = [open, demo, ("ALLOW_WEAK", "software_keys,demo_funds")];
        assert!(matches!(read(&named), Err(SettingsError::Missing { name: "PUBLIC_ORIGIN", .. })));
        let named = [&named[..], &[("PUBLIC_ORIGIN", "https://mint.example")]].concat();
        assert_eq!(read(&named).unwrap().public_origin.as_str(), "https://mint.example");
        assert!(!read(&[("CURRENCY", "EUR")]).unwrap().demo_funds);
    }

    #[test]
    fn invalid_values_are_reported() {
        for (name, value) in [
            ("SERVER_PORT", "http"),
            ("DENOMINATIONS", "50,10"),
            ("DENOMINATIONS", ""),
            ("TOKEN_EXPIRY_DAYS", "0"),
            ("RATE_LIMIT_PER_SECOND", "0"),
            ("CORS_ORIGINS", "https://a/b"),
            ("PUBLIC_ORIGIN", "https://mint.example/"),
            ("MERCHANT_ORIGIN", "https://shops.example/"),
            ("MERCHANT_ORIGIN", "http://localhost:9000"),
            ("ALLOW_WEAK", "everything"),
            ("CURRENCY", "eur"),
            ("TRUSTED_PROXIES", "nginx"),
            ("OPEN_ACCOUNTS", "maybe"),
            ("RUST_LOG", "loud"),
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
            Err(SettingsError::Weak { weakness, .. }) => Weakness::named(weakness),
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
            Err(SettingsError::Weak { weakness, .. }) => Weakness::named(weakness),
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
}
