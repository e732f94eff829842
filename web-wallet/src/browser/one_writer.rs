//! Ensures one writer at a time: a tab holds a Web Lock as long as it owns the wallet.
//!
//! A visible tab asks the owner for the wallet over a broadcast channel. The owner responds, then releases
//! the lock: at once if it is idle, otherwise when its operation ends. An owner that does not respond in time
//! counts as suspended, and the lock is stolen from it. The store's fence then rejects its writes.

use js_sys::{Function, Object, Promise, Reflect};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{AbortController, BroadcastChannel, MessageEvent};

/// Name of the lock and of the channel.
const NAME: &str = "ecash-writer";
/// The lock of version 0.1. Its tabs hold it as long as they are open, and support neither the channel nor
/// the fence.
const OLD_NAME: &str = "ecash-wallet";
/// Timeout for the owner's response. An owner that misses it counts as suspended.
const ANSWER_MS: i32 = 1500;
const ASK: &str = "ask";
const ANSWER: &str = "answer";

/// A held lock, until it is released or stolen.
pub(crate) struct WriterLock {
    release: Function,
}

impl WriterLock {
    /// Releases the lock to the next tab in the queue.
    pub(crate) fn release(self) {
        let _ = self.release.call0(&JsValue::NULL);
    }
}

/// Mode of a lock request.
#[derive(Clone)]
pub(crate) enum Wanted {
    /// Only if no tab holds it.
    IfFree,
    /// From the queue, unless aborted.
    InTurn(AbortController),
    /// At once, from a suspended owner.
    Stolen,
}

/// Waits until no tab of version 0.1 is open, and prevents later ones from becoming a writer. Calls `waiting`
/// if one is open.
///
/// It takes a shared lock under the old name, which excludes the exclusive lock of version 0.1, and holds it
/// until this tab closes.
pub(crate) async fn wait_for_old_version_tabs(waiting: impl FnOnce()) {
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

/// Requests the lock. Returns `None` if the lock is not free, or if the request was aborted. Calls `lost` if
/// another tab steals the lock later. In a browser without Web Locks every request succeeds, and only the
/// store's fence protects the wallet.
pub(crate) async fn request(wanted: &Wanted, lost: impl FnOnce() + 'static) -> Option<WriterLock> {
    let options = Object::new();
    match wanted {
        Wanted::IfFree => Reflect::set(&options, &"ifAvailable".into(), &true.into()).ok()?,
        Wanted::InTurn(abort) => Reflect::set(&options, &"signal".into(), &abort.signal()).ok()?,
        Wanted::Stolen => Reflect::set(&options, &"steal".into(), &true.into()).ok()?,
    };
    hold(NAME, &options, lost).await
}

/// Requests the lock `name` with these options. Returns and calls `lost` like [`request`].
///
/// The Web Locks API holds a lock as long as the promise that its callback returns is pending:
///
/// 1. Without Web Locks, returns a lock that does nothing.
/// 2. Creates the promise `answered`: whether the lock was granted. `answer` resolves it, once.
/// 3. The callback resolves `answered`. If the lock was granted, it returns a promise that holds the lock,
///    and stores the resolver of that promise in `release`.
/// 4. Calls `locks.request`. Its promise, `whole`, is rejected if the request is aborted or the lock is
///    stolen. If `answered` was already resolved, the lock was stolen.
/// 5. Waits for `answered`, and returns the lock with its `release`.
async fn hold(name: &str, options: &Object, lost: impl FnOnce() + 'static) -> Option<WriterLock> {
    // 1.
    let no_lock = || WriterLock { release: Function::new_no_args("") };
    let navigator = web_sys::window()?.navigator();
    let locks = Reflect::get(&navigator, &"locks".into()).ok().filter(JsValue::is_object);
    let Some(locks) = locks else { return Some(no_lock()) };
    // 2.
    let release: Rc<RefCell<Option<Function>>> = Rc::default();
    let answer: Rc<RefCell<Option<Function>>> = Rc::default();
    let answered = Promise::new(&mut |resolve: Function, _| *answer.borrow_mut() = Some(resolve));
    // 3.
    let (granted_answer, granted_release) = (answer.clone(), release.clone());
    let granted = Closure::once_into_js(move |lock: JsValue| -> JsValue {
        let held = !lock.is_null();
        resolve(&granted_answer, held);
        let until_released = || Promise::new(&mut |done, _| *granted_release.borrow_mut() = Some(done));
        if held { until_released().into() } else { JsValue::UNDEFINED }
    });
    // 4.
    let method: Function = Reflect::get(&locks, &"request".into()).ok()?.dyn_into().ok()?;
    let whole: Promise = method.call3(&locks, &name.into(), options, &granted).ok()?.dyn_into().ok()?;
    spawn_local(async move {
        if JsFuture::from(whole).await.is_err() && !resolve(&answer, false) {
            lost();
        }
    });
    // 5.
    let held = JsFuture::from(answered).await.ok()?.as_bool()?;
    let release = release.borrow_mut().take();
    release.filter(|_| held).map(|release| WriterLock { release })
}

/// Resolves a promise with `held` by its stored resolver. Returns `false` if it was already resolved.
fn resolve(answer: &RefCell<Option<Function>>, held: bool) -> bool {
    let Some(resolve) = answer.borrow_mut().take() else { return false };
    let _ = resolve.call1(&JsValue::NULL, &held.into());
    true
}

/// A channel and its listener, which must live as long as the channel.
type Listening = (BroadcastChannel, Closure<dyn Fn(MessageEvent)>);

/// Opens the channel, and calls `heard` with each message.
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
    /// The channel on which this tab sends, and receives [`ASK`]. A channel does not receive its own
    /// messages.
    static CHANNEL: RefCell<Option<Listening>> = const { RefCell::new(None) };
}

fn say(text: &str) {
    CHANNEL.with_borrow(|channel| {
        if let Some((channel, _)) = channel {
            let _ = channel.post_message(&text.into());
        }
    });
}

/// Calls `asked` whenever another tab asks for the wallet, as long as this tab is open. `asked` returns
/// whether this tab owns the wallet; only then is a response sent.
pub(crate) fn watch_askers(asked: impl Fn() -> bool + 'static) {
    let watching = listen(move |text| {
        if text == ASK && asked() {
            say(ANSWER);
        }
    });
    CHANNEL.set(watching);
}

/// Asks the owner for the wallet. Returns whether the owner responded in time.
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
