//! Reads and validates single settings. An empty value counts as not set.

use super::Setting;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// Errors of reading settings. No message contains a secret value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// A value does not have the expected form.
    #[error("{name}={value} is not valid: expected {expected}")]
    Invalid {
        /// Name of the setting.
        name: &'static str,
        /// Rejected value, or `(hidden)` for a secret setting.
        value: String,
        /// Description of valid values.
        expected: String,
    },
    /// A required setting is not set.
    #[error("{name} must be set: {reason}")]
    Missing {
        /// Name of the setting.
        name: &'static str,
        /// Why the setting is required.
        reason: &'static str,
    },
    /// The configuration has a weakness that `ALLOW_WEAK` does not list.
    #[error("{reason}; to accept this, add {weakness} to ALLOW_WEAK")]
    Weak {
        /// Name of the weakness in `ALLOW_WEAK`.
        weakness: &'static str,
        /// Description of the weakness and its consequence.
        reason: &'static str,
    },
}

impl Setting {
    /// Creates the error for an invalid value. Hides the value if the setting is secret.
    pub fn invalid(&self, value: impl Into<String>, expected: impl Into<String>) -> SettingsError {
        let value = if self.secret { "(hidden)".to_owned() } else { value.into() };
        SettingsError::Invalid { name: self.name, value, expected: expected.into() }
    }
}

/// A source of settings: a function from a name to its value, such as
/// [`SettingsFile::get`](super::SettingsFile::get).
#[derive(Clone, Copy)]
pub struct Source<'a>(pub &'a dyn Fn(&str) -> Option<String>);

impl Source<'_> {
    /// Returns the value of a setting, or `None` if it is not set.
    #[must_use]
    pub fn given(&self, setting: Setting) -> Option<String> {
        (self.0)(setting.name).filter(|value| !value.is_empty())
    }

    /// Returns the value of a setting, or else its default, which may be empty.
    #[must_use]
    pub fn text(&self, setting: Setting) -> String {
        self.given(setting).unwrap_or_else(|| setting.default.to_owned())
    }

    /// Returns the value of a required setting.
    ///
    /// # Errors
    /// Returns [`SettingsError::Missing`] with `reason` if it is not set.
    pub fn required(&self, setting: Setting, reason: &'static str) -> Result<String, SettingsError> {
        self.given(setting).ok_or(SettingsError::Missing { name: setting.name, reason })
    }

    /// Parses the value of a setting or its default.
    ///
    /// # Errors
    /// Returns [`SettingsError::Invalid`] if it cannot be parsed.
    pub fn parsed<T: FromStr>(&self, setting: Setting) -> Result<T, SettingsError> {
        let value = self.text(setting);
        value.parse().map_err(|_| setting.invalid(value, setting.expected))
    }

    /// Parses the value of a setting; returns `None` if it is not set.
    ///
    /// # Errors
    /// Returns [`SettingsError::Invalid`] if it cannot be parsed.
    pub fn optional<T: FromStr>(&self, setting: Setting) -> Result<Option<T>, SettingsError> {
        let value = self.given(setting);
        value.map(|value| value.parse().map_err(|_| setting.invalid(value, setting.expected))).transpose()
    }

    /// Parses the value of a setting or its default, and checks its range.
    ///
    /// # Errors
    /// Returns [`SettingsError::Invalid`] if it cannot be parsed or is outside `range`.
    pub fn in_range<T>(&self, setting: Setting, range: RangeInclusive<T>) -> Result<T, SettingsError>
    where
        T: FromStr + PartialOrd + Display,
    {
        let value: T = self.parsed(setting)?;
        if range.contains(&value) {
            Ok(value)
        } else {
            Err(setting.invalid(value.to_string(), setting.expected))
        }
    }

    /// Converts the value of a setting or its default with `make`.
    ///
    /// # Errors
    /// Returns [`SettingsError::Invalid`] if `make` rejects it.
    pub fn made<T, E>(
        &self,
        setting: Setting,
        make: impl Fn(String) -> Result<T, E>,
    ) -> Result<T, SettingsError> {
        let value = self.text(setting);
        make(value.clone()).map_err(|_| setting.invalid(value, setting.expected))
    }

    /// Splits the value of a setting or its default at commas, and converts each item with `make`. Ignores
    /// empty items.
    ///
    /// # Errors
    /// Returns [`SettingsError::Invalid`] for the first item that `make` rejects.
    pub fn list<T, E>(
        &self,
        setting: Setting,
        make: impl Fn(String) -> Result<T, E>,
    ) -> Result<Vec<T>, SettingsError> {
        let text = self.text(setting);
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        items.map(|item| make(item.to_owned()).map_err(|_| setting.invalid(item, setting.expected))).collect()
    }
}
