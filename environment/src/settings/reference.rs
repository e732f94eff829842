//! Output of settings for people: the values in force, and the reference `docs/settings.md`.

use super::declared::{ALL, Program};
use std::fmt::Write as _;

/// Returns the names and values of all settings that `program` reads, including defaults. Hides secret
/// values.
pub fn in_force(program: Program, get: impl Fn(&str) -> Option<String>) -> Vec<(&'static str, String)> {
    let settings = ALL.iter().filter(|setting| setting.is_for(program));
    settings
        .map(|setting| {
            let value = match get(setting.name).filter(|value| !value.is_empty()) {
                Some(_) if setting.secret => "(set, hidden)".to_owned(),
                Some(value) => value,
                None if setting.default.is_empty() => format!("(not set: {})", setting.otherwise),
                None => setting.default.to_owned(),
            };
            (setting.name, value)
        })
        .collect()
}

/// Lists the settings of a program with their defaults, for `--help`.
#[must_use]
pub fn settings_help(program: Program) -> String {
    let mut text = String::from(
        "Settings, from the environment or the settings file (docs/settings.md explains them):\n",
    );
    for setting in ALL.iter().filter(|setting| setting.is_for(program)) {
        let default = match (setting.default, setting.otherwise) {
            ("", otherwise) => format!("({otherwise})"),
            (default, _) => default.to_owned(),
        };
        let _ = writeln!(text, "  {:<30} {default}", setting.name);
    }
    text
}

/// Generates `docs/settings.md`. A test compares the two.
#[must_use]
pub fn reference() -> String {
    let mut text = String::from(
        "# Settings\n\n\
         Both programs read their settings from the environment, and from a TOML file with the same names in lower \
         case (`server_port = 8080`) that `--settings FILE` or `ECASH_SETTINGS` names; the environment takes \
         precedence. An empty value counts as not set. `ecash-mint config` and `ecash-signer config` print the \
         values in force, without secrets.\n\n\
         This page is generated from `environment/src/settings/declared.rs`: `ecash-mint config --reference > \
         docs/settings.md`. A test compares them.\n",
    );
    for (program, title) in
        [(Program::Mint, "The mint"), (Program::Both, "Mint and signer"), (Program::Signer, "The signer")]
    {
        let _ = write!(
            text,
            "\n## {title}\n\n| setting | default | value | what it decides |\n|---|---|---|---|\n"
        );
        for setting in ALL.iter().filter(|setting| setting.program == program) {
            let default = match (setting.default, setting.otherwise) {
                ("", otherwise) => otherwise.to_owned(),
                (default, _) => format!("`{default}`"),
            };
            let _ = writeln!(
                text,
                "| `{}` | {default} | {} | {} |",
                setting.name, setting.expected, setting.help
            );
        }
    }
    text
}
