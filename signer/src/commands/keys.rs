//! `ecash-signer keys`: creates, lists and destroys keysets inside the hardware token.

use super::CommandError;
use crate::ceremony::CeremonyPlan;
use crate::pkcs11::{KeyLabel, Token, destroy, has_private_key};
use crate::settings::SignerSettings;
use crate::transcript::{Transcript, Transcripts};
use clap::Subcommand;
use ecash_core::{Denomination, KeysetId};
use ecash_environment::program::OutputError;
use ecash_environment::say;
use ecash_environment::{Clock as _, SystemClock};
use std::path::{Path, PathBuf};

#[derive(Debug, Subcommand)]
pub(super) enum Keys {
    /// Create a keyset inside the hardware token from one reviewed YAML file, and write its transcript.
    Ceremony {
        /// The reviewed file.
        file: PathBuf,
        /// Only show what would be created.
        #[arg(long)]
        dry_run: bool,
        /// Do nothing, and succeed, if this keyset exists or was destroyed.
        #[arg(long)]
        if_missing: bool,
    },
    /// List the keysets: when they issue, and how many of their private keys the hardware token holds.
    List,
    /// Destroy the private keys of a keyset that no longer issues. Its tokens stay redeemable.
    Destroy {
        /// The keyset, such as `key_001`.
        #[arg(value_parser = |text: &str| KeysetId::new(text))]
        keyset_id: KeysetId,
        /// When the keyset stopped issuing, as shown by `keys list`. Confirms that the right keyset is meant,
        /// even if this machine's clock is wrong.
        #[arg(long)]
        issued_until: String,
    },
}

pub(super) fn run(settings: &SignerSettings, command: &Keys) -> Result<(), CommandError> {
    match command {
        Keys::Ceremony { file, dry_run: true, .. } => rehearse(file),
        Keys::Ceremony { file, if_missing, .. } => ceremony(settings, file, *if_missing),
        Keys::List => list(settings),
        Keys::Destroy { keyset_id, issued_until } => destroy_keyset(settings, keyset_id, issued_until),
    }
}

/// Shows what a ceremony would create. Needs neither the token nor its settings.
pub(super) fn rehearse(file: &Path) -> Result<(), CommandError> {
    show(&read_plan(file)?)?;
    Ok(say!("nothing was created (--dry-run)")?)
}

fn read_plan(file: &Path) -> Result<CeremonyPlan, CommandError> {
    let yaml = std::fs::read_to_string(file).map_err(|error| CommandError::File(file.to_owned(), error))?;
    CeremonyPlan::read(&yaml, SystemClock.now()).map_err(CommandError::Ceremony)
}

fn ceremony(settings: &SignerSettings, file: &Path, if_missing: bool) -> Result<(), CommandError> {
    let plan = read_plan(file)?;
    show(&plan)?;
    let folder = &settings.keysets_dir;
    std::fs::create_dir_all(folder).map_err(|error| CommandError::File(folder.clone(), error))?;
    let transcripts = Transcripts::new(folder.clone());
    let path = transcripts.path(&plan.keyset_id);
    if transcripts.is_known(&plan.keyset_id) && if_missing {
        say!("{} exists, or was destroyed; nothing was created", plan.keyset_id)?;
        return Ok(());
    }
    let token = Token::open(&settings.token).map_err(CommandError::Token)?;
    let performed = plan.perform(&token, &transcripts, |step| {
        // A ceremony must not be interrupted because its progress cannot be printed.
        let _ = say!("✓ {step}");
    });
    token.close();
    performed.map_err(CommandError::Ceremony)?;
    say!("✓ transcript written and read back: {}", path.display())?;
    Ok(())
}

