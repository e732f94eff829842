//! The commands, except `ecash pay`.

use crate::arguments::{Arguments, Command};
use crate::failure::Failure;
use crate::output::{self, print};
use crate::session::{self, Needs, currency, open, parse};
use crate::{output::qr, payments};
use clap::CommandFactory as _;
use ecash_client::{PlanId, Wallet};
use ecash_core::{Amount, Currency, is_short_line, plain_line_of, spreadsheet_text};
use ecash_environment::say;
use ecash_wallet::cash_request::{CashRequest, MAX_REQUEST_NOTE_CHARS};
use ecash_wallet::{Activity, Balance, Received};
use serde_json::{Value, json};
use std::fs::OpenOptions;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

pub(crate) async fn run(arguments: &Arguments) -> Result<(), Failure> {
    let as_json = arguments.json;
    match &arguments.command {
        Command::Init { mint } => init(arguments, mint).await,
        Command::Backup { to } => backup(arguments, to).await,
        Command::Restore { mint, from } => restore(arguments, mint, from.as_deref()).await,
        Command::Completions { shell } => {
            clap_complete::generate(*shell, &mut Arguments::command(), "ecash", &mut std::io::stdout());
            Ok(())
        }
        Command::Balance { account } => balance(arguments, *account).await,
        Command::Withdraw { amount } => {
            let wallet = open(arguments, Needs::Mint).await?;
            let (amount, currency) = parse(&wallet, amount)?;
            wallet.engine()?.withdraw(amount).await?;
            print_moved("withdrew", amount, &currency, &wallet, as_json)
        }
        Command::Pay { to, amount, tip, yes } => {
            let wallet = open(arguments, Needs::Mint).await?;
            payments::pay(&wallet, as_json, to, amount.as_deref(), tip.as_deref(), *yes).await
        }
        Command::Send { amount, memo, qr } => {
            let wallet = open(arguments, Needs::File).await?;
            send(&wallet, as_json, amount, memo.as_deref(), *qr).await
        }
        Command::Request { amount, note, qr } => {
            let wallet = open(arguments, Needs::File).await?;
            request(&wallet, as_json, amount, note.as_deref(), *qr)
        }
        Command::Receive { text } => {
            let text = match text.as_deref() {
                Some(text) if text != "-" => text.to_owned(),
                _ => read_input()?,
            };
            let wallet = open(arguments, Needs::Mint).await?;
            let received = wallet.receive(&text).await?;
            print_received("received", &received, &wallet, as_json)
        }
        Command::TakeBack { id } => {
            let wallet = open(arguments, Needs::Mint).await?;
            let received = wallet.take_back(&PlanId(id.clone())).await?;
            print_received("took back", &received, &wallet, as_json)
        }
        Command::Check { id } => check(&open(arguments, Needs::Mint).await?, as_json, id).await,
        Command::History { csv } => history(&open(arguments, Needs::File).await?, as_json, *csv),
        Command::Receipt { id } => receipt(&open(arguments, Needs::File).await?, id),
        Command::Resume => resume(&open(arguments, Needs::Mint).await?, as_json).await,
        Command::Refresh => {
            let wallet = open(arguments, Needs::Mint).await?;
            let amount = wallet.refresh().await?;
            print_moved("renewed", amount, &currency(&wallet)?, &wallet, as_json)
        }
        Command::Recover => {
            let wallet = open(arguments, Needs::Mint).await?;
            let amount = wallet.recover().await?;
            print_moved("exchanged", amount, &currency(&wallet)?, &wallet, as_json)
        }
        Command::Words => {
            let words = open(arguments, Needs::File).await?.recovery_phrase()?.join(" ");
            print(as_json, &json!({ "words": words }), &words)
        }
        Command::Lock => lock(arguments).await,
        Command::Unlock { words } => unlock(arguments, *words).await,
        Command::Mint => mint(&open(arguments, Needs::File).await?, as_json),
    }
}

