//! `ecash-mint keys list|stop|revoke`

use super::{CommandError, signed_money};
use crate::service::{Mint, ServiceError, Stopped};
use crate::settings::Settings;
use crate::start::assemble_without_keys;
use clap::Subcommand;
use ecash_core::keys::{Keyset, KeysetStatus, Phase};
use ecash_core::{KeysetId, Timestamp};
use ecash_environment::say;
use ecash_ledger::{LedgerError, StoredKeyset};
use std::collections::HashMap;

#[derive(Debug, Subcommand)]
pub(super) enum Keys {
    /// List the keysets, the oldest first, with the value of their tokens in circulation.
    List,
    /// Stop a keyset from issuing, because its private keys may be compromised. Its tokens stay valid, and
    /// wallets swap them for tokens of its replacement. Cannot be undone.
    Stop {
        /// The name of the keyset.
        #[arg(value_parser = parse_keyset_id)]
        keyset_id: KeysetId,
    },
    /// Reject the tokens of a keyset whose private keys are compromised. They can no longer be redeemed, and
    /// are swapped only for wallets that show how each was blinded. Cannot be undone.
    Revoke {
        /// The name of the keyset.
        #[arg(value_parser = parse_keyset_id)]
        keyset_id: KeysetId,
        /// Confirm the revocation. Without it, the command only shows its consequences.
        #[arg(long)]
        yes: bool,
    },
}

pub(super) async fn run(settings: &Settings, command: Keys) -> Result<(), CommandError> {
    let mint = assemble_without_keys(settings).await.map_err(CommandError::Start)?;
    match command {
        Keys::List => list(&mint).await,
        Keys::Stop { keyset_id } => stop(&mint, &keyset_id).await,
        Keys::Revoke { keyset_id, yes } => revoke(&mint, &keyset_id, yes).await,
    }
}

async fn list(mint: &Mint) -> Result<(), CommandError> {
    let outstanding = outstanding(mint).await?;
    let (keyring, now) = (mint.keyring(), mint.now());
    if keyring.keysets().is_empty() {
        say!("no keyset yet")?;
    }
    for stored in keyring.keysets() {
        let keyset = &stored.keyset;
        let money = signed_money(outstanding.get(&keyset.keyset_id).copied().unwrap_or(0), &keyset.currency);
        let (from, until) = (keyset.dates.valid_from, keyset.dates.issue_until);
        let place = keyset.replaces.as_ref().map(|name| format!("  replaces {name}"));
        let (name, place) = (&keyset.keyset_id, place.unwrap_or_default());
        say!("{name}  {}  issues {from} to {until}  in circulation {money}{place}", state(stored, now))?;
    }
    Ok(())
}

async fn stop(mint: &Mint, keyset_id: &KeysetId) -> Result<(), CommandError> {
    let keyset = keyset(mint, keyset_id)?;
    match mint.stop_keyset(keyset_id, KeysetStatus::Stopped).await? {
        Stopped::Before => say!("nothing was done: {keyset_id} was stopped before")?,
        Stopped::Now => say!("{keyset_id} issues nothing more; running mints apply this within a minute")?,
    }
    if keyset.replaces.is_some() {
        say!(
            "it was a replacement, and wallets accept one replacement for each keyset: nothing is issued until {}",
            keyset.dates.issue_until
        )?;
    } else {
        say!(
            "mints with software keys publish its replacement automatically; with a signer, perform a key ceremony with `replaces: {keyset_id}` and `issue_until: {}`",
            keyset.dates.issue_until
        )?;
    }
    say!(
        "if its private keys are known to be compromised, continue with `ecash-mint keys revoke {keyset_id}`"
    )?;
    Ok(())
}

async fn revoke(mint: &Mint, keyset_id: &KeysetId, yes: bool) -> Result<(), CommandError> {
    let keyset = keyset(mint, keyset_id)?;
    let minor = outstanding(mint).await?.get(keyset_id).copied().unwrap_or(0);
    let money = signed_money(minor, &keyset.currency);
    if !yes {
        say!(
            "{keyset_id} has tokens worth {money} in circulation. After a revocation they can no longer be spent. Wallets recover them by showing how each was blinded, which reveals to the mint the request that issued each. Tokens that were received and not yet swapped are recovered by their sender."
        )?;
        say!("nothing was done; to revoke it: ecash-mint keys revoke {keyset_id} --yes")?;
        return Ok(());
    }
    match mint.stop_keyset(keyset_id, KeysetStatus::Revoked).await? {
        Stopped::Before => say!("nothing was done: {keyset_id} was revoked before")?,
        Stopped::Now => say!(
            "{keyset_id} is revoked, with {money} in circulation; running mints apply this within a minute"
        )?,
    }
    Ok(())
}

fn keyset(mint: &Mint, keyset_id: &KeysetId) -> Result<Keyset, CommandError> {
    let keyring = mint.keyring();
    let stored = keyring.keyset(keyset_id).ok_or_else(|| CommandError::NoKeyset(keyset_id.clone()))?;
    Ok(stored.keyset.clone())
}

/// Returns the value in circulation by keyset, in minor units.
async fn outstanding(mint: &Mint) -> Result<HashMap<KeysetId, i64>, CommandError> {
    let keyring = mint.keyring();
    let mut sums = HashMap::new();
    for (key_id, minor) in mint.outstanding_by_key().await? {
        if let Some(entry) = keyring.key(&key_id) {
            let sum: &mut i64 = sums.entry(entry.keyset.keyset_id.clone()).or_default();
            let added = sum.checked_add(minor).ok_or(LedgerError::Corrupt("outstanding value"));
            *sum = added.map_err(ServiceError::from)?;
        }
    }
    Ok(sums)
}

fn state(stored: &StoredKeyset, now: Timestamp) -> &'static str {
    if stored.ended {
        return "ended";
    }
    match (stored.keyset.status, stored.keyset.phase(now)) {
        (_, Phase::Ended) => "worthless",
        (KeysetStatus::Revoked, _) => "revoked",
        (KeysetStatus::Stopped, _) => "stopped",
        (_, Phase::Announced) => "announced",
        (_, Phase::Issuing) => "issuing",
        (_, Phase::Redeemable) => "redeemable",
        (_, Phase::Swappable | Phase::Revoked) => "swappable",
    }
}

fn parse_keyset_id(text: &str) -> Result<KeysetId, String> {
    KeysetId::new(text).map_err(|error| error.to_string())
}
