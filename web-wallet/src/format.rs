//! Amounts and times as people write them.

use ecash_core::{Amount, Currency, Timestamp};
use wasm_bindgen::JsValue;

/// `1,250` or `12.50`, by the browser's language.
pub(crate) fn amount(amount: Amount, currency: &Currency) -> String {
    let (whole, fraction) = split(amount.minor(), currency.exponent);
    let whole = js_sys::BigInt::from(whole).to_locale_string(&JsValue::UNDEFINED, &JsValue::UNDEFINED);
    let whole = String::from(whole);
    if currency.exponent == 0 { whole } else { format!("{whole}.{fraction}") }
}

/// `30 DEMO`
pub(crate) fn money(value: Amount, currency: &Currency) -> String {
    format!("{} {}", amount(value, currency), currency.code)
}

fn split(minor: u64, exponent: u8) -> (u64, String) {
    let unit = 10_u64.saturating_pow(u32::from(exponent));
    (minor / unit, format!("{:0width$}", minor % unit, width = usize::from(exponent)))
}

/// An amount as a person typed it; `None` if it is none.
pub(crate) fn parse_amount(text: &str, currency: &Currency) -> Option<Amount> {
    let text = text.trim();
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let digits = usize::from(currency.exponent);
    if fraction.len() > digits || !text.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    let joined = format!("{whole}{fraction:0<digits$}");
    if joined.bytes().any(|b| !b.is_ascii_digit()) {
        return None;
    }
    joined.parse().ok().and_then(|minor| Amount::new(minor).ok())
}

/// `22 Nov, 16:20`, by the browser's language and zone.
pub(crate) fn time(at: Timestamp) -> String {
    #[expect(clippy::cast_precision_loss, reason = "seconds until the year 9999 are below 2^53")]
    let date = js_sys::Date::new(&JsValue::from_f64(at.unix_seconds() as f64 * 1000.0));
    let options = js_sys::Object::new();
    for (name, value) in [("day", "numeric"), ("month", "short"), ("hour", "2-digit"), ("minute", "2-digit")]
    {
        // An option that cannot be set leaves the browser's default.
        let _ = js_sys::Reflect::set(&options, &name.into(), &value.into());
    }
    String::from(date.to_locale_string("default", &options))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_amounts_are_read_in_minor_units() {
        let cents = Currency::new("EUR", 2).unwrap();
        let whole = Currency::new("DEMO", 0).unwrap();
        let read = |text, currency| parse_amount(text, currency).map(Amount::minor);
        assert_eq!(read("12", &cents), Some(1200));
        assert_eq!(read("12.5", &cents), Some(1250));
        assert_eq!(read(" 0,05 ", &cents), Some(5));
        assert_eq!(read("1.005", &cents), None);
        assert_eq!(read("30", &whole), Some(30));
        for bad in ["", ".", "1.5", "-3", "1 000", "abc", "99999999999999999999"] {
            assert_eq!(read(bad, &whole), None, "{bad}");
        }
        assert_eq!(split(1205, 2), (12, "05".to_owned()));
    }
}
