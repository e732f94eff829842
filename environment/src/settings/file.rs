//! A settings file in TOML beside the environment, which takes precedence.

use super::declared;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Why a settings file is refused.
#[derive(Debug, thiserror::Error)]
pub enum SettingsFileError {
    /// It cannot be read.
    #[error("the settings file {0} cannot be read")]
    Read(PathBuf, #[source] std::io::Error),
    /// It is not TOML. The message would show the line, which may hold a secret.
    #[error("the settings file {path} is not TOML, near byte {offset}")]
    Toml {
        /// Which.
        path: PathBuf,
        /// Where.
        offset: usize,
    },
    /// A name that is no setting.
    #[error("the settings file {path} sets {name}, which is no setting")]
    Unknown {
        /// Which.
        path: PathBuf,
        /// The name.
        name: String,
    },
    /// A value that is no text, number or list of them.
    #[error("{name} in the settings file {path} must be a text, a number, or a list of them")]
    Value {
        /// Which.
        path: PathBuf,
        /// The name.
        name: String,
    },
}

/// The settings of a file.
#[derive(Default)]
pub struct SettingsFile(BTreeMap<String, String>);

impl SettingsFile {
    /// Reads a file.
    ///
    /// # Errors
    /// [`SettingsFileError`].
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

    /// A setting: the environment's, else the file's.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        let given = |value: &String| !value.is_empty();
        std::env::var(name).ok().filter(given).or_else(|| self.0.get(name).cloned().filter(given))
    }
}

/// Lists become texts with commas, as in the environment.
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
    fn what_is_no_setting_is_refused_without_showing_values() {
        for text in ["server_prt = 1", "SERVER_PORT = 1", "server_port = {a = 1}", "database_url = canary"] {
            let error = parse(text).err().unwrap();
            assert!(!error.to_string().contains("canary"), "{error}");
        }
    }
}
