//! `ecash-mint keys ceremony`: one keyset made inside the token, from one reviewed file.

use super::CommandError;
use crate::environment::{Clock as _, SystemClock};
use crate::keys::{CeremonyPlan, Transcripts};
use crate::settings::SignerSettings;
use crate::signer::pkcs11::Token;
use clap::Subcommand;
use ecash_core::Denomination;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(super) enum Keys {
    /// Make a keyset inside the token from one reviewed YAML file, and write its transcript.
    Ceremony {
        /// The reviewed file.
        file: PathBuf,
        /// Only show what would be made.
        #[arg(long)]
        dry_run: bool,
        /// Do nothing, and succeed, if the transcript of this keyset is there already.
        #[arg(long)]
        if_missing: bool,
    },
}

pub(super) fn run(settings: &SignerSettings, command: &Keys) -> Result<(), CommandError> {
    let Keys::Ceremony { file, dry_run, if_missing } = command;
    let yaml = std::fs::read_to_string(file).map_err(|error| CommandError::File(file.clone(), error))?;
    let plan = CeremonyPlan::read(&yaml, SystemClock.now()).map_err(CommandError::Ceremony)?;
    show(&plan);
    if *dry_run {
        println!("nothing was made (--dry-run)");
        return Ok(());
    }
    let folder = &settings.keysets_dir;
    std::fs::create_dir_all(folder).map_err(|error| CommandError::File(folder.clone(), error))?;
    let transcripts = Transcripts::new(folder.clone());
    let path = transcripts.path(&plan.keyset_id);
    if path.exists() && *if_missing {
        println!("{} is there already; nothing was made", path.display());
        return Ok(());
    }
    let token = Token::open(&settings.token).map_err(CommandError::Token)?;
    let held = plan.hold(&token, &transcripts, |step| println!("✓ {step}"));
    token.close();
    held.map_err(CommandError::Ceremony)?;
    println!("✓ transcript written and read back: {}", path.display());
    Ok(())
}

fn show(plan: &CeremonyPlan) {
    let digest = crate::hex::encode(&plan.config_sha256);
    let money = |value: &Denomination| plan.currency.money(value.amount()).to_string();
    let denominations: Vec<_> = plan.denominations.iter().map(money).collect();
    println!("SHA-256 of the file  {digest}");
    println!("institution          {}", plan.institution_id);
    println!("currency             {} (exponent {})", plan.currency.code, plan.currency.exponent);
    println!("keyset               {}", plan.keyset_id);
    println!("denominations        {}", denominations.join(", "));
    println!("issues from          {}", plan.dates.valid_from);
    println!("issues until         {}", plan.dates.issue_until);
    println!("redeemable until     {}", plan.dates.redeem_until);
    println!("swappable until      {}", plan.dates.swap_until);
}
