//! The command line.

use clap::{Parser, Subcommand};
use clap_complete::Shell;
use std::path::PathBuf;

const AFTER_HELP: &str = "\
Exit codes: 0 done; 1 failed, nothing was moved; 2 wrong arguments; 3 the mint did not answer after the request was sent: \
`ecash resume` finds out what happened; 4 the mint refused; 5 the mint cannot be reached, nothing was sent; \
6 the wallet holds too little; 7 done, but the result could not be shown: see `ecash history`; 8 received, but a part of it had been spent before.

Amounts are in major units, with a point: 12.50.";

/// Anonymous digital cash in a file on this machine.
#[derive(Debug, Parser)]
#[command(name = "ecash", version, after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The wallet's file. Default: ecash/wallet.db in the folder for data of your programs (XDG_DATA_HOME, ~/.local/share).
    #[arg(long, env = "ECASH_WALLET", global = true)]
    pub(crate) wallet: Option<PathBuf>,
    /// File that holds the passphrase of a locked wallet, on its first line. The variable ECASH_PASSPHRASE does the same.
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Print JSON: one object on one line.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a wallet at a mint, in a new file.
    Init {
        /// The mint's address: https:// and its host.
        #[arg(value_name = "MINT")]
        mint: String,
    },
    /// Show what the wallet holds, and with --account what its account at the mint holds.
    Balance {
        /// Ask the mint for the account's balance too.
        #[arg(long)]
        account: bool,
    },
    /// Withdraw cash from the account.
    Withdraw { amount: String },
    /// Pay a merchant: an amount to a merchant's id, or what the link of a shop asks for.
    Pay {
        /// The link of a payment (…/#pay=…), or a merchant's id.
        to: String,
        /// The amount; not with a link.
        amount: Option<String>,
        /// A tip, with a link.
        #[arg(long)]
        tip: Option<String>,
        /// Pay without asking for confirmation.
        #[arg(long, short)]
        yes: bool,
    },
    /// Give cash away as text. The first to receive the text gets the money.
    #[command(visible_alias = "give")]
    Send {
        amount: String,
        /// A word to the receiver, who cannot tell who wrote it.
        #[arg(long)]
        memo: Option<String>,
        /// Print a QR code of the link too.
        #[arg(long)]
        qr: bool,
    },
    /// Receive cash from a text or link.
    Receive {
        /// The text; read from standard input if it is absent or "-".
        text: Option<String>,
    },
    /// Take back cash that was given away, unless it has been received.
    TakeBack {
        /// The id that `send` printed, or `history` shows.
        #[arg(allow_hyphen_values = true)]
        id: String,
    },
    /// Ask the mint whether cash that was given away has been received. The mint sees which tokens are asked about.
    Check {
        /// The id that `send` printed, or `history` shows.
        #[arg(allow_hyphen_values = true)]
        id: String,
    },
    /// Show what the wallet did, the newest first.
    History {
        /// Print a table for spreadsheets.
        #[arg(long, conflicts_with = "json")]
        csv: bool,
    },
    /// Print the receipt of a payment, signed by the mint.
    Receipt {
        /// The id that `history` shows.
        #[arg(allow_hyphen_values = true)]
        id: String,
    },
    /// Finish what was interrupted: completes what the mint has done, and cancels what it has not.
    Resume,
    /// Exchange cash that expires soon. Run it every few days at no particular time.
    Refresh,
    /// Exchange cash whose keys the mint has revoked. The mint can then tell by which request it issued it.
    Recover,
    /// Show the 12 words that restore the wallet. Anyone who knows them can take the money.
    Words,
    /// Protect the wallet's file with a passphrase, read from standard input, in place of an earlier one.
    Lock,
    /// Remove the passphrase. If it is forgotten, the 12 words do the same.
    Unlock {
        /// Read the 12 words from standard input.
        #[arg(long)]
        words: bool,
    },
    /// Restore a wallet into a new file, from the 12 words on standard input.
    Restore {
        /// Address of the mint that the wallet belongs to.
        #[arg(value_name = "MINT")]
        mint: String,
    },
    /// Show the mint: its address, currency, denominations, and the account.
    #[command(visible_alias = "mints")]
    Mint,
    /// Print a script that completes this command's words in a shell.
    Completions { shell: Shell },
}
