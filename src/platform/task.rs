//! Futures that end with their owner.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, spawn_local};

type Work = Pin<Box<dyn Future<Output = ()>>>;

/// A running future that is dropped, with everything it holds, when this handle is.
///
/// A promise of a closed peer connection never settles (WebRTC 1.0, section 4.4.1.2), so a future
/// that waits for one would else keep what it holds for ever.
#[derive(Debug)]
pub(crate) struct Task {
    shared: Rc<Shared>,
}

#[derive(Default)]
struct Shared {
    /// `None` when it is over, and while it is being polled.
    work: RefCell<Option<Work>>,
    stopped: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared")
            .field("stopped", &self.stopped.get())
            .finish_non_exhaustive()
    }
}

impl Task {
    /// Runs `work` at once, as far as it goes without waiting, and then in the browser's microtask
    /// queue. What begins with a click is so begun in the course of that click.
    pub(crate) fn spawn(work: impl Future<Output = ()> + 'static) -> Self {
        let shared = Rc::new(Shared {
            work: RefCell::new(Some(Box::pin(work))),
            ..Shared::default()
        });
        // Nothing can wake this first turn; the second one, which follows by itself, can be woken.
        if shared
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_pending()
        {
            let running = Rc::clone(&shared);
            spawn_local(poll_fn(move |context| running.poll(context)));
        }
        Self { shared }
    }
}

impl Shared {
    fn poll(&self, context: &mut Context<'_>) -> Poll<()> {
        // Taken out while it is polled: it may stop itself.
        let Some(mut work) = self.work.borrow_mut().take() else {
            return Poll::Ready(());
        };
        let polled = work.as_mut().poll(context);
        if polled.is_pending() && !self.stopped.get() {
            *self.work.borrow_mut() = Some(work);
            *self.waker.borrow_mut() = Some(context.waker().clone());
            return Poll::Pending;
        }
        self.stopped.set(true);
        Poll::Ready(())
    }
}

/// Goes on when everything that was begun before has been done: at the end of the microtask queue.
pub(crate) async fn next_turn() {
    // Resolved already.
    let _ = JsFuture::from(Promise::resolve(&JsValue::UNDEFINED)).await;
}

impl Drop for Task {
    fn drop(&mut self) {
        self.shared.stopped.set(true);
        let work = self.shared.work.borrow_mut().take();
        drop(work);
        // Lets the executor see that it is over, and forget it.
        if let Some(waker) = self.shared.waker.borrow_mut().take() {
            waker.wake();
        }
    }
}
