//! The wallet file, and the mint that the wallet belongs to.

use crate::arguments::Arguments;
use crate::failure::Failure;
use ecash_client::{Error, Wallet, WalletError};
use ecash_core::{Amount, Currency};
use std::fs;
use std::path::{Path, PathBuf};

/// What a command needs before it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Nothing: the command opens the file itself.
    Nothing,
    /// The opened file. Nothing is sent.
    File,
    /// A connection to the mint. Fails if the mint is unreachable.
    Mint,
}

/// Returns the path of the wallet file.
pub(crate) fn path(arguments: &Arguments) -> Result<PathBuf, Failure> {
    if let Some(path) = &arguments.wallet {
        return Ok(path.clone());
    }
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let data = set("XDG_DATA_HOME").or_else(|| Some(set("HOME")?.join(".local/share")));
    Ok(data.ok_or(Failure::NoHome)?.join("ecash/wallet.db"))
}

/// Returns the path of the file beside the wallet file that contains the mint's URL.
fn mint_file(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".mint");
    name.into()
}

/// Creates the file of a wallet at this mint, and returns the wallet, which is not initialized yet.
pub(crate) fn create(path: &Path, mint: &str) -> Result<Wallet, Failure> {
    if path.exists() {
        return Err(Failure::WalletExists(path.to_owned()));
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(|error| Failure::File(folder.to_owned(), error))?;
    }
    // Write the mint's URL first: a wallet file without it counts as missing.
    let named = mint_file(path);
    fs::write(&named, format!("{}\n", mint.trim_end_matches('/')))
        .map_err(|error| Failure::File(named, error))?;
    Ok(Wallet::new(mint.to_owned(), path.display().to_string())?)
}

/// Removes the files of a wallet that could not be created, so that the command can be retried.
pub(crate) fn discard(path: &Path) {
    for suffix in ["", ".mint", ".lock", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        // Ignore errors: the next attempt reports a remaining file.
        let _ = fs::remove_file(PathBuf::from(name));
    }
}

/// Opens the wallet as far as `needs` requires. Connecting also completes interrupted operations.
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

/// Returns the passphrase from the arguments or the environment.
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
