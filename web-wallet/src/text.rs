//! Every word that is shown: first what happened to the money, then what to do.

use crate::format;
use ecash_wallet::{ActivityKind, ActivityState, Stage, WalletError};

/// Texts without parts that change.
pub(crate) mod t {
    pub(crate) const APP: &str = "eCash wallet";
    pub(crate) const OPENING: &str = "Opening the wallet…";
    pub(crate) const BACK: &str = "Back";
    pub(crate) const SETTINGS: &str = "Settings";
    pub(crate) const DONE: &str = "Done";
    pub(crate) const TRY_AGAIN: &str = "Try again";

    pub(crate) const ELSEWHERE_TITLE: &str = "The wallet is open in another tab";
    pub(crate) const ELSEWHERE: &str = "So that no money is spent twice, only one tab can use it. Close the other tab and this one takes over.";

    pub(crate) const BROKEN_TITLE: &str = "The wallet's storage cannot be opened";

    pub(crate) const WELCOME_TITLE: &str = "Cash, on this device";
    pub(crate) const WELCOME: &str =
        "Withdraw digital cash, pay exactly, get change. Who pays whom stays private, even from the mint.";
    pub(crate) const WELCOME_MINT: &str = "Mint";
    pub(crate) const NEW_WALLET: &str = "Make a new wallet";
    pub(crate) const HAVE_WORDS: &str = "I have recovery words";
    pub(crate) const RESTORE_TITLE: &str = "Bring a wallet back";
    pub(crate) const RESTORE_HINT: &str =
        "Type the 12 words in order. The wallet asks this mint for everything the words can find.";
    pub(crate) const RESTORE_WORDS: &str = "Recovery words";
    pub(crate) const RESTORE: &str = "Find my money";
    pub(crate) const NOTHING_FOUND_TITLE: &str = "Nothing was found";
    pub(crate) const NOTHING_FOUND: &str = "This mint has never signed cash for these words. Nothing was changed. Check that they are the right words, in the right order, and that this is the right mint.";
    pub(crate) const OTHER_WORDS: &str = "Correct the words";
    pub(crate) const USE_EMPTY_WALLET: &str = "Use this empty wallet";
    pub(crate) const USE_OTHER_WORDS: &str = "Use other recovery words";
    pub(crate) const OTHER_WALLET_TITLE: &str = "There is a wallet here already";
    pub(crate) const OTHER_WALLET_HINT: &str = "To use other words, leave it first. Its own words bring it back later, here or elsewhere: write them down before you leave it, or its money is gone.";
    pub(crate) const OTHER_WALLET_SHOW: &str = "Show its words";
    pub(crate) const LEAVE_WALLET: &str = "Leave this wallet";
    pub(crate) const KEEP_WALLET: &str = "Keep this wallet";

    pub(crate) const CASH_WAITS: &str = "Cash is waiting to be received. It is kept on this device.";
    pub(crate) const CASH_WAITS_FOR_WALLET: &str =
        "Cash is waiting for you. It is kept on this device; make or restore a wallet to receive it.";
    pub(crate) const CASH_WAITS_ELSEWHERE: &str =
        "Cash is waiting. It is kept on this device: receive it in the tab that has the wallet.";
    pub(crate) const CASH_WAITS_IN_ADDRESS: &str =
        "Cash is waiting, and this browser cannot keep it. Keep the link until you have received it.";
    pub(crate) const RECEIVE_IT: &str = "Receive it";
    pub(crate) const PUT_AWAY: &str = "Remove this text from this device";

    pub(crate) const BALANCE: &str = "On this device";
    pub(crate) const PAY: &str = "Pay";
    pub(crate) const RECEIVE: &str = "Receive";
    pub(crate) const WITHDRAW: &str = "Withdraw";
    pub(crate) const PIECES: &str = "Pieces";
    pub(crate) const ACTIVITY: &str = "Activity";
    pub(crate) const NO_ACTIVITY: &str = "Nothing yet. Withdraw some cash to begin.";
    pub(crate) const EMPTY_WALLET: &str = "The wallet is empty.";

