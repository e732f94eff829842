//! `ecash-mint account open|fund|show`

use super::{CommandError, parse_account_id, signed_money};
use crate::service::{FundReference, Funded};
use crate::settings::Settings;
use crate::start::assemble_without_keys;
use clap::Subcommand;
use ecash_core::{AccountId, Amount};
use ecash_environment::say;

#[derive(Debug, Subcommand)]
pub(super) enum Account {
    /// Open an account for a person who keeps its token. Needed with OPEN_ACCOUNTS=no.
    Open {
        /// The SHA-256 of the account token, 64 hexadecimal digits; wallets show it in their settings.
        #[arg(value_parser = parse_hash)]
        token_hash: [u8; 32],
    },
    /// Credit an account with money that was received outside.
    Fund {
        /// The id of the account.
        #[arg(value_parser = parse_account_id)]
        account_id: AccountId,
        /// The amount in minor units.
        #[arg(value_parser = parse_amount)]
        amount_minor: Amount,
        /// The external payment's reference, 1 to 200 printable characters; each is credited once, however
        /// often this is run.
        #[arg(long, value_parser = FundReference::operator)]
        reference: FundReference,
    },
    /// Show an account's balance and latest entries.
    Show {
        /// The id of the account.
        #[arg(value_parser = parse_account_id)]
        account_id: AccountId,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

fn parse_amount(text: &str) -> Result<Amount, String> {
    let minor = text.parse().map_err(|_| "expected a whole number of minor units".to_owned())?;
    Amount::new(minor).map_err(|error| error.to_string())
}

fn parse_hash(text: &str) -> Result<[u8; 32], String> {
    let bytes = const_hex::decode(text).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| "expected 64 hexadecimal digits".to_owned())
}

pub(super) async fn run(settings: &Settings, command: Account) -> Result<(), CommandError> {
    match command {
        Account::Open { token_hash } => {
            let mint = assemble_without_keys(settings).await.map_err(CommandError::Start)?;
            let opened = mint.open_account(Some(token_hash)).await.map_err(CommandError::Service)?;
            say!("{} is open", opened.account_id)?;
            Ok(())
        }
        Account::Fund { account_id, amount_minor, reference } => {
            let mint = assemble_without_keys(settings).await.map_err(CommandError::Start)?;
            let funded =
                mint.fund(&account_id, amount_minor, &reference).await.map_err(CommandError::Service)?;
            let currency = &settings.identity.currency;
            let money = currency.money(amount_minor);
            match funded {
                Funded::Now => say!("{account_id} was credited {money}")?,
                Funded::Before => {
                    say!("nothing was done: {account_id} was credited {money} under this reference before")?;
                }
                Funded::Differently { account_id, amount } => {
                    return Err(CommandError::ReferenceUsed { account_id, credited: currency.money(amount) });
                }
            }
            Ok(())
        }
        Account::Show { account_id, json } => show(settings, &account_id, json).await,
    }
}

pub(super) async fn show(
    settings: &Settings,
    account_id: &AccountId,
    json: bool,
) -> Result<(), CommandError> {
    let mint = assemble_without_keys(settings).await.map_err(CommandError::Start)?;
    let account = mint.deps.ledger.accounts.account(account_id).await;
    let account = account.map_err(|error| CommandError::Service(error.into()))?;
    let account = account.ok_or_else(|| CommandError::NoAccount(account_id.clone()))?;
    let shown = mint.account(account, None).await.map_err(CommandError::Service)?;
    if json {
        say!("{}", serde_json::to_string_pretty(&shown).map_err(CommandError::Json)?)?;
        return Ok(());
    }
    say!("{} holds {}", shown.account_id, shown.currency.money(shown.balance))?;
    for entry in shown.statement {
        let change = signed_money(entry.change_minor, &shown.currency);
        say!("  {}  {change:>16}  {:?}  {}", entry.timestamp, entry.kind, entry.transaction_id)?;
    }
    Ok(())
}
