//! Validated names of institutions, currencies, keysets, accounts, transactions and origins.

use crate::base64url;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A text is not a valid name. The message states the expected form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {0}")]
pub struct NameError(&'static str);

const PAYMENT_PREFIX: &str = "pay_";
const ENDPOINT_PREFIX: &str = "we_";
const LINK_PREFIX: &str = "link_";
const REFUND_PREFIX: &str = "ref_";
const PAYOUT_PREFIX: &str = "out_";

/// Defines a newtype over a validated string. The arguments are its name, the check, the expected form in
/// words, and the expected form as a regular expression for the OpenAPI schema. The last one is a `tt`,
/// because an attribute does not accept a captured literal.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $valid:expr, $expected:literal, $pattern:tt) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, pattern = $pattern))]
        pub struct $name(String);

        impl $name {
            /// Validates the text.
            ///
            /// # Errors
            /// Returns [`NameError`], which states the expected form, if the text does not have it.
            pub fn new(text: impl Into<String>) -> Result<Self, NameError> {
                let text = text.into();
                let valid: fn(&str) -> bool = $valid;
                if valid(&text) { Ok(Self(text)) } else { Err(NameError($expected)) }
            }

            /// Returns the validated text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

fn is_identifier(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
}

/// Accepts a prefix and 16 bytes in base64url.
fn is_random_id(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix)
        .is_some_and(|id| id.len() == 22 && base64url::decode(id).is_some_and(|bytes| bytes.len() == 16))
}

fn is_api_key_id(text: &str) -> bool {
    text.len() == 8 && base64url::decode(text).is_some()
}

fn is_currency_code(text: &str) -> bool {
    (3..=8).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// Accepts `scheme://host[:port]` in lower case, without a path.
fn is_origin(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|authority| {
        (1..=253).contains(&authority.len())
            && authority.bytes().all(|b| {
                b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-' | b':' | b'[' | b']')
            })
    })
}

name! {
    /// Identifies the institution (mint) that issued a token. 1 to 64 letters, digits, `_`, `-` or `.`.
    InstitutionId, is_identifier, "1 to 64 letters, digits, '_', '-' or '.'", "^[A-Za-z0-9_.-]{1,64}$"
}
name! {
    /// Names a keyset, for display and for fetching it. Keys are identified by their key id only.
    KeysetId, is_identifier, "1 to 64 letters, digits, '_', '-' or '.'", "^[A-Za-z0-9_.-]{1,64}$"
}
name! {
    /// Identifies an account at the mint. A merchant is an account with a role.
    AccountId, is_identifier, "1 to 64 letters, digits, '_', '-' or '.'", "^[A-Za-z0-9_.-]{1,64}$"
}
name! {
    /// Identifies a committed operation of the mint.
    TransactionId, is_identifier, "1 to 64 letters, digits, '_', '-' or '.'", "^[A-Za-z0-9_.-]{1,64}$"
}
name! {
    /// Identifies a payment that a merchant requests: `pay_` and 16 random bytes in base64url. Anyone who
    /// knows the id can read and pay the payment.
    PaymentId, |text| is_random_id(text, PAYMENT_PREFIX), "'pay_' and 22 characters of base64url", "^pay_[A-Za-z0-9_-]{21}[AQgw]$"
}
name! {
    /// Identifies a refund: `ref_` and 16 random bytes in base64url.
    RefundId, |text| is_random_id(text, REFUND_PREFIX), "'ref_' and 22 characters of base64url", "^ref_[A-Za-z0-9_-]{21}[AQgw]$"
}
name! {
    /// Identifies a payout: `out_` and 16 random bytes in base64url.
    PayoutId, |text| is_random_id(text, PAYOUT_PREFIX), "'out_' and 22 characters of base64url", "^out_[A-Za-z0-9_-]{21}[AQgw]$"
}
name! {
    /// Identifies an address to which a merchant's events are sent: `we_` and 16 random bytes in base64url.
    EndpointId, |text| is_random_id(text, ENDPOINT_PREFIX), "'we_' and 22 characters of base64url", "^we_[A-Za-z0-9_-]{21}[AQgw]$"
}
name! {
    /// Identifies a link that creates payments: `link_` and 16 random bytes in base64url.
    LinkId, |text| is_random_id(text, LINK_PREFIX), "'link_' and 22 characters of base64url", "^link_[A-Za-z0-9_-]{21}[AQgw]$"
}
name! {
    /// The public id of an API key: 6 random bytes in base64url.
    ApiKeyId, is_api_key_id, "8 characters of base64url", "^[A-Za-z0-9_-]{8}$"
}
name! {
    /// A currency code such as `EUR` or `DEMO`: 3 to 8 upper-case letters or digits.
    CurrencyCode, is_currency_code, "3 to 8 upper-case letters or digits", "^[A-Z0-9]{3,8}$"
}
name! {
    /// The scheme, host and port at which a mint is reached, as authenticated by TLS. Lower case, without a
    /// trailing slash.
    Origin, is_origin, "an origin such as https://mint.example", r"^https?://[a-z0-9.:\[\]-]{1,253}$"
}

impl Origin {
    /// Returns the host name or address, without scheme and port.
    #[must_use]
    pub fn host(&self) -> &str {
        let authority = self.as_str().split_once("://").map_or("", |(_, authority)| authority);
        host_of(authority)
    }
}

/// Returns an authority's host, without its port: `HOST`, `HOST:PORT`, `[IPV6]` or `[IPV6]:PORT`.
#[must_use]
pub fn host_of(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !port.is_empty() => host,
        _ => authority,
    }
}

