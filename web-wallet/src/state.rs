//! The state of the app and its operations.

use crate::browser::{
    BrowserDevice, BrowserWallet, Fetch, Inbox, IndexedDb, fragment, go_to, page_origin, referrer_origin,
    replace_fragment, set_fragment, sleep_ms, watch_inbox,
};
use crate::text;
use crate::turn::Turn;
use ecash_core::receipt::SignedReceipt;
use ecash_core::{Amount, PaymentId};
use ecash_wallet::api::HttpApi;
use ecash_wallet::cash_request::CashRequest;
use ecash_wallet::checkout_link::{Checkout, address_of_protocol};
use ecash_wallet::plan::PlanId;
use ecash_wallet::{
    Activity, Balance, Gift, MintInfo, Preview, Progress, ReceiptFault, StoreError, Wallet, WalletError,
};
use leptos::prelude::*;
use leptos::reactive::owner::LocalStorage;
use leptos::task::spawn_local;
use std::rc::{Rc, Weak};

pub(crate) const DATABASE: &str = "ecash-wallet";
/// Backoff between attempts to reconnect to the mint: starts here and doubles up to [`MAX_RECONNECT_MS`].
const FIRST_RECONNECT_MS: i32 = 3_000;
const MAX_RECONNECT_MS: i32 = 60_000;

/// The screen that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Screen {
    Opening,
    Elsewhere,
    Broken(String),
    Locked,
    Welcome,
    Guest,
    Restore,
    Home,
    Withdraw,
    Pay,
    Receive,
    Give,
    Ask,
    Checkout,
    Activity(String),
    Settings,
    Backup,
}

impl Screen {
    /// Whether the wallet is open behind this screen.
    pub(crate) const fn has_wallet(&self) -> bool {
        !matches!(
            self,
            Self::Opening
                | Self::Elsewhere
                | Self::Broken(_)
                | Self::Locked
                | Self::Welcome
                | Self::Restore
                | Self::Guest
        )
    }

    /// The fragment of a navigable screen. It gets a history entry, so that the back button works.
    fn fragment(&self) -> Option<String> {
        match self {
            Self::Home => Some("/".to_owned()),
            Self::Withdraw => Some("/withdraw".to_owned()),
            Self::Pay => Some("/pay".to_owned()),
            Self::Receive => Some("/receive".to_owned()),
            Self::Give => Some("/give".to_owned()),
            Self::Ask => Some("/ask".to_owned()),
            Self::Checkout => Some("/checkout".to_owned()),
            Self::Settings => Some("/settings".to_owned()),
            Self::Backup => Some("/backup".to_owned()),
            Self::Activity(id) => Some(format!("/activity/{id}")),
            _ => None,
        }
    }

    fn of_fragment(fragment: &str) -> Self {
        match fragment {
            "/withdraw" => Self::Withdraw,
            "/pay" => Self::Pay,
            "/receive" => Self::Receive,
            "/give" => Self::Give,
            "/ask" => Self::Ask,
            "/checkout" => Self::Checkout,
            "/settings" => Self::Settings,
            "/backup" => Self::Backup,
            other => match other.strip_prefix("/activity/") {
                Some(id) => Self::Activity(id.to_owned()),
                None => Self::Home,
            },
        }
    }
}

/// The app's reactive state.
#[derive(Clone, Copy)]
pub(crate) struct AppState {
    wallet: StoredValue<Option<Rc<BrowserWallet>>, LocalStorage>,
    pub(crate) turn: Turn,
    /// Incremented with each change of the wallet, so that views that read the wallet run again.
    version: RwSignal<u32>,
    pub(crate) screen: RwSignal<Screen>,
    pub(crate) progress: RwSignal<Option<Progress>>,
    pub(crate) busy: RwSignal<bool>,
    pub(crate) offline: RwSignal<bool>,
    /// Counts the times that the wallet went offline.
    offline_series: StoredValue<u32>,
    /// Whether the mint publishes keys that the wallet rejects.
    pub(crate) other_keys: RwSignal<bool>,
    /// Cash texts from links, not yet received.
    pub(crate) incoming: RwSignal<Vec<String>>,
    /// Whether `incoming` is stored on this device. Otherwise it exists only in the page's address.
    pub(crate) incoming_is_kept: RwSignal<bool>,
    /// The checkout link that was opened, until it is paid or dismissed.
    pub(crate) checkout: RwSignal<Option<Checkout>>,
    /// The request for cash that was opened, until cash is given or the request is dismissed.
    pub(crate) asked: RwSignal<Option<CashRequest>>,
    /// The text that the activity is searched for.
    pub(crate) activity_search: RwSignal<String>,
    /// The amount that the withdrawal form starts with.
    pub(crate) to_withdraw: RwSignal<Option<Amount>>,
    /// A payment with a claimable refund, found in the background.
    pub(crate) refund_found: RwSignal<Option<PaymentId>>,
    /// The wallet that background work was started for.
    pub(crate) worked_for: StoredValue<Weak<BrowserWallet>, LocalStorage>,
    /// Time of the last user input, in milliseconds since 1970.
    pub(crate) used_at_ms: StoredValue<f64>,
    /// The origin of the page that linked here. `None` if it is this page, or if no referrer was sent.
    pub(crate) came_from: RwSignal<Option<String>>,
}

