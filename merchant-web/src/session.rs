//! The API key of this tab and its merchant.

use crate::api::{Api, Fault};
use crate::route::Screen;
use crate::text::t;
use ecash_core::api_key::{ApiKey, Scope};
use ecash_core::wire::{ErrorCode, MerchantResponse};
use ecash_core::{Amount, AmountError, Currency, Origin};
use ecash_web_ui::format;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The key of the API key in the session storage, where it is stored only if the merchant chooses so.
const KEPT_KEY: &str = "ecash-merchant-key";

/// The state of the page.
#[derive(Clone, Copy)]
pub(crate) struct Session {
    api: StoredValue<Option<Api>>,
    /// The merchant, once the mint has accepted the key.
    pub(crate) merchant: RwSignal<Option<MerchantResponse>>,
    pub(crate) screen: RwSignal<Screen>,
    /// Why signing in failed.
    pub(crate) fault: RwSignal<Option<Fault>>,
    pub(crate) is_signing_in: RwSignal<bool>,
}

/// Returns the session of this page.
pub(crate) fn session() -> Session {
    expect_context()
}

impl Session {
    pub(crate) fn new() -> Self {
        let fragment = window().location().hash().unwrap_or_default();
        Self {
            api: StoredValue::new(None),
            merchant: RwSignal::new(None),
            screen: RwSignal::new(Screen::parse(&fragment)),
            fault: RwSignal::new(None),
            is_signing_in: RwSignal::new(false),
        }
    }

    /// Signs in with the API key in the session storage.
    pub(crate) fn resume(self) {
        let kept = storage().and_then(|storage| storage.get_item(KEPT_KEY).ok().flatten());
        if let Some(key) = kept.and_then(|text| ApiKey::parse(&text)) {
            self.sign_in(key, true);
        }
    }

    /// Signs in. With `keep`, stores the API key until the tab is closed.
    pub(crate) fn sign_in(self, key: ApiKey, keep: bool) {
        self.fault.set(None);
        self.is_signing_in.set(true);
        let kept = keep.then(|| key.as_str().to_owned());
        let api = Api::new(key);
        spawn_local(async move {
            match api.get::<MerchantResponse>("/merchant").await {
                Ok(merchant) => {
                    if let Some((storage, key)) = storage().zip(kept) {
                        // Ignore errors: the key is not stored.
                        let _ = storage.set_item(KEPT_KEY, &key);
                    }
                    self.api.set_value(Some(api));
                    self.merchant.set(Some(merchant));
                }
                Err(fault) => {
                    if fault.code() == Some(ErrorCode::Unauthorized) {
                        forget_kept_key();
                    }
                    self.fault.set(Some(fault));
                }
            }
            self.is_signing_in.set(false);
        });
    }

    /// Removes the API key from the tab.
    pub(crate) fn sign_out(self) {
        forget_kept_key();
        self.api.set_value(None);
        self.merchant.set(None);
    }

    /// The API with the merchant's key. `None` before signing in.
    pub(crate) fn api(self) -> Option<Api> {
        self.api.get_value()
    }

    /// Shows the screen of the current address.
    pub(crate) fn follow_address(self) {
        self.screen.set(Screen::parse(&window().location().hash().unwrap_or_default()));
    }

    /// Whether the API key has this scope.
    pub(crate) fn may(self, scope: Scope) -> bool {
        self.merchant.with(|merchant| merchant.as_ref().is_some_and(|merchant| merchant.scopes.allows(scope)))
    }

    /// The mint's currency.
    pub(crate) fn currency(self) -> Option<Currency> {
        self.merchant.with(|merchant| merchant.as_ref().map(|merchant| merchant.currency.clone()))
    }

    /// The mint's origin, which can differ from the origin of this page.
    pub(crate) fn mint(self) -> Option<Origin> {
        self.merchant.with(|merchant| merchant.as_ref().map(|merchant| merchant.mint.clone()))
    }

    /// Formats an amount with its currency.
    pub(crate) fn money(self, amount: Amount) -> String {
        // The currency is known on every screen that shows amounts.
        self.currency().map_or_else(|| t("amount-unknown"), |currency| format::money(amount, &currency))
    }

    /// Formats an amount computed from the mint's response. An overflow is shown as an unknown amount, never
    /// as a wrong one.
    pub(crate) fn computed(self, amount: Result<Amount, AmountError>) -> String {
        amount.map_or_else(|_| t("amount-unknown"), |amount| self.money(amount))
    }

    /// Formats a change with its sign and currency.
    pub(crate) fn change(self, minor: i64) -> String {
        let sign = if minor < 0 { "−" } else { "+" };
        let amount = Amount::new(minor.unsigned_abs());
        amount.map_or_else(|_| t("amount-unknown"), |amount| format!("{sign}{}", self.money(amount)))
    }
}

fn storage() -> Option<web_sys::Storage> {
    window().session_storage().ok().flatten()
}

fn forget_kept_key() {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(KEPT_KEY);
    }
}