async fn init(arguments: &Arguments, address: &str) -> Result<(), Failure> {
    let path = session::path(arguments)?;
    let mut wallet = session::create(&path, address)?;
    // Remove the wallet if the first connection fails, so that a mistyped URL can be corrected.
    if let Err(error) = wallet.initialize().await {
        drop(wallet);
        session::discard(&path);
        return Err(error.into());
    }
    if !arguments.json {
        say!("created a wallet in {}", path.display())?;
        say!("write down its recovery phrase, the only way to restore the money: ecash words")?;
    }
    mint(&wallet, arguments.json)
}

async fn backup(arguments: &Arguments, to: &Path) -> Result<(), Failure> {
    let wallet = open(arguments, Needs::File).await?;
    let typed = read_input()?;
    let file = wallet.backup_file(typed.lines().next().unwrap_or_default()).await?;
    write_new_file(to, file.as_bytes()).map_err(|source| Failure::File(to.to_owned(), source))?;
    wallet.keep_backup_file().await?;
    let value = json!({ "file": to.display().to_string() });
    print(
        arguments.json,
        &value,
        &format!("backup written to {}; keep it outside this machine", to.display()),
    )
}

/// Creates a file for this user only. Works on file systems without links, such as those of USB sticks.
fn write_new_file(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    // Ignore an error of the removal: the first one is the cause.
    written.inspect_err(|_| drop(std::fs::remove_file(path)))
}

async fn restore(arguments: &Arguments, address: &str, from: Option<&Path>) -> Result<(), Failure> {
    let file = from
        .map(|from| std::fs::read_to_string(from).map_err(|source| Failure::File(from.to_owned(), source)));
    let file = file.transpose()?;
    let typed = read_input()?;
    let path = session::path(arguments)?;
    let mut wallet = session::create(&path, address)?;
    let restored = match &file {
        Some(text) => wallet.restore_from_file(text, typed.lines().next().unwrap_or_default()).await,
        None => wallet.restore(typed.trim()).await,
    };
    let restored = match restored {
        Ok(restored) => restored,
        // The phrase is wrong or the mint unreachable, and the file is still empty.
        Err(error) if wallet.balance().is_ok_and(|balance| balance == Balance::default()) => {
            drop(wallet);
            session::discard(&path);
            return Err(error.into());
        }
        Err(error) => return Err(error.into()),
    };
    print_moved("restored", restored.amount, &currency(&wallet)?, &wallet, arguments.json)
}

async fn lock(arguments: &Arguments) -> Result<(), Failure> {
    let wallet = open(arguments, Needs::File).await?;
    let typed = read_input()?;
    let new = typed.lines().next().unwrap_or_default();
    wallet.set_passphrase(session::passphrase(arguments)?.as_deref(), new).await?;
    print(arguments.json, &json!({ "locked": true }), "locked; every command now needs the passphrase")
}

async fn unlock(arguments: &Arguments, by_words: bool) -> Result<(), Failure> {
    if by_words {
        let mut wallet = open(arguments, Needs::Nothing).await?;
        wallet.open_with_words(read_input()?.trim()).await?;
    } else {
        let wallet = open(arguments, Needs::File).await?;
        wallet.remove_passphrase(&session::passphrase(arguments)?.unwrap_or_default()).await?;
    }
    print(arguments.json, &json!({ "locked": false }), "unlocked; the file opens without a passphrase")
}

async fn send(
    wallet: &Wallet,
    as_json: bool,
    amount: &str,
    memo: Option<&str>,
    with_code: bool,
) -> Result<(), Failure> {
    let (amount, currency) = parse(wallet, amount)?;
    let gift = wallet.give(amount.minor(), memo).await?;
    let origin = wallet.engine()?.mint().map(|mint| mint.origin.to_string()).unwrap_or_default();
    let link = format!("{origin}/#receive={}", gift.text);
    let value = json!({
        "id": gift.id, "amount": output::amount(amount, &currency), "text": gift.text, "link": link,
    });
    print(as_json, &value, &gift.text)?;
    if as_json {
        return Ok(());
    }
    if with_code {
        match qr(&link) {
            Some(code) => say!("\n{code}")?,
            None => say!("\ntoo many tokens for a QR code")?,
        }
    }
    // Print to standard error, so that the text can be piped. Ignore a closed terminal, because the gift is
    // already stored.
    let _ = writeln!(
        std::io::stderr(),
        "{} given away; to take it back: ecash take-back {}",
        currency.money(amount),
        gift.id.0
    );
    Ok(())
}

