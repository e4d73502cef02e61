//! One microphone, shared by all calls.
//!
//! It is open exactly as long as somebody holds a [`Want`]: without a call, the light is off. A call
//! wants it from its first description to its end, whatever becomes of it meanwhile, and has a track
//! of its own by a [`Lease`], so that one call can be muted and another not. When the microphone
//! goes away it is opened again as soon as it can be, and the calls take new leases.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use alo_phone::io::MicrophoneState;
use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use js_sys::Promise;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, future_to_promise, spawn_local};
use web_sys::{
    MediaDevices, MediaStream, MediaStreamConstraints, MediaStreamTrack, PermissionState,
    PermissionStatus,
};

use crate::platform::js;
use crate::platform::page::window;

/// Pauses before a microphone that is in use elsewhere, or failed, is tried again, in milliseconds;
/// the last one again and again.
const TRY_AGAIN_MS: [u32; 3] = [1_000, 2_000, 5_000];

/// The microphone. A clone is the same one.
#[derive(Clone)]
pub(crate) struct Microphone(Rc<Inner>);

/// Whom the microphone tells.
pub(crate) struct Listeners {
    /// The state changed.
    pub(crate) state: Box<dyn Fn(MicrophoneState)>,
    /// It was opened, or lost, or could not be opened: what the calls have of it is to be looked at.
    pub(crate) moved: Box<dyn Fn()>,
}

struct Inner {
    source: RefCell<Option<Source>>,
    opening: RefCell<Option<Promise>>,
    /// Which opening counts; one that was begun for another device does not.
    generation: Cell<u32>,
    wanted: Cell<u32>,
    /// How often in a row it could not be opened for those who want it.
    failures: Cell<usize>,
    try_again: RefCell<Option<Timeout>>,
    chosen: RefCell<Option<String>>,
    state: Cell<MicrophoneState>,
    permission: RefCell<Option<(PermissionStatus, EventListener)>>,
    listeners: Listeners,
}

/// The track that the browser gave out; stopped when dropped.
struct Source {
    track: MediaStreamTrack,
    generation: u32,
    _ended: EventListener,
}

impl Drop for Source {
    fn drop(&mut self) {
        self.track.stop();
    }
}

