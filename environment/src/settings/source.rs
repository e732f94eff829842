//! Reading single settings. An empty value counts as not set.

use super::Setting;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// Why settings are refused. Never shows a secret value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// A value is not what was expected.
    #[error("{name}={value} is not valid: expected {expected}")]
    Invalid {
        /// The setting.
        name: &'static str,
        /// Its value; hidden if it may be secret.
        value: String,
        /// What would be valid.
        expected: String,
    },
    /// A setting is missing.
    #[error("{name} must be set: {reason}")]
    Missing {
        /// The setting.
        name: &'static str,
        /// Why it is needed.
        reason: &'static str,
    },
    /// A weakness is not allowed.
    #[error("{reason}; to accept this, add {weakness} to ALLOW_WEAK")]
    Weak {
        /// Its name in `ALLOW_WEAK`.
        weakness: &'static str,
        /// Why it matters.
        reason: &'static str,
    },
}

impl Setting {
    /// The error for a value that is not valid.
    pub fn invalid(&self, value: impl Into<String>, expected: impl Into<String>) -> SettingsError {
        let value = if self.secret { "(hidden)".to_owned() } else { value.into() };
        SettingsError::Invalid { name: self.name, value, expected: expected.into() }
    }
}

/// Where settings come from: returns the value of a name.
#[derive(Clone, Copy)]
pub struct Source<'a>(pub &'a dyn Fn(&str) -> Option<String>);

impl Source<'_> {
    /// Returns a value, if it is set.
    #[must_use]
    pub fn given(&self, setting: Setting) -> Option<String> {
        (self.0)(setting.name).filter(|value| !value.is_empty())
    }

    /// Returns a value or its default.
    #[must_use]
    pub fn text(&self, setting: Setting) -> String {
        self.given(setting).unwrap_or_else(|| setting.default.to_owned())
    }

    /// Returns a value that must be set.
    ///
    /// # Errors
    /// [`SettingsError::Missing`] with this reason.
    pub fn required(&self, setting: Setting, reason: &'static str) -> Result<String, SettingsError> {
        self.given(setting).ok_or(SettingsError::Missing { name: setting.name, reason })
    }

    /// Returns a parsed value.
    ///
    /// # Errors
    /// [`SettingsError::Invalid`].
    pub fn parsed<T: FromStr>(&self, setting: Setting) -> Result<T, SettingsError> {
        let value = self.text(setting);
        value.parse().map_err(|_| setting.invalid(value, setting.expected))
    }

    /// Returns a parsed value, if it is set.
    ///
    /// # Errors
    /// [`SettingsError::Invalid`].
    pub fn optional<T: FromStr>(&self, setting: Setting) -> Result<Option<T>, SettingsError> {
        let value = self.given(setting);
        value.map(|value| value.parse().map_err(|_| setting.invalid(value, setting.expected))).transpose()
    }

    /// Returns a whole number in a range.
    ///
    /// # Errors
    /// [`SettingsError::Invalid`].
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

    /// Returns a value made by a constructor that says what it expects.
    ///
    /// # Errors
    /// [`SettingsError::Invalid`].
    pub fn made<T, E: Display>(
        &self,
        setting: Setting,
        make: impl Fn(String) -> Result<T, E>,
    ) -> Result<T, SettingsError> {
        let value = self.text(setting);
        make(value.clone()).map_err(|error| setting.invalid(value, error.to_string()))
    }

    /// Returns a list separated by commas; empty if it is not set.
    ///
    /// # Errors
    /// [`SettingsError::Invalid`] names the first bad item.
    pub fn list<T, E: Display>(
        &self,
        setting: Setting,
        make: impl Fn(String) -> Result<T, E>,
    ) -> Result<Vec<T>, SettingsError> {
        let text = self.text(setting);
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        items
            .map(|item| make(item.to_owned()).map_err(|error| setting.invalid(item, error.to_string())))
            .collect()
    }
}
