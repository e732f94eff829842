//! Reading single settings; an empty value counts as not given.

use super::SettingsError;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// Where settings come from.
pub(super) struct Source<'a>(pub(super) &'a dyn Fn(&str) -> Option<String>);

impl Source<'_> {
    pub(super) fn given(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.is_empty())
    }

    pub(super) fn text(&self, name: &str, default: &str) -> String {
        self.given(name).unwrap_or_else(|| default.to_owned())
    }

    pub(super) fn parsed<T: FromStr>(
        &self,
        name: &'static str,
        default: &str,
        expected: &str,
    ) -> Result<T, SettingsError> {
        let value = self.text(name, default);
        value.parse().map_err(|_| SettingsError::Invalid { name, value, expected: expected.to_owned() })
    }

    pub(super) fn in_range(
        &self,
        name: &'static str,
        default: &str,
        range: RangeInclusive<u64>,
    ) -> Result<u64, SettingsError> {
        let expected = format!("a whole number from {} to {}", range.start(), range.end());
        let value: u64 = self.parsed(name, default, &expected)?;
        if range.contains(&value) {
            return Ok(value);
        }
        Err(SettingsError::Invalid { name, value: value.to_string(), expected })
    }

    pub(super) fn limit(&self, name: &'static str, default: &str) -> Result<u32, SettingsError> {
        let limit = self.in_range(name, default, 1..=1_000_000)?;
        Ok(u32::try_from(limit).unwrap_or(u32::MAX))
    }

    pub(super) fn named<T, E: Display>(
        &self,
        name: &'static str,
        default: &str,
        parse: impl Fn(String) -> Result<T, E>,
    ) -> Result<T, SettingsError> {
        let value = self.text(name, default);
        parse(value.clone()).map_err(|error| SettingsError::Invalid {
            name,
            value,
            expected: error.to_string(),
        })
    }

    /// A list with commas; empty if not given.
    pub(super) fn list<T, E: Display>(
        &self,
        name: &'static str,
        parse: impl Fn(String) -> Result<T, E>,
    ) -> Result<Vec<T>, SettingsError> {
        let text = self.text(name, "");
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        items
            .map(|item| {
                parse(item.to_owned()).map_err(|error| SettingsError::Invalid {
                    name,
                    value: item.to_owned(),
                    expected: error.to_string(),
                })
            })
            .collect()
    }
}
