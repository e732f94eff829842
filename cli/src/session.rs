//! The wallet's file and the mint that it belongs to.

use crate::arguments::Arguments;
use crate::failure::Failure;
use ecash_client::{Error, Wallet, WalletError};
use ecash_core::{Amount, Currency};
use std::fs;
use std::path::{Path, PathBuf};

/// Whether a command needs the mint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Neither: the command opens the file in its own way.
    Nothing,
    /// Reads the file only; sends nothing.
    File,
    /// Fails if the mint cannot be reached.
    Mint,
}

/// Returns the path of the wallet's file.
pub(crate) fn path(arguments: &Arguments) -> Result<PathBuf, Failure> {
    if let Some(path) = &arguments.wallet {
        return Ok(path.clone());
    }
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let data = set("XDG_DATA_HOME").or_else(|| Some(set("HOME")?.join(".local/share")));
    Ok(data.ok_or(Failure::NoHome)?.join("ecash/wallet.db"))
}

/// The file beside the wallet's that names its mint.
fn mint_file(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".mint");
    name.into()
}

/// Makes a file for a wallet at this mint, and returns the wallet, which is not initialized yet.
pub(crate) fn make(path: &Path, mint: &str) -> Result<Wallet, Failure> {
    if path.exists() {
        return Err(Failure::WalletExists(path.to_owned()));
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(|error| Failure::File(folder.to_owned(), error))?;
    }
    // Write the mint's name first: a wallet file without it is treated as missing.
    let named = mint_file(path);
    fs::write(&named, format!("{}\n", mint.trim_end_matches('/')))
        .map_err(|error| Failure::File(named, error))?;
    Ok(Wallet::new(mint.to_owned(), path.display().to_string())?)
}

/// Removes the files of a wallet that could not be made, so that the command can be repeated.
pub(crate) fn unmake(path: &Path) {
    for suffix in ["", ".mint", ".lock", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        // What is left is named by the next attempt.
        let _ = fs::remove_file(PathBuf::from(name));
    }
}

/// Opens the wallet, connects it to its mint, and finishes what was interrupted.
pub(crate) async fn open(arguments: &Arguments, needs: Needs) -> Result<Wallet, Failure> {
    let path = path(arguments)?;
    let named = mint_file(&path);
    if !path.exists() || !named.exists() {
        return Err(Failure::NoWallet(path));
    }
    let mint = fs::read_to_string(&named).map_err(|error| Failure::File(named, error))?;
    let mut wallet = Wallet::new(mint.trim().to_owned(), path.display().to_string())?;
    if let Some(passphrase) = passphrase(arguments)? {
        wallet = wallet.with_passphrase(passphrase);
    }
    match needs {
        Needs::Nothing => {}
        Needs::File => wallet.open_offline().await?,
        Needs::Mint => wallet.initialize().await?,
    }
    Ok(wallet)
}

/// Returns the passphrase that the caller gave, for a wallet that is locked.
pub(crate) fn passphrase(arguments: &Arguments) -> Result<Option<String>, Failure> {
    let Some(file) = &arguments.passphrase_file else {
        return Ok(std::env::var("ECASH_PASSPHRASE").ok().filter(|passphrase| !passphrase.is_empty()));
    };
    let text = fs::read_to_string(file).map_err(|error| Failure::File(file.clone(), error))?;
    Ok(text.lines().next().map(str::to_owned))
}

/// Returns the currency of the wallet's mint.
pub(crate) fn currency(wallet: &Wallet) -> Result<Currency, Failure> {
    let mint = wallet.engine()?.mint();
    mint.map(|mint| mint.currency).ok_or(Failure::Wallet(Error::Wallet(WalletError::NoMint)))
}

/// Parses an amount of the mint's currency.
pub(crate) fn parse(wallet: &Wallet, text: &str) -> Result<(Amount, Currency), Failure> {
    let currency = currency(wallet)?;
    Ok((currency.parse(text)?, currency))
}