impl AppState {
    pub(crate) fn new() -> Self {
        Self {
            wallet: StoredValue::new_local(None),
            turn: Turn::new(),
            version: RwSignal::new(0),
            screen: RwSignal::new(Screen::Opening),
            progress: RwSignal::new(None),
            busy: RwSignal::new(false),
            offline: RwSignal::new(false),
            offline_series: StoredValue::new(0),
            other_keys: RwSignal::new(false),
            incoming: RwSignal::new(Vec::new()),
            incoming_is_kept: RwSignal::new(true),
            checkout: RwSignal::new(None),
            asked: RwSignal::new(None),
            activity_search: RwSignal::new(String::new()),
            to_withdraw: RwSignal::new(None),
            refund_found: RwSignal::new(None),
            worked_for: StoredValue::new_local(Weak::new()),
            used_at_ms: StoredValue::new(js_sys::Date::now()),
            came_from: RwSignal::new(referrer_origin()),
        }
    }

    /// Starts all listeners, stores cash that came with the address, then acquires the wallet.
    pub(crate) fn start(self) {
        watch_inbox(move || spawn_local(self.read_inbox()));
        self.watch_turn();
        self.reconnect_while_offline();
        self.lock_when_idle();
        spawn_local(async move {
            self.take_incoming().await;
            self.seek_the_wallet().await;
        });
    }

    /// Reconnects automatically: with exponential backoff, and at once when the browser reports that the
    /// network is back.
    fn reconnect_while_offline(self) {
        let online = window_event_listener(leptos::ev::online, move |_| {
            if self.offline.get_untracked() && !self.busy.get_untracked() {
                spawn_local(self.come_online());
            }
        });
        on_cleanup(move || online.remove());
        Effect::new(move |was_offline: Option<bool>| {
            let is_offline = self.offline.get();
            if is_offline && was_offline != Some(true) {
                self.offline_series.update_value(|series| *series = series.wrapping_add(1));
                spawn_local(self.reconnect(self.offline_series.get_value()));
            }
            is_offline
        });
    }

    async fn reconnect(self, series: u32) {
        let mut pause_ms = FIRST_RECONNECT_MS;
        // Ends also if the wallet was online meanwhile: then a newer loop runs.
        while self.offline.get_untracked() && self.offline_series.get_value() == series {
            sleep_ms(pause_ms).await;
            // Skip the attempt during an operation, which connects too.
            if self.offline.get_untracked() && !self.busy.get_untracked() {
                self.come_online().await;
            }
            pause_ms = (pause_ms * 2).min(MAX_RECONNECT_MS);
        }
    }

    /// Shows the screen for the result of [`Self::open`], and connects if there is a wallet.
    pub(crate) async fn show_opened(self, opened: Result<bool, WalletError>) {
        match opened {
            Ok(true) => {
                self.show_fragment();
                self.come_online().await;
                self.work_in_background();
            }
            Ok(false) => self.screen.set(Screen::Welcome),
            Err(WalletError::Locked) => self.screen.set(Screen::Locked),
            Err(error) => self.screen.set(Screen::Broken(text::error(&error))),
        }
    }

    /// Drops the wallet, because another tab owns it from now on.
    pub(crate) fn close(self) {
        self.set_wallet(None);
        self.progress.set(None);
        self.screen.set(Screen::Elsewhere);
    }

    /// Opens the wallet as its only writer. Returns whether a wallet exists. The caller holds the writer
    /// lock.
    pub(crate) async fn open(self) -> Result<bool, WalletError> {
        let origin = page_origin().ok_or(WalletError::Unreachable)?;
        let store = IndexedDb::take_over(DATABASE).await.map_err(WalletError::Store)?;
        let device = BrowserDevice::new(self.progress);
        let wallet = Wallet::open(store, HttpApi(Fetch), device, origin).await?;
        let exists = wallet.exists();
        self.set_wallet(Some(Rc::new(wallet)));
        Ok(exists)
    }

    /// Sets the open wallet, or drops it.
    pub(crate) fn set_wallet(self, wallet: Option<Rc<BrowserWallet>>) {
        self.refund_found.set(None);
        self.wallet.set_value(wallet);
        self.changed();
    }

