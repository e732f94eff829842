//! The app's state, and what can be done.

use crate::browser::{
    BrowserDevice, BrowserWallet, Fetch, IndexedDb, become_the_writer, fragment, page_origin,
    replace_fragment, set_fragment, sleep_ms,
};
use crate::text;
use ecash_wallet::api::HttpApi;
use ecash_wallet::{Activity, Balance, MintInfo, Progress, Wallet, WalletError};
use leptos::prelude::*;
use leptos::reactive::owner::LocalStorage;
use leptos::task::spawn_local;
use std::rc::Rc;

const DATABASE: &str = "ecash-wallet";
/// Old tokens are renewed at a random moment within this time, so that it tells nothing.
const REFRESH_WITHIN_MS: u32 = 120_000;

/// What is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Screen {
    Opening,
    Elsewhere,
    Broken(String),
    Welcome,
    Restore,
    Home,
    Withdraw,
    Pay,
    Receive,
    Activity(String),
    Settings,
}

impl Screen {
    /// Screens a person goes to have a fragment, so that the back button works.
    fn fragment(&self) -> Option<String> {
        match self {
            Self::Home => Some("/".to_owned()),
            Self::Withdraw => Some("/withdraw".to_owned()),
            Self::Pay => Some("/pay".to_owned()),
            Self::Receive => Some("/receive".to_owned()),
            Self::Settings => Some("/settings".to_owned()),
            Self::Activity(id) => Some(format!("/activity/{id}")),
            _ => None,
        }
    }

    fn of_fragment(fragment: &str) -> Self {
        match fragment {
            "/withdraw" => Self::Withdraw,
            "/pay" => Self::Pay,
            "/receive" => Self::Receive,
            "/settings" => Self::Settings,
            other => match other.strip_prefix("/activity/") {
                Some(id) => Self::Activity(id.to_owned()),
                None => Self::Home,
            },
        }
    }
}

/// The app.
#[derive(Clone, Copy)]
pub(crate) struct AppState {
    wallet: StoredValue<Option<Rc<BrowserWallet>>, LocalStorage>,
    /// Counts changes, so that whoever read the wallet reads it again.
    version: RwSignal<u32>,
    pub(crate) screen: RwSignal<Screen>,
    pub(crate) progress: RwSignal<Option<Progress>>,
    pub(crate) busy: RwSignal<bool>,
    pub(crate) offline: RwSignal<bool>,
    /// Tokens that came with the address.
    pub(crate) incoming: RwSignal<String>,
}

impl AppState {
    pub(crate) fn new() -> Self {
        Self {
            wallet: StoredValue::new_local(None),
            version: RwSignal::new(0),
            screen: RwSignal::new(Screen::Opening),
            progress: RwSignal::new(None),
            busy: RwSignal::new(false),
            offline: RwSignal::new(false),
            incoming: RwSignal::new(String::new()),
        }
    }

    /// Opens the wallet once this page is the only writer.
    pub(crate) fn start(self) {
        spawn_local(async move {
            self.take_incoming();
            become_the_writer(|| self.screen.set(Screen::Elsewhere)).await;
            match self.open().await {
                Ok(true) => {
                    self.follow_fragment();
                    self.come_online().await;
                    self.refresh_some_time().await;
                }
                Ok(false) => self.screen.set(Screen::Welcome),
                Err(error) => self.screen.set(Screen::Broken(text::error(&error))),
            }
        });
    }

    async fn open(self) -> Result<bool, WalletError> {
        let origin = page_origin().ok_or(WalletError::Unreachable)?;
        let store = IndexedDb::open(DATABASE).await.map_err(WalletError::Store)?;
        let device = BrowserDevice::new(self.progress);
        let wallet = Wallet::open(store, HttpApi(Fetch), device, origin).await?;
        let exists = wallet.exists();
        self.wallet.set_value(Some(Rc::new(wallet)));
        self.changed();
        Ok(exists)
    }

    /// Asks the mint for its keys, then finishes what was left unfinished.
    pub(crate) async fn come_online(self) {
        let Some(wallet) = self.handle() else { return };
        let connected = wallet.connect().await.is_ok();
        self.offline.set(!connected);
        // Also without: the mint may cancel and repeat although it does not issue. What does not
        // end now is shown as pending, and tried again next time.
        let _ = wallet.resume().await;
        self.progress.set(None);
        self.changed();
    }

    async fn refresh_some_time(self) {
        let mut bytes = [0; 4];
        if getrandom::fill(&mut bytes).is_err() {
            return;
        }
        let wait = u32::from_be_bytes(bytes) % REFRESH_WITHIN_MS;
        sleep_ms(i32::try_from(wait).unwrap_or(0)).await;
        if let Some(wallet) = self.handle() {
            // Background work: what fails is tried again at the next start.
            let _ = wallet.refresh().await;
            self.changed();
        }
    }

    /// The wallet, for operations.
    pub(crate) fn handle(self) -> Option<Rc<BrowserWallet>> {
        self.wallet.get_value()
    }

    /// Reads the wallet, and again whenever it changes.
    fn read<T>(self, read: impl FnOnce(&BrowserWallet) -> T) -> Option<T> {
        self.version.track();
        self.wallet.with_value(|wallet| wallet.as_deref().map(read))
    }

    pub(crate) fn changed(self) {
        self.version.update(|version| *version = version.wrapping_add(1));
    }

    pub(crate) fn balance(self) -> Balance {
        self.read(Wallet::balance).unwrap_or_default()
    }

    pub(crate) fn activity(self) -> Vec<Activity> {
        self.read(Wallet::activity).unwrap_or_default()
    }

    pub(crate) fn mint(self) -> Option<MintInfo> {
        self.read(Wallet::mint).flatten()
    }

    /// Runs an operation with progress shown, one at a time.
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
            self.progress.set(None);
            self.offline.set(matches!(result, Err(WalletError::Unreachable | WalletError::Pending)));
            self.changed();
            then(result);
        });
    }

    pub(crate) fn go(self, screen: Screen) {
        if let Some(fragment) = screen.fragment() {
            set_fragment(&fragment);
        }
        self.screen.set(screen);
    }

    /// Takes tokens out of the address: they stay neither there nor in its history.
    fn take_incoming(self) {
        if let Some(tokens) = fragment().strip_prefix("receive=") {
            self.incoming.set(tokens.to_owned());
            replace_fragment("/receive");
        }
    }

    /// Where a new or restored wallet goes first: to the money that waits for it, if any.
    pub(crate) fn first_screen(self) -> Screen {
        if self.incoming.with_untracked(String::is_empty) { Screen::Home } else { Screen::Receive }
    }

    /// Shows what the address says; called at start and when the person goes back.
    pub(crate) fn follow_fragment(self) {
        self.take_incoming();
        let screen = Screen::of_fragment(&fragment());
        if self.screen.get_untracked() != screen {
            self.screen.set(screen);
        }
    }
}

/// The app of this page.
pub(crate) fn app() -> AppState {
    expect_context::<AppState>()
}
