//! An idempotent change that a form sends: it is executed once, however often it is sent.

use crate::api::{Api, Fault, new_idempotency_key};
use crate::text::fault_of_one_attempt;
use ecash_core::idempotency::IdempotencyKey;
use gloo_net::http::Method;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The idempotency key of the change, and the state of sending it.
#[derive(Clone, Copy)]
pub(crate) struct Attempt {
    /// The key stays the same until the mint has decided, so that a retry after a lost response is not
    /// executed twice.
    key: StoredValue<Option<IdempotencyKey>>,
    is_sending: RwSignal<bool>,
    /// The validation error of the form.
    wrong: RwSignal<Option<String>>,
    /// The error of the last request.
    failed: RwSignal<Option<Fault>>,
}

impl Attempt {
    pub(crate) fn new() -> Self {
        Self {
            key: StoredValue::new(new_idempotency_key()),
            is_sending: RwSignal::new(false),
            wrong: RwSignal::new(None),
            failed: RwSignal::new(None),
        }
    }

    /// Clears the errors of the last attempt. The key stays.
    pub(crate) fn begin(self) {
        self.failed.set(None);
        self.wrong.set(None);
    }

    /// Shows a validation error of the form, before anything is sent.
    pub(crate) fn reject(self, why: String) {
        self.wrong.set(Some(why));
    }

    /// Generates a new key, because the next request is another change.
    pub(crate) fn renew(self) {
        self.key.try_set_value(new_idempotency_key());
    }

    /// Sends the change, and calls `then` with the result.
    pub(crate) fn post<T: DeserializeOwned + 'static>(
        self,
        api: Api,
        path: String,
        request: impl Serialize + 'static,
        then: impl FnOnce(Result<T, &Fault>) + 'static,
    ) {
        let Some(key) = self.key.get_value() else { return };
        self.is_sending.set(true);
        spawn_local(async move {
            match api.send(Method::POST, &path, &request, Some(&key)).await {
                Ok(answer) => then(Ok(answer)),
                Err(fault) => {
                    if fault.is_decided() {
                        self.renew();
                    }
                    then(Err(&fault));
                    self.failed.try_set(Some(fault));
                }
            }
            self.is_sending.try_set(false);
        });
    }

    /// The error that the form shows.
    pub(crate) fn message(self) -> Signal<Option<String>> {
        let failed = move || self.failed.get().map(|why| fault_of_one_attempt(&why));
        Signal::derive(move || self.wrong.get().or_else(failed))
    }

    pub(crate) fn is_sending(self) -> bool {
        self.is_sending.get()
    }
}
