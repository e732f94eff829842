//! The commands of `ecash-signer`.

mod keys;
mod serve;

use crate::ceremony::CeremonyError;
use crate::errors::SignerError;
use crate::pkcs11::{OpenSignerError, TokenError};
use crate::remote::ListenError;
use crate::settings::SignerSettings;
use crate::transcript::TranscriptError;
use clap::{Parser, Subcommand};
use ecash_core::{KeysetId, Timestamp};
use ecash_environment::log;
use ecash_environment::program::OutputError;
use ecash_environment::say;
use ecash_environment::settings::{
    Program, SettingsError, SettingsFile, SettingsFileError, in_force, settings_help,
};
use std::path::PathBuf;

/// The eCash signer: holds the keys of a hardware token and signs for mints. Settings come from the
/// environment and a file; `ecash-signer config` shows the values in force.
#[derive(Debug, Parser)]
#[command(name = "ecash-signer", version, after_help = settings_help(Program::Signer))]
pub struct Cli {
    /// Settings in TOML, names in lower case (`signer_sessions = 4`); the environment takes precedence.
    #[arg(long, env = "ECASH_SETTINGS", global = true)]
    settings: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Sign for mints until stopped.
    Serve,
    /// Create, list and destroy keysets inside the hardware token.
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Show the settings in force without secrets.
    Config,
}

/// Errors of the commands.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// Standard output could not be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// A setting is missing or not valid.
    #[error("the settings are not valid")]
    Settings(#[source] SettingsError),
    /// The settings file cannot be read, or names an unknown setting.
    #[error("the settings file is not valid")]
    SettingsFile(#[source] SettingsFileError),
    /// The ceremony's file or the folder of transcripts cannot be used.
    #[error("{0} cannot be read or created")]
    File(PathBuf, #[source] std::io::Error),
    /// The token failed, or cannot be opened.
    #[error("the hardware token cannot be used")]
    Token(#[source] TokenError),
    /// The ceremony failed, and no keyset was created.
    #[error("the key ceremony failed; the keys that it created were removed from the hardware token")]
    Ceremony(#[source] CeremonyError),
    /// The token or its keys failed a check at the start.
    #[error("the signer cannot start")]
    Open(#[source] OpenSignerError),
    /// `SIGNER_LISTEN` cannot be bound.
    #[error("the signer cannot listen")]
    Listen(#[source] ListenError),
    /// The signer failed after its start.
    #[error("the signer failed")]
    Signer(#[source] SignerError),
    /// A transcript cannot be read or moved.
    #[error("the transcripts cannot be used")]
    Transcript(#[source] TranscriptError),
    /// The folder of transcripts has no transcript of the keyset.
    #[error("no transcript of {0} in KEYSETS_DIR")]
    NoKeyset(KeysetId),
    /// `keys destroy` names a keyset that still issues.
    #[error("nothing was destroyed: {keyset_id} still issues, until {issue_until}")]
    StillIssuing {
        /// The named keyset.
        keyset_id: KeysetId,
        /// When it stops issuing.
        issue_until: Timestamp,
    },
    /// `--issued-until` is not the time at which the keyset stopped issuing.
    #[error(
        "nothing was destroyed: {keyset_id} issued until {issue_until}; to confirm, pass --issued-until {issue_until}"
    )]
    OtherDate {
        /// The named keyset.
        keyset_id: KeysetId,
        /// When it stopped issuing.
        issue_until: Timestamp,
    },
    /// The task that opens the token panicked.
    #[error("the task that opens the hardware token panicked")]
    Interrupted,
}

/// Runs a command.
///
/// # Errors
/// [`CommandError`], which `main` prints.
pub async fn run(cli: Cli) -> Result<(), CommandError> {
    let file = match &cli.settings {
        Some(path) => SettingsFile::read(path).map_err(CommandError::SettingsFile)?,
        None => SettingsFile::default(),
    };
    if let Command::Keys(keys::Keys::Ceremony { file, dry_run: true, .. }) = &cli.command {
        return keys::rehearse(file);
    }
    let settings = SignerSettings::read(|name| file.get(name)).map_err(CommandError::Settings)?;
    match cli.command {
        Command::Serve => {
            let _log = log::start(&settings.log);
            serve::serve(settings).await
        }
        Command::Keys(command) => keys::run(&settings, &command),
        Command::Config => {
            for (name, value) in in_force(Program::Signer, |name| file.get(name)) {
                say!("{name}={value}")?;
            }
            Ok(())
        }
    }
}
