//! Settings: declared once in [`declared`], and read from the environment and a TOML file. The environment
//! takes precedence.

pub mod declared;
mod file;
mod reference;
mod source;

pub use declared::{Program, Setting};
pub use file::{SettingsFile, SettingsFileError};
pub use reference::{in_force, reference, settings_help};
pub use source::{SettingsError, Source};
