//! A value that is loaded from the mint.

use crate::api::{Api, Fault};
use crate::text::{fault, t};
use ecash_web_ui::parts::Icon;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::de::DeserializeOwned;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

type Load<T> = StoredValue<Box<dyn Fn() -> Pin<Box<dyn Future<Output = Result<T, Fault>>>>>, LocalStorage>;

/// A loaded value. While it reloads, the previous value is kept.
pub(crate) struct Remote<T: Send + Sync + 'static> {
    value: RwSignal<Option<T>>,
    fault: RwSignal<Option<Fault>>,
    load: Load<T>,
    /// Counts loads, so that the response of an outdated load is ignored.
    turn: StoredValue<u32>,
}

impl<T: Send + Sync + 'static> Clone for Remote<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Remote<T> {}

impl<T: Clone + DeserializeOwned + Send + Sync + 'static> Remote<T> {
    /// Starts to load from a path below `/api/v1`. `path` is called for each load.
    pub(crate) fn at(api: &Api, path: impl Fn() -> String + 'static) -> Self {
        let api = api.clone();
        let load = move || {
            let (api, path) = (api.clone(), path());
            async move { api.get(&path).await }
        };
        let remote = Self {
            value: RwSignal::new(None),
            fault: RwSignal::new(None),
            load: StoredValue::new_local(Box::new(move || Box::pin(load()))),
            turn: StoredValue::new(0),
        };
        remote.reload();
        remote
    }

    /// Loads again. The response is ignored if the screen was left in the meantime.
    pub(crate) fn reload(self) {
        let Some(turn) = self.turn.try_update_value(|turn| {
            *turn += 1;
            *turn
        }) else {
            return;
        };
        let Some(loading) = self.load.try_with_value(|load| load()) else { return };
        spawn_local(async move {
            let answer = loading.await;
            if self.turn.try_get_value() != Some(turn) {
                return;
            }
            match answer {
                Ok(value) => {
                    self.fault.try_set(None);
                    self.value.try_set(Some(value));
                }
                Err(fault) => {
                    self.fault.try_set(Some(fault));
                }
            }
        });
    }

    /// Reloads every `period` while the page is visible and `may_change` returns true for the value.
    pub(crate) fn keep_fresh(self, period: Duration, may_change: impl Fn(&T) -> bool + 'static) -> Self {
        let refresh = move || {
            let is_wanted = self.value.with_untracked(|value| value.as_ref().is_none_or(&may_change));
            if is_wanted && !document().hidden() {
                self.reload();
            }
        };
        if let Ok(again) = set_interval_with_handle(refresh, period) {
            on_cleanup(move || again.clear());
        }
        self
    }

    /// The last loaded value.
    pub(crate) fn get(self) -> Option<T> {
        self.value.get()
    }

    /// Replaces the value with the newer result of another request.
    pub(crate) fn set(self, value: T) {
        self.value.set(Some(value));
    }

    /// Shows the value, or a loading message before the first load. After a failed load it also shows the
    /// error and a button to retry.
    pub(crate) fn show<V: IntoView + 'static>(
        self,
        view: impl Fn(T) -> V + Send + Sync + 'static,
    ) -> impl IntoView {
        view! {
            {move || self.fault.get().map(|why| view! {
                <p class="alert" role="alert">
                    <Icon name="circle-alert" />
                    <span>{fault(&why)}</span>
                    <button class="link" on:click=move |_| self.reload()>{t("try-again")}</button>
                </p>
            })}
            {move || match self.value.get() {
                Some(value) => view(value).into_any(),
                None if self.fault.with(Option::is_some) => ().into_any(),
                None => view! { <p class="quiet loading" role="status">{t("loading")}</p> }.into_any(),
            }}
        }
    }
}