    /// Fetches the mint's keys, then resumes pending operations.
    pub(crate) async fn come_online(self) {
        let Some(wallet) = self.handle() else { return };
        let connected = wallet.connect().await;
        self.other_keys.set(matches!(connected, Err(WalletError::Keys(_))));
        self.offline.set(connected.is_err() && !self.other_keys.get_untracked());
        // Resume even if connecting failed: a mint that does not issue can still cancel and repeat
        // operations. Operations that do not complete now stay pending and are retried next time.
        let _ = wallet.resume().await;
        self.progress.set(None);
        self.changed();
    }

    /// Returns the wallet for an operation, without subscribing the caller to its changes.
    pub(crate) fn handle(self) -> Option<Rc<BrowserWallet>> {
        self.wallet.get_value()
    }

    /// Reads the wallet, and subscribes the caller to its changes.
    fn read<T>(self, read: impl FnOnce(&BrowserWallet) -> T) -> Option<T> {
        self.version.track();
        self.wallet.with_value(|wallet| wallet.as_deref().map(read))
    }

    pub(crate) fn changed(self) {
        self.version.update(|version| *version = version.wrapping_add(1));
        // Show the error instead of a wrong balance.
        if let Some(Err(error)) = self.handle().map(|wallet| wallet.balance()) {
            self.screen.set(Screen::Broken(text::error(&error)));
        }
    }

    /// Returns the wallet's balance, or zero without a wallet.
    pub(crate) fn balance(self) -> Balance {
        self.read(Wallet::balance).and_then(Result::ok).unwrap_or_default()
    }

    pub(crate) fn activity(self) -> Vec<Activity> {
        self.read(Wallet::activity).unwrap_or_default()
    }

    pub(crate) fn activity_of_payment(self, payment_id: &PaymentId) -> Option<Activity> {
        self.read(|wallet| wallet.activity_of_payment(payment_id)).flatten()
    }

    pub(crate) fn receipt_of(self, activity: &Activity) -> Result<SignedReceipt, ReceiptFault> {
        let verified = self.read(|wallet| wallet.receipt_of(activity));
        verified.unwrap_or(Err(ReceiptFault::Missing)).map(|(receipt, _)| receipt)
    }

    pub(crate) fn prove_payment(self, activity: &Activity, challenge: &str) -> Result<String, WalletError> {
        self.handle().ok_or(WalletError::NoWallet)?.prove_payment(activity, challenge)
    }

    pub(crate) fn has_backup(self) -> bool {
        self.read(Wallet::has_backup).unwrap_or(false)
    }

    pub(crate) fn has_phrase(self) -> bool {
        self.read(Wallet::has_phrase).unwrap_or(false)
    }

    pub(crate) fn is_protected(self) -> bool {
        self.read(Wallet::is_protected).unwrap_or(false)
    }

    pub(crate) fn should_remind_of_backup(self) -> bool {
        self.read(Wallet::should_remind_of_backup).unwrap_or(false)
    }

    /// Shows the newest activity.
    pub(crate) fn show_newest_activity(self) {
        if let Some(newest) = self.handle().and_then(|wallet| wallet.activity().into_iter().next()) {
            self.go(Screen::Activity(newest.id.0));
        }
    }

    /// Returns the cash of a `Give` activity, until it is received.
    pub(crate) fn gift(self, id: &PlanId) -> Option<Gift> {
        self.read(|wallet| wallet.gift(id).ok()).flatten()
    }

    /// Returns the contents of a cash text, or `None` if it is not cash of this wallet's mint.
    pub(crate) fn preview(self, text: &str) -> Option<Preview> {
        self.read(|wallet| wallet.preview(text).ok()).flatten()
    }

    pub(crate) fn mint(self) -> Option<MintInfo> {
        self.read(Wallet::mint).flatten()
    }

