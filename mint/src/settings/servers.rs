//! Settings of PostgreSQL and Redis. Their URLs may hold passwords and are never shown.

use super::weakness::require;
use super::{LedgerSettings, Weakness};
use crate::spent_index::RedisSettings;
use ecash_environment::settings::{SettingsError, Source, declared};
use ecash_ledger::postgres::PostgresSettings;
use zeroize::Zeroizing;

/// Passwords from examples, including the published documentation.
const EXAMPLE_PASSWORDS: [&str; 7] =
    ["secure_password", "your_password", "password", "postgres", "ecash", "changeme", "secret"];

pub(super) fn read_ledger(source: Source<'_>, allowed: &[Weakness]) -> Result<LedgerSettings, SettingsError> {
    let setting = declared::DATABASE_URL;
    let Some(url) = source.given(setting).map(Zeroizing::new) else {
        return Ok(LedgerSettings::Sqlite);
    };
    let Some(rest) = url.strip_prefix("postgres://").or_else(|| url.strip_prefix("postgresql://")) else {
        return Err(setting.invalid(url.as_str(), setting.expected));
    };
    let password = rest.rsplit_once('@').and_then(|(user, _)| user.split_once(':')).map(|(_, p)| p);
    if password.is_some_and(|password| EXAMPLE_PASSWORDS.contains(&password)) {
        let reason = "the password in DATABASE_URL is one from an example";
        require(allowed, Weakness::DefaultPassword, reason)?;
    }
    Ok(LedgerSettings::Postgres(PostgresSettings {
        pool_size: source.in_range(declared::DATABASE_POOL_SIZE, 1..=1000)?,
        allow_fsync_off: allowed.contains(&Weakness::FsyncOff),
        allow_synchronous_commit_off: allowed.contains(&Weakness::SynchronousCommitOff),
        allow_asynchronous_standby: allowed.contains(&Weakness::AsynchronousStandby),
        url,
    }))
}

pub(super) fn read_redis(
    source: Source<'_>,
    allowed: &[Weakness],
) -> Result<Option<RedisSettings>, SettingsError> {
    let setting = declared::REDIS_URL;
    let Some(text) = source.given(setting).map(Zeroizing::new) else { return Ok(None) };
    let nodes: Vec<_> = text.split(',').map(|node| Zeroizing::new(node.trim().to_owned())).collect();
    for node in &nodes {
        let (scheme, rest) = node.split_once("://").unwrap_or_default();
        if !matches!(scheme, "redis" | "rediss") || rest.is_empty() {
            return Err(setting.invalid(node.as_str(), setting.expected));
        }
        let password = rest.rsplit_once('@').and_then(|(user, _)| user.split_once(':')).map(|(_, p)| p);
        if password.is_some_and(|password| EXAMPLE_PASSWORDS.contains(&password)) {
            let reason = "the password in REDIS_URL is one from an example";
            require(allowed, Weakness::DefaultPassword, reason)?;
        }
        if password.is_none_or(str::is_empty) && scheme == "redis" {
            let reason = "REDIS_URL has neither a password nor TLS: anyone who reaches Redis can write to it";
            require(allowed, Weakness::OpenRedis, reason)?;
        }
    }
    Ok(Some(RedisSettings { nodes }))
}