async fn resume(wallet: &Wallet, as_json: bool) -> Result<(), Failure> {
    let waiting = wallet.resume().await?;
    let text = match waiting {
        0 => "no pending operations".to_owned(),
        waiting => format!("{waiting} operation(s) still wait for the mint"),
    };
    print(as_json, &json!({ "waiting": waiting }), &text)
}

/// Prints a link that asks another wallet for an amount.
fn request(
    wallet: &Wallet,
    as_json: bool,
    amount: &str,
    note: Option<&str>,
    with_code: bool,
) -> Result<(), Failure> {
    let (amount, currency) = parse(wallet, amount)?;
    let note = note.map(str::trim).filter(|note| !note.is_empty());
    if amount.is_zero() || note.is_some_and(|note| !is_short_line(note, MAX_REQUEST_NOTE_CHARS)) {
        return Err(Failure::Usage(
            "the amount must be greater than 0, and the note one line of at most 64 characters",
        ));
    }
    let asked = CashRequest { amount, currency, note: note.map(str::to_owned) };
    let origin = wallet.engine()?.mint().map(|mint| mint.origin.to_string()).unwrap_or_default();
    let link = format!("{origin}/#{}", asked.fragment());
    print(as_json, &json!({ "amount": output::amount(amount, &asked.currency), "link": link }), &link)?;
    if with_code && !as_json {
        match qr(&link) {
            Some(code) => say!("\n{code}")?,
            None => say!("\nthe link is too long for a QR code")?,
        }
    }
    Ok(())
}

async fn check(wallet: &Wallet, as_json: bool, id: &str) -> Result<(), Failure> {
    let state = wallet.engine()?.check_gift(&PlanId(id.to_owned())).await?;
    let currency = currency(wallet)?;
    let value = json!({
        "taken": output::amount(state.taken, &currency), "waiting": output::amount(state.waiting, &currency),
        "known": state.is_known,
    });
    let text = match (state.taken.is_zero(), state.waiting.is_zero()) {
        _ if !state.is_known => {
            "the mint no longer reports some of these tokens; take them back to find out".to_owned()
        }
        (true, _) => "not received yet".to_owned(),
        (false, true) => "received".to_owned(),
        (false, false) => format!("{} received", currency.money(state.taken)),
    };
    print(as_json, &value, &text)
}

/// Prints the wallet's balance, and with `with_account` also the balance of its account.
async fn balance(arguments: &Arguments, with_account: bool) -> Result<(), Failure> {
    let as_json = arguments.json;
    let wallet = open(arguments, if with_account { Needs::Mint } else { Needs::File }).await?;
    let account = if with_account { Some(wallet.account_balance().await?) } else { None };
    let (balance, currency) = (wallet.balance()?, currency(&wallet)?);
    let parts = [
        ("available", balance.available),
        ("to_renew", balance.to_renew),
        ("revoked", balance.revoked),
        ("expired", balance.expired),
        ("given", balance.given),
        ("leaving", balance.leaving),
        ("arriving", balance.arriving),
        ("disputed", balance.disputed),
    ];
    if as_json {
        let mut value: Value =
            parts.iter().map(|(name, part)| ((*name).to_owned(), json!(part.minor()))).collect();
        value["account"] = json!(account.map(Amount::minor));
        value["currency"] = json!(currency.code);
        value["exponent"] = json!(currency.exponent);
        say!("{value}")?;
        return Ok(());
    }
    say!("{}", currency.money(balance.available))?;
    for (name, part) in parts.iter().skip(1).filter(|(_, part)| !part.is_zero()) {
        say!("{:<12} {}", name.replace('_', " "), currency.money(*part))?;
    }
    if let Some(account) = account {
        say!("{:<12} {}", "on account", currency.money(account))?;
    }
    Ok(())
}

