//! Weaknesses: configurations that an exposed mint rejects unless `ALLOW_WEAK` names them. A mint is exposed
//! if it listens on another address than loopback, or uses a production database.

use ecash_environment::settings::{SettingsError, Source, declared};

/// A weakness that an exposed mint accepts only if `ALLOW_WEAK` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weakness {
    /// The private keys are in files instead of an HSM.
    SoftwareKeys,
    /// New accounts get free demo money.
    DemoFunds,
    /// A password of the database or of Redis is one from an example.
    DefaultPassword,
    /// The database may lose commits in a power failure.
    FsyncOff,
    /// The database acknowledges commits before they are durable.
    SynchronousCommitOff,
    /// A standby may lack acknowledged commits, which a failover then loses.
    AsynchronousStandby,
    /// Redis accepts writes without a password.
    OpenRedis,
    /// A new keyset may have denominations in which older tokens cannot be swapped.
    StrandingDenominations,
}

impl Weakness {
    const ALL: [Self; 8] = [
        Self::SoftwareKeys,
        Self::DemoFunds,
        Self::DefaultPassword,
        Self::FsyncOff,
        Self::SynchronousCommitOff,
        Self::AsynchronousStandby,
        Self::OpenRedis,
        Self::StrandingDenominations,
    ];

    /// Parses a name in `ALLOW_WEAK`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|weakness| weakness.as_str() == name)
    }

    /// Returns the name in `ALLOW_WEAK`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SoftwareKeys => "software_keys",
            Self::DemoFunds => "demo_funds",
            Self::DefaultPassword => "default_password",
            Self::FsyncOff => "fsync_off",
            Self::SynchronousCommitOff => "synchronous_commit_off",
            Self::AsynchronousStandby => "asynchronous_standby",
            Self::OpenRedis => "open_redis",
            Self::StrandingDenominations => "stranding_denominations",
        }
    }
}

/// Why the mint is exposed.
#[derive(Clone, Copy)]
pub(super) enum Exposure {
    /// It listens on another address than loopback.
    Address,
    /// It uses a database server.
    Database,
}

pub(super) fn read_allowed(source: Source<'_>) -> Result<Vec<Weakness>, SettingsError> {
    let setting = declared::ALLOW_WEAK;
    source.list(setting, |name| Weakness::named(&name).ok_or(setting.expected))
}

pub(super) fn require(
    allowed: &[Weakness],
    weakness: Weakness,
    reason: &'static str,
) -> Result<(), SettingsError> {
    if allowed.contains(&weakness) {
        Ok(())
    } else {
        Err(SettingsError::Weak { weakness: weakness.as_str(), reason })
    }
}

pub(super) fn refuse_weak(
    exposure: Exposure,
    allowed: &[Weakness],
    software_keys: bool,
    demo_funds: bool,
) -> Result<(), SettingsError> {
    let (keys, demo) = match exposure {
        Exposure::Address => (
            "the signing keys are in a file, and the mint can be reached by others",
            "the currency is DEMO: anyone who reaches the mint gets free demo money",
        ),
        Exposure::Database => (
            "the signing keys are in a file, and the ledger is a production database",
            "the currency is DEMO: new accounts get free demo money, in a production database",
        ),
    };
    if software_keys {
        require(allowed, Weakness::SoftwareKeys, keys)?;
    }
    if demo_funds { require(allowed, Weakness::DemoFunds, demo) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::{Weakness, declared};

    #[test]
    fn the_declaration_names_every_weakness() {
        for weakness in Weakness::ALL {
            assert!(declared::ALLOW_WEAK.expected.contains(weakness.as_str()), "{weakness:?}");
        }
    }
}
