//! Formats and parses amounts and times in the browser's language.

use ecash_core::{Amount, Currency, Money, Timestamp};
use wasm_bindgen::JsValue;

/// The locale that selects the browser's language.
const HERE: &str = "default";

/// Formats an amount without its currency: `1,250` or `12.50`; in German `1.250` or `12,50`.
pub fn amount(amount: Amount, currency: &Currency) -> String {
    let (whole, fraction) = split(amount.minor(), currency.exponent);
    let whole = localized(whole, &[]);
    if currency.exponent == 0 {
        return whole;
    }
    let digits = JsValue::from(currency.exponent);
    let fraction = localized(fraction, &[("minimumIntegerDigits", digits), ("useGrouping", false.into())]);
    format!("{whole}{}{fraction}", Separators::here().decimal)
}

/// Formats an amount with its currency: `30 DEMO`.
pub fn money(value: Amount, currency: &Currency) -> String {
    format!("{} {}", amount(value, currency), currency.code)
}

/// Formats an amount that carries its currency, like [`money`].
pub fn of(value: &Money) -> String {
    money(value.amount, &value.currency)
}

/// Splits an amount into major units and the remaining minor units.
fn split(minor: u64, exponent: u8) -> (u64, u64) {
    // Cannot overflow: an exponent is at most 12.
    let unit = 10_u64.pow(u32::from(exponent));
    (minor / unit, minor % unit)
}

/// Formats a whole number with options of `Intl.NumberFormat`.
fn localized(number: u64, options: &[(&str, JsValue)]) -> String {
    let object = js_sys::Object::new();
    for (name, value) in options {
        // Ignore errors: the browser's default applies.
        let _ = js_sys::Reflect::set(&object, &(*name).into(), value);
    }
    String::from(js_sys::BigInt::from(number).to_locale_string(&JsValue::UNDEFINED, &object))
}

/// The separators between digits in a language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Separators {
    decimal: char,
    group: char,
}

impl Separators {
    /// Determines the separators of the browser's language from formatted numbers.
    fn here() -> Self {
        let written = |number: f64| String::from(js_sys::Number::from(number).to_locale_string(HERE));
        let between = |text: String| text.chars().find(|c| !c.is_alphanumeric());
        Self {
            decimal: between(written(1.5)).unwrap_or('.'),
            // Use seven digits, because some languages write four digits without a separator.
            group: between(written(1_234_567.0)).unwrap_or(','),
        }
    }
}

/// Parses an amount typed in the browser's language. Returns `None` if it is not an amount or is ambiguous.
pub fn parse_amount(text: &str, currency: &Currency) -> Option<Amount> {
    parse_with(text, currency.exponent, Separators::here())
}

fn parse_with(text: &str, exponent: u8, separators: Separators) -> Option<Amount> {
    let text: String = text.trim().chars().filter(|c| !is_blank(*c)).map(ascii_digit).collect();
    let digits = usize::from(exponent);
    let (whole, fraction) = match text.rsplit_once(separators.decimal) {
        Some(parts) => parts,
        None if is_grouped(&text, separators.group) => (text.as_str(), ""),
        // Accept a point where the language writes a comma, or the reverse, as the decimal separator.
        None => text.rsplit_once(['.', ',']).unwrap_or((&text, "")),
    };
    if !is_grouped(whole, separators.group)
        || fraction.len() > digits
        || (whole.is_empty() && fraction.is_empty())
    {
        return None;
    }
    let whole = whole.replace(separators.group, "");
    let joined = format!("{whole}{fraction:0<digits$}");
    if joined.is_empty() || joined.bytes().any(|b| !b.is_ascii_digit()) {
        return None;
    }
    joined.parse().ok().and_then(|minor| Amount::new(minor).ok())
}

/// Whether a character is a space or an apostrophe, which some languages use to group digits.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || c == '\u{a0}' || c == '\u{202f}' || c == '\'' || c == '\u{2019}'
}

/// Converts Arabic and Persian digits to ASCII.
fn ascii_digit(c: char) -> char {
    let zero = match c {
        '\u{660}'..='\u{669}' => 0x660,
        '\u{6f0}'..='\u{6f9}' => 0x6f0,
        _ => return c,
    };
    char::from_digit(u32::from(c) - zero, 10).unwrap_or(c)
}

