//! Reads a settings file in TOML. The environment takes precedence over it.

use super::declared;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Errors of [`SettingsFile::read`]. No message contains a value, because values may be secret.
#[derive(Debug, thiserror::Error)]
pub enum SettingsFileError {
    /// The file does not exist or cannot be read.
    #[error("the settings file {0} cannot be read")]
    Read(PathBuf, #[source] std::io::Error),
    /// The file is not valid TOML. The message of the TOML parser is left out: it shows the line, which may
    /// hold a secret.
    #[error("the settings file {path} is not valid TOML near byte {offset}")]
    Toml {
        /// Path of the file.
        path: PathBuf,
        /// Byte offset of the syntax error, from 0.
        offset: usize,
    },
    /// The file sets a name that is not declared, or not in lower case.
    #[error("the settings file {path} sets {name}, which is not a setting")]
    Unknown {
        /// Path of the file.
        path: PathBuf,
        /// Name as it is in the file.
        name: String,
    },
    /// A value is not a string, an integer, or a list of these.
    #[error("{name} in the settings file {path} must be a string, an integer, or a list of these")]
    Value {
        /// Path of the file.
        path: PathBuf,
        /// Name as it is in the file.
        name: String,
    },
}

/// The settings of a file, by their names in the environment. The default has none.
#[derive(Default)]
pub struct SettingsFile(BTreeMap<String, String>);

impl SettingsFile {
    /// Reads and checks a settings file.
    ///
    /// # Errors
    /// Returns [`SettingsFileError`] if the file cannot be read, is not TOML, or has an unknown name or a
    /// value of the wrong type.
    pub fn read(path: &Path) -> Result<Self, SettingsFileError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| SettingsFileError::Read(path.to_path_buf(), error))?;
        Self::parse(path, &text)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, SettingsFileError> {
        let path = || path.to_path_buf();
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| SettingsFileError::Toml {
            path: path(),
            offset: error.span().map_or(0, |span| span.start),
        })?;
        let mut settings = BTreeMap::new();
        for (key, value) in table {
            let name = key.to_uppercase();
            if !declared::ALL.iter().any(|setting| setting.name == name) || key != name.to_lowercase() {
                return Err(SettingsFileError::Unknown { path: path(), name: key });
            }
            let value =
                as_text(&value).ok_or_else(|| SettingsFileError::Value { path: path(), name: key })?;
            settings.insert(name, value);
        }
        Ok(Self(settings))
    }

    /// Returns the value of a setting from the environment, or else from the file. Empty values count as not
    /// set.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        let given = |value: &String| !value.is_empty();
        std::env::var(name).ok().filter(given).or_else(|| self.0.get(name).cloned().filter(given))
    }
}

/// Converts a value to its form in the environment: lists are joined with commas. Returns `None` for other
/// types.
fn as_text(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Array(items) => {
            let items: Option<Vec<_>> = items.iter().map(as_text).collect();
            items.map(|items| items.join(","))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<SettingsFile, SettingsFileError> {
        SettingsFile::parse(Path::new("mint.toml"), text)
    }

    #[test]
    fn names_are_the_environments_in_lower_case() {
        let file = parse("server_port = 9090\ndenominations = [10, 50]\ncurrency = 'EUR'").unwrap();
        assert_eq!(file.get("SERVER_PORT").as_deref(), Some("9090"));
        assert_eq!(file.get("DENOMINATIONS").as_deref(), Some("10,50"));
        assert_eq!(file.get("CURRENCY").as_deref(), Some("EUR"));
    }

    #[test]
    fn unknown_settings_are_rejected_without_showing_values() {
        for text in ["server_prt = 1", "SERVER_PORT = 1", "server_port = {a = 1}", "database_url = canary"] {
            let error = parse(text).err().unwrap();
            assert!(!error.to_string().contains("canary"), "{error}");
        }
    }
}