fn show(plan: &CeremonyPlan) -> Result<(), OutputError> {
    let money = |value: &Denomination| plan.currency.money(value.amount()).to_string();
    let denominations: Vec<_> = plan.denominations.iter().map(money).collect();
    say!("SHA-256 of the file  {}", const_hex::encode(plan.config_sha256))?;
    say!("institution          {}", plan.institution_id)?;
    say!("currency             {} (exponent {})", plan.currency.code, plan.currency.exponent)?;
    say!("keyset               {}", plan.keyset_id)?;
    say!("denominations        {}", denominations.join(", "))?;
    say!("issues from          {}", plan.dates.valid_from)?;
    say!("issues until         {}", plan.dates.issue_until)?;
    say!("redeemable until     {}", plan.dates.redeem_until)?;
    say!("swappable until      {}", plan.dates.swap_until)
}

fn list(settings: &SignerSettings) -> Result<(), CommandError> {
    let transcripts = Transcripts::new(settings.keysets_dir.clone());
    let kept = transcripts.read().map_err(CommandError::Transcript)?;
    let destroyed = transcripts.destroyed().read().map_err(CommandError::Transcript)?;
    let token = Token::open(&settings.token).map_err(CommandError::Token)?;
    let listed = kept.iter().chain(&destroyed).try_for_each(|transcript| list_one(&token, transcript));
    token.close();
    listed?;
    if kept.is_empty() && destroyed.is_empty() {
        say!("no keysets found; create one with: ecash-signer keys ceremony FILE")?;
    }
    Ok(())
}

fn list_one(token: &Token, transcript: &Transcript) -> Result<(), CommandError> {
    let session = token.session().map_err(CommandError::Token)?;
    let keyset = transcript.keyset();
    let mut held = 0;
    for label in labels(transcript) {
        held += usize::from(has_private_key(&session, &label).map_err(CommandError::Token)?);
    }
    say!(
        "{}  issues {} to {}  {held} of {} private keys in the hardware token",
        keyset.keyset_id,
        keyset.dates.valid_from,
        keyset.dates.issue_until,
        keyset.keys.len()
    )?;
    Ok(())
}

fn labels(transcript: &Transcript) -> impl Iterator<Item = KeyLabel> {
    let keyset = transcript.keyset();
    let label = |denomination| KeyLabel::new(&keyset.institution_id, &keyset.keyset_id, denomination);
    keyset.keys.iter().map(move |key| label(key.denomination))
}

/// Moves the transcript first, so that a running signer no longer expects the keys. After a crash in between,
/// a second `destroy` finds the remaining keys by the moved transcript.
fn destroy_keyset(
    settings: &SignerSettings,
    keyset_id: &KeysetId,
    issued_until: &str,
) -> Result<(), CommandError> {
    let transcripts = Transcripts::new(settings.keysets_dir.clone());
    let kept = transcripts.read_one(keyset_id).map_err(CommandError::Transcript)?;
    if let Some(transcript) = &kept {
        let issue_until = transcript.keyset().dates.issue_until;
        if SystemClock.now() < issue_until {
            return Err(CommandError::StillIssuing { keyset_id: keyset_id.clone(), issue_until });
        }
        if issue_until.to_string() != issued_until {
            return Err(CommandError::OtherDate { keyset_id: keyset_id.clone(), issue_until });
        }
        transcripts.set_aside(keyset_id).map_err(CommandError::Transcript)?;
    }
    let set_aside = transcripts.destroyed().read_one(keyset_id).map_err(CommandError::Transcript)?;
    let transcript = set_aside.ok_or_else(|| CommandError::NoKeyset(keyset_id.clone()))?;
    let token = Token::open(&settings.token).map_err(CommandError::Token)?;
    let destroyed = destroy_all(&token, &transcript);
    token.close();
    say!("✓ {} private keys of {keyset_id} destroyed; its tokens stay redeemable", destroyed?)?;
    Ok(())
}

/// Destroys all keys of a keyset, and returns the number of private keys among them.
fn destroy_all(token: &Token, transcript: &Transcript) -> Result<usize, CommandError> {
    let session = token.session_for_changes().map_err(CommandError::Token)?;
    let mut count = 0;
    for (label, key) in labels(transcript).zip(&transcript.keyset().keys) {
        count += usize::from(destroy(&session, &label, &key.public).map_err(CommandError::Token)?);
    }
    Ok(count)
}
