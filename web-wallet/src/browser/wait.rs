//! Waiting without blocking the page.

use js_sys::{Function, Promise};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::JsFuture;
use web_sys::MessageChannel;

/// Waits for this many milliseconds. Browsers may extend the time for a page in the background.
pub(crate) async fn sleep_ms(ms: i32) {
    let promise = Promise::new(&mut |resolve: Function, _| {
        let Some(window) = web_sys::window() else { return };
        // If no timer can be set, return at once.
        if window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, ms).is_err() {
            let _ = resolve.call0(&wasm_bindgen::JsValue::NULL);
        }
    });
    let _ = JsFuture::from(promise).await;
}

/// Lets the page handle pending events. Uses a message channel, because browsers throttle timers.
pub(super) async fn next_task() {
    let Ok(channel) = MessageChannel::new() else { return sleep_ms(0).await };
    let port = channel.port1();
    let promise = Promise::new(&mut |resolve: Function, _| {
        let resolve = Closure::once_into_js(move || {
            let _ = resolve.call0(&wasm_bindgen::JsValue::NULL);
        });
        port.set_onmessage(Some(resolve.unchecked_ref()));
    });
    if channel.port2().post_message(&wasm_bindgen::JsValue::NULL).is_ok() {
        let _ = JsFuture::from(promise).await;
    }
    channel.port1().close();
}