/// A track for one call. It is stopped when this is dropped.
pub(crate) struct Lease {
    track: MediaStreamTrack,
    generation: u32,
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

/// Keeps the microphone open, or opening, or being tried again. It is closed with the last one.
pub(crate) struct Want(Rc<Inner>);

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
            self.0.failures.set(0);
            self.0.try_again.take();
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
            failures: Cell::new(0),
            try_again: RefCell::new(None),
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
        self.0.source.borrow().is_some()
            || (self.0.permission() == Some(PermissionState::Granted)
                && self.0.state.get() == MicrophoneState::Ready)
    }

    /// Wants it from now on, and begins to open it.
    pub(crate) fn want(&self) -> Want {
        let want = Want::new(&self.0);
        self.0.open_if_missed();
        want
    }

    /// A track, if it is open.
    pub(crate) fn lease_now(&self) -> Option<Lease> {
        let source = self.0.source.borrow();
        let source = source.as_ref()?;
        Some(Lease {
            // The method of JavaScript: a second track of the same source (Media Capture and
            // Streams, section 4.3.3), not this one again.
            track: MediaStreamTrack::clone(&source.track),
            generation: source.generation,
            _want: Want::new(&self.0),
        })
    }

    /// Whether a lease is of the microphone that is open now.
    pub(crate) fn is_current(&self, lease: &Lease) -> bool {
        let source = self.0.source.borrow();
        source
            .as_ref()
            .is_some_and(|source| source.generation == lease.generation)
    }

    /// What those have who want it: `Unknown` while it is being opened, but the reason for its absence
    /// while it is only tried again.
    pub(crate) fn condition(&self) -> MicrophoneState {
        match self.0.state.get() {
            _ if self.0.source.borrow().is_some() => MicrophoneState::Ready,
            _ if self.0.failures.get() == 0 => MicrophoneState::Unknown,
            MicrophoneState::Ready => MicrophoneState::Unknown,
            state => state,
        }
    }

    /// Opens the microphone, or joins those who use it already. May take as long as a person
    /// takes to answer the browser's question.
    pub(crate) async fn lease(&self) -> Result<Lease, MicrophoneState> {
        let _want = Want::new(&self.0);
        loop {
            if let Some(lease) = self.lease_now() {
                return Ok(lease);
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
        self.0.reopen();
    }

    /// The devices changed: where the microphone is wanted and away, it may be back.
    pub(crate) fn devices_changed(&self) {
        self.0.open_if_missed();
    }
}

impl Inner {
    /// Another one is to be opened in the place of the present one.
    fn reopen(self: &Rc<Self>) {
        self.source.take();
        self.opening.take();
        self.failures.set(0);
        self.generation.set(self.generation.get() + 1);
        self.open_if_missed();
        (self.listeners.moved)();
    }

    /// Opens it where it is wanted and neither open nor being opened.
    fn open_if_missed(self: &Rc<Self>) {
        let away = self.source.borrow().is_none() && self.opening.borrow().is_none();
        if away && self.wanted.get() > 0 {
            let _ = self.open();
        }
    }

    /// The opening under way, or a new one.
    fn open(self: &Rc<Self>) -> Promise {
        if let Some(opening) = self.opening.borrow().as_ref() {
            return opening.clone();
        }
        self.try_again.take();
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
                inner.failures.set(0);
                inner.take_source(track);
                inner.set_state(MicrophoneState::Ready);
                (inner.listeners.moved)();
            }
            Err(state) => {
                inner.set_state(state);
                if inner.wanted.get() > 0 {
                    inner.failed(state);
                    (inner.listeners.moved)();
                }
            }
        }
    }

    fn take_source(self: &Rc<Self>, track: MediaStreamTrack) {
        // Each opening has a generation of its own, also one after the other.
        let generation = self.generation.get() + 1;
        self.generation.set(generation);
        let weak = Rc::downgrade(self);
        let ended = EventListener::new(&track, "ended", move |_| {
            // Unplugged, or the permission was taken back. Not at once: this listener goes with the
            // track.
            let weak = weak.clone();
            spawn_local(async move {
                if let Some(inner) = weak.upgrade()
                    && inner.generation.get() == generation
                {
                    inner.reopen();
                }
            });
        });
        *self.source.borrow_mut() = Some(Source {
            track,
            generation,
            _ended: ended,
        });
    }

    /// It is wanted, and could not be opened. One that is in use elsewhere may be free in a moment;
    /// one that is not there, or forbidden, is told by the browser when it comes.
    fn failed(self: &Rc<Self>, state: MicrophoneState) {
        let failures = self.failures.get();
        self.failures.set(failures + 1);
        if state != MicrophoneState::Broken {
            return;
        }
        let pause = TRY_AGAIN_MS[failures.min(TRY_AGAIN_MS.len() - 1)];
        let weak = Rc::downgrade(self);
        let again = Timeout::new(pause, move || {
            if let Some(inner) = weak.upgrade() {
                inner.open_if_missed();
            }
        });
        *self.try_again.borrow_mut() = Some(again);
    }

    fn permission(&self) -> Option<PermissionState> {
        let permission = self.permission.borrow();
        permission.as_ref().map(|(status, _)| status.state())
    }

    fn take_permission(self: &Rc<Self>) {
        let permission = self.permission();
        let missed = self.wanted.get() > 0 && self.source.borrow().is_none();
        if missed && permission != Some(PermissionState::Denied) {
            // A permission is not yet a microphone: opening it tells.
            return self.open_if_missed();
        }
        let state = match permission {
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
