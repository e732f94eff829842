//! Ensures one writer at a time: a Web Lock is held as long as this page has the wallet.
//!
//! A page in front asks the one that has the wallet for it, over a broadcast channel. An idle page gives it up; a busy one says that it
//! will soon. A page that does not answer is suspended, and its lock is stolen: the store's fence then refuses whatever it still writes.

use js_sys::{Function, Object, Promise, Reflect};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{AbortController, BroadcastChannel, MessageEvent};

/// The lock and the channel of this version.
const NAME: &str = "ecash-writer";
/// The lock of version 0.1, whose pages hold it as long as they are open, and know neither the channel nor the fence.
const OLD_NAME: &str = "ecash-wallet";
/// How long a page has to answer before it counts as suspended.
const ANSWER_MS: i32 = 1500;
const ASK: &str = "ask";
const ANSWER: &str = "answer";

/// The lock, held until it is released or stolen.
pub(crate) struct WriterLock {
    release: Function,
}

impl WriterLock {
    /// Gives the lock to the next page that waits for it.
    pub(crate) fn release(self) {
        let _ = self.release.call0(&JsValue::NULL);
    }
}

/// How the lock is requested.
#[derive(Clone)]
pub(crate) enum Wanted {
    /// Only if no page holds it.
    IfFree,
    /// After the pages that hold it and wait for it, unless aborted.
    InTurn(AbortController),
    /// At once, from a page that does not answer.
    Stolen,
}

/// Waits until no page of version 0.1 is open, and keeps any from becoming a writer. Calls `waiting` if there is one.
pub(crate) async fn outlast_old_pages(waiting: impl FnOnce()) {
    let shared = |if_free: bool| {
        let options = Object::new();
        let mode = Reflect::set(&options, &"mode".into(), &"shared".into());
        let if_free = Reflect::set(&options, &"ifAvailable".into(), &if_free.into());
        mode.and(if_free).ok().map(|_| options)
    };
    let Some(at_once) = shared(true) else { return };
    if hold(OLD_NAME, &at_once, || {}).await.is_some() {
        return;
    }
    waiting();
    if let Some(in_turn) = shared(false) {
        hold(OLD_NAME, &in_turn, || {}).await;
    }
}

/// Requests the lock. Returns `None` if it is not free, or the request was aborted. Calls `lost` if another page steals it later. In a
/// browser without Web Locks, every page is a writer, and the store's fence alone decides.
pub(crate) async fn request(wanted: &Wanted, lost: impl FnOnce() + 'static) -> Option<WriterLock> {
    let options = Object::new();
    match wanted {
        Wanted::IfFree => Reflect::set(&options, &"ifAvailable".into(), &true.into()).ok()?,
        Wanted::InTurn(abort) => Reflect::set(&options, &"signal".into(), &abort.signal()).ok()?,
        Wanted::Stolen => Reflect::set(&options, &"steal".into(), &true.into()).ok()?,
    };
    hold(NAME, &options, lost).await
}

/// Requests a lock with these options. Returns and calls as [`request`] does.
async fn hold(name: &str, options: &Object, lost: impl FnOnce() + 'static) -> Option<WriterLock> {
    let no_lock = || WriterLock { release: Function::new_no_args("") };
    let navigator = web_sys::window()?.navigator();
    let locks = Reflect::get(&navigator, &"locks".into()).ok().filter(JsValue::is_object);
    let Some(locks) = locks else { return Some(no_lock()) };
    let release: Rc<RefCell<Option<Function>>> = Rc::default();
    let answer: Rc<RefCell<Option<Function>>> = Rc::default();
    let answered = Promise::new(&mut |resolve: Function, _| *answer.borrow_mut() = Some(resolve));
    let (granted_answer, granted_release) = (answer.clone(), release.clone());
    let granted = Closure::once_into_js(move |lock: JsValue| -> JsValue {
        let held = !lock.is_null();
        resolve(&granted_answer, held);
        // The promise holds the lock until it resolves.
        let until_released = || Promise::new(&mut |done, _| *granted_release.borrow_mut() = Some(done));
        if held { until_released().into() } else { JsValue::UNDEFINED }
    });
    let method: Function = Reflect::get(&locks, &"request".into()).ok()?.dyn_into().ok()?;
    let whole: Promise = method.call3(&locks, &name.into(), options, &granted).ok()?.dyn_into().ok()?;
    spawn_local(async move {
        // Rejected if the lock was stolen, or the request aborted before it was granted.
        if JsFuture::from(whole).await.is_err() && !resolve(&answer, false) {
            lost();
        }
    });
    let held = JsFuture::from(answered).await.ok()?.as_bool()?;
    let release = release.borrow_mut().take();
    release.filter(|_| held).map(|release| WriterLock { release })
}

/// Answers once. Returns whether this call answered.
fn resolve(answer: &RefCell<Option<Function>>, held: bool) -> bool {
    let Some(resolve) = answer.borrow_mut().take() else { return false };
    let _ = resolve.call1(&JsValue::NULL, &held.into());
    true
}

/// A channel with what listens to it.
type Listening = (BroadcastChannel, Closure<dyn Fn(MessageEvent)>);

fn listen(heard: impl Fn(&str) + 'static) -> Option<Listening> {
    let channel = BroadcastChannel::new(NAME).ok()?;
    let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        if let Some(text) = event.data().as_string() {
            heard(&text);
        }
    });
    channel.set_onmessage(Some(listener.as_ref().unchecked_ref()));
    Some((channel, listener))
}

thread_local! {
    /// The channel on which this page sends, and listens for [`ASK`]: a channel does not receive its own messages.
    static CHANNEL: RefCell<Option<Listening>> = const { RefCell::new(None) };
}

fn say(text: &str) {
    CHANNEL.with_borrow(|channel| {
        if let Some((channel, _)) = channel {
            let _ = channel.post_message(&text.into());
        }
    });
}

/// Calls `asked` whenever another page asks for the wallet, as long as this page is open. It returns whether this page has the wallet,
/// which is the answer.
pub(crate) fn watch_askers(asked: impl Fn() -> bool + 'static) {
    let watching = listen(move |text| {
        if text == ASK && asked() {
            say(ANSWER);
        }
    });
    CHANNEL.set(watching);
}

/// Asks the page that has the wallet for it. Returns whether that page answered in time.
pub(crate) async fn ask() -> bool {
    let answered = Rc::new(Cell::new(false));
    let heard = answered.clone();
    let listening = listen(move |text| heard.set(heard.get() || text == ANSWER));
    say(ASK);
    const STEP_MS: i32 = 50;
    for _ in 0..ANSWER_MS / STEP_MS {
        super::sleep_ms(STEP_MS).await;
        if answered.get() {
            break;
        }
    }
    if let Some((channel, _)) = listening {
        channel.close();
    }
    answered.get()
}
