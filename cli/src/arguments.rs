//! The command-line arguments.

use clap::{Parser, Subcommand};
use clap_complete::Shell;
use std::path::PathBuf;

const AFTER_HELP: &str = "\
Exit codes: 0 done; 1 failed, nothing was moved; 2 invalid arguments; 3 the request was sent, but the mint did not respond: \
`ecash resume` settles it; 4 the mint rejected the operation; 5 the mint cannot be reached, nothing was sent; \
6 insufficient funds; 7 done, but the result could not be printed: see `ecash history`; 8 received in part: some tokens were already spent.

Amounts are in major units with a decimal point: 12.50.";

/// Anonymous digital cash in a file on this machine.
#[derive(Debug, Parser)]
#[command(name = "ecash", version, after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The wallet file. Default: ecash/wallet.db in XDG_DATA_HOME, or in ~/.local/share.
    #[arg(long, env = "ECASH_WALLET", global = true)]
    pub(crate) wallet: Option<PathBuf>,
    /// File with the passphrase of a locked wallet on its first line. Alternatively, set ECASH_PASSPHRASE.
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Print one JSON object per line.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create a wallet at a mint, in a new file.
    Init {
        /// The mint's URL, such as `https://mint.example`.
        #[arg(value_name = "MINT")]
        mint: String,
    },
    /// Show the wallet's balance.
    Balance {
        /// Also fetch the balance of the wallet's account at the mint.
        #[arg(long)]
        account: bool,
    },
    /// Withdraw cash from the account.
    Withdraw { amount: String },
    /// Pay a merchant by id and amount, or pay the payment of a link.
    Pay {
        /// The link of a payment (…/#pay=…), or the id of a merchant.
        to: String,
        /// The amount. Not allowed with a link.
        amount: Option<String>,
        /// A tip. Only allowed with a link.
        #[arg(long)]
        tip: Option<String>,
        /// Pay without confirmation.
        #[arg(long, short)]
        yes: bool,
    },
    /// Give cash away as text. The first to receive the text gets the money.
    #[command(visible_alias = "give")]
    Send {
        amount: String,
        /// A message to the receiver. It is not authenticated.
        #[arg(long)]
        memo: Option<String>,
        /// Also print a QR code of the link.
        #[arg(long)]
        qr: bool,
    },
    /// Ask another person for an amount: prints a link that opens their wallet.
    Request {
        amount: String,
        /// What it is for, on one line.
        #[arg(long)]
        note: Option<String>,
        /// Also print a QR code of the link.
        #[arg(long)]
        qr: bool,
    },
    /// Receive cash from a text or link.
    Receive {
        /// The text. Read from standard input if it is missing or "-".
        text: Option<String>,
    },
    /// Take back cash that was given away, unless it was already received.
    TakeBack {
        /// The id, as printed by `send` or `history`.
        #[arg(allow_hyphen_values = true)]
        id: String,
    },
    /// Ask the mint whether cash that was given away was received. The mint learns that these tokens belong
    /// together.
    Check {
        /// The id, as printed by `send` or `history`.
        #[arg(allow_hyphen_values = true)]
        id: String,
    },
    /// Show the history, newest first.
    History {
        /// Print CSV for spreadsheets.
        #[arg(long, conflicts_with = "json")]
        csv: bool,
    },
    /// Print the receipt of a payment, signed by the mint.
    Receipt {
        /// The id, as printed by `history`.
        #[arg(allow_hyphen_values = true)]
        id: String,
    },
    /// Finish interrupted operations. Payments that were not made are cancelled.
    Resume,
    /// Swap cash that expires soon for new cash. Run it every few days, at random times.
    Refresh,
    /// Swap cash whose keys the mint has revoked. This reveals to the mint by which request it issued the
    /// cash.
    Recover,
    /// Show the recovery phrase of 12 words. Anyone who knows it can take the money.
    Words,
    /// Lock the wallet file with a passphrase from standard input, which replaces an earlier one.
    Lock,
    /// Remove the passphrase. Use --words if it is forgotten.
    Unlock {
        /// Unlock with the recovery phrase, read from standard input.
        #[arg(long)]
        words: bool,
    },
    /// Write an encrypted backup file: the recovery phrase and the history. Its passphrase is read from standard
    /// input.
    Backup {
        /// The file to create.
        #[arg(value_name = "FILE")]
        to: PathBuf,
    },
    /// Restore a wallet into a new file, from the recovery phrase on standard input.
    Restore {
        /// The URL of the wallet's mint.
        #[arg(value_name = "MINT")]
        mint: String,
        /// Restore from this backup file, with its passphrase from standard input.
        #[arg(long, value_name = "FILE")]
        from: Option<PathBuf>,
    },
    /// Show the mint's URL, currency and denominations, and the account.
    #[command(visible_alias = "mints")]
    Mint,
    /// Print a completion script for a shell.
    Completions { shell: Shell },
}
