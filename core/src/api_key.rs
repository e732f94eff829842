//! API keys, with which a merchant's server authenticates. A key is `ek_live_` or `ek_test_`, an id of 8
//! characters, a secret of 32 and a checksum of 6, all in base64url.
//!
//! The prefix and the CRC-32 let scanners for leaked secrets recognize a key without false alarms. The prefix
//! also stops a key for play money from being used at a mint of real money, and vice versa.

use crate::base64url;
use crate::names::ApiKeyId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fmt;
use zeroize::Zeroizing;

const LIVE: &str = "ek_live_";
const TEST: &str = "ek_test_";
/// Id and secret, in bytes and in characters.
const RANDOM_LEN: usize = 30;
const RANDOM_CHARS: usize = 40;
const ID_CHARS: usize = 8;

/// The secret that authenticates a merchant's server, within its scopes.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(Zeroizing<String>);

impl ApiKey {
    /// Creates a key from 30 random bytes, for play money or for real money.
    #[must_use]
    pub fn from_random(bytes: &[u8; RANDOM_LEN], is_demo: bool) -> Self {
        let mut text = Zeroizing::new(String::with_capacity(LIVE.len() + RANDOM_CHARS + 6));
        text.push_str(if is_demo { TEST } else { LIVE });
        text.push_str(&Zeroizing::new(base64url::encode(bytes)));
        let checksum = checksum_of(&text);
        text.push_str(&checksum);
        Self(text)
    }

    /// Parses a key. Returns `None` for any other text, including a key with a typo.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let random = text.strip_prefix(LIVE).or_else(|| text.strip_prefix(TEST))?;
        let (random, checksum) = random.split_at_checked(RANDOM_CHARS)?;
        let decoded = Zeroizing::new(base64url::decode(random)?);
        let signed = text.strip_suffix(checksum)?;
        let valid = decoded.len() == RANDOM_LEN && checksum_of(signed) == checksum;
        valid.then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// Returns whether the key is for play money.
    #[must_use]
    pub fn is_demo(&self) -> bool {
        self.0.starts_with(TEST)
    }

    /// Returns the public id.
    #[must_use]
    pub fn key_id(&self) -> ApiKeyId {
        let id = self.0.get(LIVE.len()..LIVE.len() + ID_CHARS).unwrap_or_default();
        ApiKeyId::of_api_key(id)
    }

    /// Returns the text for the header `Authorization`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns SHA-256 of the text, which is all that the mint stores.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(secret)")
    }
}

fn checksum_of(text: &str) -> String {
    base64url::encode(&crc32fast::hash(text.as_bytes()).to_be_bytes())
}

/// A permission of an API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Read the merchant, its payments and its statement.
    Read,
    /// Create and cancel payments.
    Payments,
    /// Refund payments.
    Refunds,
    /// Request payouts.
    Payouts,
    /// Manage webhook endpoints.
    Webhooks,
    /// Manage payment links.
    Links,
    /// Create and revoke keys that have a subset of this key's scopes.
    Keys,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 7] =
        [Self::Read, Self::Payments, Self::Refunds, Self::Payouts, Self::Webhooks, Self::Links, Self::Keys];

    /// Returns the scope as the API writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Payments => "payments",
            Self::Refunds => "refunds",
            Self::Payouts => "payouts",
            Self::Webhooks => "webhooks",
            Self::Links => "links",
            Self::Keys => "keys",
        }
    }

    /// Parses the API's name of a scope.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == name)
    }
}

/// The scopes of a key, each once, in a fixed order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = Vec<Scope>))]
pub struct Scopes(pub BTreeSet<Scope>);

impl Scopes {
    /// Parses names separated by commas, such as `read,payments`. Returns `None` for an unknown name or no
    /// name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.split(',').map(|name| Scope::parse(name.trim())).collect::<Option<_>>().map(Self)
    }

    /// Returns whether these scopes include `scope`.
    #[must_use]
    pub fn allows(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    /// Returns whether a key with these scopes may create one with `others`. The new key must have a subset
    /// of these scopes, and can neither create keys nor request payouts.
    #[must_use]
    pub fn may_grant(&self, others: &Self) -> bool {
        others.0.is_subset(&self.0) && !others.allows(Scope::Keys) && !others.allows(Scope::Payouts)
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.iter().map(|scope| scope.as_str()).collect();
        f.write_str(&names.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_round_trip_and_typos_are_rejected() {
        let key = ApiKey::from_random(&[7; 30], true);
        assert_eq!(key.as_str(), "ek_test_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHRawvqg");
        assert_eq!(ApiKey::parse(key.as_str()), Some(key.clone()));
        assert_eq!(key.key_id().as_str(), "BwcHBwcH");
        assert!(key.is_demo() && !ApiKey::from_random(&[7; 30], false).is_demo());
        for at in 0..key.as_str().len() {
            let mut wrong = key.as_str().as_bytes().to_vec();
            wrong[at] = if wrong[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(ApiKey::parse(std::str::from_utf8(&wrong).unwrap()), None, "{at}");
        }
        for bad in ["", "ek_test_", "ek_live_é", &key.as_str()[..53], &format!("{}A", key.as_str())] {
            assert_eq!(ApiKey::parse(bad), None, "{bad}");
        }
        assert_eq!(format!("{key:?}"), "ApiKey(secret)");
    }

    #[test]
    fn a_key_grants_a_subset_and_never_keys_or_payouts() {
        let scopes = |text: &str| Scopes::parse(text).unwrap();
        let all = scopes("read,payments,refunds,payouts,webhooks,links,keys");
        assert!(all.may_grant(&scopes("read,payments,refunds")));
        assert!(!all.may_grant(&scopes("read,keys")) && !all.may_grant(&scopes("payouts")));
        assert!(!scopes("read,keys").may_grant(&scopes("read,payments")));
        assert_eq!((Scopes::parse("read,admin"), Scopes::parse("")), (None, None));
        assert_eq!(scopes("keys, read").to_string(), "read,keys");
    }
}