    pub(crate) const WITHDRAW_TITLE: &str = "Withdraw cash";
    pub(crate) const ACCOUNT_HOLDS: &str = "Your account holds";
    pub(crate) const ACCOUNT_LOADING: &str = "Asking the mint for your account…";
    pub(crate) const AMOUNT: &str = "Amount";
    pub(crate) const WITHDRAWN: &str = "The cash is on this device";

    pub(crate) const PAY_TITLE: &str = "Pay a merchant";
    pub(crate) const MERCHANT: &str = "Merchant";
    pub(crate) const REMAINS: &str = "Remains on this device";
    pub(crate) const PAID: &str = "Paid";
    pub(crate) const TRANSACTION: &str = "Transaction";

    pub(crate) const RECEIVE_TITLE: &str = "Receive cash";
    pub(crate) const RECEIVE_HINT: &str = "Paste the text that starts with ecash1. The wallet makes the cash yours at once, so that nobody else can spend it.";
    pub(crate) const RECEIVE_TEXT: &str = "Cash as text";
    pub(crate) const RECEIVED: &str = "Received";

    pub(crate) const DETAIL_TITLE: &str = "Details";
    pub(crate) const DETAIL_WHEN: &str = "When";
    pub(crate) const DETAIL_STATE: &str = "State";
    pub(crate) const DETAIL_NOTE: &str = "Note";
    pub(crate) const DETAIL_GONE: &str = "This activity is not on this device.";
    pub(crate) const CONFIRM_AGAIN: &str = "Try to pay again";
    pub(crate) const CANCEL_PAYMENT: &str = "Cancel the payment";
    pub(crate) const FINISH_NOW: &str = "Finish now";
    pub(crate) const NOT_PAID_YET: &str = "Not paid yet";
    pub(crate) const DISPUTED: &str = "The mint took this and signed part of the cash wrongly. What it signed correctly is in your wallet. The rest is missing: ask the mint again, or send its answer, which is the evidence, to whoever runs the mint.";
    pub(crate) const ASK_AGAIN: &str = "Ask the mint again";
    pub(crate) const COPY_EVIDENCE: &str = "Copy the evidence";

    pub(crate) const WORDS_TITLE: &str = "Recovery words";
    pub(crate) const WORDS_HINT: &str = "Whoever has these 12 words has your money. Write them on paper; they bring it back if this device is lost.";
    pub(crate) const WORDS_SHOW: &str = "Show the words";
    pub(crate) const WORDS_HIDE: &str = "Hide the words";
    pub(crate) const MINT_TITLE: &str = "Mint";
    pub(crate) const MINT_ADDRESS: &str = "Address";
    pub(crate) const MINT_NAME: &str = "Institution";
    pub(crate) const MINT_PIECES: &str = "Pieces it makes";
    pub(crate) const STORAGE_TITLE: &str = "Storage";
    pub(crate) const STORAGE_KEPT: &str = "The browser keeps this wallet until you remove it.";
    pub(crate) const STORAGE_LOOSE: &str =
        "The browser may clear this wallet when space gets short. Keep the recovery words.";
    pub(crate) const ASKING: &str = "Asking the browser…";
    pub(crate) const COPY: &str = "Copy";
    pub(crate) const COPIED: &str = "Copied";

    pub(crate) const OFFLINE: &str = "The mint cannot be reached. Your money is safe on this device.";
}

pub(crate) const fn kind(kind: ActivityKind) -> &'static str {
    match kind {
        ActivityKind::Withdraw => "Withdrawn from account",
        ActivityKind::Pay => "Payment",
        ActivityKind::Receive => "Received",
        ActivityKind::Change => "Changed into smaller pieces",
        ActivityKind::Refresh => "Renewed",
        ActivityKind::Restore => "Brought back",
    }
}

pub(crate) const fn state(state: ActivityState) -> &'static str {
    match state {
        ActivityState::Pending => "Waiting for the mint",
        ActivityState::Done => "Done",
        ActivityState::Cancelled => "Did not happen",
        ActivityState::Failed => "Failed",
        ActivityState::Disputed => "Disputed",
    }
}

pub(crate) const fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::CheckingKeys => "Checking the mint's keys…",
        Stage::Preparing => "Preparing the cash…",
        Stage::Waiting => "Waiting for the mint… If this page closes now, nothing is lost.",
        Stage::Finishing => "Putting the cash on this device…",
        Stage::Searching => "Looking for your money…",
    }
}

