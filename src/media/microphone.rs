//! One microphone, shared by all calls.
//!
//! It is open exactly as long as somebody holds a [`Lease`]: without a call, the light is off. Each
//! lease has a track of its own, so that one call can be muted and another not.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use alo_phone::io::MicrophoneState;
use gloo::events::EventListener;
use js_sys::Promise;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::{
    MediaDevices, MediaStream, MediaStreamConstraints, MediaStreamTrack, PermissionState,
    PermissionStatus,
};

use crate::platform::js;
use crate::platform::page::window;

/// The microphone. A clone is the same one.
#[derive(Clone)]
pub(crate) struct Microphone(Rc<Inner>);

/// Whom the microphone tells.
pub(crate) struct Listeners {
    /// The state changed.
    pub(crate) state: Box<dyn Fn(MicrophoneState)>,
    /// The tracks of all leases are of no use any more (unplugged, or another device was chosen):
    /// a new lease is needed.
    pub(crate) replaced: Box<dyn Fn()>,
}

struct Inner {
    source: RefCell<Option<Source>>,
    opening: RefCell<Option<Promise>>,
    /// Which opening counts; one that was begun for another device does not.
    generation: Cell<u32>,
    wanted: Cell<u32>,
    chosen: RefCell<Option<String>>,
    state: Cell<MicrophoneState>,
    permission: RefCell<Option<(PermissionStatus, EventListener)>>,
    listeners: Listeners,
}

/// The track that the browser gave out; stopped when dropped.
struct Source {
    track: MediaStreamTrack,
    _ended: EventListener,
}

impl Drop for Source {
    fn drop(&mut self) {
        self.track.stop();
    }
}

/// The right to use the microphone, with a track for one call. The track is stopped when this is
/// dropped, and the microphone closed with the last one.
pub(crate) struct Lease {
    track: MediaStreamTrack,
    _want: Want,
}

impl Lease {
    /// The track to be sent.
    pub(crate) fn track(&self) -> &MediaStreamTrack {
        &self.track
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.track.stop();
    }
}

/// Keeps the microphone open, or opening.
struct Want(Rc<Inner>);

impl Want {
    fn new(inner: &Rc<Inner>) -> Self {
        inner.wanted.set(inner.wanted.get() + 1);
        Self(Rc::clone(inner))
    }
}

impl Drop for Want {
    fn drop(&mut self) {
        let left = self.0.wanted.get() - 1;
        self.0.wanted.set(left);
        if left == 0 {
            self.0.source.take();
        }
    }
}

impl Microphone {
    /// Nothing is opened and nobody is asked.
    pub(crate) fn new(chosen: Option<String>, listeners: Listeners) -> Self {
        Self(Rc::new(Inner {
            source: RefCell::new(None),
            opening: RefCell::new(None),
            generation: Cell::new(0),
            wanted: Cell::new(0),
            chosen: RefCell::new(chosen),
            state: Cell::new(MicrophoneState::Unknown),
            permission: RefCell::new(None),
            listeners,
        }))
    }

    /// Looks up, without asking anybody, whether the microphone may be used, and goes on watching.
    /// `present` says whether there is one at all.
    pub(crate) async fn look(&self, present: bool) {
        if media_devices().is_none() {
            // Not there on a page that was not loaded securely: a policy of the browser.
            return self.0.set_state(MicrophoneState::Denied);
        }
        if !present {
            return self.0.set_state(MicrophoneState::Missing);
        }
        // Anew each time: not every browser keeps a status that was given out before up to date.
        if let Some(status) = query_permission().await {
            let inner = Rc::downgrade(&self.0);
            let changed = EventListener::new(&status, "change", move |_| {
                if let Some(inner) = inner.upgrade() {
                    inner.take_permission();
                }
            });
            *self.0.permission.borrow_mut() = Some((status, changed));
        }
        self.0.take_permission();
    }

    /// Whether the microphone is to be had without asking the person, as far as can be known
    /// before it is opened.
    pub(crate) fn is_granted(&self) -> bool {
        let granted = self
            .0
            .permission
            .borrow()
            .as_ref()
            .is_some_and(|(status, _)| status.state() == PermissionState::Granted);
        self.0.source.borrow().is_some()
            || (granted && self.0.state.get() == MicrophoneState::Ready)
    }

    /// Opens the microphone, or joins those who use it already. May take as long as a person
    /// takes to answer the browser's question.
    pub(crate) async fn lease(&self) -> Result<Lease, MicrophoneState> {
        let want = Want::new(&self.0);
        loop {
            if let Some(source) = self.0.source.borrow().as_ref() {
                return Ok(Lease {
                    // The method of JavaScript: a second track of the same source (Media Capture
                    // and Streams, section 4.3.3), not this one again.
                    track: MediaStreamTrack::clone(&source.track),
                    _want: want,
                });
            }
            let generation = self.0.generation.get();
            let opening = self.0.open();
            // It resolves either way; what became of it is in `source` and `state`.
            let _ = JsFuture::from(opening).await;
            let superseded = self.0.generation.get() != generation;
            if self.0.source.borrow().is_none() && !superseded {
                return Err(self.0.state.get());
            }
        }
    }

