//! Amounts with their currency, as people read them.

use crate::amount::Amount;
use crate::names::Currency;
use std::fmt;

/// An amount with its currency, displayed as `12.50 EUR`. [`Amount`] does not implement `Display`, so that no
/// amount is shown without its currency and exponent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Money {
    /// Amount in minor units of `currency`.
    pub amount: Amount,
    /// Currency of the amount; its exponent is the number of decimals shown.
    pub currency: Currency,
}

impl Money {
    /// Formats the number in major units, without the currency: `12.50`.
    #[must_use]
    pub fn number(&self) -> String {
        let digits = usize::from(self.currency.exponent);
        // Padding to one digit more than the exponent keeps a zero before the point: 5 with exponent 2 is
        // `0.05`.
        let minor = format!("{:0width$}", self.amount.minor(), width = digits + 1);
        let (whole, fraction) = minor.split_at(minor.len() - digits);
        if digits == 0 { whole.to_owned() } else { format!("{whole}.{fraction}") }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number(), self.currency.code)
    }
}

/// The text is not an amount of a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a number above zero with at most {0} decimals, such as {example}", example = if *.0 == 0 { "12" } else { "12.50" })]
pub struct MoneyError(u8);

impl Currency {
    /// Parses an amount in major units, the inverse of [`Money::number`]: digits, and after a point at most
    /// as many decimals as the currency has. Rejects zero, because no operation takes it.
    ///
    /// # Errors
    /// [`MoneyError`] for any other text, and for amounts above the maximum.
    pub fn parse(&self, text: &str) -> Result<Amount, MoneyError> {
        let failed = MoneyError(self.exponent);
        let (whole, decimals) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
        let digits = usize::from(self.exponent);
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !is_number(whole) || !is_number(decimals) || decimals.len() > digits {
            return Err(failed);
        }
        let minor = format!("{whole}{decimals:0<digits$}").parse().map_err(|_| failed)?;
        Amount::new(minor).ok().filter(|amount| !amount.is_zero()).ok_or(failed)
    }

    /// Pairs an amount in minor units with this currency.
    #[must_use]
    pub fn money(&self, amount: Amount) -> Money {
        Money { amount, currency: self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::amount::MAX_AMOUNT_MINOR;

    #[test]
    fn amounts_are_parsed_as_they_are_shown() {
        let parse = |text: &str, exponent| {
            Currency::new("EUR", exponent).unwrap().parse(text).map(Amount::minor).ok()
        };
        for (text, exponent, minor) in
            [("12.50", 2, 1250), ("12.5", 2, 1250), (" 12 ", 2, 1200), ("0.05", 2, 5), ("12", 0, 12)]
        {
            assert_eq!(parse(text, exponent), Some(minor), "{text}");
        }
        for bad in ["", "0", "0.00", ".5", "12.505", "1,000", "-1", "1e3", "90071992547409.92", "x"] {
            assert_eq!(parse(bad, 2), None, "{bad}");
        }
        assert_eq!(parse("12.0", 0), None);
    }

    #[test]
    fn money_is_shown_in_major_units_with_its_currency() {
        let shown = |minor, code, exponent| {
            let currency = Currency::new(code, exponent).unwrap();
            currency.money(Amount::new(minor).unwrap()).to_string()
        };
        assert_eq!(shown(25, "EUR", 2), "0.25 EUR");
        assert_eq!(shown(0, "EUR", 2), "0.00 EUR");
        assert_eq!(shown(125_050, "EUR", 2), "1250.50 EUR");
        assert_eq!(shown(1250, "DEMO", 0), "1250 DEMO");
        assert_eq!(shown(MAX_AMOUNT_MINOR, "XTS", 12), "9007.199254740991 XTS");
    }
}
