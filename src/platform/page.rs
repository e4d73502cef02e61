//! The page itself: whether it is seen, and when it goes.

use gloo::events::{EventListener, EventListenerOptions};
use wasm_bindgen::{JsCast, UnwrapThrowExt};
use web_sys::{Document, PageTransitionEvent, VisibilityState, Window};

/// The window. There is always one: the app is only ever started by a page.
pub(crate) fn window() -> Window {
    web_sys::window().expect_throw("a page has a window")
}

/// The document of the window.
pub(crate) fn document() -> Document {
    window()
        .document()
        .expect_throw("a window that runs scripts has a document")
}

/// Whether nobody sees the page: another tab is in front, or the window is minimised.
pub(crate) fn is_hidden() -> bool {
    document().visibility_state() == VisibilityState::Hidden
}

/// Host of the page, without its port: `alo.example`.
pub(crate) fn host() -> String {
    window().location().hostname().unwrap_or_default()
}

/// Path of the page: `/call`.
pub(crate) fn path() -> String {
    window().location().pathname().unwrap_or_default()
}

/// Calls `f` whenever the page becomes visible or hidden.
pub(crate) fn on_visibility(f: impl Fn() + 'static) -> EventListener {
    EventListener::new(&document(), "visibilitychange", move |_| f())
}

/// Calls `f` when the page goes: closed, reloaded, or left for another page.
pub(crate) fn on_leave(f: impl Fn() + 'static) -> EventListener {
    EventListener::new(&window(), "pagehide", move |_| f())
}

/// Calls `f` when the page comes back as it was left, out of the back-forward cache.
pub(crate) fn on_return(f: impl Fn() + 'static) -> EventListener {
    EventListener::new(&window(), "pageshow", move |event| {
        if event
            .dyn_ref::<PageTransitionEvent>()
            .is_some_and(PageTransitionEvent::persisted)
        {
            f();
        }
    })
}

/// Calls `f` when the browser says that the network is back.
pub(crate) fn on_online(f: impl Fn() + 'static) -> EventListener {
    EventListener::new(&window(), "online", move |_| f())
}

/// Has the browser ask before the page is left, as long as this is held. Held only during a call:
/// a page with such a listener is kept out of the back-forward cache.
#[derive(Debug)]
pub(crate) struct LeaveWarning {
    _listener: EventListener,
}

impl LeaveWarning {
    /// From now on the browser asks.
    pub(crate) fn new() -> Self {
        let options = EventListenerOptions::enable_prevent_default();
        let listener =
            EventListener::new_with_options(&window(), "beforeunload", options, |event| {
                event.prevent_default();
                // What browsers asked for before `preventDefault` was enough.
                if let Some(event) = event.dyn_ref::<web_sys::BeforeUnloadEvent>() {
                    event.set_return_value("call");
                }
            });
        Self {
            _listener: listener,
        }
    }
}
