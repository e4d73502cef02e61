//! Whether the page may play sound.
//!
//! A browser blocks sound until the person has done something in the page. What a played element
//! says is the truth; the first click or key afterwards is used to try again.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo::events::{EventListener, EventListenerOptions};
use js_sys::Promise;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::HtmlAudioElement;

use super::player;
use super::wave::Wave;
use crate::platform::js;
use crate::platform::page::window;

/// What counts as the person having done something (HTML, section 6.4.1).
const GESTURES: [&str; 3] = ["pointerup", "keydown", "click"];

/// Whether sound may play. A clone is the same one.
#[derive(Clone)]
pub(crate) struct Sound(Rc<Inner>);

struct Inner {
    allowed: Cell<Option<bool>>,
    /// Somebody wants to know, also where nothing changed.
    asked: Cell<bool>,
    gestures: RefCell<Vec<EventListener>>,
    changed: Box<dyn Fn(bool)>,
}

impl Sound {
    /// Not known yet. `changed` is told whenever it is known anew.
    pub(crate) fn new(changed: impl Fn(bool) + 'static) -> Self {
        Self(Rc::new(Inner {
            allowed: Cell::new(None),
            asked: Cell::new(false),
            gestures: RefCell::new(Vec::new()),
            changed: Box::new(changed),
        }))
    }

    /// Finds out and tells in any case. To be called in the course of a click where the person is to
    /// allow it.
    pub(crate) fn ask(&self) {
        self.0.asked.set(true);
        self.probe();
    }

    /// Finds out, by playing a moment of silence.
    pub(crate) fn probe(&self) {
        let silence = Wave::silence();
        let Ok(element) = HtmlAudioElement::new_with_src(silence.url()) else {
            return;
        };
        if let Ok(started) = element.play() {
            let sound = self.clone();
            spawn_local(async move {
                let started = JsFuture::from(started).await;
                sound.take(&started);
                player::release(&element);
                drop(silence);
            });
        }
    }

    /// Learns from what became of a `play()`.
    pub(crate) fn watch(&self, started: Promise) {
        let sound = self.clone();
        spawn_local(async move {
            let started = JsFuture::from(started).await;
            sound.take(&started);
        });
    }

    /// A promise whose failure changes nothing, and is not to be reported by the browser as one
    /// that nobody looked at.
    pub(crate) fn ignore_failure(&self, promise: JsValue) {
        if let Ok(promise) = promise.dyn_into::<Promise>() {
            spawn_local(async move {
                let _ = JsFuture::from(promise).await;
            });
        }
    }

    /// Stops listening for gestures.
    pub(crate) fn close(&self) {
        self.0.gestures.take();
    }

    fn take(&self, started: &Result<JsValue, JsValue>) {
        match started {
            Ok(_) => self.set(true),
            Err(error) if js::error_name(error) == "NotAllowedError" => self.set(false),
            // AbortError: it was stopped before it began; says nothing about permission. Whoever
            // asked is told what was known before.
            Err(_) if self.0.asked.take() => {
                (self.0.changed)(self.0.allowed.get().unwrap_or(false));
            }
            Err(_) => {}
        }
    }

    fn set(&self, allowed: bool) {
        let same = self.0.allowed.replace(Some(allowed)) == Some(allowed);
        if same && !self.0.asked.take() {
            return;
        }
        if allowed {
            self.0.gestures.take();
        } else {
            self.listen();
        }
        (self.0.changed)(allowed);
    }

    fn listen(&self) {
        if !self.0.gestures.borrow().is_empty() {
            return;
        }
        let inner = Rc::downgrade(&self.0);
        let listeners = GESTURES.map(|gesture| {
            let inner = inner.clone();
            let options = EventListenerOptions::run_in_capture_phase();
            EventListener::new_with_options(&window(), gesture, options, move |_| {
                if let Some(inner) = inner.upgrade() {
                    Sound(inner).probe();
                }
            })
        });
        *self.0.gestures.borrow_mut() = listeners.into();
    }
}