fn history(wallet: &Wallet, as_json: bool, as_csv: bool) -> Result<(), Failure> {
    let currency = currency(wallet)?;
    let activity = wallet.activity()?;
    if as_csv {
        say!("time,what,amount,currency,state,with,id")?;
        for one in &activity {
            let (kind, state, with) =
                (output::kind(one.kind), output::state(one), counterparty_or_memo(one).unwrap_or_default());
            let (number, code) = (currency.money(one.amount).number(), &currency.code);
            say!("{},{kind},{number},{code},{state},{},{}", one.at, quoted(&with), one.id.0)?;
        }
        return Ok(());
    }
    for one in &activity {
        let (kind, state) = (output::kind(one.kind), output::state(one));
        let value = json!({
            "id": one.id, "what": kind, "amount": output::amount(one.amount, &currency), "state": state,
            "at": one.at, "with": counterparty_or_memo(one), "transaction_id": one.transaction_id,
        });
        let with = counterparty_or_memo(one).map(|with| format!("  {with}")).unwrap_or_default();
        let text =
            format!("{}  {kind:<10}  {}  {state}{with}  {}", one.at, currency.money(one.amount), one.id.0);
        print(as_json, &value, &text)?;
    }
    if activity.is_empty() && !as_json {
        say!("no operations yet; start with `ecash withdraw AMOUNT`")?;
    }
    Ok(())
}

/// Returns the shop or merchant that was paid, or the memo.
fn counterparty_or_memo(activity: &Activity) -> Option<String> {
    let shop = activity.payment.as_ref().map(|paid| paid.merchant_name.clone());
    let merchant = activity.merchant_id.as_ref().map(ToString::to_string);
    let shown = shop.or(merchant).or(activity.note.clone());
    // A received memo must not change what the terminal shows.
    shown.map(|text| plain_line_of(&text))
}

/// Quotes a CSV field.
fn quoted(text: &str) -> String {
    format!("\"{}\"", spreadsheet_text(text).replace('"', "\"\""))
}

fn receipt(wallet: &Wallet, id: &str) -> Result<(), Failure> {
    let activity = wallet.activity()?.into_iter().find(|one| one.id.0 == id);
    let activity = activity.ok_or_else(|| Failure::NoActivity(id.to_owned()))?;
    let (signed, _) = wallet.engine()?.receipt_of(&activity).map_err(Failure::Receipt)?;
    say!("{}", signed.to_file())?;
    Ok(())
}

fn mint(wallet: &Wallet, as_json: bool) -> Result<(), Failure> {
    let engine = wallet.engine()?;
    let mint = engine.mint().ok_or(ecash_client::WalletError::NoMint)?;
    let hash = engine.account_hash()?;
    let denominations: Vec<String> = mint
        .denominations
        .iter()
        .map(|denomination| mint.currency.money(denomination.amount()).number())
        .collect();
    let account = mint.account_id.as_ref().map(ToString::to_string);
    let value = json!({
        "mint": mint.origin, "institution_id": mint.institution_id, "currency": mint.currency.code,
        "exponent": mint.currency.exponent, "denominations": denominations, "account_id": account,
        "account_hash": hash,
    });
    let account =
        account.unwrap_or_else(|| format!("not open; the operator can open it with the hash {hash}"));
    let text = format!(
        "mint           {} ({})\ncurrency       {}\ndenominations  {}\naccount        {account}",
        mint.origin,
        mint.institution_id,
        mint.currency.code,
        denominations.join(" "),
    );
    print(as_json, &value, &text)
}

/// Prints what was received. A partial loss has its own exit code, so that scripts notice it.
fn print_received(did: &str, received: &Received, wallet: &Wallet, as_json: bool) -> Result<(), Failure> {
    let currency = currency(wallet)?;
    print_moved(did, received.amount, &currency, wallet, as_json)?;
    if received.lost.is_zero() { Ok(()) } else { Err(Failure::Partly(currency.money(received.lost))) }
}

/// Prints the amount that was moved, and the new balance.
pub(crate) fn print_moved(
    did: &str,
    amount: Amount,
    currency: &Currency,
    wallet: &Wallet,
    as_json: bool,
) -> Result<(), Failure> {
    let available = wallet.balance()?.available;
    let value = json!({
        "amount": output::amount(amount, currency), "available": output::amount(available, currency),
    });
    let text = format!("{did} {}; the wallet holds {}", currency.money(amount), currency.money(available));
    print(as_json, &value, &text)
}

fn read_input() -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(Failure::Input)?;
    Ok(text)
}
