//! Checkout links: read from the URL of the wallet's page, from a `web+ecash:` link, or from pasted text.

use ecash_core::details::DetailsKey;
use ecash_core::keys::KEYS_SEEN_LEN;
use ecash_core::{LinkId, Origin, PaymentId};
use percent_encoding::percent_decode_str;
use std::borrow::Cow;

/// What a checkout link asks the wallet to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checkout {
    /// Pay this payment. With the key of its details and the hash of the mint's keys that the shop saw, if
    /// the link contains them.
    Of(PaymentId, Option<DetailsKey>, Option<[u8; KEYS_SEEN_LEN]>),
    /// Claim the refunds of this payment.
    Refund(PaymentId),
    /// Create and pay a payment of this merchant's link.
    Link(LinkId),
    /// The link is malformed.
    Damaged,
}

impl Checkout {
    /// Returns the fragment that [`Checkout::of_fragment`] parses; `None` for a malformed link.
    #[must_use]
    pub fn fragment(&self) -> Option<String> {
        match self {
            Self::Of(payment_id, key, seen) => {
                let key = key.as_ref().map(DetailsKey::to_link).unwrap_or_default();
                let seen = seen.map(|seen| ecash_core::base64url::encode(&seen)).unwrap_or_default();
                Some(format!("pay={payment_id}.{key}.{seen}"))
            }
            Self::Refund(payment_id) => Some(format!("refund={payment_id}")),
            Self::Link(link_id) => Some(format!("link={link_id}")),
            Self::Damaged => None,
        }
    }

    /// Parses the fragment of a checkout link: `pay=<payment_id>.<key of the details>.<hash of the keysets>`,
    /// `refund=<payment_id>` or `link=<link_id>`. The key and the hash are optional. Returns `None` for any
    /// other fragment.
    #[must_use]
    pub fn of_fragment(fragment: &str) -> Option<Self> {
        if let Some(payment_id) = fragment.strip_prefix("refund=") {
            return Some(PaymentId::new(payment_id).map_or(Self::Damaged, Self::Refund));
        }
        if let Some(link_id) = fragment.strip_prefix("link=") {
            return Some(LinkId::new(link_id).map_or(Self::Damaged, Self::Link));
        }
        let link = fragment.strip_prefix("pay=")?;
        let mut parts = link.split('.');
        let payment_id = PaymentId::new(parts.next().unwrap_or_default()).ok();
        let details = match parts.next().unwrap_or_default() {
            "" => Some(None),
            key => DetailsKey::parse(key).map(Some),
        };
        let seen = match parts.next().unwrap_or_default() {
            "" => Some(None),
            seen => ecash_core::base64url::decode(seen).and_then(|bytes| bytes.try_into().ok()).map(Some),
        };
        let link = payment_id.zip(details).zip(seen);
        Some(link.map_or(Self::Damaged, |((payment_id, key), seen)| Self::Of(payment_id, key, seen)))
    }
}

/// Converts a link `web+ecash:pay?mint=ORIGIN&id=PAYMENT&k=KEY&h=KEYSETS` to the mint's origin and the
/// fragment of a checkout link. `k` and `h` are optional. The link is percent-encoded, as browsers append it
/// after `#uri=`.
#[must_use]
pub fn address_of_protocol(encoded: &str) -> Option<(Origin, String)> {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8().ok().map(Cow::into_owned);
    let link = decoded(encoded)?;
    let query = link.strip_prefix("web+ecash:pay?")?;
    let value = |name: &str| {
        let named = query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name);
        named.and_then(|(_, value)| decoded(value))
    };
    let mint = Origin::new(value("mint")?).ok()?;
    let part = |name| value(name).unwrap_or_default();
    let fragment = format!("pay={}.{}.{}", value("id")?, part("k"), part("h"));
    matches!(Checkout::of_fragment(&fragment), Some(Checkout::Of(..))).then_some((mint, fragment))
}

