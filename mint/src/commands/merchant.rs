//! `ecash-mint merchant create|show|rename|reset-token|key|domain`

use super::{CommandError, account, parse_account_id};
use crate::service::{Mint, NewApiKey, ServiceError};
use crate::settings::Settings;
use crate::start::assemble_without_keys;
use clap::Subcommand;
use ecash_core::api_key::{Scope, Scopes};
use ecash_core::{AccountId, Origin};
use ecash_environment::say;
use ecash_ledger::DomainRecord;

#[derive(Debug, Subcommand)]
pub(super) enum Merchant {
    /// Open a merchant's account and print its token, once.
    Create {
        /// The id of the merchant, such as `merchant_bakery`.
        #[arg(value_parser = parse_account_id)]
        merchant_id: AccountId,
        /// The name that payers see; without it, the id.
        #[arg(long)]
        name: Option<String>,
    },
    /// Show a merchant's balance and latest entries.
    Show {
        /// The id of the merchant.
        #[arg(value_parser = parse_account_id)]
        merchant_id: AccountId,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Change the name that payers see.
    Rename {
        /// The id of the merchant.
        #[arg(value_parser = parse_account_id)]
        merchant_id: AccountId,
        /// The new name.
        name: String,
    },
    /// Replace a lost account token, and print the new one, once.
    ResetToken {
        /// The id of the merchant.
        #[arg(value_parser = parse_account_id)]
        merchant_id: AccountId,
    },
    /// Create, list and revoke API keys.
    #[command(subcommand)]
    Key(Key),
    /// Add and remove the addresses of a merchant's shops.
    #[command(subcommand)]
    Domain(Domain),
}

#[derive(Debug, Subcommand)]
pub(super) enum Key {
    /// Create an API key and print it, once.
    Create {
        /// The id of the merchant.
        #[arg(value_parser = parse_account_id)]
        merchant_id: AccountId,
        /// What the key may do, with commas: read, payments, refunds, payouts, webhooks, links, keys.
        #[arg(long, value_parser = parse_scopes, default_value = "read,payments")]
        scopes: Scopes,
        /// What the key is for.
        #[arg(long, default_value = "created by the operator")]
        name: String,
        /// The days until it expires; without it, the key is valid until it is revoked.
        #[arg(long)]
        days: Option<u32>,
    },
    /// List a merchant's API keys, without their secrets.
    List {
        /// The id of the merchant.
        #[arg(value_parser = parse_account_id)]
        merchant_id: AccountId,
    },
    /// Revoke an API key at once.
    Revoke {
        /// The id of the merchant.
        #[arg(value_parser = parse_account_id)]
        merchant_id: AccountId,
        /// The id of the key, as `list` shows it.
        key_id: String,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum Domain {
    /// Add an address that you have verified to be the merchant's.
    Add {
        /// The id of the merchant.
        #[arg(value_parser = parse_account_id)]
        merchant_id: AccountId,
        /// The address, such as `https://shop.example`.
        #[arg(value_parser = parse_origin)]
        origin: Origin,
    },
    /// Remove an address.
    Remove {
        /// The id of the merchant.
        #[arg(value_parser = parse_account_id)]
        merchant_id: AccountId,
        /// The address.
        #[arg(value_parser = parse_origin)]
        origin: Origin,
    },
}

pub(super) async fn run(settings: &Settings, command: Merchant) -> Result<(), CommandError> {
    if let Merchant::Show { merchant_id, json } = &command {
        return account::show(settings, merchant_id, *json).await;
    }
    let mint = assemble_without_keys(settings).await.map_err(CommandError::Start)?;
    change(&mint, command).await
}

async fn change(mint: &Mint, command: Merchant) -> Result<(), CommandError> {
    match command {
        Merchant::Show { .. } => {}
        Merchant::Create { merchant_id, name } => {
            let taken = mint.deps.ledger.accounts.account(&merchant_id).await.map_err(ServiceError::from)?;
            if taken.is_some() {
                return Err(CommandError::AccountTaken(merchant_id));
            }
            let token = mint.create_merchant(&merchant_id, name.as_deref()).await?;
            say!("merchant {merchant_id} created")?;
            say!("account token (shown only now, keep it secret): {}", token.to_bearer().as_str())?;
        }
        Merchant::Rename { merchant_id, name } => {
            mint.rename_merchant(&merchant_id, &name).await?;
            say!("payers see {merchant_id} as: {name}")?;
        }
        Merchant::ResetToken { merchant_id } => {
            let token = mint.reset_merchant_token(&merchant_id).await?;
            say!("account token (shown only now, keep it secret): {}", token.to_bearer().as_str())?;
            say!("the old token is revoked; the API keys of the merchant:")?;
            list_keys(mint, &merchant_id).await?;
        }
        Merchant::Key(command) => change_key(mint, command).await?,
        Merchant::Domain(Domain::Add { merchant_id, origin }) => {
            let domain = DomainRecord { origin, is_verified: true };
            let view = mint.put_domain(&merchant_id, domain).await?;
            say!("payers see {} as verified for {merchant_id}", view.origin)?;
        }
        Merchant::Domain(Domain::Remove { merchant_id, origin }) => {
            mint.drop_domain(&merchant_id, origin.clone()).await?;
            say!("{origin} is not a domain of {merchant_id} any more")?;
        }
    }
    Ok(())
}

async fn change_key(mint: &Mint, command: Key) -> Result<(), CommandError> {
    match command {
        Key::Create { merchant_id, scopes, name, days } => {
            let expires_in_s = days.map(|days| u64::from(days) * 86_400);
            let wanted = NewApiKey { name, scopes, expires_in_s };
            let created = mint.create_api_key_of(&merchant_id, wanted).await?;
            say!("API key of {merchant_id} with the scopes {}", created.view.scopes)?;
            say!("key (shown only now, keep it secret): {}", created.secret)?;
            Ok(())
        }
        Key::List { merchant_id } => list_keys(mint, &merchant_id).await,
        Key::Revoke { merchant_id, key_id } => {
            mint.revoke_api_key_of(&merchant_id, &key_id).await?;
            say!("the key {key_id} is revoked")?;
            Ok(())
        }
    }
}

async fn list_keys(mint: &Mint, merchant_id: &AccountId) -> Result<(), CommandError> {
    let keys = mint.api_keys_of(merchant_id).await?.data;
    if keys.is_empty() {
        say!("{merchant_id} has no API keys")?;
    }
    for key in keys {
        let end = match (key.revoked_at, key.expires_at) {
            (Some(at), _) => format!("revoked {at}"),
            (None, Some(at)) => format!("expires {at}"),
            (None, None) => "does not expire".to_owned(),
        };
        let used =
            key.last_used_day.map_or_else(|| "never used".to_owned(), |day| format!("last used {day}"));
        say!("{}  {}  [{}]  {end}  {used}", key.key_id, key.name, key.scopes)?;
    }
    Ok(())
}

fn parse_scopes(text: &str) -> Result<Scopes, String> {
    Scopes::parse(text).ok_or_else(|| {
        let all = Scope::ALL.map(Scope::as_str).join(", ");
        format!("scopes are separated by commas: {all}")
    })
}

fn parse_origin(text: &str) -> Result<Origin, String> {
    Origin::new(text).map_err(|error| error.to_string())
}
