//! `ecash-mint merchant create|show`

use super::{CommandError, account, parse_account_id};
use crate::settings::Settings;
use crate::start::assemble_without_keys;
use clap::Subcommand;
use ecash_core::AccountId;

#[derive(Debug, Subcommand)]
pub(super) enum Merchant {
    /// Open a merchant's account and print its token, once.
    Create {
        /// The id of the merchant, such as `merchant_bakery`.
        #[arg(value_parser = parse_account_id)]
        merchant_id: AccountId,
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
}

pub(super) async fn run(settings: &Settings, command: Merchant) -> Result<(), CommandError> {
    match command {
        Merchant::Create { merchant_id } => {
            let mint = assemble_without_keys(settings).await.map_err(CommandError::Start)?;
            let token = mint.create_merchant(&merchant_id).await.map_err(CommandError::Service)?;
            println!("merchant {merchant_id} created");
            println!("account token (shown only now, keep it secret): {}", token.to_bearer().as_str());
            Ok(())
        }
        Merchant::Show { merchant_id, json } => account::show(settings, &merchant_id, json).await,
    }
}
