//! Something that is loaded from the mint.

use crate::api::Fault;
use crate::text::{fault, t};
use ecash_web_ui::parts::Icon;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::future::Future;
use std::pin::Pin;

type Load<T> = StoredValue<Box<dyn Fn() -> Pin<Box<dyn Future<Output = Result<T, Fault>>>>>, LocalStorage>;

/// A value that is loaded, and can be loaded again. While it is, the last one stays.
pub(crate) struct Remote<T: Send + Sync + 'static> {
    value: RwSignal<Option<T>>,
    fault: RwSignal<Option<Fault>>,
    load: Load<T>,
    /// Counts loads, so that of two answers the later one counts.
    turn: StoredValue<u32>,
}

impl<T: Send + Sync + 'static> Clone for Remote<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Remote<T> {}

impl<T: Clone + Send + Sync + 'static> Remote<T> {
    /// Begins to load.
    pub(crate) fn new<F>(load: impl Fn() -> F + 'static) -> Self
    where
        F: Future<Output = Result<T, Fault>> + 'static,
    {
        let remote = Self {
            value: RwSignal::new(None),
            fault: RwSignal::new(None),
            load: StoredValue::new_local(Box::new(move || Box::pin(load()))),
            turn: StoredValue::new(0),
        };
        remote.reload();
        remote
    }

    /// Loads again. A screen that was left meanwhile gets nothing.
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

    /// The last value that was loaded.
    pub(crate) fn get(self) -> Option<T> {
        self.value.get()
    }

    /// Replaces the value by a newer one that another request brought.
    pub(crate) fn set(self, value: T) {
        self.value.set(Some(value));
    }

    /// Shows the value; before it is there, that it is loading; and what failed, with a way on.
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