impl Checkout {
    /// Parses a pasted checkout link. Returns `None` if the text is not one.
    ///
    /// # Errors
    /// Returns the mint's URL as the error if the link belongs to another mint than `own`.
    #[must_use]
    pub fn of_text(text: &str, own: &Origin) -> Option<Result<Self, String>> {
        if text.trim().starts_with("web+ecash:") {
            let (mint, fragment) = address_of_protocol(text.trim())?;
            let link = Self::of_fragment(&fragment)?;
            return Some(if mint == *own { Ok(link) } else { Err(mint.to_string()) });
        }
        let (address, fragment) = text.trim().split_once('#')?;
        let link = Self::of_fragment(fragment)?;
        let mint = address.trim_end_matches('/');
        Some(if mint == own.as_str() { Ok(link) } else { Err(mint.to_owned()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payment_links_parse_with_and_without_key_and_hash() {
        let id = PaymentId::from_random(&[7; 16]);
        for link in [format!("pay={id}"), format!("pay={id}."), format!("pay={id}..")] {
            assert_eq!(Checkout::of_fragment(&link), Some(Checkout::Of(id.clone(), None, None)), "{link}");
        }
        let seen = ecash_core::base64url::encode(&[9; 24]);
        let link = format!("pay={id}..{seen}");
        assert_eq!(Checkout::of_fragment(&link), Some(Checkout::Of(id.clone(), None, Some([9; 24]))));
        let key = DetailsKey::new([8; 16]);
        let link = format!("pay={id}.{}.{seen}", key.to_link());
        let whole = Checkout::Of(id.clone(), Some(key), Some([9; 24]));
        assert_eq!(whole.fragment().as_ref(), Some(&link));
        assert_eq!(Checkout::of_fragment(&link), Some(whole));
        for bad in [
            format!("pay={id}.key."),
            "pay=pay_x..".to_owned(),
            format!("pay={id}..x"),
            format!("pay={id}..{seen}AAAA"),
        ] {
            assert_eq!(Checkout::of_fragment(&bad), Some(Checkout::Damaged), "{bad}");
        }
        assert_eq!(Checkout::of_fragment("/pay"), None);
        assert_eq!(Checkout::of_fragment(&format!("refund={id}")), Some(Checkout::Refund(id)));
        assert_eq!(Checkout::of_fragment("refund=pay_x"), Some(Checkout::Damaged));
        let link_id = LinkId::from_random(&[7; 16]);
        assert_eq!(Checkout::of_fragment(&format!("link={link_id}")), Some(Checkout::Link(link_id)));
        assert_eq!(Checkout::of_fragment("link=pay_x"), Some(Checkout::Damaged));
    }

    #[test]
    fn protocol_links_name_mint_and_payment() {
        let (mint, id) = (Origin::new("https://mint.example").unwrap(), PaymentId::from_random(&[7; 16]));
        let seen = ecash_core::base64url::encode(&[9; 24]);
        let link = "web%2Becash%3Apay%3Fmint%3Dhttps%253A%252F%252Fmint.example%26id%3D";
        assert_eq!(address_of_protocol(&format!("{link}{id}")), Some((mint.clone(), format!("pay={id}.."))));
        let with_keys = format!("{link}{id}%26h%3D{seen}");
        assert_eq!(address_of_protocol(&with_keys), Some((mint, format!("pay={id}..{seen}"))));
        for bad in ["", "web%2Becash%3Apay", &format!("{link}pay_x"), &format!("javascript%3A{id}"), "%ff"] {
            assert_eq!(address_of_protocol(bad), None, "{bad}");
        }
    }

    #[test]
    fn pasted_links_of_other_mints_are_rejected() {
        let (own, id) = (Origin::new("https://mint.example").unwrap(), PaymentId::from_random(&[7; 16]));
        let read = |text: String| Checkout::of_text(&text, &own);
        assert_eq!(
            read(format!(" https://mint.example/#pay={id}.. ")),
            Some(Ok(Checkout::Of(id.clone(), None, None)))
        );
        assert_eq!(
            read(format!("https://mint.example.evil/#pay={id}..")),
            Some(Err("https://mint.example.evil".to_owned()))
        );
        let link = format!("web+ecash:pay?mint=https%3A%2F%2Fmint.example&id={id}");
        assert_eq!(read(link), Some(Ok(Checkout::Of(id.clone(), None, None))));
        for nothing in ["merchant_demo", "https://mint.example/", "https://mint.example/#/pay"] {
            assert_eq!(read(nothing.to_owned()), None, "{nothing}");
        }
    }
}
