//! `ecash pay`: pays a merchant's id and an amount, or the payment of a link.

use crate::failure::Failure;
use crate::output::{self, print};
use crate::session::{currency, parse};
use ecash_client::Wallet;
use ecash_core::details::DetailsKey;
use ecash_core::keys::KEYS_SEEN_LEN;
use ecash_core::wire::{PaymentState, PaymentView};
use ecash_core::{Amount, PaymentId, plain_line_of};
use ecash_wallet::checkout_link::Checkout;
use ecash_wallet::{Payment, WalletError};
use serde_json::json;
use std::io::{BufRead as _, IsTerminal as _, Write as _};

pub(crate) async fn pay(
    wallet: &Wallet,
    as_json: bool,
    to: &str,
    amount: Option<&str>,
    tip: Option<&str>,
    yes: bool,
) -> Result<(), Failure> {
    let origin = wallet.engine()?.mint().ok_or(WalletError::NoMint)?.origin;
    match (Checkout::of_text(to, &origin), amount) {
        (Some(Err(mint)), _) => Err(Failure::OtherMint(mint)),
        (Some(Ok(Checkout::Of(payment_id, key, seen))), None) => {
            let link = Link { payment_id, key, seen };
            pay_link(wallet, as_json, &link, tip, yes).await
        }
        (Some(Ok(_)), None) => Err(Failure::Usage("not a payment link; nothing was paid")),
        (Some(Ok(_)), Some(_)) => Err(Failure::Usage("a link already contains the amount; omit AMOUNT")),
        (None, Some(amount)) => {
            if tip.is_some() {
                return Err(Failure::Usage("--tip is only allowed with a link"));
            }
            let (amount, _) = parse(wallet, amount)?;
            let payment = wallet.pay(to, amount.minor()).await?;
            paid(wallet, as_json, &payment)
        }
        (None, None) => {
            Err(Failure::Usage("expected the link of a payment, or a merchant's id and an amount"))
        }
    }
}

struct Link {
    payment_id: PaymentId,
    key: Option<DetailsKey>,
    seen: Option<[u8; KEYS_SEEN_LEN]>,
}

async fn pay_link(
    wallet: &Wallet,
    as_json: bool,
    link: &Link,
    tip: Option<&str>,
    yes: bool,
) -> Result<(), Failure> {
    let engine = wallet.engine()?;
    let view = engine.payment(&link.payment_id).await?;
    if let Some(seen) = &link.seen {
        engine.check_keys_seen(&view, seen).await?;
    }
    let details = engine.details_of(&view, link.key.as_ref())?;
    let tip = tip.map(|tip| parse(wallet, tip)).transpose()?.map_or(Amount::ZERO, |(tip, _)| tip);
    match view.state_now() {
        PaymentState::Open => {}
        PaymentState::Paid => {
            return Err(Failure::Ended("this payment was already made; nothing was paid now"));
        }
        PaymentState::Cancelled | PaymentState::Expired => {
            return Err(Failure::Ended(
                "this payment was cancelled or has expired; nothing was paid: ask the shop for a new one",
            ));
        }
    }
    if !yes {
        confirm(&view, tip)?;
    }
    let payment = engine.pay_payment(&view, tip, details).await?;
    paid(wallet, as_json, &payment)
}

/// Shows the payment and asks for confirmation. Fails if standard input is not a terminal.
fn confirm(view: &PaymentView, tip: Amount) -> Result<(), Failure> {
    let origin = view.merchant.origin.as_ref().filter(|_| view.merchant.verified);
    let shop = origin.map_or("not verified by the mint".to_owned(), ToString::to_string);
    let mut terminal = std::io::stderr();
    let with_tip =
        if tip.is_zero() { String::new() } else { format!(" and a tip of {}", view.currency.money(tip)) };
    let _ = write!(
        terminal,
        "{} ({shop})\n{}\nPay {}{with_tip}? [y/N] ",
        plain_line_of(&view.merchant.name),
        plain_line_of(&view.description),
        view.currency.money(view.amount),
    );
    let input = std::io::stdin();
    if !input.is_terminal() {
        return Err(Failure::Usage(
            "confirmation needs a terminal; add --yes to pay without it; nothing was paid",
        ));
    }
    let mut answer = String::new();
    input.lock().read_line(&mut answer).map_err(Failure::Input)?;
    if matches!(answer.trim(), "y" | "Y" | "yes") { Ok(()) } else { Err(Failure::Declined) }
}

fn paid(wallet: &Wallet, as_json: bool, payment: &Payment) -> Result<(), Failure> {
    let (currency, available) = (currency(wallet)?, wallet.balance()?.available);
    let value = json!({
        "transaction_id": payment.transaction_id, "amount": output::amount(payment.amount, &currency),
        "available": output::amount(available, &currency), "return_url": payment.return_url,
    });
    let text = format!(
        "paid {}; the wallet holds {}\ntransaction {}",
        currency.money(payment.amount),
        currency.money(available),
        payment.transaction_id
    );
    print(as_json, &value, &text)
}