impl PaymentId {
    /// Creates an id from 16 random bytes.
    #[must_use]
    pub fn from_random(bytes: &[u8; 16]) -> Self {
        Self(format!("{PAYMENT_PREFIX}{}", base64url::encode(bytes)))
    }
}

impl RefundId {
    /// Creates an id from 16 random bytes.
    #[must_use]
    pub fn from_random(bytes: &[u8; 16]) -> Self {
        Self(format!("{REFUND_PREFIX}{}", base64url::encode(bytes)))
    }
}

impl PayoutId {
    /// Creates an id from 16 random bytes.
    #[must_use]
    pub fn from_random(bytes: &[u8; 16]) -> Self {
        Self(format!("{PAYOUT_PREFIX}{}", base64url::encode(bytes)))
    }
}

impl LinkId {
    /// Creates an id from 16 random bytes.
    #[must_use]
    pub fn from_random(bytes: &[u8; 16]) -> Self {
        Self(format!("{LINK_PREFIX}{}", base64url::encode(bytes)))
    }
}

impl EndpointId {
    /// Creates an id from 16 random bytes.
    #[must_use]
    pub fn from_random(bytes: &[u8; 16]) -> Self {
        Self(format!("{ENDPOINT_PREFIX}{}", base64url::encode(bytes)))
    }
}

impl ApiKeyId {
    /// Creates the id from a part of an API key, whose parser has checked it.
    pub(crate) fn of_api_key(id: &str) -> Self {
        debug_assert!(is_api_key_id(id), "checked by the key's parser");
        Self(id.to_owned())
    }
}

/// A currency: its code and its number of decimals.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(try_from = "WireCurrency")]
pub struct Currency {
    /// Code such as `EUR` or `DEMO`.
    pub code: CurrencyCode,
    /// Number of decimals, 0 ..= 12: with 2, a minor unit is a cent.
    pub exponent: u8,
}

/// A currency as a mint sends it, with any exponent.
#[derive(Deserialize)]
struct WireCurrency {
    code: CurrencyCode,
    exponent: u8,
}

impl TryFrom<WireCurrency> for Currency {
    type Error = NameError;
    fn try_from(wire: WireCurrency) -> Result<Self, NameError> {
        Self::new(wire.code.as_str(), wire.exponent)
    }
}

impl Currency {
    /// Code of free play money. It is a separate currency, so that it is never accepted as real money.
    pub const DEMO: &'static str = "DEMO";

    /// Creates a currency.
    ///
    /// # Errors
    /// Returns [`NameError`] if `code` is not a currency code or `exponent` is above 12.
    pub fn new(code: &str, exponent: u8) -> Result<Self, NameError> {
        if exponent > 12 {
            return Err(NameError("a currency exponent of at most 12"));
        }
        Ok(Self { code: CurrencyCode::new(code)?, exponent })
    }

    /// Returns whether this is free play money.
    #[must_use]
    pub fn is_demo(&self) -> bool {
        self.code.as_str() == Self::DEMO
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        assert!(InstitutionId::new("inst_primary").is_ok());
        assert!(InstitutionId::new("").is_err());
        assert!(InstitutionId::new("a b").is_err());
        assert!(InstitutionId::new("x".repeat(65)).is_err());
        assert!(Currency::new("DEMO", 0).unwrap().is_demo());
        assert!(Currency::new("eur", 2).is_err());
        assert!(Currency::new("EUR", 13).is_err());
    }

    #[test]
    fn a_payment_id_has_sixteen_bytes() {
        let id = PaymentId::from_random(&[7; 16]);
        assert_eq!(PaymentId::new(id.as_str()), Ok(id.clone()));
        for bad in [
            "pay_",
            "pay_1",
            "tx_BwcHBwcHBwcHBwcHBwcHBw",
            "pay_BwcHBwcHBwcHBwcHBwcHB=",
            "pay_BwcHBwcHBwcHBwcHBwcHB_",
        ] {
            assert!(PaymentId::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_currency_of_a_mint_has_at_most_12_decimals() {
        let read = |exponent: u8| {
            serde_json::from_str::<Currency>(&format!(r#"{{"code":"EUR","exponent":{exponent}}}"#))
        };
        assert_eq!(read(2).unwrap(), Currency::new("EUR", 2).unwrap());
        assert!(read(13).is_err() && read(255).is_err());
    }

    #[test]
    fn an_origin_has_no_path_user_or_capitals() {
        for good in ["http://localhost:8080", "https://mint.example", "http://[::1]:8080"] {
            assert!(Origin::new(good).is_ok(), "{good}");
        }
        for (origin, host) in [
            ("http://localhost:8080", "localhost"),
            ("https://mint.example", "mint.example"),
            ("http://[::1]:8080", "[::1]"),
            ("http://[::1]", "[::1]"),
        ] {
            assert_eq!(Origin::new(origin).unwrap().host(), host);
        }
        for bad in ["https://mint.example/", "ftp://x", "https://a@b", "HTTPS://x", "https://", "https://X"] {
            assert!(Origin::new(bad).is_err(), "{bad}");
        }
    }
}