    /// Runs an operation and shows its progress. Does nothing while another operation runs.
    pub(crate) fn run<T: 'static>(
        self,
        operation: impl AsyncFnOnce(Rc<BrowserWallet>) -> Result<T, WalletError> + 'static,
        then: impl FnOnce(Result<T, WalletError>) + 'static,
    ) {
        let Some(wallet) = self.handle().filter(|_| !self.busy.get_untracked()) else { return };
        self.busy.set(true);
        spawn_local(async move {
            let result = operation(wallet).await;
            self.busy.set(false);
            // Count the end of the operation as use, so that its result can be read before the wallet locks.
            self.used_at_ms.set_value(js_sys::Date::now());
            self.progress.set(None);
            self.offline.set(matches!(
                result,
                Err(WalletError::Unreachable | WalletError::Pending | WalletError::NotPaidYet(_))
            ));
            self.changed();
            if matches!(
                result,
                Err(WalletError::Store(StoreError::TakenOver)
                    | WalletError::StoreAfterSending(StoreError::TakenOver))
            ) {
                // Another tab took over the store. Its wallet resumes the pending plan.
                return self.give_up();
            }
            then(result);
        });
    }

    pub(crate) fn go(self, screen: Screen) {
        if let Some(fragment) = screen.fragment() {
            set_fragment(&fragment);
        }
        self.screen.set(screen);
    }

    /// Handles what came with the address: a payment link or cash.
    ///
    /// 1. Resolves a `web+ecash:` link. A payment of another mint navigates to that mint's wallet and ends
    ///    here.
    /// 2. Takes a checkout link into the state and removes it from the address at once. Also takes a request
    ///    for cash, which is no secret.
    /// 3. Stores cash in the inbox, and only then removes it from the address. If storing fails, the cash
    ///    stays in the address, so that a reload does not lose it.
    /// 4. Shows the cash in the inbox.
    async fn take_incoming(self) {
        // 1.
        let mut address = fragment();
        if let Some(encoded) = address.strip_prefix("uri=") {
            match address_of_protocol(encoded) {
                Some((mint, link)) if page_origin().as_ref() == Some(&mint) => address = link,
                Some((mint, link)) => return go_to(&format!("{mint}/#{link}")),
                // Not a payment link: show it as damaged.
                None => address = "pay=".to_owned(),
            }
        }
        // 2.
        if let Some(checkout) = Checkout::of_fragment(&address) {
            // Anyone who has the link can read the payment. The shop's page can open it again.
            replace_fragment("/checkout");
            self.checkout.set(Some(checkout));
        }
        match CashRequest::of_fragment(&address) {
            // It stays in the address, so that a reload shows it again.
            Some(Some(request)) => self.asked.set(Some(request)),
            Some(None) => {
                replace_fragment("/checkout");
                self.checkout.set(Some(Checkout::Damaged));
            }
            None => {}
        }
        // 3.
        if let Some(text) = address.strip_prefix("receive=") {
            let stored = match Inbox::open().await {
                Ok(inbox) => inbox.add(text).await,
                Err(error) => Err(error),
            };
            self.incoming_is_kept.set(stored.is_ok());
            if stored.is_ok() {
                replace_fragment("/receive");
            } else {
                self.incoming.set(vec![text.to_owned()]);
                return;
            }
        }
        // 4.
        self.read_inbox().await;
    }

    /// Shows the cash in the inbox. A failed read is retried at the next change or start.
    async fn read_inbox(self) {
        if let Ok(inbox) = Inbox::open().await
            && let Ok(texts) = inbox.texts().await
            && self.incoming_is_kept.get_untracked()
        {
            self.incoming.set(texts);
        }
    }

    /// Removes cash that was received or dismissed.
    pub(crate) fn forget_incoming(self, text: String) {
        self.incoming.update(|texts| texts.retain(|waiting| *waiting != text));
        if !self.incoming_is_kept.get_untracked() {
            self.incoming_is_kept.set(true);
            replace_fragment("/receive");
        }
        spawn_local(async move {
            // Ignore errors: a text that stays is shown again; if it was received, receiving it again is
            // rejected as already spent.
            if let Ok(inbox) = Inbox::open().await {
                let _ = inbox.remove(&text).await;
            }
        });
    }

    /// The first screen of a new or restored wallet: a pending checkout link, then a request for cash, then
    /// pending cash, then the home screen.
    pub(crate) fn first_screen(self) -> Screen {
        if self.checkout.with_untracked(Option::is_some) {
            return Screen::Checkout;
        }
        if self.asked.with_untracked(Option::is_some) {
            return Screen::Give;
        }
        if self.incoming.with_untracked(Vec::is_empty) { Screen::Home } else { Screen::Receive }
    }

    /// Handles a change of the address: calls [`Self::take_incoming`], then shows the address's screen if a
    /// wallet is open.
    pub(crate) fn follow_fragment(self) {
        let fragment = fragment();
        if fragment.starts_with("uri=") || Checkout::of_fragment(&fragment).is_some() {
            // The referrer belongs to the first load of this page, not to this link.
            self.came_from.set(None);
        }
        spawn_local(async move {
            self.take_incoming().await;
            match self.screen.get_untracked() {
                screen if screen.has_wallet() => self.show_fragment(),
                // The guest screen showed the previous link.
                Screen::Guest => self.screen.set(Screen::Welcome),
                _ => {}
            }
        });
    }

    fn show_fragment(self) {
        let screen = match fragment() {
            address if address.starts_with("receive=") => Screen::Receive,
            address if address.starts_with("ask=") => Screen::Give,
            address => Screen::of_fragment(&address),
        };
        if self.screen.get_untracked() != screen {
            self.screen.set(screen);
        }
    }
}

/// Returns the state that the root component provides as context.
pub(crate) fn app() -> AppState {
    expect_context::<AppState>()
}
