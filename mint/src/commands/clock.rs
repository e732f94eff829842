//! `ecash-mint clock show|confirm`

use super::CommandError;
use crate::settings::Settings;
use crate::start::open_ledger;
use clap::Subcommand;
use ecash_environment::say;
use ecash_environment::{Clock as _, SystemClock};
use ecash_ledger::{IfMissing, LedgerClock};

#[derive(Debug, Subcommand)]
pub(super) enum ClockCommand {
    /// Show this machine's time and the newest time in the ledger.
    Show,
    /// Confirm that this machine's clock is right although it differs from the ledger's newest time, so that
    /// keysets are published and ended again.
    Confirm,
}

pub(super) async fn run(settings: &Settings, command: &ClockCommand) -> Result<(), CommandError> {
    let ledger = open_ledger(settings, IfMissing::Refuse).await.map_err(CommandError::Start)?;
    let failed = |error: ecash_ledger::LedgerError| CommandError::Service(error.into());
    let now = SystemClock.now();
    let seen = ledger.keysets.clock().await.map_err(failed)?;
    say!("this machine's clock   {now}")?;
    match seen.newest {
        Some(newest) => say!("newest in the ledger   {newest}")?,
        None => say!("newest in the ledger   none")?,
    }
    if let Some(doubted_at) = seen.doubted_at {
        say!("in doubt since         {doubted_at}")?;
    }
    if matches!(command, ClockCommand::Confirm) {
        ledger
            .keysets
            .set_clock(LedgerClock { newest: Some(now), doubted_at: None })
            .await
            .map_err(failed)?;
        say!("confirmed: running mints use this machine's time within a minute")?;
    }
    Ok(())
}
