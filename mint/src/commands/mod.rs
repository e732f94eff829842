//! The commands of `ecash-mint`.

mod account;
pub mod audit;
pub mod backup;
mod clock;
mod dispatcher;
mod keys;
mod merchant;
mod payouts;
mod receipt;
mod serve;

use crate::seal_memory::SealMemoryError;
use crate::service::ServiceError;
use crate::settings::{LedgerSettings, Settings};
use crate::start::StartError;
use clap::{Parser, Subcommand};
use ecash_core::{AccountId, Amount, Currency, KeysetId, Money};
use ecash_environment::log;
use ecash_environment::program::OutputError;
use ecash_environment::program::write_out;
use ecash_environment::say;
use ecash_environment::settings::{
    Program, SettingsError, SettingsFile, SettingsFileError, in_force, reference, settings_help,
};
use ecash_ledger::IfMissing;
use ecash_ledger::audit_log::SealMark;
use std::path::PathBuf;

/// The eCash mint. Settings come from the environment and a file; `ecash-mint config` shows what is in force.
#[derive(Debug, Parser)]
#[command(name = "ecash-mint", version, after_help = settings_help(Program::Mint))]
pub struct Cli {
    /// Settings in TOML, names in lower case (`server_port = 8080`); the environment takes precedence.
    #[arg(long, env = "ECASH_SETTINGS", global = true)]
    settings: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API and the web wallet until asked to stop.
    Serve,
    /// Send webhooks and check the merchants' domains until asked to stop. Needed where mints run with
    /// WEBHOOKS=dispatcher.
    Dispatcher,
    /// Migrate the ledger schema, then exit. Creates the ledger in an empty PostgreSQL database.
    Migrate,
    /// Show or confirm the clock that decides when keysets end.
    #[command(subcommand)]
    Clock(clock::ClockCommand),
    /// List keysets, and stop or revoke one whose private keys may be compromised.
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Create and show merchants, the accounts that receive payments, with their keys and domains.
    #[command(subcommand)]
    Merchant(merchant::Merchant),
    /// List, settle and reject payouts, with which takings leave the mint.
    #[command(subcommand)]
    Payouts(payouts::Payouts),
    /// Verify receipts of payments, and change the key that signs them.
    #[command(subcommand)]
    Receipt(receipt::ReceiptCommand),
    /// Fund and show accounts.
    #[command(subcommand)]
    Account(account::Account),
    /// Write a backup of the ledger to a new file while mints run, and audit it. With PostgreSQL, pg_dump
    /// does it.
    Backup {
        /// The file, which must not exist.
        file: PathBuf,
    },
    /// Restore the ledger from a backup. The current ledger is renamed; a PostgreSQL database must be empty.
    Restore {
        /// The backup.
        file: PathBuf,
    },
    /// Accept a ledger that ends before the newest remembered seal, because nothing newer can be restored.
    AcceptGap,
    /// Check the ledger's invariants.
    Audit {
        /// Fail unless the ledger ends with this seal, NUMBER:HASH.
        #[arg(long, value_name = "SEAL")]
        expect: Option<SealMark>,
        /// Fail unless the ledger contains this seal, NUMBER:HASH.
        #[arg(long, value_name = "SEAL")]
        contains: Option<SealMark>,
        /// Fail if a seal is signed by any other key than these, in hex as the audit prints them. May be
        /// repeated.
        #[arg(long, value_name = "KEY")]
        sealed_by: Vec<String>,
        /// Print JSON instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// Show the settings in force; secrets stay hidden.
    Config {
        /// Print the reference of all settings instead, as Markdown.
        #[arg(long)]
        reference: bool,
    },
    /// Print the API's OpenAPI description.
    Openapi,
    /// Print the PostgreSQL schema, for psql.
    Schema,
}

/// Errors of a command.
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
    /// The ledger, the keys or another dependency cannot be opened.
    #[error("the mint cannot start")]
    Start(#[source] StartError),
    /// The operation was refused, or a dependency failed.
    #[error("the operation failed")]
    Service(#[from] ServiceError),
    /// The address cannot be bound.
    #[error("cannot listen on {0}; is another program using the port? Choose one with SERVER_PORT")]
    Listen(std::net::SocketAddr, #[source] std::io::Error),
    /// The HTTP server failed.
    #[error("the server failed")]
    Serve(#[source] std::io::Error),
    /// A backup or a restore failed.
    #[error(transparent)]
    Backup(#[from] backup::BackupError),
    /// The remembered seal cannot be compared with the ledger.
    #[error("the ledger cannot be compared with the newest remembered seal")]
    SealMemory(#[source] SealMemoryError),
    /// The audit found this number of violations.
    #[error("the audit found {0} violation(s)")]
    Violations(usize),
    /// The id of a new merchant is taken.
    #[error(
        "nothing was done: the account {0} exists already; choose another id, or see `ecash-mint merchant show {0}`"
    )]
    AccountTaken(AccountId),
    /// The keyset does not exist.
    #[error("there is no keyset {0}; `ecash-mint keys list` shows all")]
    NoKeyset(KeysetId),
    /// The account does not exist.
    #[error("there is no account {0}")]
    NoAccount(AccountId),
    /// The reference of a funding was used for another account or amount.
    #[error("nothing was done: under this reference {account_id} was credited {credited} before")]
    ReferenceUsed {
        /// The account that the reference credited.
        account_id: AccountId,
        /// The amount that the reference credited.
        credited: Money,
    },
    /// The payout was already ended differently.
    #[error("nothing was done: {0} was already ended differently, as shown above")]
    PayoutEnded(ecash_core::PayoutId),
    /// A file cannot be read.
    #[error("{0} cannot be read")]
    Read(PathBuf, #[source] std::io::Error),
    /// A file does not have the expected format.
    #[error("{0} does not have the expected format")]
    Parse(PathBuf, #[source] serde_json::Error),
    /// A receipt is not valid.
    #[error("the receipt is NOT valid")]
    Receipt(#[source] ecash_core::receipt::ReceiptError),
    /// A receipt is of another merchant than the one that asks.
    #[error("the receipt is valid, but of another merchant: {0}")]
    OtherShop(AccountId),
    /// A payer's answer was given with the receipt of a refund. It belongs to the receipt of the payment.
    #[error("a refund receipt cannot prove who paid; verify the answer with the receipt of the payment")]
    NoPayerOfRefund,
    /// A payer's answer does not prove who paid.
    #[error(
        "the receipt is valid, but the answer does NOT come from the wallet that paid, or not to this question"
    )]
    NotProved,
    /// The output could not be converted to JSON.
    #[error("the output cannot be written as JSON")]
    Json(#[source] serde_json::Error),
}

/// Runs a command.
///
/// # Errors
/// [`CommandError`], for the last line on the terminal.
pub async fn run(cli: Cli) -> Result<(), CommandError> {
    let file = match &cli.settings {
        Some(path) => SettingsFile::read(path).map_err(CommandError::SettingsFile)?,
        None => SettingsFile::default(),
    };
    if let Command::Config { reference: true } = cli.command {
        write_out(format_args!("{}", reference()))?;
        return Ok(());
    }
    let settings = Settings::read(|name| file.get(name)).map_err(CommandError::Settings)?;
    let _log = log::start(&settings.log);
    match cli.command {
        Command::Serve => serve::serve(&settings).await,
        Command::Dispatcher => dispatcher::dispatch(&settings).await,
        Command::Migrate => {
            let if_missing = match settings.ledger {
                LedgerSettings::Sqlite => IfMissing::Refuse,
                LedgerSettings::Postgres(_) => IfMissing::Create,
            };
            crate::start::open_ledger(&settings, if_missing).await.map_err(CommandError::Start)?;
            say!("the ledger's schema is up to date")?;
            Ok(())
        }
        Command::Keys(command) => keys::run(&settings, command).await,
        Command::Merchant(command) => merchant::run(&settings, command).await,
        Command::Payouts(command) => payouts::run(&settings, command).await,
        Command::Receipt(command) => receipt::run(&settings, command).await,
        Command::Account(command) => account::run(&settings, command).await,
        Command::Clock(command) => clock::run(&settings, &command).await,
        Command::Backup { file } => backup::backup(&settings, &file).await,
        Command::Restore { file } => backup::restore(&settings, &file).await,
        Command::AcceptGap => backup::accept_gap(&settings).await,
        Command::Audit { json, expect, contains, sealed_by } => {
            let wanted = audit::Wanted { expect, contains, sealed_by };
            audit::run(&settings, json, wanted).await
        }
        Command::Config { .. } => {
            for (name, value) in in_force(Program::Mint, |name| file.get(name)) {
                say!("{name}={value}")?;
            }
            Ok(())
        }
        Command::Schema => {
            write_out(format_args!("{}", ecash_ledger::postgres::schema_script()))?;
            Ok(())
        }
        Command::Openapi => {
            let text =
                serde_json::to_string_pretty(&crate::http::description()).map_err(CommandError::Json)?;
            say!("{text}")?;
            Ok(())
        }
    }
}

/// Formats a change or balance that may be negative, such as `-12.50 EUR`. A number outside the range of
/// amounts, which only a corrupt ledger holds, is shown in minor units.
fn signed_money(minor: i64, currency: &Currency) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    match Amount::new(minor.unsigned_abs()) {
        Ok(amount) => format!("{sign}{}", currency.money(amount)),
        Err(_) => format!("{minor} minor units of {}", currency.code),
    }
}

fn parse_account_id(text: &str) -> Result<AccountId, String> {
    AccountId::new(text).map_err(|error| error.to_string())
}
