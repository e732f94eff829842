//! Ensures one writer at a time by a Web Lock that is held as long as the page is open.

use js_sys::{Function, Object, Promise, Reflect};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;

const LOCK: &str = "ecash-wallet";

/// Returns when this page is the only writer. If another page holds the lock, calls `waiting` and waits until that page
/// closes.
pub(crate) async fn become_the_writer(waiting: impl FnOnce()) {
    if request(true).await == Some(true) {
        return;
    }
    waiting();
    let _ = request(false).await;
}

/// Requests the lock. With `if_available` it does not wait, and returns `Some(false)` if another page holds the lock.
/// In a browser without Web Locks, every page is a writer.
async fn request(if_available: bool) -> Option<bool> {
    let window = web_sys::window()?;
    let locks = Reflect::get(&window.navigator(), &"locks".into()).ok().filter(JsValue::is_object);
    let Some(locks) = locks else { return Some(true) };
    let options = Object::new();
    Reflect::set(&options, &"ifAvailable".into(), &if_available.into()).ok()?;
    let answer: Rc<RefCell<Option<Function>>> = Rc::default();
    let answered = Promise::new(&mut |resolve: Function, _| *answer.borrow_mut() = Some(resolve));
    let granted = Closure::once_into_js(move |lock: JsValue| -> JsValue {
        let held = !lock.is_null();
        if let Some(resolve) = answer.borrow_mut().take() {
            let _ = resolve.call1(&JsValue::NULL, &held.into());
        }
        // A promise that never resolves holds the lock until the page closes.
        if held { Promise::new(&mut |_, _| {}).into() } else { JsValue::UNDEFINED }
    });
    let method: Function = Reflect::get(&locks, &"request".into()).ok()?.dyn_into().ok()?;
    method.call3(&locks, &LOCK.into(), &options, &granted).ok()?;
    JsFuture::from(answered).await.ok()?.as_bool()
}
