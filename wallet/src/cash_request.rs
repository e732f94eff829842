//! Requests for cash: a link that asks another wallet to give an amount.

use ecash_core::{Amount, Currency, base64url, is_short_line};

/// Maximum length of a request's note, in characters.
pub const MAX_REQUEST_NOTE_CHARS: usize = 64;

/// What one person asks another for. Not authenticated: anyone can write such a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CashRequest {
    /// The amount, in minor units of `currency`.
    pub amount: Amount,
    /// The currency of the asking wallet.
    pub currency: Currency,
    /// What it is for: one line of at most [`MAX_REQUEST_NOTE_CHARS`] characters.
    pub note: Option<String>,
}

impl CashRequest {
    /// Returns the fragment of a link to the wallet: `ask=<minor units>.<currency>.<exponent>.<note>`. The
    /// note is UTF-8 in base64url.
    #[must_use]
    pub fn fragment(&self) -> String {
        let Currency { code, exponent } = &self.currency;
        let note = base64url::encode(self.note.as_deref().unwrap_or_default().as_bytes());
        format!("ask={}.{code}.{exponent}.{note}", self.amount.minor())
    }

    /// Parses a fragment. Returns `None` for any other fragment, and `Some(None)` for a malformed request.
    #[must_use]
    pub fn of_fragment(fragment: &str) -> Option<Option<Self>> {
        fragment.strip_prefix("ask=").map(Self::parse)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(4, '.');
        let mut next = || parts.next();
        let amount = Amount::new(next()?.parse().ok()?).ok().filter(|amount| !amount.is_zero())?;
        let currency = Currency::new(next()?, next()?.parse().ok()?).ok()?;
        let note = String::from_utf8(base64url::decode(next()?)?).ok()?;
        // A stranger's text must not rearrange the page's own.
        let note = Some(note).filter(|note| !note.is_empty());
        let is_plain = note.as_ref().is_none_or(|note| is_short_line(note, MAX_REQUEST_NOTE_CHARS));
        is_plain.then_some(Self { amount, currency, note })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_survive_the_link_and_malformed_ones_are_rejected() {
        let currency = Currency::new("EUR", 2).unwrap();
        for note in [None, Some("Pizza, 2 × – thanks".to_owned())] {
            let request =
                CashRequest { amount: Amount::new(1250).unwrap(), currency: currency.clone(), note };
            assert_eq!(CashRequest::of_fragment(&request.fragment()), Some(Some(request)));
        }
        assert_eq!(CashRequest::of_fragment("pay=pay_x"), None);
        let control = base64url::encode("a\u{202e}b".as_bytes());
        let long = base64url::encode("a".repeat(65).as_bytes());
        for bad in ["", "1", "0.EUR.2.", "1.EUR.2", "-1.EUR.2.", "1.EUR.99.", "1.eur!.2.", "1.EUR.2.*"] {
            assert_eq!(CashRequest::of_fragment(&format!("ask={bad}")), Some(None), "{bad}");
        }
        for bad in [control, long] {
            assert_eq!(CashRequest::of_fragment(&format!("ask=1.EUR.2.{bad}")), Some(None));
        }
    }
}