    /// Uses this device from now on; `None` is the system's choice.
    pub(crate) fn choose(&self, id: Option<String>) {
        if *self.0.chosen.borrow() == id {
            return;
        }
        *self.0.chosen.borrow_mut() = id;
        self.reopen();
    }

    /// The devices changed: where the microphone is wanted and away, it may be back.
    pub(crate) fn devices_changed(&self) {
        let away = self.0.source.borrow().is_none() && self.0.opening.borrow().is_none();
        if away && self.0.wanted.get() > 0 {
            self.reopen();
        }
    }

    fn reopen(&self) {
        let in_use = self.0.wanted.get() > 0;
        self.0.source.take();
        self.0.opening.take();
        self.0.generation.set(self.0.generation.get() + 1);
        if in_use {
            (self.0.listeners.replaced)();
        }
    }
}

impl Inner {
    /// The opening under way, or a new one.
    fn open(self: &Rc<Self>) -> Promise {
        if let Some(opening) = self.opening.borrow().as_ref() {
            return opening.clone();
        }
        let (weak, generation) = (Rc::downgrade(self), self.generation.get());
        let request = request(self.chosen.borrow().as_deref());
        let opening = future_to_promise(async move {
            let opened = track_of(request).await;
            Self::opened(&weak, generation, opened);
            Ok(JsValue::UNDEFINED)
        });
        *self.opening.borrow_mut() = Some(opening.clone());
        opening
    }

    fn opened(
        inner: &Weak<Self>,
        generation: u32,
        opened: Result<MediaStreamTrack, MicrophoneState>,
    ) {
        let current = inner.upgrade().filter(|i| i.generation.get() == generation);
        let Some(inner) = current else {
            // The phone is gone, or another device was chosen meanwhile.
            if let Ok(track) = opened {
                track.stop();
            }
            return;
        };
        inner.opening.take();
        match opened {
            Ok(track) if inner.wanted.get() == 0 => {
                // Nobody waits for it any more: no light without a call.
                track.stop();
                inner.set_state(MicrophoneState::Ready);
            }
            Ok(track) => {
                let weak = Rc::downgrade(&inner);
                let ended = EventListener::new(&track, "ended", move |_| {
                    if let Some(inner) = weak.upgrade() {
                        // Unplugged, or the permission was taken back.
                        Microphone(inner).reopen();
                    }
                });
                *inner.source.borrow_mut() = Some(Source {
                    track,
                    _ended: ended,
                });
                inner.set_state(MicrophoneState::Ready);
            }
            Err(state) => inner.set_state(state),
        }
    }

    fn take_permission(&self) {
        let state = match self.permission.borrow().as_ref().map(|(s, _)| s.state()) {
            Some(PermissionState::Granted) => MicrophoneState::Ready,
            Some(PermissionState::Denied) => MicrophoneState::Denied,
            // To be asked, or a browser that does not tell: what was seen last is all there is.
            _ => match self.state.get() {
                MicrophoneState::Ready => MicrophoneState::Ready,
                _ => MicrophoneState::Unknown,
            },
        };
        self.set_state(state);
    }

    fn set_state(&self, state: MicrophoneState) {
        if self.state.replace(state) != state {
            (self.listeners.state)(state);
        }
    }
}

fn media_devices() -> Option<MediaDevices> {
    let devices = js::get(&window().navigator(), "mediaDevices");
    devices.dyn_into().ok()
}

/// Begins to ask for the microphone.
fn request(chosen: Option<&str>) -> Option<Promise> {
    let audio = js_sys::Object::new();
    // Wishes, not demands: a chosen device that is unplugged now falls back to the system's choice.
    for wish in ["echoCancellation", "noiseSuppression", "autoGainControl"] {
        js::set(&audio, wish, &JsValue::TRUE);
    }
    if let Some(id) = chosen {
        js::set(&audio, "deviceId", &id.into());
    }
    let constraints = MediaStreamConstraints::new();
    constraints.set_audio(&audio);
    media_devices()?
        .get_user_media_with_constraints(&constraints)
        .ok()
}

async fn track_of(request: Option<Promise>) -> Result<MediaStreamTrack, MicrophoneState> {
    let request = request.ok_or(MicrophoneState::Denied)?;
    let stream = JsFuture::from(request).await.map_err(|e| refusal(&e))?;
    let stream: MediaStream = stream.unchecked_into();
    let track = stream.get_audio_tracks().get(0);
    track.dyn_into().map_err(|_| MicrophoneState::Missing)
}

/// Media Capture and Streams, section 9.2.2: what the names of the exceptions stand for.
fn refusal(error: &JsValue) -> MicrophoneState {
    match js::error_name(error).as_str() {
        "NotAllowedError" | "SecurityError" => MicrophoneState::Denied,
        "NotFoundError" | "OverconstrainedError" => MicrophoneState::Missing,
        _ => MicrophoneState::Broken,
    }
}

/// `None` in a browser that does not tell about the microphone.
async fn query_permission() -> Option<PermissionStatus> {
    let query = js_sys::Object::new();
    js::set(&query, "name", &"microphone".into());
    let asked = window()
        .navigator()
        .permissions()
        .ok()?
        .query(&query)
        .ok()?;
    Some(JsFuture::from(asked).await.ok()?.unchecked_into())
}
