//! `ecash-mint receipt verify|next-key`

use super::{CommandError, parse_account_id};
use crate::receipts::{add_next_key, wire_keys};
use crate::settings::Settings;
use crate::start::{StartError, open_ledger};
use clap::Subcommand;
use ecash_core::AccountId;
use ecash_core::base64url;
use ecash_core::receipt::{ReceiptBody, ReceiptError, ReceiptKey, RefundReceiptBody, SignedReceipt};
use ecash_core::refund::proves_payer;
use ecash_core::wire::KeysResponse;
use ecash_environment::say;
use ecash_environment::{Clock as _, SystemClock};
use ecash_ledger::IfMissing;
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};

#[derive(Debug, Subcommand)]
pub(super) enum ReceiptCommand {
    /// Check the signature of a receipt.
    Verify {
        /// The receipt, as a wallet or shop saved it.
        file: PathBuf,
        /// A saved response of `GET /api/v1/keys`, to verify without the ledger; otherwise the ledger's keys
        /// are used.
        #[arg(long)]
        keys: Option<PathBuf>,
        /// The question that the payer was asked: base64url of 16 to 64 random bytes. Checks that the wallet
        /// that paid has answered.
        #[arg(long, requires_all = ["answer", "shop"], allow_hyphen_values = true)]
        question: Option<String>,
        /// The payer's answer.
        #[arg(long, requires = "question", allow_hyphen_values = true)]
        answer: Option<String>,
        /// The id of the merchant that asks. A receipt of another merchant is rejected.
        #[arg(long, value_parser = parse_account_id)]
        shop: Option<AccountId>,
    },
    /// Add the next key that signs receipts. The current key signs the new one.
    NextKey {
        /// Where the new key is created; then set RECEIPT_KEY_FILE to it.
        file: PathBuf,
        /// The current key is lost, so it cannot sign the new one: wallets that know the old key distrust new
        /// receipts.
        #[arg(long)]
        without_previous: bool,
    },
}

pub(super) async fn run(settings: &Settings, command: ReceiptCommand) -> Result<(), CommandError> {
    match command {
        ReceiptCommand::Verify { file, keys, question, answer, shop } => {
            let receipt: SignedReceipt = read(&file)?;
            let keys = match keys {
                Some(keys) => read::<KeysResponse>(&keys)?.receipt_keys,
                None => ledger_keys(settings).await?,
            };
            match receipt.verify_refund(&keys) {
                // Not a receipt of a refund: verified as one of a payment below.
                Err(ReceiptError::UnknownKind) => {}
                refund if question.is_some() => {
                    refund.map_err(CommandError::Receipt)?;
                    return Err(CommandError::NoPayerOfRefund);
                }
                refund => return show_refund(&refund.map_err(CommandError::Receipt)?, shop.as_ref()),
            }
            let body = receipt.verify(&keys).map_err(CommandError::Receipt)?;
            if shop.is_some_and(|shop| shop != body.merchant_id) {
                return Err(CommandError::OtherShop(body.merchant_id));
            }
            // Before anything is called valid.
            let is_by_payer = question.is_some();
            if let Some((question, answer)) = question.zip(answer) {
                check_payer(&body, &question, &answer)?;
            }
            say!("valid: {} paid {}", body.payment_id, body.currency.money(body.total))?;
            say!("to    {} ({}), {}", body.merchant_name, body.merchant_id, body.paid_at)?;
            say!("for   {}", body.description)?;
            if is_by_payer {
                say!("by    the wallet that answered, to {}", body.shop())?;
            }
            Ok(())
        }
        ReceiptCommand::NextKey { file, without_previous } => {
            let ledger = open_ledger(settings, IfMissing::Refuse).await.map_err(CommandError::Start)?;
            let (ledger, now) = (ledger.receipt_keys.as_ref(), SystemClock.now());
            let added = add_next_key(settings, ledger, &file, !without_previous, now).await;
            added.map_err(|error| CommandError::Start(StartError::ReceiptKey(error)))?;
            say!("{} signs receipts from now on", file.display())?;
            say!("set RECEIPT_KEY_FILE to it and restart each mint within a day")?;
            Ok(())
        }
    }
}

fn show_refund(refund: &RefundReceiptBody, shop: Option<&AccountId>) -> Result<(), CommandError> {
    if shop.is_some_and(|shop| *shop != refund.merchant_id) {
        return Err(CommandError::OtherShop(refund.merchant_id.clone()));
    }
    let amount = refund.currency.money(refund.refund_amount);
    say!("valid: {} refunds {amount} of {}", refund.refund_id, refund.payment_id)?;
    say!("by    {} ({}), {}", refund.merchant_name, refund.merchant_id, refund.refunded_at)?;
    say!("until {} the payer can claim it", refund.claim_until)?;
    Ok(())
}

/// Fails unless the answer proves to the shop that its wallet made the payment.
fn check_payer(receipt: &ReceiptBody, question: &str, answer: &str) -> Result<(), CommandError> {
    let challenge = base64url::decode(question.trim()).ok_or(CommandError::NotProved)?;
    if proves_payer(receipt, &challenge, answer.trim()) { Ok(()) } else { Err(CommandError::NotProved) }
}

async fn ledger_keys(settings: &Settings) -> Result<Vec<ReceiptKey>, CommandError> {
    let ledger = open_ledger(settings, IfMissing::Refuse).await.map_err(CommandError::Start)?;
    let records = ledger.receipt_keys.receipt_keys().await;
    Ok(wire_keys(&records.map_err(|error| CommandError::Service(error.into()))?))
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, CommandError> {
    let text = std::fs::read(path).map_err(|error| CommandError::Read(path.to_owned(), error))?;
    serde_json::from_slice(&text).map_err(|error| CommandError::Parse(path.to_owned(), error))
}