/// Whether a whole number has no separators, or one before every group of three digits.
fn is_grouped(whole: &str, group: char) -> bool {
    let mut parts = whole.split(group);
    let first = parts.next().unwrap_or_default();
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let mut grouped = false;
    let rest = parts.all(|part| {
        grouped = true;
        part.len() == 3 && digits(part)
    });
    rest && digits(first) && (!grouped || (1..=3).contains(&first.len()))
}

/// Formats a time in the browser's language and time zone: `22 Nov, 16:20`.
#[must_use]
pub fn time(at: Timestamp) -> String {
    shown(at, &[("day", "numeric"), ("month", "short"), ("hour", "2-digit"), ("minute", "2-digit")])
}

/// Formats a date in the browser's language and time zone: `22 Nov 2026`.
#[must_use]
pub fn date(at: Timestamp) -> String {
    shown(at, &[("day", "numeric"), ("month", "short"), ("year", "numeric")])
}

/// Formats the time of day in the browser's language and time zone: `16:20`, `4:20 PM`.
#[must_use]
pub fn clock(at: Timestamp) -> String {
    shown(at, &[("hour", "numeric"), ("minute", "2-digit")])
}

/// A day in the browser's time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Day {
    /// The present day.
    Today,
    /// The day before.
    Yesterday,
    /// Any other day, as [`date`] formats it.
    Date(String),
}

/// Returns the day of a time.
#[must_use]
pub fn day(at: Timestamp) -> Day {
    let day_of = |ms: f64| js_sys::Date::new(&JsValue::from_f64(ms)).to_date_string();
    let before = js_sys::Date::new_0();
    // By the calendar: a day may have 23 or 25 hours.
    before.set_date(before.get_date().wrapping_sub(1));
    #[expect(clippy::cast_precision_loss, reason = "seconds until the year 9999 are below 2^53")]
    let day = day_of(at.unix_seconds() as f64 * 1000.0);
    if day == day_of(js_sys::Date::now()) {
        Day::Today
    } else if day == before.to_date_string() {
        Day::Yesterday
    } else {
        Day::Date(date(at))
    }
}

/// Formats a time with options of `Intl.DateTimeFormat`.
fn shown(at: Timestamp, parts: &[(&str, &str)]) -> String {
    #[expect(clippy::cast_precision_loss, reason = "seconds until the year 9999 are below 2^53")]
    let date = js_sys::Date::new(&JsValue::from_f64(at.unix_seconds() as f64 * 1000.0));
    let options = js_sys::Object::new();
    for (name, value) in parts {
        // Ignore errors: the browser's default applies.
        let _ = js_sys::Reflect::set(&options, &(*name).into(), &(*value).into());
    }
    String::from(date.to_locale_string(HERE, &options))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENGLISH: Separators = Separators { decimal: '.', group: ',' };
    const GERMAN: Separators = Separators { decimal: ',', group: '.' };
    const ARABIC: Separators = Separators { decimal: '\u{66b}', group: '\u{66c}' };

    fn read(text: &str, exponent: u8, separators: Separators) -> Option<u64> {
        parse_with(text, exponent, separators).map(Amount::minor)
    }

    #[test]
    fn typed_amounts_are_parsed_to_minor_units() {
        assert_eq!(read("12", 2, ENGLISH), Some(1200));
        assert_eq!(read("12.5", 2, ENGLISH), Some(1250));
        assert_eq!(read(" 0,05 ", 2, ENGLISH), Some(5));
        assert_eq!(read(".5", 2, ENGLISH), Some(50));
        assert_eq!(read("1.005", 2, ENGLISH), None);
        assert_eq!(read("30", 0, ENGLISH), Some(30));
        for bad in ["", ".", "1.5", "-3", "abc", "99999999999999999999", "1,23", "1,2345", ",123"] {
            assert_eq!(read(bad, 0, ENGLISH), None, "{bad}");
        }
        assert_eq!(split(1205, 2), (12, 5));
    }

    #[test]
    fn formatted_amounts_can_be_parsed() {
        assert_eq!(read("1,250.50", 2, ENGLISH), Some(125_050));
        assert_eq!(read("1,250", 0, ENGLISH), Some(1250));
        assert_eq!(read("1.250,50", 2, GERMAN), Some(125_050));
        assert_eq!(read("1.250", 2, GERMAN), Some(125_000));
        assert_eq!(read("12.5", 2, GERMAN), Some(1250));
        assert_eq!(read("1 250,50", 2, GERMAN), Some(125_050));
        assert_eq!(read("١٬٢٥٠٫٥٠", 2, ARABIC), Some(125_050));
    }
}
