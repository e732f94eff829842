//! Stretches a passphrase in a web worker (`passphrase-worker/`), which is terminated afterwards.

use super::wait::sleep_ms;
use ecash_wallet::device::{StretchCost, StretchError};
use js_sys::{Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{MessageEvent, Worker, WorkerOptions, WorkerType};
use zeroize::Zeroizing;

/// The path of the worker, whose name contains a hash. Set by `cargo xtask web`; other builds have no worker.
const WORKER: Option<&str> = option_env!("ECASH_PASSPHRASE_WORKER");

/// A slow phone needs a few seconds.
const TIMEOUT_MS: i32 = 60_000;

pub(super) async fn stretch(
    passphrase: &str,
    salt: &[u8; 16],
    cost: StretchCost,
) -> Result<Zeroizing<[u8; 32]>, StretchError> {
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    let path = WORKER.ok_or(StretchError::Failed)?;
    let worker = Worker::new_with_options(path, &options).map_err(|_| StretchError::Failed)?;
    let answer = ask(&worker, passphrase, salt, cost).await;
    worker.terminate();
    let bytes: Uint8Array =
        answer.ok().and_then(|answer| answer.dyn_into().ok()).ok_or(StretchError::Failed)?;
    let mut key = Zeroizing::new([0; 32]);
    if bytes.length() as usize != key.len() {
        return Err(StretchError::Failed);
    }
    bytes.copy_to(key.as_mut_slice());
    // Erase the page's copy. The worker's memory was freed with the worker.
    bytes.fill(0, 0, bytes.length());
    Ok(key)
}

async fn ask(
    worker: &Worker,
    passphrase: &str,
    salt: &[u8; 16],
    cost: StretchCost,
) -> Result<JsValue, JsValue> {
    let question = Object::new();
    let set = |name: &str, value: JsValue| Reflect::set(&question, &name.into(), &value);
    set("passphrase", passphrase.into())?;
    set("salt", Uint8Array::from(salt.as_slice()).into())?;
    set("memory_kib", cost.memory_kib.into())?;
    set("passes", cost.passes.into())?;
    set("lanes", cost.lanes.into())?;
    // A worker that hangs must not block the wallet.
    let too_late = Promise::new(&mut |_: Function, reject: Function| {
        wasm_bindgen_futures::spawn_local(async move {
            sleep_ms(TIMEOUT_MS).await;
            let _ = reject.call0(&JsValue::NULL);
        });
    });
    let answered = Promise::new(&mut |resolve: Function, reject: Function| {
        worker.set_onmessage(Some(&resolve));
        worker.set_onerror(Some(&reject));
        worker.set_onmessageerror(Some(&reject));
    });
    worker.post_message(&question)?;
    let first = Promise::race(&js_sys::Array::of2(&answered, &too_late));
    let event: MessageEvent = JsFuture::from(first).await?.dyn_into()?;
    Ok(event.data())
}