/// An error as the engine words it, with its first capital.
pub(crate) fn error(error: &WalletError) -> String {
    let mut text = match error {
        WalletError::Refused(problem) => match problem.code {
            ecash_core::wire::ErrorCode::InsufficientBalance => {
                "your account does not hold that much; nothing was moved".to_owned()
            }
            ecash_core::wire::ErrorCode::UnknownMerchant => {
                "the mint does not know this merchant; your money is still on this device".to_owned()
            }
            ecash_core::wire::ErrorCode::TokenAlreadySpent => {
                "this cash was spent before; it was not added, and yours is untouched".to_owned()
            }
            _ => error.to_string(),
        },
        WalletError::InsufficientFunds { available, wanted } => {
            insufficient_funds(&format::of(available), &format::of(wanted))
        }
        WalletError::NotPayable(money) => format!("{} cannot be made of this mint's denominations", format::of(money)),
        WalletError::StoreAfterSending(_) => {
            "the mint was asked, but this device could not save the outcome. Nothing is lost. Do not repeat it: free some space and open the wallet again, and it finds out what happened".to_owned()
        }
        WalletError::EarlierPaymentWaits => {
            "nothing new was paid: an earlier payment is still open, and the mint does not answer. Try again when it is back".to_owned()
        }
        WalletError::Disputed(_) => {
            "the mint signed part of the cash wrongly. What is missing is kept as disputed; see the activity".to_owned()
        }
        _ => error.to_string(),
    };
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    if !text.ends_with('.') {
        text.push('.');
    }
    text
}

pub(crate) fn withdraw_button(money: &str) -> String {
    format!("Withdraw {money}")
}

pub(crate) fn pay_button(money: &str) -> String {
    format!("Pay {money}")
}

pub(crate) fn payment_to(merchant: &str) -> String {
    format!("Payment to {merchant}")
}

/// What a payment means that the mint did not answer: what is known, both outcomes, and what happens by default.
pub(crate) fn not_paid_yet(money: &str) -> [String; 4] {
    [
        format!("The mint did not answer. {money} is set aside."),
        "If it was paid after all, either button shows it as done. You never pay twice.".to_owned(),
        "If it was not, you can try again, or cancel and have the money back.".to_owned(),
        "If you do neither, the wallet cancels what was not paid when it next reaches the mint.".to_owned(),
    ]
}

pub(crate) fn insufficient_funds(available: &str, wanted: &str) -> String {
    format!("The wallet holds {available}, less than the {wanted} asked for.")
}

pub(crate) fn earlier_payment_made(money: &str, merchant: &str) -> String {
    format!(
        "Your earlier payment of {money} to {merchant} was made. Nothing new was paid. Pay again only if you want to pay a second time."
    )
}

pub(crate) fn other_wallet(money: &str) -> String {
    if money.is_empty() {
        "Another wallet is on this device. Nothing was changed.".to_owned()
    } else {
        format!(
            "Another wallet is on this device. It holds {money} here, and may hold money on its account. Nothing was changed."
        )
    }
}

pub(crate) fn disputed(money: &str) -> String {
    format!("{money} was signed wrongly by the mint and is disputed; see the activity.")
}

pub(crate) fn restored(money: &str) -> String {
    format!("{money} is back on this device.")
}

pub(crate) fn received(money: &str, lost: Option<&str>) -> String {
    match lost {
        None => format!("{money} is now yours."),
        Some(lost) => format!("{money} is now yours. {lost} had been spent before."),
    }
}

pub(crate) fn pieces(count: usize, denomination: &str) -> String {
    match count {
        1 => format!("1 piece of {denomination}"),
        count => format!("{count} pieces of {denomination}"),
    }
}

pub(crate) fn to_renew(money: &str) -> String {
    format!("{money} is old and is being renewed; then it can be spent.")
}

pub(crate) fn expired(money: &str) -> String {
    format!("{money} was not used for more than two years and has expired.")
}

pub(crate) fn leaving(money: &str) -> String {
    format!("{money} is set aside for a payment that is not paid yet; see the activity.")
}

pub(crate) fn arriving(money: &str) -> String {
    format!("{money} is on its way to this device.")
}
